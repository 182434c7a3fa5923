"""The rules of limits by themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from approvals.limits import rules
from approvals.limits.rules import Desk, Stage
from core import clock


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    return clock.at(2026, month, day, hour, minute)


FRIDAY, WEDNESDAY = (clock.local(moment) for moment in (at(20, 10), at(25, 17, 30)))


@pytest.mark.parametrize(
    ("desk", "now", "wanted"),
    [
        (Desk(FRIDAY, WEDNESDAY), clock.local(at(24, 8, 29)), None),
        (Desk(FRIDAY, WEDNESDAY), clock.local(at(24, 8, 30)), Stage.SOON),
        (Desk(FRIDAY, WEDNESDAY, warned=clock.local(at(24, 8, 30))), clock.local(at(25, 9, 0)), None),
        (Desk(FRIDAY, WEDNESDAY), WEDNESDAY, Stage.SOON),
        (Desk(FRIDAY, WEDNESDAY), WEDNESDAY + timedelta(seconds=1), Stage.OVERDUE),
        (Desk(FRIDAY, WEDNESDAY), clock.local(at(28, 9, 0)), None),
        (Desk(FRIDAY, WEDNESDAY, review_on=date(2026, 11, 30)), clock.local(at(27, 9, 0)), None),
        (Desk(FRIDAY, WEDNESDAY, review_on=date(2026, 11, 27)), clock.local(at(27, 9, 0)), Stage.REVIEW),
    ],
)
def test_why_a_desk_is_reminded(desk: Desk, now: datetime, wanted: Stage | None) -> None:
    assert rules.stage(desk, now, {}) is wanted


def test_working_days_over_the_limit() -> None:
    assert [rules.days_over(date(2026, 11, 27), date(2026, 11, 27) + timedelta(days=n), {}) for n in range(5)] == [
        0, 0, 0, 1, 2,
    ]  # fmt: skip
    assert rules.days_over(date(2026, 11, 27), date(2026, 11, 30), {date(2026, 11, 28): True}) == 2
