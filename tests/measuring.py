"""Which tests are watched for the coverage of the rules: rules are pure, so to see them called once is enough.

To watch costs a third of the processor. A rule does the same on both databases and behind a browser, so SQLite's tests
of the features are watched, and all others run at their own speed. What no watched test calls counts as not covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

_NEVER: Final = ("tests/browser/", "tests/proven/", "tests/architecture/", "tests/demo/", "tests/accounts/test_access")


def is_watched(item: pytest.Item) -> bool:
    """Whether the rules that this test calls are noted as covered."""
    parameters = item.nodeid.partition("[")[2].rstrip("]").split("-")
    return "postgresql" not in parameters and not item.nodeid.startswith(_NEVER)


@contextmanager
def unwatched(item: pytest.Item) -> Iterator[None]:
    """The test's setup, call and teardown without anybody watching."""
    plugin = item.config.pluginmanager.getplugin("_cov")
    controller: Any = plugin and plugin.cov_controller
    if controller is None or not controller.started:
        yield
        return
    controller.pause()
    try:
        yield
    finally:
        controller.resume()
