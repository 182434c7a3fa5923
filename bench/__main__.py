"""`./run bench`: prints every figure as a row of a Markdown table."""

from __future__ import annotations

import platform

from bench import filing, leaving, pages
from bench.district import district
from bench.figures import HEADER


def main() -> None:
    """Measure everything once."""
    print(f"Python {platform.python_version()}, SQLite, median CPU of the server process in one run\n\n{HEADER}")
    with district() as (app, world):
        for part in (filing, pages, leaving):
            for figure in part.figures(app, world):
                print(figure.row, flush=True)


if __name__ == "__main__":
    main()
