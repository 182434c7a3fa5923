"""Reading filing windows, the rule of a year, and permits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import joinedload

from budget.allotments.models import Allotment
from budget.calendar.store import special_days, year_state
from budget.windows.models import FilingPermit, FilingWindow, MonthRule
from budget.windows.monthly import MonthTerms, moved
from budget.windows.rules import PermitKind, Terms
from core import clock
from core.db import session
from core.errors import Missing
from core.paging import Page, paged

# Whom a late clerk asks.
CONTACT = "业务股室或国库股"
_DECEMBER = 12


_WINDOW: Final = (
    select(FilingWindow)
    .where(FilingWindow.division_code == bindparam("division"), FilingWindow.fiscal_year == bindparam("year"))
    .where(FilingWindow.month == bindparam("month"))
    .where(or_(FilingWindow.department_code == "", FilingWindow.department_code == bindparam("department")))
    .order_by(FilingWindow.department_code.desc())
)


def find_window(division_code: str, fiscal_year: int, month: int, department_code: str = "") -> FilingWindow | None:
    """The window in which units of the department file for a month: its own, else the general one; or None."""
    asked = {"division": division_code, "year": fiscal_year, "month": month, "department": department_code}
    return session().scalars(_WINDOW, asked).first()


def window_of(division_code: str, fiscal_year: int, month: int, department_code: str = "") -> FilingWindow | None:
    """The very window of a department, or with '' the general one; None when it is not set."""
    query = _of_month(division_code, fiscal_year, month)
    return session().scalars(query.where(FilingWindow.department_code == department_code)).first()


def _of_month(division_code: str, fiscal_year: int, month: int) -> Select[FilingWindow]:
    return select(FilingWindow).where(
        FilingWindow.division_code == division_code,
        FilingWindow.fiscal_year == fiscal_year,
        FilingWindow.month == month,
    )


def windows(division_code: str, fiscal_year: int | None = None) -> list[FilingWindow]:
    """All windows (of one year), newest month first; within a month the general one first."""
    query = select(FilingWindow).where(FilingWindow.division_code == division_code)
    if fiscal_year is not None:
        query = query.where(FilingWindow.fiscal_year == fiscal_year)
    order = (FilingWindow.fiscal_year.desc(), FilingWindow.month.desc(), FilingWindow.department_code)
    return list(session().scalars(query.order_by(*order)))


def windows_for(division_code: str, department_code: str) -> list[FilingWindow]:
    """The windows that hold for units of the department, one a month, newest first."""
    held: dict[tuple[int, int], FilingWindow] = {}
    for window in windows(division_code):
        if window.department_code in ("", department_code):  # its own comes after the general one
            held[window.fiscal_year, window.month] = window
    return list(held.values())


def current_window(division_code: str, now: datetime, department_code: str = "") -> FilingWindow | None:
    """The open window that closes next for units of the department, or None when none is open."""
    query = select(FilingWindow).where(
        FilingWindow.division_code == division_code, FilingWindow.department_code.in_({"", department_code})
    )
    if not department_code:
        query = query.where(FilingWindow.opens_at <= now)
    held: dict[tuple[int, int], FilingWindow] = {}
    for window in session().scalars(query.order_by(FilingWindow.department_code)):
        held[window.fiscal_year, window.month] = window
    opened = [window for window in held.values() if window.opens_at <= now <= window.closes_at]
    return min(opened, key=lambda window: window.closes_at, default=None)


def shown(window: FilingWindow | None) -> str:
    """The window as people read it, in Shanghai time."""
    if window is None:
        return "未设置"
    opens, closes = clock.local(window.opens_at), clock.local(window.closes_at)
    return f"{opens:%Y年%m月%d日 %H:%M} 至 {closes:%Y年%m月%d日 %H:%M}"


def find_rule(division_code: str, fiscal_year: int) -> MonthRule | None:
    """The rule that was saved for a year, or None."""
    query = select(MonthRule).where(MonthRule.division_code == division_code, MonthRule.fiscal_year == fiscal_year)
    return session().scalars(query).first()


def terms_of_year(division_code: str, fiscal_year: int) -> MonthTerms:
    """The rule of a year; the usual one while none was saved."""
    rule = find_rule(division_code, fiscal_year)
    return rule.terms if rule else MonthTerms()


def last_supplement(division_code: str, fiscal_year: int) -> datetime:
    """The last moment of the year at which supplements may be filed."""
    terms = terms_of_year(division_code, fiscal_year)
    special = special_days(division_code, date(fiscal_year, _DECEMBER, 1), date(fiscal_year, _DECEMBER, 31))
    day = moved(date(fiscal_year, _DECEMBER, terms.last_supplement_day), terms.moves, special)
    return clock.at(day.year, day.month, day.day, *divmod(terms.closes_minute, 60))


def is_funded(division_code: str, fiscal_year: int) -> bool:
    """Whether the year has any allotment that a plan could ask for."""
    query = select(Allotment.id).where(
        Allotment.division_code == division_code, Allotment.fiscal_year == fiscal_year, ~Allotment.deleted
    )
    return session().scalars(query.limit(1)).first() is not None


_PERMIT: Final = (
    select(FilingPermit)
    .where(FilingPermit.unit_id == bindparam("unit_id"), FilingPermit.fiscal_year == bindparam("fiscal_year"))
    .where(FilingPermit.month == bindparam("month"), FilingPermit.kind == bindparam("kind"))
    .where(FilingPermit.revoked_at.is_(None))
    .order_by(FilingPermit.valid_until.desc())
)


def find_permit(unit_id: int, fiscal_year: int, month: int, kind: PermitKind) -> FilingPermit | None:
    """The unit's permit of this kind for the month that lasts longest and was not revoked; it may be over."""
    asked = {"unit_id": unit_id, "fiscal_year": fiscal_year, "month": month, "kind": kind}
    return session().scalars(_PERMIT, asked).first()


def terms_for(division_code: str, unit_id: int, window: FilingWindow | None, year: int, month: int, kind: str) -> Terms:
    """What `rules.check_may_file` judges a plan of this kind and month by; `window` is the unit's."""
    wanted = {"monthly": PermitKind.LATE, "supplement": PermitKind.SUPPLEMENT}.get(kind)
    permit = find_permit(unit_id, year, month, wanted) if wanted else None
    return Terms(
        window=window,
        permit=permit,
        year=year_state(division_code, year),
        last_supplement=last_supplement(division_code, year) if wanted is PermitKind.SUPPLEMENT else None,
        shown=shown(window),
        permit_shown=f"至 {clock.local(permit.valid_until):%Y年%m月%d日 %H:%M}" if permit else "",
        contact=CONTACT,
    )


def permits_page(division_code: str, fiscal_year: int, number: int) -> Page[FilingPermit]:
    """The permits of a year with their units, the newest grant first."""
    query = select(FilingPermit).options(joinedload(FilingPermit.unit))
    query = query.where(FilingPermit.division_code == division_code, FilingPermit.fiscal_year == fiscal_year)
    return paged(query.order_by(FilingPermit.id.desc()), number)


def get_permit(division_code: str, permit_id: int) -> FilingPermit:
    """The permit with its unit. Raises `Missing`."""
    permit = session().get(FilingPermit, permit_id, options=[joinedload(FilingPermit.unit)])
    if permit is None or permit.division_code != division_code:
        raise Missing()
    return permit
