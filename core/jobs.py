"""Work for later: rows written in the caller's transaction, run by a separate process, retried when it fails."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Index, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Code, Long, Model, alone, code_of, session, transaction
from core.errors import Away, Refused
from core.history import Actor

LEASE: Final = timedelta(minutes=5)
ATTEMPTS: Final = 5
# The subject of work that is done again and again: one row of each kind.
REGULAR: Final = "regular"
_log: Final = logging.getLogger(__name__)


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """The state as people read it."""
        return {"waiting": "排队中", "running": "处理中", "done": "已完成", "failed": "失败"}[self.value]


class Job(Model):
    """One piece of work. `payload` and `result` are small JSON objects; files go to blobs."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "run_after"), Index(None, "subject"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[Code]
    subject: Mapped[Code]
    payload: Mapped[Long]
    state: Mapped[JobState] = mapped_column(code_of(JobState), default=JobState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    run_after: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[Long] = mapped_column(default="")
    result: Mapped[Long] = mapped_column(default="{}")
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def answer(self) -> dict[str, Any]:
        """What the handler returned."""
        answer: dict[str, Any] = json.loads(self.result)
        return answer


class Progress:
    """Handed to a handler so that it can say how far it is; saying so also renews its lease."""

    def __init__(self, job_id: UUID) -> None:
        self.job_id = job_id

    def say(self, done: int, total: int, note: str = "") -> None:
        """Store the progress in a transaction of its own."""
        with transaction() as work:
            values = {"done": done, "total": total, "note": note, "lease_until": clock.now() + LEASE}
            work.execute(update(Job).where(Job.id == self.job_id).values(**values))


Handler = Callable[[dict[str, Any], Progress], Mapping[str, object] | None]


def enqueue(kind: str, subject: object, payload: Mapping[str, object], *, by: Actor) -> Job:
    """Ask for work inside the caller's transaction; it starts only after the commit."""
    now = clock.now()
    text = json.dumps(payload, ensure_ascii=False, default=str)
    job = Job(id=uuid4(), kind=kind, subject=str(subject), payload=text, run_after=now, created_at=now)
    job.created_by = by.id
    session().add(job)
    return job


def daily(kind: str, day: date, *, by: Actor) -> bool:
    """Ask for the work of a day, once for each kind and day however often this is called. False when it was asked."""
    with transaction() as work:
        alone(f"daily {kind}")
        asked = select(Job.id).where(Job.kind == kind, Job.subject == day.isoformat()).limit(1)
        if work.scalar(asked) is not None:
            return False
        enqueue(kind, day, {"day": day.isoformat()}, by=by)
    return True


def every(kind: str, minutes: int, *, by: Actor) -> bool:
    """Ask for work that is done again and again, so many minutes after its last run ended. False when it is too early.

    Each kind keeps one row, which waits anew: the list of jobs does not grow with the days. A run that failed is
    followed by the next like one that did not.
    """
    with transaction():
        alone(f"every {kind}")
        job, now = latest(kind, REGULAR), clock.now()
        if job is None:
            enqueue(kind, REGULAR, {}, by=by)
            return True
        if job.finished_at is None or job.finished_at + timedelta(minutes=minutes) > now:
            return False
        job.state, job.attempts, job.run_after, job.created_at, job.finished_at = JobState.WAITING, 0, now, now, None
        job.done, job.total, job.note, job.result = 0, 0, "", "{}"
    return True


def find(job_id: UUID) -> Job | None:
    """The job, or None."""
    return session().get(Job, job_id)


def latest(kind: str, subject: object) -> Job | None:
    """The newest job of this kind for this subject."""
    query = select(Job).where(Job.kind == kind, Job.subject == str(subject))
    return session().scalars(query.order_by(Job.created_at.desc()).limit(1)).first()


def is_open(kind: str, subject: object) -> bool:
    """Whether the newest job of this kind for this subject waits or runs, so that asking again would be twice."""
    job = latest(kind, subject)
    return job is not None and job.state in (JobState.WAITING, JobState.RUNNING)


def is_first(job_id: UUID) -> bool:
    """Whether no other runner was earlier with work of the same kind for the same subject, which goes one by one."""
    mine = session().get_one(Job, job_id)
    query = select(Job.id).where(Job.kind == mine.kind, Job.subject == mine.subject, Job.state == JobState.RUNNING)
    running = query.where(Job.lease_until > clock.now()).order_by(Job.lease_until, Job.id).limit(1)
    return session().scalar(running) in (job_id, None)


def recent(limit: int = 100) -> list[Job]:
    """The newest jobs, for the administrator."""
    return list(session().scalars(select(Job).order_by(Job.created_at.desc()).limit(limit)))


def run_one(handlers: Mapping[str, Handler]) -> bool:
    """Claim the next due job and run it. False when nothing is due."""
    job_id = _claim()
    if job_id is None:
        return False
    job = session().get_one(Job, job_id)
    kind, payload = job.kind, json.loads(job.payload)
    try:
        result = handlers[kind](payload, Progress(job_id)) or {}
    except Away:
        _log.warning("job %s (%s) waits for the store of files", job_id, kind)
        _retry(job_id)
    except Refused as refusal:
        _finish(job_id, JobState.FAILED, note=str(refusal))
    except Exception:
        # Whatever broke, the runner lives on and the job comes back later.
        _log.exception("job %s (%s) failed", job_id, kind)
        _retry(job_id)
    else:
        _finish(job_id, JobState.DONE, result=json.dumps(result, ensure_ascii=False, default=str))
    return True


def _claim() -> UUID | None:
    """Take one due job, or one whose runner has been silent past its lease; two runners never get the same."""
    now = clock.now()
    due = or_(
        (Job.state == JobState.WAITING) & (Job.run_after <= now),
        (Job.state == JobState.RUNNING) & (Job.lease_until < now),
    )
    with transaction() as work:
        query = select(Job).where(due).order_by(Job.run_after, Job.id).limit(1)
        job = work.scalars(query.with_for_update(skip_locked=True)).first()
        if job is None:
            return None
        job.state, job.lease_until, job.attempts = JobState.RUNNING, now + LEASE, job.attempts + 1
        return job.id


def _finish(job_id: UUID, state: JobState, note: str = "", result: str = "{}") -> None:
    with transaction() as work:
        job = work.get_one(Job, job_id)
        job.state, job.note, job.result, job.finished_at = state, note or job.note, result, clock.now()


def _retry(job_id: UUID) -> None:
    """Back-off 5, 10, 20, 40 seconds; after the last attempt the job is failed and says so."""
    with transaction() as work:
        job = work.get_one(Job, job_id)
        if job.attempts >= ATTEMPTS:
            job.state, job.note = JobState.FAILED, "多次重试仍未成功，请联系系统管理员查看日志。"
            job.finished_at = clock.now()
        else:
            job.state = JobState.WAITING
            job.run_after = clock.now() + timedelta(seconds=5 * 2 ** (job.attempts - 1))
