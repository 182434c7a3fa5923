"""`./run bench`: prints every figure as a row of a Markdown table; `./run bench filing clients` only those parts."""

from __future__ import annotations

import platform
import sys
from typing import Final

from bench import clients, filing, leaving, likeness, pages, paying, proving, queue, register, showing
from bench.district import district
from bench.figures import HEADER

_PARTS: Final = {
    "filing": filing, "pages": pages, "paying": paying, "leaving": leaving, "proving": proving, "queue": queue,
    "showing": showing,
    "register": register,
}  # fmt: skip


def main() -> None:
    """Measure everything once, or the parts that are named."""
    known = (*_PARTS, "clients", "likeness")
    asked = [name for name in known if name in sys.argv[1:]] or known
    print(f"Python {platform.python_version()}, median CPU in one run")
    if named := [_PARTS[name] for name in asked if name in _PARTS]:
        print(f"\nSQLite, CPU of the server process\n\n{HEADER}")
        with district() as (app, world):
            for part in named:
                for figure in part.figures(app, world):
                    print(figure.row, flush=True)
    if "clients" in asked:
        print(f"\nOne submission of 20 lines over HTTP, to the real server\n\n{clients.HEADER}")
        for row in clients.rows():
            print(row, flush=True)
    if "likeness" in asked:
        print(f"\nPapers photographed again, beside others of the same seller\n\n{likeness.HEADER}")
        for row in likeness.rows():
            print(row, flush=True)


if __name__ == "__main__":
    main()
