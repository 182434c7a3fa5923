"""What the administrator does with the requirement table: add, change and delete rows, take the default table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy.orm import Session

from core import history
from core.db import transaction
from core.errors import Refused
from core.history import Actor
from core.versions import check_seen, check_untouched
from vouchers.papers import store
from vouchers.papers.models import VoucherRequirement
from vouchers.papers.rules import Requirement, check_requirement, record_of


def add_requirement(division_code: str, fiscal_year: int, draft: Requirement, *, by: Actor) -> int:
    """A new row. Raises `Refused` with every fault at once."""
    check_requirement(draft, store.kinds(division_code, fiscal_year))
    with transaction() as work:
        row = VoucherRequirement(division_code=division_code, fiscal_year=fiscal_year)
        _fill(row, draft)
        work.add(row)
        work.flush()  # the event names the row
        _record(row, "add", "新增", by)
        return row.id


def change_requirement(requirement_id: int, division_code: str, draft: Requirement, seen: int, *, by: Actor) -> None:
    """Another content for the row. Raises `Missing`, or `Refused` with every fault at once.

    Raises `Conflict` with the differences when somebody else has changed the row since version `seen`.
    """
    with transaction():
        row = store.locked_requirement(requirement_id, division_code)
        kinds = store.kinds(division_code, row.fiscal_year)
        check_requirement(draft, kinds)
        check_seen(
            row, seen, _what(row), record_of(store.requirement_of(row), kinds), record_of(draft, kinds), _saver(row)
        )
        before = _said(row)
        _fill(row, draft)
        _record(row, "change", "修改", by, before=before)


def delete_requirement(requirement_id: int, division_code: str, seen: int, *, by: Actor) -> None:
    """Take the row out of the table; the history keeps what it said. Raises `Missing`, `Conflict` as above."""
    with transaction() as work:
        row = store.locked_requirement(requirement_id, division_code)
        kinds = store.kinds(division_code, row.fiscal_year)
        check_untouched(row, seen, _what(row), record_of(store.requirement_of(row), kinds), _saver(row))
        _record(row, "delete", "删除", by)
        work.delete(row)


def load_defaults(division_code: str, fiscal_year: int, *, by: Actor) -> int:
    """Add those rows of the shipped table that the year does not have yet; gives how many."""
    with transaction() as work:
        known = {_key(store.requirement_of(row)) for row in store.requirement_rows(division_code, fiscal_year)}
        fresh = [draft for draft in store.default_requirements() if _key(draft) not in known]
        added = _add(work, division_code, fiscal_year, fresh)
        said = f"装入 {fiscal_year} 年默认凭证要求 {len(fresh)} 条"
        history.record("voucher_requirement", fiscal_year, "load", said, by=by, details={"added": added})
        return len(fresh)


def copy_year(division_code: str, fiscal_year: int, *, by: Actor) -> int:
    """Begin the table of a year with that of the year before, word for word; gives how many rows.

    Raises `Refused` when the year has rows already, or the year before has none.
    """
    with transaction() as work:
        if store.requirement_rows(division_code, fiscal_year):
            raise Refused(f"{fiscal_year} 年已有凭证要求，不能再复制上一年的。")
        last = store.requirements(division_code, fiscal_year - 1)
        if not last:
            raise Refused(f"{fiscal_year - 1} 年没有凭证要求可以复制。")
        added = _add(work, division_code, fiscal_year, last)
        said = f"把 {fiscal_year - 1} 年凭证要求 {len(last)} 条复制到 {fiscal_year} 年"
        history.record("voucher_requirement", fiscal_year, "copy", said, by=by, details={"added": added})
        return len(last)


def _add(work: Session, division_code: str, fiscal_year: int, drafts: Iterable[Requirement]) -> list[int]:
    """New rows, and their numbers."""
    rows = []
    for draft in drafts:
        row = VoucherRequirement(division_code=division_code, fiscal_year=fiscal_year)
        _fill(row, draft)
        rows.append(row)
    work.add_all(rows)
    work.flush()  # the event names the rows
    return [row.id for row in rows]


def _saver(row: VoucherRequirement) -> Callable[[], str]:
    return partial(history.last_said, "voucher_requirement", row.id)


def _what(row: VoucherRequirement) -> str:
    return f"凭证要求“{row.text}”"


def _key(draft: Requirement) -> object:
    """What a row is about; its wording and strictness are the administrator's to change."""
    return draft.eco_prefixes, draft.pro_cats, draft.only_gov_pur, frozenset(draft.any_of)


def _fill(row: VoucherRequirement, draft: Requirement) -> None:
    row.eco_prefixes, row.pro_cats, row.any_of = (
        "|".join(c) for c in (draft.eco_prefixes, draft.pro_cats, draft.any_of)
    )
    row.only_gov_pur, row.required = draft.only_gov_pur, draft.required
    row.text, row.basis = draft.text, draft.basis


def _said(row: VoucherRequirement) -> dict[str, object]:
    """The whole row, for the auditor."""
    fields = ("fiscal_year", "eco_prefixes", "pro_cats", "only_gov_pur", "any_of", "required", "text", "basis")
    return {field: getattr(row, field) for field in fields}


def _record(
    row: VoucherRequirement, action: str, verb: str, by: Actor, before: dict[str, object] | None = None
) -> None:
    details = {"now": _said(row)} | ({"before": before} if before else {})
    summary = f"{verb} {row.fiscal_year} 年凭证要求“{row.text}”（经济分类 {row.eco_prefixes or '全部'}）"
    history.record("voucher_requirement", row.id, action, summary, by=by, details=details)
