"""A first reading of a workbook in a child process, so that a hostile one kills the child and not the server.

A workbook of 5 kB with a single cell in XFD1048576 makes the parser ask for 512 GB and abort the whole process,
which no `except` can stop. Run as a script, this file reads a workbook from standard input under a memory limit;
imported, it offers `trial_of`, which starts that child. Nothing of the application is imported here.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

MEMORY: Final = 1536 * 1024**2
SECONDS: Final = 60
MOST_CELLS: Final = 10_000_000
FINE, UNREADABLE, PASSWORD, TOO_MANY = 0, 10, 11, 12


def trial_of(data: bytes) -> int:
    """How the trial ended: one of our codes, or whatever killed the child."""
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and file, no shell
            [sys.executable, "-I", __file__], input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return TOO_MANY
    return done.returncode


def _limit() -> None:
    """Linux and macOS limit the child; elsewhere it is at least another process than the server."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows; only the child needs it

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(data: bytes) -> int:
    """Open every sheet as the real reading will."""
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                return TOO_MANY
    except PasswordError:
        return PASSWORD
    except (CalamineError, OSError, ValueError):
        return UNREADABLE
    return FINE


if __name__ == "__main__":
    _limit()
    sys.exit(_read(sys.stdin.buffer.read()))
