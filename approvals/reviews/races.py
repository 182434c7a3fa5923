"""What the slower of two people hears: who acted on the plan before him, when, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from approvals.reviews import store
from approvals.reviews.models import Decision, ReviewTask
from budget.plans.models import Plan
from core import clock
from core.errors import Overtaken, Refused

_Given = ParamSpec("_Given")


def overtaken(plan: Plan, sentence: str) -> Refused:
    """The refusal of whoever came after the plan's last act; a plain one when nobody has acted yet."""
    done = store.decisions_of(plan.id)
    return Overtaken(f"{sentence}{_said(done[-1])}") if done else Refused(sentence)


def judge(plan: Plan, check: Callable[_Given, object], *given: _Given.args, **named: _Given.kwargs) -> None:
    """Hold a rule about the plan's state against it; where it refuses, whoever moved the plan on was faster."""
    try:
        check(*given, **named)
    except Refused as refusal:
        raise overtaken(plan, str(refusal)) from refusal


def closed(task: ReviewTask, plan: Plan, sentence: str) -> Refused:
    """The refusal of whoever came to a desk that is closed: by whom it was closed, else the plan's last act."""
    for done in reversed(store.decisions_of(plan.id)):
        if (done.revision, done.step_no, done.person_id) == (task.revision, task.step_no, task.closed_by):
            return Overtaken(f"{sentence}{_said(done)}")
    return overtaken(plan, sentence)


def _said(done: Decision) -> str:
    return f"{done.signature} 已于 {clock.local(done.at):%m-%d %H:%M} {done.act.label}。"
