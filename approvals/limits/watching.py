"""The regular look at all limits: who is reminded, what is reported upwards. Each place is one transaction.

What was told is marked in the transaction that tells it, so a run that broke off is taken up by the next one, and
nobody is told the same twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from accounts.people.rules import SYSTEM
from approvals.chains.rules import OnLimit
from approvals.limits import rules, store, telling
from approvals.limits.store import Late
from approvals.limits.telling import Delay
from approvals.limits.waiting import above, at_desk, plan_said
from approvals.reviews.models import ReviewTask
from budget.calendar.rules import Special, add_working_days, is_working_day
from budget.calendar.store import special_days
from budget.plans.rules import PlanState
from core import clock, jobs
from core.db import session, transaction
from core.jobs import Progress
from core.notices import MAIL_DIGEST
from core.waiting import retried
from core.web import settings

WATCH_LIMITS: Final = "watch_limits"
# How often the worker looks, in minutes.
EVERY: Final = 5
# How far the limits of desks lie back and ahead at most.
_BACK: Final = timedelta(days=400)
_AHEAD: Final = timedelta(days=60)
_log: Final = logging.getLogger(__name__)


def watch_limits(_payload: Mapping[str, Any], _progress: Progress | None) -> Mapping[str, object]:
    """Remind and report what is due; on working days ask for the daily summary of messages, too."""
    now = clock.now()
    local = clock.local(now)
    special = special_days(settings().division_code, local.date() - _BACK, local.date() + _AHEAD)
    _ask_for_summary(local, special)
    if not rules.is_hour(local, special):
        return {"waits": "for the bureau to open"}
    desks = _due(now, special)
    told = broken = 0
    for _, place in groupby(desks, key=lambda late: (late[0].role, late[0].unit_id, late[0].office_id)):
        found = [_delay(late, local, special) for late in place]
        try:
            told += _tell([one for one in found if one.stage or one.reported_to], now)
        except Exception:
            _log.exception("the limits of one place could not be looked after")
            session().rollback()
            broken += 1
    if broken:
        raise RuntimeError(f"the limits of {broken} places could not be looked after")
    return {"told": told}


def _ask_for_summary(local: datetime, special: Special) -> None:
    if local.hour >= settings().digest_hour and is_working_day(local.date(), special):
        jobs.daily(MAIL_DIGEST, local.date(), by=SYSTEM)


def _due(now: datetime, special: Special) -> list[Late]:
    today = clock.local(now).date()
    near = add_working_days(today, 1, special)
    begins = clock.at(today.year, today.month, today.day)
    return store.due_desks(now, begins, clock.at(near.year, near.month, near.day, 23, 59), today)


def _facts(late: Late) -> rules.Desk:
    task, plan, step = late
    return rules.Desk(
        clock.local(task.opened_at), clock.local(task.due_at), clock.local(task.warned_at) if task.warned_at else None,
        task.escalated_at is not None, step.on_limit is OnLimit.ESCALATE and step.escalate_to is not None,
        plan.review_on if plan.state is PlanState.SUSPENDED else None,
    )  # fmt: skip


def _delay(late: Late, local: datetime, special: Special) -> Delay:
    """What the desk asks for, with everybody's names read before anything is locked."""
    task, plan, step = late
    facts = _facts(late)
    stage = rules.stage(facts, local, special)
    role = step.escalate_to if rules.must_escalate(facts, local, special) else None
    people = at_desk(plan, task) if stage or role else []
    said = f"{plan_said(plan)}“{task.step_name}”{_state_said(facts, local, special)}"
    told = {one.id: one.name for one in above(plan, task, role)} if role else {}
    names = "、".join(one.name for one in people) or "暂无持岗人"
    return Delay(task.id, plan.id, said, stage, [one.id for one in people], names, role, told)


def _state_said(desk: rules.Desk, local: datetime, special: Special) -> str:
    if desk.review_on is not None:
        return f"挂起后 {desk.review_on} 复审，日期已到"
    if local > desk.due:
        days = rules.days_over(desk.due.date(), local.date(), special)
        return f"{rules.over_said(days)}（时限 {desk.due:%m-%d %H:%M}）"
    return f"将于 {desk.due:%m-%d %H:%M} 到期"


@retried
def _tell(delays: Sequence[Delay], now: datetime) -> int:
    """Tell of one place what has not been told meanwhile, and mark it."""
    if not delays:
        return 0
    with transaction():
        still = store.locked_open([one.task_id for one in delays])
        reminders = [one for one in delays if one.stage and _unwarned(still.get(one.task_id), now)]
        reports = [one for one in delays if one.reported_to and _unreported(still.get(one.task_id))]
        telling.remind(reminders)
        telling.report(reports)
        for one in reminders:
            still[one.task_id].warned_at = now
        for one in reports:
            still[one.task_id].escalated_at = now
    return len(reminders) + len(reports)


def _unwarned(task: ReviewTask | None, now: datetime) -> bool:
    """Whether the desk is still open and was not reminded today by another runner."""
    if task is None:
        return False
    return task.warned_at is None or clock.local(task.warned_at).date() < clock.local(now).date()


def _unreported(task: ReviewTask | None) -> bool:
    return task is not None and task.escalated_at is None
