"""A small volume that can be full: a tmpfs of its own where mounting is allowed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PIECE: Final = 64 * 1024


@dataclass(frozen=True)
class Volume:
    """A folder with little room; `real` says whether it is a file system of its own."""

    folder: Path
    real: bool

    def fill(self, leave: int) -> None:
        """Take all room but so many bytes."""
        with (self.folder / "filler").open("ab") as filler:
            while (room := shutil.disk_usage(self.folder).free - leave) > 0:
                filler.write(bytes(min(room, _PIECE)))
                filler.flush()

    def free(self) -> None:
        """Somebody cleans up."""
        (self.folder / "filler").unlink()


@contextmanager
def small_volume(megabytes: int, folder: Path | None = None) -> Iterator[Volume]:
    """Mount a tmpfs of this size, there or where PostgreSQL's account may go too.

    Where mounting is not allowed it is the folder as it is, and `real` is false.
    """
    folder = folder or Path(tempfile.mkdtemp(prefix="volume-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    size = f"size={megabytes}m,mode=0777"
    command = ["mount", "-t", "tmpfs", "-o", size, "small", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield Volume(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)
        shutil.rmtree(folder)
