"""Files in a folder of this machine, or of a file server that all machines see."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

from core.errors import Missing
from core.stores import GONE, Entry, Files, Plain, Reader, Seals

# Halves of uploads that broke off are called so.
_HALF: Final = "part-"


class LocalFiles(Files):
    """A folder of files."""

    def __init__(self, folder: Path, seals: Seals | None = None) -> None:
        super().__init__(seals or Plain())
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where the content of this hash lies."""
        return self.folder / digest[:2] / digest

    def holds(self, digest: str) -> bool:
        """Whether it lies here."""
        return self.path(digest).is_file()

    def entries(self) -> Iterator[Entry]:
        """Every file below the folder."""
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # an upload came to its end meanwhile
                if path.is_file():
                    yield Entry(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def discard(self, names: Collection[str], before: datetime) -> int:
        """One by one, each alone with the folder for a moment."""
        return sum(self._discard(self._place(name), before) for name in names)

    def _place(self, name: str) -> Path:
        return self.folder / name if name.startswith(_HALF) else self.path(name)

    def _discard(self, path: Path, before: datetime) -> bool:
        with _held(self.folder, fcntl.LOCK_EX):
            if not path.is_file() or path.stat().st_mtime >= before.timestamp():
                return False
            path.unlink()
            return True

    @contextmanager
    def _draft(self) -> Iterator[IO[bytes]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix=_HALF, delete=False) as draft:
            try:
                yield draft
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise

    def _settle(self, draft: IO[bytes], digest: str, *, anew: bool = False) -> None:  # noqa: ARG002  it always is
        """Sync, rename, sync the folders."""
        draft.flush()
        os.fsync(draft.fileno())
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _held(self.folder, fcntl.LOCK_SH):
            Path(draft.name).replace(target)
        for folder in (target.parent, self.folder):
            _sync_folder(folder)

    def _open(self, digest: str) -> Reader:
        try:
            return _LocalReader(self.path(digest))
        except FileNotFoundError as absent:
            raise Missing(GONE) from absent


class _LocalReader:
    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._handle).st_size

    def at(self, start: int, length: int) -> bytes:
        return os.pread(self._handle, length, start)

    def close(self) -> None:
        os.close(self._handle)


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    """Uploads hold the folder together, whoever deletes holds it alone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
