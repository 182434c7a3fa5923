"""The worker: runs the queued jobs of the house in a process of its own, beside the pages."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Mapping
from typing import Final

import click
from flask import Flask

from app import create_app
from approvals.reviews.approving import APPROVAL_PDF, DEMAND_PDF
from core import jobs
from core.db import db
from exports.documents.printing import make_approval_pdf, make_demand_pdf
from vouchers.papers.actions import draw_pages
from vouchers.papers.rules import DRAW_PAGES

# Every kind of job with its handler. They live here and not in app.py, so that the pages never load the
# heavy libraries (WeasyPrint takes a second to import).
HANDLERS: Final[Mapping[str, jobs.Handler]] = {
    DRAW_PAGES: draw_pages,
    DEMAND_PDF: make_demand_pdf,
    APPROVAL_PDF: make_approval_pdf,
}
_PAUSE: Final = 0.5
_log: Final = logging.getLogger(__name__)


def run_until_stopped(app: Flask, parent: int | None) -> None:
    """Take jobs until a signal comes or the parent process is gone; the job in hand is finished first."""
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopped.append(received))
    while not stopped and (parent is None or os.getppid() == parent):
        if not _one(app):
            time.sleep(_PAUSE)


def _one(app: Flask) -> bool:
    """One job in a context of its own; a database that is away for a moment does not end the worker."""
    with app.app_context():
        try:
            return jobs.run_one(HANDLERS)
        except Exception:
            _log.exception("the job queue could not be read")
            return False
        finally:
            db.session.remove()


@click.command()
@click.option("--parent", type=int, help="Stop when this process, which started the worker, is gone.")
def main(parent: int | None) -> None:
    """Do the queued jobs in this process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    run_until_stopped(create_app(), parent)


if __name__ == "__main__":
    main()
