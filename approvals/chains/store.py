"""Reading chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.util import identity_key

from accounts.people.rules import PlaceKind
from accounts.people.store import seated
from accounts.units.models import Office
from approvals.chains.drafts import ChainDraft, StepDraft
from approvals.chains.models import Chain, ChainStep
from budget.allotments.models import Allotment
from budget.plans.models import Plan
from budget.plans.rules import HOLDING, PlanKind, PlanState
from core import clock
from core.db import db, session
from core.errors import Missing

USUAL_KIND: Final = "monthly"


_PUBLISHED: Final = (
    select(Chain.id)
    .where(Chain.division_code == bindparam("division_code"), Chain.published_at.is_not(None))
    .where(or_(Chain.plan_kind == bindparam("plan_kind"), Chain.plan_kind == USUAL_KIND))
    .order_by(case((Chain.plan_kind == bindparam("plan_kind"), 0), else_=1), Chain.version.desc(), Chain.id.desc())
    .limit(1)
)


def find_published(division_code: str, plan_kind: str) -> Chain | None:
    """The newest published chain for this kind of plan, with its steps; None when there is none.

    A kind without a chain of its own runs on the monthly one.
    """
    found = session().scalar(_PUBLISHED, {"division_code": division_code, "plan_kind": plan_kind})
    return get_chain(found) if found else None


def kinds_published(division_code: str) -> set[str]:
    """The kinds of plan that have a published chain of their own."""
    query = select(Chain.plan_kind).where(Chain.division_code == division_code, Chain.published_at.is_not(None))
    return set(session().scalars(query))


def steps_of(chain_id: int | None) -> Sequence[ChainStep]:
    """The steps of the chain, only to be read. Raises `Missing`."""
    return get_chain(chain_id).steps


# Published chains never change, triggers see to that: each process reads one once, for each database it speaks to.
_KNOWN: Final[WeakKeyDictionary[object, dict[int, Chain]]] = WeakKeyDictionary()
_WITH_STEPS: Final = select(Chain).where(Chain.id == bindparam("chain_id")).options(joinedload(Chain.steps))


def get_chain(chain_id: int | None) -> Chain:
    """The chain with its steps, only to be read. Raises `Missing`."""
    known = _KNOWN.setdefault(db.engine, {})
    return known[chain_id] if chain_id in known else _read(chain_id, known)


def _read(chain_id: int | None, known: dict[int, Chain]) -> Chain:
    work = session()
    at_hand = identity_key(Chain, chain_id) in work.identity_map  # perhaps being published in this very transaction
    chain = work.scalars(_WITH_STEPS, {"chain_id": chain_id}).unique().first()
    if chain is None:
        raise Missing()
    if chain.published_at is not None and not at_hand:
        work.expunge(chain)
        known[chain.id] = chain
    return chain


def find_own(chain_id: int, division_code: str) -> Chain | None:
    """A chain of the district with its steps, a draft or published; None when there is none."""
    query = select(Chain).where(Chain.id == chain_id, Chain.division_code == division_code)
    return session().scalars(query.options(joinedload(Chain.steps))).unique().first()


def get_own(chain_id: int, division_code: str) -> Chain:
    """A chain of the district with its steps. Raises `Missing`."""
    chain = find_own(chain_id, division_code)
    if chain is None:
        raise Missing()
    return chain


def locked(chain_id: int, division_code: str) -> Chain:
    """A chain of the district, held until the transaction ends. Raises `Missing`."""
    query = select(Chain).where(Chain.id == chain_id, Chain.division_code == division_code)
    chain = session().scalars(query.with_for_update(), execution_options={"populate_existing": True}).first()
    if chain is None:
        raise Missing()
    return chain


def versions(division_code: str) -> Mapping[PlanKind, Sequence[Chain]]:
    """All chains of the district with their steps by kind of plan, the newest first."""
    query = select(Chain).where(Chain.division_code == division_code).options(selectinload(Chain.steps))
    found: dict[PlanKind, list[Chain]] = defaultdict(list)
    for chain in session().scalars(query.order_by(Chain.version.desc(), Chain.id.desc())):
        found[chain.kind].append(chain)
    return found


def find_draft(division_code: str, kind: PlanKind) -> Chain | None:
    """The draft of the kind; there is one at most."""
    query = select(Chain).where(Chain.division_code == division_code, Chain.plan_kind == kind.value)
    return session().scalars(query.where(Chain.published_at.is_(None)).limit(1)).first()


def next_version(division_code: str, kind: PlanKind) -> int:
    """The number that the next version of the kind's chain gets."""
    query = select(func.max(Chain.version)).where(Chain.division_code == division_code)
    return (session().scalar(query.where(Chain.plan_kind == kind.value)) or 0) + 1


def kind_named(division_code: str, name: str, but: PlanKind) -> PlanKind | None:
    """Another kind of plan whose chain bears this name."""
    query = select(Chain.plan_kind).where(Chain.division_code == division_code, Chain.name == name)
    found = session().scalars(query.where(Chain.plan_kind != but.value).limit(1)).first()
    return PlanKind(found) if found else None


def running(division_code: str) -> Mapping[int | None, int]:
    """How many plans are on their way on each chain, by its id: in review, suspended, or returned to the clerk."""
    query = select(Plan.chain_id, func.count()).where(Plan.division_code == division_code)
    query = query.where(Plan.state.in_((*HOLDING, PlanState.RETURNED))).group_by(Plan.chain_id)
    return dict(session().execute(query).all())


def funds_in_use(division_code: str) -> list[tuple[str, str]]:
    """The fund types that allotments of the district have, as code and name."""
    query = select(Allotment.fund_type_code, func.max(Allotment.fund_type_name))
    query = query.where(Allotment.division_code == division_code).group_by(Allotment.fund_type_code)
    return [(code, name) for code, name in session().execute(query.order_by(Allotment.fund_type_code)) if code]


def gaps(division_code: str, draft: ChainDraft) -> list[str]:
    """Posts of finance at which nobody sits today although the chain asks them, as sentences.

    Offices are those to which allotments belong; units are not looked at here.
    """
    offices = {}
    if any(step.role.place is PlaceKind.OFFICE for step in draft.steps):
        granted = select(Allotment.office_id).where(Allotment.division_code == division_code)
        query = select(Office.id, Office.name).where(Office.id.in_(granted)).order_by(Office.code)
        offices = dict(session().execute(query).all())
    seats = [(step.role, None, place) for step in draft.steps for place in _places(step, offices)]
    there = seated(seats, clock.today()) if seats else {}
    return [
        f"环节“{step.name}”：{'、'.join(empty)}没有人担任{step.role.label}岗，走到这个环节的计划不能送审，请先授予岗位。"
        for step in draft.steps
        if (empty := [_named(one, offices) for one in _places(step, offices) if not there[step.role, None, one]])
    ]


def _named(office_id: int | None, offices: Mapping[int, str]) -> str:
    return "财政局" if office_id is None else offices[office_id]


def _places(step: StepDraft, offices: Mapping[int, str]) -> list[int | None]:
    """The offices at which a post of finance is looked for; the bureau is None."""
    if step.role.place is PlaceKind.OFFICE:
        return list(offices)
    return [None] if step.role.place is PlaceKind.BUREAU else []
