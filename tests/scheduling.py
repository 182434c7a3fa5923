"""Which worker tests what: a file's tests of one database stay together, and the longest begin first."""

from __future__ import annotations

from typing import Final

from xdist.scheduler import LoadFileScheduling

# What takes longer than half a minute on a quiet machine, the longest first; the order of all others does not matter.
LONGEST: Final = (
    "tests/proven/test_kill.py",
    "tests/exports/test_render.py",
    "tests/browser/test_journey.py",
    "tests/browser/test_entry.py",
    "tests/browser/test_every_page.py",
    "tests/proven/test_life.py",
    "tests/proven/test_concurrent.py",
    "tests/test_processes.py",
    "tests/demo/test_load.py",
    "tests/accounts/test_access.py",
    "tests/exports/test_documents.py",
    "tests/browser/test_desk.py",
    "tests/proven/test_guards.py",
)
_RANKS: Final = {file: rank for rank, file in enumerate(LONGEST)}


def rank(nodeid: str) -> int:
    """The place of a test's file among the longest; behind them for all others."""
    return _RANKS.get(nodeid.split("::", 1)[0], len(LONGEST))


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """As `--dist loadfile`, with each database on its own: both halves of a long file may run side by side."""

    def _split_scope(self, nodeid: str) -> str:
        """The file, and the database if the test is of one."""
        file, _, test = nodeid.partition("::")
        parameters = test.partition("[")[2].rstrip("]").split("-")
        return f"{file} {'postgresql' if 'postgresql' in parameters else ''}"
