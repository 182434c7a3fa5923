"""The job that reads a paper: what it finds is kept beside the paper and sets nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core import blobs, clock, jobs
from core.db import session, transaction
from core.files import FileKind
from vouchers.papers import opening
from vouchers.papers.models import Paper, PaperReading
from vouchers.papers.rules import NOTHING, READ
from vouchers.readers.canonical import text_of


def read_paper(payload: dict[str, Any], _progress: jobs.Progress) -> Mapping[str, object]:
    """The job: read one paper and keep what was found. Safe to repeat; a removed paper is passed over."""
    paper = session().get(Paper, UUID(payload["paper_id"]))
    if paper is None or paper.removed_at is not None:
        return {"fields": 0}
    paper_id, kind = paper.id, FileKind(paper.file_kind)
    reading = opening.reading_of(blobs.files().read(paper.blob_digest), kind)
    with transaction() as work:
        if work.get(PaperReading, paper_id) is None:
            state, content = READ if reading else NOTHING, text_of(reading)
            work.add(PaperReading(paper_id=paper_id, state=state, content=content, created_at=clock.now()))
    return {"fields": len(reading.fields)}
