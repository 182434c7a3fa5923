"""年终注销: what is unpaid at the end of a year is taken back, one plan for each unit, entered by finance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from accounts.people.rules import Person
from accounts.units.models import Unit
from accounts.units.store import get_unit
from budget.calendar.store import check_year_open
from budget.plans import store as plans
from budget.plans.models import Plan, PlanEditor, PlanLine
from budget.plans.rules import PlanKind
from budget.reductions import rules, store
from budget.reductions.rules import Reducible, Taking
from core import clock, history
from core.db import alone, transaction
from core.errors import Missing
from core.money import Money

_DECEMBER = 12


def lapse_unit(unit_id: int, fiscal_year: int, *, by: Person) -> UUID | None:
    """A draft that takes back all that is unpaid of the unit's approved lines; None when nothing is left to take.

    What plans under review or other drafts of finance ask back already is left out, so that doing it again makes
    nothing. Raises `Refused` before December or in a closed year, `Missing` for somebody who enters no plans.
    """
    if not by.writing().enters:
        raise Missing()
    rules.check_lapse_day(fiscal_year, clock.today())
    with transaction() as work:
        unit = get_unit(unit_id)
        check_year_open(unit.division_code, fiscal_year)
        alone(f"lapse {unit_id} {fiscal_year}")
        sources = store.of_unit(unit_id, fiscal_year)
        takings = rules.lapsing(sources, store.drafted(unit_id, fiscal_year))
        if not takings:
            return None
        plan = _started(work, unit, fiscal_year, by)
        work.add_all(_lines(plan, takings, {one.line_id: one for one in sources}))
        total = Money.total(taking.amount for taking in takings)
        history.record("plan", plan.id, "start", f"年终注销：{len(takings)} 行，{total} 元", by=by)
        return plan.id


def _started(work: Session, unit: Unit, fiscal_year: int, by: Person) -> Plan:
    now = clock.now()
    number = plans.take_number(unit.division_code, fiscal_year, _DECEMBER, PlanKind.REDUCTION)
    plan = Plan(
        division_code=unit.division_code, fiscal_year=fiscal_year, month=_DECEMBER, unit_id=unit.id, number=number,
        kind=PlanKind.REDUCTION, entered=True, reason=rules.LAPSE_REASON, author_id=by.id, created_at=now,
        updated_at=now,
    )  # fmt: skip
    work.add(plan)
    work.flush()  # the editor's row and the lines point to the plan
    work.add(PlanEditor(plan_id=plan.id, person_id=by.id))
    return plan


def _lines(plan: Plan, takings: Sequence[Taking], sources: Mapping[int, Reducible]) -> Iterator[PlanLine]:
    for position, taking in enumerate(takings, 1):
        source = sources[taking.source_line_id]
        yield PlanLine(
            plan_id=plan.id, position=position, source_line_id=source.line_id, applied=-taking.amount,
            purpose=source.purpose, allotment_id=source.allotment_id, month=source.month, payee=source.payee,
        )  # fmt: skip
