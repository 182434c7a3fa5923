"""When a desk is reminded of its limit and when its delay is reported upwards, by the bureau's working days.

All moments are given as people in the bureau read them (local time).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from budget.calendar.rules import Special, is_working_day, previous_working_day
from budget.plans.rules import PlanState
from core.errors import Refused

# Nobody is reminded before the bureau opens.
OPENS: Final = time(8, 30)
_DAY: Final = timedelta(days=1)


class Stage(StrEnum):
    """Why a desk is reminded."""

    SOON = "soon"
    OVERDUE = "overdue"
    REVIEW = "review"

    @property
    def label(self) -> str:
        """The reason as people read it."""
        return {"soon": "即将到期", "overdue": "已超时", "review": "挂起已到复审日期"}[self.value]


@dataclass(frozen=True)
class Desk:
    """What the rules look at of an open desk. `review_on` is set while its plan is suspended."""

    opened: datetime
    due: datetime
    warned: datetime | None = None
    escalated: bool = False
    escalates: bool = False
    review_on: date | None = None


def is_hour(now: datetime, special: Special) -> bool:
    """Whether people are reminded now: on working days, once the bureau has opened."""
    return now.time() >= OPENS and is_working_day(now.date(), special)


def stage(desk: Desk, now: datetime, special: Special) -> Stage | None:
    """Why the desk is to be reminded now; None when it is not, or was today already.

    Once on the last working day before the limit (a limit of one day: on its last day), then on every working day
    after it. A suspended plan has no limit: its desk is reminded when the day of its review has come.
    """
    today = now.date()
    if not is_hour(now, special) or (desk.warned is not None and desk.warned.date() == today):
        return None
    if desk.review_on is not None:
        return Stage.REVIEW if desk.review_on <= today else None
    if now > desk.due:
        return Stage.OVERDUE
    near = previous_working_day(desk.due.date() - _DAY, special) <= today
    return Stage.SOON if near and desk.warned is None and desk.opened.date() < today else None


def must_escalate(desk: Desk, now: datetime, special: Special) -> bool:
    """Whether the delay is to be reported to the post that the step names; once."""
    if not desk.escalates or desk.escalated or desk.review_on is not None:
        return False
    return now > desk.due and is_hour(now, special)


def days_over(due: date, today: date, special: Special) -> int:
    """How many working days have begun since the day of the limit."""
    return sum(is_working_day(due + timedelta(days=passed), special) for passed in range(1, (today - due).days + 1))


def over_said(days: int) -> str:
    """已超时 3 个工作日; on the very day of the limit 今天已超时."""
    return f"已超时 {days} 个工作日" if days else "今天已超时"


def check_waits(state: PlanState, review_on: date | None) -> None:
    """催办 is for plans that lie at a desk. Raises `Refused`."""
    if state is PlanState.SUSPENDED:
        raise Refused(f"这份计划已挂起，{review_on} 复审，届时系统会提醒审核人，不用催办。")
    if state is not PlanState.IN_REVIEW:
        raise Refused(f"这份计划{state.label}，没有在审核，不用催办。")


def check_not_yet(last: datetime | None, today: date, who: str) -> None:
    """A plan is 催办 once a day. Raises `Refused` saying when that was last done, and by whom."""
    if last is not None and last.date() == today:
        raise Refused(f"今天 {last:%H:%M} 已由{who}催办过，每份计划每天只能催办一次，请明天再催或直接电话联系。")
