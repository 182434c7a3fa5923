"""The job that looks whether a paper's pages show a paper of the register once more, photographed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import bindparam, or_, select, tuple_

from core import blobs, clock, jobs
from core.db import session, transaction
from core.jail import MEGABYTE, ROOMY, Broken, Limits
from vouchers.likeness.marks import BYTES, nearest
from vouchers.papers.models import Paper, PaperMark, PaperMatch, PaperPage

# Of a long paper the first pages tell what it is.
_PAGES: Final = 5
_CANDIDATES: Final = 40
_MARK: Final = "vouchers.likeness.marks:marks"
_SAME: Final = "vouchers.likeness.comparing:same_among"
# Two pages and what stands out on them take more room than drawing one.
_LIMITS: Final = Limits(memory=1024 * MEGABYTE, answer=64 * 1024)
# Every mark of other live papers; two known numbers that differ say that they are two papers.
_KNOWN: Final = (
    select(PaperMark.paper_id, PaperMark.number, PaperMark.mark)
    .join(Paper, Paper.id == PaperMark.paper_id)
    .where(
        Paper.division_code == bindparam("division"),
        *(Paper.id != bindparam("paper_id"), Paper.removed_at.is_(None)),
        or_(Paper.number_key == "", bindparam("key") == "", Paper.number_key == bindparam("key")),
    )
)


@dataclass(frozen=True)
class _Known:
    """The marks of the register, one a row, with whose they are."""

    owners: Sequence[tuple[UUID, int]]
    marks: np.ndarray[Any, np.dtype[np.uint64]]


def mark_paper(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, object]:
    """The job: marks of the drawn pages, and which papers they look like. Safe to repeat."""
    paper = session().get(Paper, UUID(payload["paper_id"]))
    if paper is None or paper.removed_at is not None:
        return {"pages": 0}
    paper_id, known, found = paper.id, _known(paper), dict[UUID, int]()
    pages = [(page.number, page.blob_digest) for page in paper.pages if 0 < page.number <= _PAGES]
    for count, (number, digest) in enumerate(pages, 1):
        data = blobs.files().read(digest)
        marks = _marks(data)
        if marks:
            _keep_mark(paper_id, number, marks[:BYTES])
            for other, apart in _alike(data, marks, known).items():
                found[other] = min(apart, found.get(other, apart))
        progress.say(count, len(pages), "正在比对是否重复")
    _keep_matches(paper_id, found)
    return {"pages": len(pages), "alike": len(found)}


def _known(paper: Paper) -> _Known:
    asked = {"division": paper.division_code, "paper_id": paper.id, "key": paper.number_key}
    rows = session().execute(_KNOWN, asked).all()
    words = np.frombuffer(b"".join(row.mark for row in rows), np.uint64)
    return _Known([(row.paper_id, row.number) for row in rows], words.reshape(-1, BYTES // 8))


def _marks(page: bytes) -> bytes:
    """The four marks of a page as the jail made them; nothing for an empty page, or one that gives none."""
    try:
        _, marks = ROOMY.call(_MARK, page, {}, _LIMITS)
    except Broken:
        return b""
    return marks if len(marks) == 4 * BYTES else b""


def _alike(page: bytes, marks: bytes, known: _Known) -> dict[UUID, int]:
    """Which papers have a page that shows the same, with how far apart they are in thousandths."""
    if not known.owners:
        return {}
    owners = [known.owners[row] for row, _ in nearest(marks, known.marks, _CANDIDATES)]
    candidates = _pictures(owners)
    parts = [page, *(data for _, data in candidates)]
    try:
        said, _ = ROOMY.call(_SAME, b"".join(parts), {"sizes": [len(part) for part in parts]}, _LIMITS)
        return {candidates[int(place)][0]: int(apart) for place, apart in said["same"]}
    except (Broken, KeyError, IndexError, TypeError, ValueError):  # a hostile picture: warnings only are lost
        return {}


def _pictures(owners: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, bytes]]:
    query = select(PaperPage.paper_id, PaperPage.blob_digest).where(
        tuple_(PaperPage.paper_id, PaperPage.number).in_(owners)
    )
    return [(paper_id, blobs.files().read(digest)) for paper_id, digest in session().execute(query).all()]


def _keep_mark(paper_id: UUID, number: int, mark: bytes) -> None:
    with transaction() as work:
        if work.get(PaperMark, (paper_id, number)) is None:
            work.add(PaperMark(paper_id=paper_id, number=number, mark=mark))


def _keep_matches(paper_id: UUID, found: Mapping[UUID, int]) -> None:
    with transaction() as work:
        for other_id, apart in sorted(found.items()):
            if work.get(PaperMatch, (paper_id, other_id)) is None and work.get(Paper, other_id) is not None:
                work.add(PaperMatch(paper_id=paper_id, other_id=other_id, apart=apart, at=clock.now()))
