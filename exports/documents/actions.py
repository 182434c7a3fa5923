"""Asking for a paper: the PDF itself is made by a job."""

from __future__ import annotations

from uuid import UUID

from accounts.people.rules import Person, scope_of
from budget.plans import store as plans
from core import history, jobs
from core.db import transaction
from core.jobs import JobState
from exports.documents.papers import JOBS
from exports.documents.rules import DocumentKind


def ask_for(kind: DocumentKind, plan_id: UUID, *, by: Person) -> None:
    """Let the worker make the paper. Asking twice while it is on its way asks once."""
    with transaction():
        plan = plans.get_visible(plan_id, scope_of(by))
        latest = jobs.latest(JOBS[kind], plan.id)
        if latest is not None and latest.state in (JobState.WAITING, JobState.RUNNING):
            return
        jobs.enqueue(JOBS[kind], plan.id, {"plan_id": plan.id}, by=by)
        history.record("plan", plan.id, f"ask_{kind.value}", f"申请生成{kind.label} PDF", by=by)
