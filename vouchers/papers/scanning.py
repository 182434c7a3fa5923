"""Vouchers and the virus scanner, where one is configured: nothing is shown or approved before it said clean.

A file is taken in when the scanner is away, and waits: the job that draws its pages asks first, and a regular job takes
up what waits. Without a scanner nothing of this is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, exists, select

from accounts.people.rules import SYSTEM
from core import blobs, clock, jobs
from core.db import session, transaction
from core.errors import Refused
from core.scanner import Scanner, ScannerAway
from core.web import settings
from vouchers.papers.draws import of_the_plan
from vouchers.papers.models import Paper, PaperPage, Scan
from vouchers.papers.rules import DRAW_PAGES

SCAN_AGAIN: Final = "scan_again"
# Minutes between two looks at what waits.
AGAIN: Final = 10
_BATCH: Final = 200
_log: Final = logging.getLogger(__name__)

_FOUND: Final = select(Scan.found).where(Scan.blob_digest == bindparam("digest"))
_NOT_CLEAN: Final = (
    select(Paper.name, Scan.found)
    .outerjoin(Scan, Scan.blob_digest == Paper.blob_digest)
    .where(of_the_plan(bindparam("plan_id")), Paper.removed_at.is_(None), Scan.found.is_distinct_from(""))
    .order_by(Paper.name)
)


def is_clean(digest: str) -> bool:
    """Ask the scanner unless it has said so before. False when it is away; raises `Refused` for what it found."""
    if not settings().clamd:
        return True
    found = _known(digest)
    if found is None:
        found = _scanned(digest)
    if found:
        raise Refused(_infected(found))
    return found is not None


def check_open(digest: str, name: str) -> None:
    """A file may leave the house, or be shown. Raises `Refused`."""
    if not settings().clamd:
        return
    found = _known(digest)
    if found is None:
        raise Refused(f"“{name}”还没有查毒，暂不能打开，请稍候再试。")
    if found:
        raise Refused(f"“{name}”{_infected(found)}")


def check_approvable(plan_id: UUID) -> None:
    """All vouchers of the plan are clean. Raises `Refused` naming each that is not."""
    if not settings().clamd:
        return
    sentences = [
        f"凭证“{name}”还没有查毒，暂不能批复，请稍候再试。" if found is None else f"凭证“{name}”{_infected(found)}"
        for name, found in session().execute(_NOT_CLEAN, {"plan_id": plan_id})
    ]
    if sentences:
        raise Refused(*sentences)


def _infected(found: str) -> str:
    return f"查出病毒（{found}），不能打开和批复，请移除后上传干净的文件。"


def _known(digest: str) -> str | None:
    """What the scanner said of the file: "" for clean; None when it has not been asked."""
    return session().scalar(_FOUND, {"digest": digest})


def _scanned(digest: str) -> str | None:
    """Ask now and note the answer; None when there is none."""
    try:
        found = Scanner(settings().clamd).scan(blobs.files().pieces(digest))
    except ScannerAway as away:
        _log.warning("the scanner is away: %s", away)
        return None
    with transaction() as work:
        if work.get(Scan, digest) is None:
            work.add(Scan(blob_digest=digest, found=found[:400], at=clock.now()))
    return found


def scan_waiting(_payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, object]:
    """The regular job: scan what waits, the oldest first, and have it drawn; the first silence ends the run."""
    if not settings().clamd:
        return {"scanned": 0}
    waiting = session().scalars(_waiting()).all()
    done = 0
    for done, digest in enumerate(waiting, 1):
        if _known(digest) is None and _scanned(digest) is None:
            return {"scanned": done - 1, "waiting": len(waiting) - done + 1}
        _have_drawn(digest)
        progress.say(done, len(waiting), "正在查毒")
    return {"scanned": done}


def _waiting() -> Any:
    asked = exists().where(Scan.blob_digest == Paper.blob_digest)
    query = select(Paper.blob_digest).where(Paper.removed_at.is_(None), ~asked)
    return query.group_by(Paper.blob_digest).order_by(Paper.blob_digest).limit(_BATCH)


def _have_drawn(digest: str) -> None:
    """Ask for the pages of every paper of this content that has none yet."""
    drawn = exists().where(PaperPage.paper_id == Paper.id)
    with transaction() as work:
        papers = select(Paper.id).where(Paper.blob_digest == digest, Paper.removed_at.is_(None), ~drawn)
        for paper_id in work.scalars(papers):
            jobs.enqueue(DRAW_PAGES, paper_id, {"paper_id": paper_id}, by=SYSTEM)
