"""Windows, the yearly rule and permits as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from budget.calendar.rules import YearState, read_table
from budget.calendar.store import default_text
from budget.windows import monthly, rules
from budget.windows.monthly import MonthTerms, Moving, Verdict
from budget.windows.rules import Filing, PermitKind, Terms
from core import clock
from core.errors import Refused

SPECIAL = {one.day: one.is_work for one in read_table(default_text(2026), 2026)}
OPENS, CLOSES = clock.at(2026, 11, 15), clock.at(2026, 11, 20, 17, 0)
LATER = CLOSES + timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    fiscal_year: int = 2026
    month: int = 12
    opens_at: datetime = OPENS
    closes_at: datetime = CLOSES
    by_hand: bool = False


@dataclass(frozen=True)
class Permit:
    valid_until: datetime = LATER


# Whether a window is open


def check(window: Window | None, now: datetime) -> None:
    rules.check_open(window, 2026, 12, now, "11月15日 至 11月20日", "预算股 0719-8650000")


def test_a_window_is_open_from_its_first_to_its_last_moment() -> None:
    tick = timedelta(microseconds=1)
    assert [rules.is_open(Window(), moment) for moment in (OPENS - tick, OPENS, CLOSES, CLOSES + tick)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not rules.is_open(None, OPENS)
    check(Window(), OPENS)
    check(Window(), CLOSES)


@pytest.mark.parametrize(
    ("window", "now", "said"),
    [
        (None, OPENS, "2026年12月的申报窗口尚未设置，计划可先保存为草稿；请联系预算股 0719-8650000。"),
        (Window(), OPENS - timedelta(seconds=1), "还没有开放（11月15日 至 11月20日）"),
        (Window(), CLOSES + timedelta(seconds=1), "已经截止（11月15日 至 11月20日），不能送审；草稿已保留"),
    ],
)
def test_outside_the_window_nothing_is_submitted(window: Window | None, now: datetime, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        check(window, now)
    assert said in str(refusal.value)


def test_a_window_closes_after_it_opens() -> None:
    rules.check_dates(OPENS, OPENS + timedelta(minutes=1))
    for closes in (OPENS, OPENS - timedelta(minutes=1)):
        with pytest.raises(Refused, match="截止时间须晚于开放时间"):
            rules.check_dates(OPENS, closes)


def test_months_are_months() -> None:
    rules.check_month(2026, 12)
    for year, month in ((2026, 13), (2026, 0), (1999, 1), (2101, 1)):
        with pytest.raises(Refused, match=f"没有 {year} 年 {month} 月"):
            rules.check_month(year, month)


# The yearly rule


@pytest.mark.parametrize(
    ("year", "month", "terms", "opens", "closes", "decide_by"),
    [
        (2026, 12, MonthTerms(), (2026, 11, 15), (2026, 11, 20), (2026, 11, 30)),
        # 20 September is a Sunday on which everybody works.
        (2026, 10, MonthTerms(), (2026, 9, 15), (2026, 9, 20), (2026, 9, 30)),
        # 25 September is 中秋节: to the Monday, or back to the Thursday.
        (2026, 10, MonthTerms(closes_day=25), (2026, 9, 15), (2026, 9, 28), (2026, 9, 30)),
        (2026, 10, MonthTerms(closes_day=25, moves=Moving.PREVIOUS), (2026, 9, 15), (2026, 9, 24), (2026, 9, 30)),
        # 20 December 2026 is a Sunday; January belongs to the new year and is filed in the old December.
        (2027, 1, MonthTerms(), (2026, 12, 15), (2026, 12, 21), (2026, 12, 31)),
        (2026, 11, MonthTerms(opens_day=1, closes_day=5), (2026, 10, 1), (2026, 10, 8), (2026, 10, 30)),
        # February of a leap year, and the last days of a February that end in a working Saturday.
        (2028, 3, MonthTerms(closes_day=28), (2028, 2, 15), (2028, 2, 28), (2028, 2, 29)),
        (2026, 3, MonthTerms(closes_day=28), (2026, 2, 15), (2026, 2, 28), (2026, 2, 28)),
        (2026, 7, MonthTerms(closes_day=28), (2026, 6, 15), (2026, 6, 29), (2026, 6, 30)),
    ],
)
def test_the_days_of_a_month_lie_in_the_month_before(
    year: int,
    month: int,
    terms: MonthTerms,
    opens: tuple[int, int, int],
    closes: tuple[int, int, int],
    decide_by: tuple[int, int, int],
) -> None:
    days = monthly.dates_of(terms, year, month, SPECIAL)
    assert (days.month, days.opens_on, days.closes_on, days.decide_by) == (
        month, date(*opens), date(*closes), date(*decide_by),
    )  # fmt: skip


def test_a_deadline_never_moves_into_another_month() -> None:
    saturday = date(2027, 2, 27)
    special = {date(2027, 2, 28): False, date(2027, 3, 1): False}
    assert monthly.moved(saturday, Moving.NEXT, special) == date(2027, 2, 26)
    assert monthly.moved(saturday, Moving.PREVIOUS, special) == date(2027, 2, 26)


@pytest.mark.parametrize(
    "terms", [MonthTerms(opens_day=0), MonthTerms(opens_day=21), MonthTerms(closes_day=29), MonthTerms(opens_day=-3)]
)
def test_days_that_some_month_lacks_are_refused(terms: MonthTerms) -> None:
    monthly.check_terms(MonthTerms())
    with pytest.raises(Refused, match="须在 1 日至 28 日之间"):
        monthly.check_terms(terms)


def test_the_last_supplement_is_a_day_of_december() -> None:
    for day in (0, 32):
        with pytest.raises(Refused, match="须在 1 日至 31 日之间"):
            monthly.check_terms(MonthTerms(last_supplement_day=day))
    assert MonthTerms(closes_minute=9 * 60 + 5).closes_time == "09:05"
    assert [one.label for one in Moving] == ["顺延到下一个工作日", "提前到上一个工作日"]
    assert MonthTerms().record()["截止日"] == "上月 20 日 17:00"


@pytest.mark.parametrize(
    ("stored", "now", "overwrite", "funded", "wanted"),
    [
        (None, OPENS, False, True, Verdict.NEW),
        (None, OPENS, False, False, Verdict.NO_MONEY),
        (None, LATER, False, True, Verdict.PAST),
        (Window(), OPENS, True, True, Verdict.SAME),
        (Window(by_hand=True), OPENS, True, True, Verdict.SAME),
        (Window(closes_at=LATER), OPENS, False, True, Verdict.MOVE),
        (Window(closes_at=LATER, by_hand=True), OPENS, False, True, Verdict.HAND),
        (Window(closes_at=LATER, by_hand=True), OPENS, True, True, Verdict.OVERWRITE),
        (Window(closes_at=OPENS + timedelta(days=1)), LATER, True, True, Verdict.PAST),
    ],
)
def test_making_a_year_overwrites_nothing_silently(
    stored: Window | None, now: datetime, overwrite: bool, funded: bool, wanted: Verdict
) -> None:
    found = monthly.verdict_of(stored, OPENS, CLOSES, now=now, overwrite=overwrite, funded=funded)
    assert found is wanted
    assert found.writes is (wanted in (Verdict.NEW, Verdict.MOVE, Verdict.OVERWRITE))
    assert found.label


# Whether a plan may be filed

MONTHLY = Filing("monthly", 2026, 12)
SUPPLEMENT = Filing("supplement", 2026, 12, "抢修水管")
LAST = clock.at(2026, 12, 20, 17, 0)


@pytest.mark.parametrize(
    ("filing", "terms", "now"),
    [
        (MONTHLY, Terms(Window()), CLOSES),
        (MONTHLY, Terms(Window(), permit=Permit()), LATER),
        (MONTHLY, Terms(None, permit=Permit()), LATER),
        (SUPPLEMENT, Terms(Window(), permit=Permit(), last_supplement=LAST), LATER),
        (SUPPLEMENT, Terms(None, permit=Permit()), OPENS),
        (Filing("reduction", 2026, 3), Terms(), LATER),
        (Filing("adjustment", 2026, 3), Terms(), LATER),
        (Filing("entered", 2026, 3), Terms(), LATER),
    ],
)
def test_who_may_file(filing: Filing, terms: Terms, now: datetime) -> None:
    rules.check_may_file(filing, terms, now)


@pytest.mark.parametrize(
    ("filing", "terms", "now", "said"),
    [
        (MONTHLY, Terms(), OPENS, "尚未设置"),
        (MONTHLY, Terms(Window()), LATER, "已经截止"),
        (MONTHLY, Terms(Window(), permit=Permit(CLOSES)), LATER, "已经截止"),
        (SUPPLEMENT, Terms(Window()), CLOSES, "须先由财政准予“追加申报”"),
        (SUPPLEMENT, Terms(permit=Permit(CLOSES), permit_shown="至 20 日"), LATER, "期限已过（至 20 日）"),
        (SUPPLEMENT, Terms(permit=Permit(LAST), last_supplement=LAST), LAST + timedelta(minutes=1), "年终规定"),
        (Filing("supplement", 2026, 12, " "), Terms(permit=Permit()), LATER, "须写明追加原因"),
        (Filing("reduction", 2026, 3), Terms(year=YearState.CLOSED), LATER, "已经年结"),
        (MONTHLY, Terms(Window(), permit=Permit(), year=YearState.CLOSED), CLOSES, "已经年结"),
    ],
)
def test_who_may_not_file(filing: Filing, terms: Terms, now: datetime, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_may_file(filing, terms, now)
    assert said in str(refusal.value)


def test_the_check_page_tells_of_the_permit() -> None:
    assert Terms(shown="11月").told == "11月"
    assert Terms(permit=Permit(), shown="11月", permit_shown="至 20 日").told == "11月；已准予例外，有效期至 20 日"
    assert [one.label for one in PermitKind] == ["延期申报", "追加申报"]


def test_a_permit_has_a_reason() -> None:
    rules.check_reason("支付系统故障")
    with pytest.raises(Refused, match="请写明原因"):
        rules.check_reason("  ")
    with pytest.raises(Refused, match="不能超过 300 个字"):
        rules.check_reason("长" * 301)


# Late plans go to the next month


def test_a_late_plan_goes_to_the_next_month_while_that_is_not_over() -> None:
    late = Window(month=11)
    assert rules.month_to_move_to(11, late, None, LATER) == 12
    assert rules.month_to_move_to(11, late, Window(closes_at=LATER), LATER) == 12


@pytest.mark.parametrize(
    ("month", "window", "following", "now", "said"),
    [
        (11, None, None, LATER, "还没有截止"),
        (11, Window(), None, CLOSES, "还没有截止"),
        (12, Window(), None, LATER, "12月是本年度最后一个月"),
        (11, Window(), Window(), LATER, "12月的申报也已经截止"),
    ],
)
def test_a_plan_that_cannot_go_on_hears_why(
    month: int, window: Window | None, following: Window | None, now: datetime, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        rules.month_to_move_to(month, window, following, now)
