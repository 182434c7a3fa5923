"""The working calendar as values: working days over holidays and working weekends, and the table as text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.calendar import rules
from budget.calendar.rules import Day, YearState
from budget.calendar.store import default_text
from core.errors import Conflict, Refused

DAYS_2026 = rules.read_table(default_text(2026), 2026)
SPECIAL = {one.day: one.is_work for one in DAYS_2026}


def test_the_arrangement_of_2026_has_its_days_off_and_its_working_weekends() -> None:
    assert sum(not one.is_work for one in DAYS_2026) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    working = [one.day for one in DAYS_2026 if one.is_work]
    assert len(working) == 6
    assert all(day.weekday() >= 5 for day in working)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),  # a Thursday of the National Day week
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday on which everybody works
        (date(2026, 10, 11), False),
        (date(2026, 2, 28), True),
        (date(2026, 11, 21), False),
    ],
)
def test_a_day_is_what_the_table_says_or_what_its_weekday_says(day: date, works: bool) -> None:
    assert rules.is_working_day(day, SPECIAL) is works


@pytest.mark.parametrize(
    ("day", "count", "wanted"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),  # the table of 2027 is not known here: a Friday
    ],
)
def test_working_days_are_counted_over_days_off(day: date, count: int, wanted: date) -> None:
    assert rules.add_working_days(day, count, SPECIAL) == wanted


def test_the_next_and_the_previous_working_day_of_a_day_off() -> None:
    sunday = date(2026, 9, 27)  # 中秋节 until Sunday
    assert rules.next_working_day(sunday, SPECIAL) == date(2026, 9, 28)
    assert rules.previous_working_day(sunday, SPECIAL) == date(2026, 9, 24)
    for step in (rules.next_working_day, rules.previous_working_day):
        assert step(date(2026, 9, 30), SPECIAL) == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("year", "month", "wanted"),
    [(2026, 9, 30), (2026, 2, 28), (2026, 1, 30), (2028, 2, 29), (2026, 12, 31), (2026, 5, 29)],
)
def test_the_last_working_day_of_a_month(year: int, month: int, wanted: int) -> None:
    assert rules.last_working_day(year, month, SPECIAL) == date(year, month, wanted)


@given(st.dates(date(2026, 1, 1), date(2026, 11, 1)), st.integers(1, 30))
def test_so_many_working_days_lie_between(day: date, count: int) -> None:
    end = rules.add_working_days(day, count, SPECIAL)
    between = [date.fromordinal(number) for number in range(day.toordinal() + 1, end.toordinal() + 1)]
    assert sum(rules.is_working_day(one, SPECIAL) for one in between) == count
    assert rules.is_working_day(end, SPECIAL)


# The table as text


def test_a_span_a_day_and_other_ways_of_writing_are_read() -> None:
    text = "2026年10月1日 至 2026年10月2日 放假 国庆节\n\n 2026-10-10,上班,国庆节调休\n2026/1/1 休"
    assert rules.read_table(text, 2026) == (
        Day(date(2026, 1, 1), False, ""),
        Day(date(2026, 10, 1), False, "国庆节"),
        Day(date(2026, 10, 2), False, "国庆节"),
        Day(date(2026, 10, 10), True, "国庆节调休"),
    )


def test_what_is_written_is_what_is_read() -> None:
    assert rules.read_table(rules.table_text(DAYS_2026), 2026) == DAYS_2026
    assert rules.table_text(DAYS_2026) == default_text(2026).strip()
    assert rules.table_text(()) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("国庆节", "看不懂“国庆节”"),
        ("2026-10-01 国庆节", "看不懂"),
        ("2026-02-29 休 闰日", "没有“2026-02-29”这一天"),
        ("2027-01-01 休 元旦", "日期不在 2026 年内"),
        ("2026-12-31 至 2027-01-01 休 元旦", "日期不在 2026 年内"),
        ("2026-10-07 至 2026-10-01 休 国庆节", "结束日期早于开始日期"),
        (f"2026-10-01 休 {'长' * 41}", "名称不能超过 40 个字"),
    ],
)
def test_a_line_that_says_nothing_is_named(line: str, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.read_table(f"2026-01-01 休 元旦\n{line}", 2026)
    assert str(refusal.value).startswith("第 2 行：")
    assert said in str(refusal.value)


def test_every_fault_is_named_at_once_and_a_day_stands_once() -> None:
    with pytest.raises(Refused) as refusal:
        rules.read_table("2026-10-01 至 2026-10-03 休 国庆\n2026-10-03 班 调休\nnonsense", 2026)
    assert [sentence[:6] for sentence in refusal.value.sentences] == ["第 2 行：", "第 3 行："]
    assert "2026-10-03 写了两次" in str(refusal.value)


# Versions and closed years


def test_the_same_typed_twice_is_no_conflict() -> None:
    rules.check_version("日历", 1, 1, {"a": {"x": "1"}}, {"a": {"x": "2"}})
    rules.check_version("日历", 1, 2, {"a": {"x": "1"}}, {"a": {"x": "1"}})


def test_a_conflict_shows_both_sides() -> None:
    stored = {one: {"日期": one, "名称": name} for one, name in (("d1", "甲"), ("d2", "乙"))}
    typed = {one: {"日期": one, "名称": name} for one, name in (("d1", "丙"), ("d3", "丁"))}
    with pytest.raises(Conflict) as conflict:
        rules.check_version("日历", 1, 4, stored, typed)
    assert conflict.value.version == 4
    assert conflict.value.differences == (
        "“d3”只在您的页面上。",
        "d1 名称：已保存“甲”，您填写“丙”。",
        "已保存“d2 乙”，您的页面上没有。",
    )
    with pytest.raises(Conflict, match="名称：已保存“甲”，您填写“丙”。"):
        rules.check_version("日历", 1, 4, {"": {"名称": "甲"}}, {"": {"名称": "丙"}})


def test_a_closed_year_takes_nothing() -> None:
    rules.check_year(YearState.OPEN, 2026)
    assert (YearState.OPEN.label, YearState.CLOSED.label) == ("未年结", "已年结")
    with pytest.raises(Refused, match="2026 年已经年结"):
        rules.check_year(YearState.CLOSED, 2026)
