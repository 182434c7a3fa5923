"""What a reader asked of the ledger: one reading for the page and for every file made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from budget.ledger.store import LedgerFilter

_LONGEST: Final = 100


def ledger_filter(typed: Mapping[str, str], this_year: int) -> LedgerFilter:
    """The filter from an address or a form; nonsense in a field is no filter there."""
    month = _number(typed.get("month", ""))
    return LedgerFilter(
        fiscal_year=_number(typed.get("year", "")) or this_year,
        month=month if month in range(1, 13) else None,
        unit_code=typed.get("unit", "").strip()[:_LONGEST],
        office_id=_number(typed.get("office", "")),
        search=typed.get("q", "").strip()[:_LONGEST],
    )


def ledger_address(wanted: LedgerFilter) -> dict[str, str | int]:
    """The same filter as parameters of an address or hidden fields of a form; what is empty is left out."""
    asked: dict[str, str | int | None] = {
        "year": wanted.fiscal_year,
        "month": wanted.month,
        "unit": wanted.unit_code,
        "office": wanted.office_id,
        "q": wanted.search,
    }
    return {name: value for name, value in asked.items() if value}


def month_said(wanted: LedgerFilter) -> str:
    """2026年12月, or 2026年 for the whole year."""
    return f"{wanted.fiscal_year}年{wanted.month}月" if wanted.month else f"{wanted.fiscal_year}年"


def _number(text: str) -> int | None:
    """A number of up to nine ordinary digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
