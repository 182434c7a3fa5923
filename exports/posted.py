"""From the posted ledger to the rows that workbook and national table are made of, a few hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import select

from accounts.people.rules import Scope
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.allotments.rules import guarantee_label
from budget.codes.store import entries
from budget.ledger import store as ledger
from budget.ledger.models import LedgerEntry
from budget.ledger.store import LedgerFilter
from budget.payments import store as payments
from budget.payments.rules import Standing
from core import clock
from core.db import session
from exports.facts import BLANK, Coded
from exports.ledger_row import LedgerRow, Mark

_AT_ONCE: Final = 500
_POSTED: Final = "已批复"
# A row that takes another back, whole or in part.
_RED: Final = "红字"


def ledger_rows(division_code: str, scope: Scope, wanted: LedgerFilter) -> Iterator[LedgerRow]:
    """Every selected entry in the order of its number; memory stays flat however many there are."""
    categories = {row.code: row.name for row in entries(division_code, wanted.fiscal_year, "pro_cat")}
    known = payments.any_of_year(division_code, wanted.fiscal_year)
    stream = ledger.stream(scope, wanted, _AT_ONCE)
    while batch := list(islice(stream, _AT_ONCE)):
        reviewed = _last_reviews({entry.plan_id for entry in batch})
        standing = payments.standing_of_lines({entry.plan_line_id for entry in batch}) if known else {}
        for entry in batch:
            stands = None if entry.reverses_id else standing.get(entry.plan_line_id)
            yield _row(entry, reviewed.get(entry.plan_id), categories, stands)


def _last_reviews(plan_ids: set[UUID]) -> dict[UUID, Mark]:
    """Who agreed last before the approval, by plan."""
    query = select(Decision.plan_id, Decision.at, Decision.person_name).where(
        Decision.plan_id.in_(plan_ids), Decision.act == Act.AGREE
    )
    rows = session().execute(query.order_by(Decision.plan_id, Decision.number))
    return {plan_id: Mark(clock.local(at), name) for plan_id, at, name in rows}


def _row(
    entry: LedgerEntry, reviewed: Mark | None, categories: Mapping[str, str], stands: Standing | None
) -> LedgerRow:
    """`stands` is what is paid and left of the line; None on a red row and as long as no payments are known."""
    posted = clock.local(entry.posted_at)
    return LedgerRow(
        id=str(uuid5(entry.plan_id, str(entry.line_no))), sequence=entry.number,
        year=entry.fiscal_year, month=entry.month,
        plan_no=entry.plan_number, line_no=f"{entry.plan_number}-{entry.line_no:03d}", approval_no=entry.approval_no,
        division=Coded(entry.division_code, entry.division_name),
        unit=Coded(entry.unit_code, entry.unit_name),
        department=Coded(entry.department_code, entry.department_name),
        office=Coded(entry.office_code, entry.office_name),
        allotment_office=Coded(entry.bgt_mof_dep_code, entry.bgt_mof_dep_name),
        allotment_id=entry.bgt_id, doc_no=entry.doc_no,
        bgt_type=Coded(entry.bgt_type_code, entry.bgt_type_name),
        project=Coded(entry.pro_code, entry.pro_name),
        fund_type=Coded(entry.fund_type_code, entry.fund_type_name),
        exp_func=Coded(entry.exp_func_code, entry.exp_func_name),
        gov_eco=Coded(entry.gov_eco_code, entry.gov_eco_name),
        dep_eco=Coded(entry.dep_eco_code, entry.dep_eco_name),
        pro_cat=Coded(entry.pro_cat_code, categories.get(entry.pro_cat_code, entry.pro_cat_code)),
        three_guarantee=Coded(entry.three_guarantee_code, guarantee_label(entry.three_guarantee_code)),
        three_public=BLANK, is_gov_pur=entry.is_gov_pur,
        pay_type=Coded(entry.pay_type_code, entry.pay_type_name),
        applied=entry.applied, suggested=entry.suggested, approved=entry.approved,
        filed=Mark(clock.local(entry.applied_at), entry.applied_by), reviewed=reviewed,
        decided=Mark(posted, entry.approved_by),
        purpose=entry.purpose, papers=_papers(entry), papers_digest=entry.digest,
        paid=stands.paid if stands else None, balance=stands.unpaid if stands else None,
        state=_RED if entry.reverses_id else _POSTED, created_at=posted, updated_at=posted,
    )  # fmt: skip


def _papers(entry: LedgerEntry) -> tuple[str, ...]:
    return tuple(entry.paper_list.split("；")) if entry.paper_list else ()
