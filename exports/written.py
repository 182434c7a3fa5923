"""A workbook written to a temporary file, with its hash taken on the way, and the event that says who took it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import RawIOBase
from tempfile import TemporaryFile
from typing import IO, Any, cast

from accounts.people.rules import Person
from budget.ledger.store import LedgerFilter
from core import history
from core.db import transaction


@dataclass(frozen=True)
class Written:
    """The file, open at its end, how many rows it holds, and its SHA-256."""

    file: IO[bytes]
    rows: int
    digest: str


class _Hashing(RawIOBase):
    """Passes bytes on and hashes them; not seekable, so that nothing is written twice."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        """A stream to write to."""
        return True

    def write(self, data: Any) -> int:
        """Hash, then pass on."""
        self.hash.update(data)
        return self.file.write(data)


def write(fill: Callable[[IO[bytes]], int]) -> Written:
    """Let `fill` write into a file without a name; it is gone as soon as it is closed."""
    file = TemporaryFile()  # noqa: SIM115  the answer closes it when the last byte is sent
    try:
        stream = _Hashing(file)
        rows = fill(cast("IO[bytes]", stream))
    except BaseException:
        file.close()
        raise
    return Written(file, rows, stream.hash.hexdigest())


def record(action: str, label: str, wanted: LedgerFilter, written: Written, *, by: Person) -> None:
    """Leave in the history who took what out of the ledger."""
    details = {**asdict(wanted), "rows": written.rows, "sha256": written.digest}
    summary = f"导出{label}，{written.rows} 行，校验码 {written.digest[:16]}"
    with transaction():
        history.record("ledger", wanted.fiscal_year, action, summary, by=by, details=details)
