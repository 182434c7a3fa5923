"""Opening, moving and closing filing windows, the rule of a year, and making the year's windows from it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from accounts.people.rules import Person, System
from budget.calendar.rules import check_version
from budget.windows import monthly, rules, store, yearly
from budget.windows.models import FilingWindow, MonthRule
from budget.windows.monthly import MonthTerms
from core import clock, history
from core.db import alone, session, transaction
from core.differences import Record
from core.errors import Missing, Refused
from core.waiting import retried


@retried
def save_window(
    division_code: str,
    year: int,
    month: int,
    opens_at: datetime,
    closes_at: datetime,
    *,
    by: Person | System,
    department_code: str = "",
    seen: int | None = None,
) -> None:
    """Set from when to when plans of this month may be submitted, by everybody or by one department's units.

    `seen` is the version of the page, 0 when there was no window. Raises `Refused`, `Conflict`.
    """
    rules.check_month(year, month)
    rules.check_dates(opens_at, closes_at)
    with transaction() as work:
        alone(f"windows {division_code} {year}")
        window = store.window_of(division_code, year, month, department_code)
        before = store.shown(window)
        if window is None:
            window = FilingWindow(
                division_code=division_code, fiscal_year=year, month=month, department_code=department_code
            )
            work.add(window)
        elif seen is not None:
            stored, typed = (_dates(pair) for pair in ((window.opens_at, window.closes_at), (opens_at, closes_at)))
            saver = partial(history.last_said, "window", f"{year}-{month:02d}", department=department_code)
            check_version(f"{year}年{month}月申报窗口", seen, window.version, {"": stored}, {"": typed}, saver)
        window.opens_at, window.closes_at, window.by_hand = opens_at, closes_at, True
        summary = f"{year}年{month}月申报窗口{_whose(department_code)}：{store.shown(window)}"
        details = {"before": before, "department": department_code}
        history.record("window", f"{year}-{month:02d}", "save", summary, by=by, details=details)


def _dates(pair: tuple[datetime, datetime]) -> Record:
    opens, closes = (f"{clock.local(moment):%Y-%m-%d %H:%M}" for moment in pair)
    return {"开放时间": opens, "截止时间": closes}


def _whose(department_code: str) -> str:
    return f"（部门 {department_code}）" if department_code else ""


@retried
def remove_window(division_code: str, year: int, month: int, department_code: str, *, by: Person | System) -> None:
    """Take a department's own window away; the general one holds for it again. Raises `Missing`."""
    with transaction() as work:
        alone(f"windows {division_code} {year}")
        window = store.window_of(division_code, year, month, department_code) if department_code else None
        if window is None:
            raise Missing()
        said = f"取消{year}年{month}月申报窗口{_whose(department_code)}：{store.shown(window)}"
        history.record("window", f"{year}-{month:02d}", "remove", said, by=by)
        work.delete(window)


@retried
def save_rule(division_code: str, year: int, terms: MonthTerms, seen: int, *, by: Person | System) -> None:
    """Set the month rule of a year. Raises `Refused`, `Conflict`."""
    monthly.check_terms(terms)
    with transaction() as work:
        alone(f"windows {division_code} {year}")
        rule = store.find_rule(division_code, year)
        before = rule.terms if rule else MonthTerms()
        version = rule.version if rule else 0
        saver = partial(history.last_said, "month_rule", year)
        check_version(f"{year}年月度规则", seen, version, {"": before.record()}, {"": terms.record()}, saver)
        if rule is None:
            rule = MonthRule(division_code=division_code, fiscal_year=year)
            work.add(rule)
        rule.opens_day, rule.closes_day, rule.closes_minute = terms.opens_day, terms.closes_day, terms.closes_minute
        rule.moves, rule.last_supplement_day = terms.moves, terms.last_supplement_day
        said = "，".join(f"{name} {text}" for name, text in terms.record().items())
        details = {"before": before.record()}
        history.record("month_rule", year, "save", f"{year}年月度规则：{said}", by=by, details=details)


@retried
def make_year(division_code: str, year: int, overwrite: bool, digest: str, *, by: Person | System) -> int:
    """Write the windows that the page has shown (its digest says so); gives how many. Raises `Refused`."""
    with transaction():
        alone(f"windows {division_code} {year}")
        plan = yearly.plan_year(division_code, year, overwrite=overwrite)
        if plan.digest != digest:
            raise Refused("规则、工作日历或窗口在您打开页面之后有变化，没有生成；请核对下面新的预览，再生成一次。")
        for one in plan.writing:
            _make(division_code, year, one, by)
        return len(plan.writing)


def _make(division_code: str, year: int, one: yearly.Planned, by: Person | System) -> None:
    window, before = one.stored, store.shown(one.stored)
    if window is None:
        window = FilingWindow(division_code=division_code, fiscal_year=year, month=one.month)
        session().add(window)
    window.opens_at, window.closes_at, window.by_hand = one.opens_at, one.closes_at, False
    summary = f"按月度规则生成{year}年{one.month}月申报窗口（{one.verdict.label}）：{store.shown(window)}"
    details = {"before": before, "department": ""}
    history.record("window", f"{year}-{one.month:02d}", "make", summary, by=by, details=details)
