"""Where stored files lie in tests that look at the disk."""

from __future__ import annotations

from core import blobs
from core.folders import LocalFiles


def local() -> LocalFiles:
    """The store of the running application, which is a folder."""
    found = blobs.files()
    assert isinstance(found, LocalFiles)
    return found
