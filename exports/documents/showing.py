"""A paper as an answer: the finished PDF, or the page that waits for it."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from core import blobs, jobs
from core.jobs import JobState
from core.names import safe_name
from exports.documents.models import Document
from exports.documents.papers import JOBS, Printable
from exports.downloads import disposition

# The browser's own viewer draws a PDF inside an object of our origin; nothing else may be in the answer.
_PDF_POLICY: Final = "default-src 'none'; object-src 'self'; frame-ancestors 'self'; base-uri 'none'"


def shown(paper: Printable, found: Document | None, ask: str) -> ResponseReturnValue:
    """The PDF if there is one; otherwise the page that waits, whose button sends to `ask`."""
    if found is None:
        return _waiting(paper, ask)
    return pdf_answer(found.blob_digest, paper.filename, f"{paper.kind.value}-{paper.plan_id}.pdf")


def pdf_answer(blob_digest: str, filename: str, plain: str) -> Response:
    """A finished PDF, to be shown by the browser's own viewer."""
    answer = Response(blobs.files().read(blob_digest), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = disposition(safe_name(filename, (".pdf",)), plain, inline=True)
    answer.headers["Content-Security-Policy"] = _PDF_POLICY
    return answer


def _waiting(paper: Printable, ask: str) -> ResponseReturnValue:
    """What the worker is doing about it; 202 while it is on its way. A new request is a button, never a GET."""
    job = jobs.latest(JOBS[paper.kind], paper.job_subject)
    busy = job is not None and job.state in (JobState.WAITING, JobState.RUNNING)
    page = render_template("exports/documents/waiting.html", paper=paper, job=job, busy=busy, ask=ask)
    return page, 202 if busy else 200
