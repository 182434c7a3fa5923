"""The worker: runs the queued jobs of the house in a process of its own, beside the pages."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import click
from flask import Flask

from accounts.outbox.sending import AGAIN, digest_job, mail_job, send_again_job, webhook_job
from accounts.people.rules import SYSTEM, WATCH_DESKS
from app import create_app
from approvals.desks.actions import watch_desks
from approvals.limits.watching import EVERY, WATCH_LIMITS, watch_limits
from approvals.proof.actions import SEAL, seal_job
from approvals.proof.mailing import send_alarm_job, send_seal_job
from approvals.proof.nightly import replay_job, verify_job
from approvals.proof.rules import ALARM_MAIL, REPLAY, SEAL_MAIL, SEAL_PDF, VERIFY
from approvals.reconciliation.actions import RECONCILE, reconcile_job
from approvals.reviews.approving import APPROVAL_PDF, DEMAND_PDF
from budget.payments.actions import REMATCH, rematch_job
from core import clock, jobs
from core.db import db
from core.keeping import SWEEP, sweep_job
from core.keys import FORGET, forget_old
from core.notices import MAIL_DIGEST, MAIL_NOTICES, POST_WEBHOOK, SEND_AGAIN
from core.waiting import be_patient
from exports.documents.papers import RECEIPT_PDF
from exports.documents.printing import make_approval_pdf, make_demand_pdf, make_receipt_pdf
from exports.documents.seal_printing import make_seal_pdf
from vouchers.papers.actions import draw_pages
from vouchers.papers.marking import mark_paper
from vouchers.papers.recognising import read_paper
from vouchers.papers.rules import DRAW_PAGES, MARK_PAPER, READ_PAPER
from vouchers.papers.scanning import AGAIN as SCAN_MINUTES
from vouchers.papers.scanning import SCAN_AGAIN, scan_waiting

# Every kind of job with its handler. They live here and not in app.py, so that the pages never load the
# heavy libraries (WeasyPrint takes a second to import).
HANDLERS: Final[Mapping[str, jobs.Handler]] = {
    WATCH_DESKS: watch_desks,
    DRAW_PAGES: draw_pages,
    READ_PAPER: read_paper,
    MARK_PAPER: mark_paper,
    DEMAND_PDF: make_demand_pdf,
    APPROVAL_PDF: make_approval_pdf,
    RECEIPT_PDF: make_receipt_pdf,
    REMATCH: rematch_job,
    SEAL: seal_job,
    SEAL_PDF: make_seal_pdf,
    SEAL_MAIL: send_seal_job,
    VERIFY: verify_job,
    REPLAY: replay_job,
    ALARM_MAIL: send_alarm_job,
    RECONCILE: reconcile_job,
    FORGET: forget_old,
    SWEEP: sweep_job,
    SCAN_AGAIN: scan_waiting,
    MAIL_NOTICES: mail_job,
    MAIL_DIGEST: digest_job,
    POST_WEBHOOK: webhook_job,
    SEND_AGAIN: send_again_job,
    WATCH_LIMITS: watch_limits,
}
# Asked for once on each day, for the day that has ended.
DAILY: Final = (SEAL, VERIFY, REPLAY, RECONCILE, REMATCH, WATCH_DESKS, FORGET, SWEEP)
# Asked for again and again, so many minutes after the last time.
REGULAR: Final[Mapping[str, int]] = {WATCH_LIMITS: EVERY, SEND_AGAIN: AGAIN, SCAN_AGAIN: SCAN_MINUTES}
_ASK_AFTER: Final = timedelta(seconds=30)
_PAUSE: Final = 0.5
_log: Final = logging.getLogger(__name__)


def run_until_stopped(app: Flask, parent: int | None) -> None:
    """Take jobs until a signal comes or the parent process is gone; the job in hand is finished first."""
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopped.append(received))
    asked_on: date | None = None
    asked_at: datetime | None = None
    while not stopped and (parent is None or os.getppid() == parent):
        asked_on = _ask_daily(app, asked_on)
        asked_at = _ask_regularly(app, asked_at)
        if not _one(app):
            time.sleep(_PAUSE)


def _ask_daily(app: Flask, asked_on: date | None) -> date | None:
    """Ask for the daily work when a new day has come; gives the day on which that was last done."""
    today = clock.today()
    if asked_on == today:
        return today

    def ask() -> None:
        for kind in DAILY:
            jobs.daily(kind, today - timedelta(days=1), by=SYSTEM)

    return today if _asked(app, ask) else asked_on


def _ask_regularly(app: Flask, asked_at: datetime | None) -> datetime | None:
    """Ask for the regular work, twice a minute at most; gives the moment at which that was last done."""
    now = clock.now()
    if asked_at is not None and asked_at <= now < asked_at + _ASK_AFTER:
        return asked_at

    def ask() -> None:
        for kind, minutes in REGULAR.items():
            jobs.every(kind, minutes, by=SYSTEM)

    return now if _asked(app, ask) else asked_at


def _asked(app: Flask, ask: Callable[[], None]) -> bool:
    """Whether the work could be asked for; a database that is away for a moment is asked again."""
    with app.app_context():
        try:
            ask()
        except Exception:
            _log.exception("the daily or regular work could not be asked for")
            return False
        finally:
            db.session.remove()
    return True


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
    app = create_app()
    with app.app_context():
        be_patient()
    run_until_stopped(app, parent)


if __name__ == "__main__":
    main()
