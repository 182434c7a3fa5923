"""What is said of papers that repeat others or look like them: to the clerk, and to the bureau both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import aliased, selectinload

from accounts.people.rules import ADMINISTRATORS, Person, PlaceKind
from accounts.units.models import Unit
from budget.plans.models import Plan, PlanLine
from core import clock
from core.db import session
from vouchers.papers import twice
from vouchers.papers.draws import LIVE
from vouchers.papers.models import Draw, Paper, PaperMatch, ReuseRequest

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_MINE, _OTHER = aliased(Paper), aliased(Paper)
_REPEATS: Final = (
    select(_MINE, _OTHER, Unit.name)
    .join(_OTHER, _OTHER.id == _MINE.repeats_id)
    .join(Unit, Unit.id == _OTHER.unit_id)
    .where(_MINE.id.in_(_IDS), _OTHER.removed_at.is_(None))
)
# The same seller, amount and day on papers of one kind (an invoice and its list agree by nature); two numbers that are
# known and differ say that they are two.
_FACTS: Final = (
    select(_MINE, _OTHER, Unit.name)
    .join(
        _OTHER,
        (_OTHER.kind_code == _MINE.kind_code)
        & (_OTHER.face_amount == _MINE.face_amount)
        & (_OTHER.paper_date == _MINE.paper_date)
        & (_OTHER.counterparty == _MINE.counterparty)
        & (_OTHER.division_code == _MINE.division_code)
        & (_OTHER.id != _MINE.id),
    )
    .join(Unit, Unit.id == _OTHER.unit_id)
    .where(
        *(_MINE.id.in_(_IDS), _MINE.counterparty != "", _OTHER.removed_at.is_(None)),
        or_(_MINE.number_key == "", _OTHER.number_key == ""),
    )
    .order_by(_OTHER.created_at, _OTHER.id)
)
_PICTURES: Final = (
    select(_MINE, _OTHER, Unit.name)
    .join(PaperMatch, PaperMatch.paper_id == _MINE.id)
    .join(_OTHER, _OTHER.id == PaperMatch.other_id)
    .join(Unit, Unit.id == _OTHER.unit_id)
    .where(
        *(_MINE.id.in_(_IDS), _OTHER.removed_at.is_(None)),
        or_(_MINE.number_key == "", _OTHER.number_key == "", _MINE.number_key == _OTHER.number_key),
    )
    .order_by(_OTHER.created_at, _OTHER.id)
)
_PLACES: Final = (
    select(Draw.paper_id, Plan.number, PlanLine.position)
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .join(Plan, Plan.id == PlanLine.plan_id)
    .where(Draw.paper_id.in_(_IDS), LIVE)
    .order_by(Plan.number, PlanLine.position)
)
_REQUESTS: Final = (
    select(ReuseRequest)
    .where(ReuseRequest.paper_id.in_(_IDS))
    .options(selectinload(ReuseRequest.consent))
    .order_by(ReuseRequest.id)
)


@dataclass(frozen=True, slots=True)
class Repeat:
    """One earlier paper that a paper repeats (`hard`) or looks like, in a sentence for whoever asks."""

    text: str
    other_id: UUID
    hard: bool
    request: ReuseRequest | None = None

    @property
    def granted(self) -> bool:
        """Whether the bureau has allowed it."""
        return self.request is not None and self.request.consent is not None and self.request.consent.granted

    @property
    def waiting(self) -> bool:
        """Whether the bureau has been asked and has not answered."""
        return self.request is not None and self.request.consent is None


@dataclass(frozen=True)
class _Pair:
    mine: Paper
    other: Paper
    unit: str
    how: str
    hard: bool = False


@dataclass(frozen=True)
class _Told:
    """What the sentences need beside the pairs."""

    both_sides: bool
    unit_ids: frozenset[int]
    places: Mapping[UUID, Sequence[str]] = field(default_factory=dict)


def sees_both_sides(person: Person) -> bool:
    """The bureau (offices, treasury, leaders, auditors) is told whose the other paper is."""
    roles = {post.role for post in person.posts} - ADMINISTRATORS
    return any(role.place is not PlaceKind.UNIT for role in roles)


def repeats_of(papers: Iterable[Paper], person: Person) -> dict[UUID, list[Repeat]]:
    """What is to be said of each of the papers, what stops a plan first. Two queries when there is nothing."""
    ids = [paper.id for paper in papers]
    pairs = list(_pairs(ids)) if ids else []
    if not pairs:
        return {}
    told = _Told(sees_both_sides(person), person.unit_ids(), places_of({pair.other.id for pair in pairs}))
    asked = {(each.paper_id, each.earlier_id): each for each in session().scalars(_REQUESTS, {"ids": ids})}
    found: dict[UUID, list[Repeat]] = defaultdict(list)
    for pair in pairs:
        request = asked.get((pair.mine.id, pair.other.id)) if pair.hard else None
        found[pair.mine.id].append(Repeat(_sentence(pair, told), pair.other.id, pair.hard, request))
    return found


def _pairs(ids: Collection[UUID]) -> Iterator[_Pair]:
    """Each pair once, by what is surest of it."""
    seen: set[tuple[UUID, UUID]] = set()
    for query, how, hard in (
        (_REPEATS, "", True),
        (_FACTS, "销方、金额和日期都相同", False),
        (_PICTURES, "画面相同", False),
    ):
        for mine, other, unit in session().execute(query, {"ids": ids}):
            if (mine.id, other.id) not in seen:
                seen.add((mine.id, other.id))
                yield _Pair(mine, other, unit, how, hard)


def related(paper: Paper, other_id: UUID) -> bool:
    """Whether the paper repeats the other, looks like it, or was asked about beside it."""
    asked = select(ReuseRequest.id).where(ReuseRequest.paper_id == paper.id, ReuseRequest.earlier_id == other_id)
    return any(pair.other.id == other_id for pair in _pairs([paper.id])) or (
        session().scalar(asked.limit(1)) is not None
    )


def places_of(ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Which lines of which plans each of the papers proves."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for paper_id, number, position in session().execute(_PLACES, {"ids": list(ids)}):
        found[paper_id].append(f"计划 {number} 第 {position} 行")
    return found


def _sentence(pair: _Pair, told: _Told) -> str:
    own = pair.other.unit_id == pair.mine.unit_id or pair.other.unit_id in told.unit_ids
    places = "、".join(told.places.get(pair.other.id, ())) if own or told.both_sides else ""
    where = f"（用于{places}）" if places else ""
    by_number = twice.same_number(pair.mine.number_key, pair.other)
    if pair.hard and not told.both_sides:
        return twice.said(pair.other, pair.mine.unit_id, by_number=by_number) + where
    day = f"{clock.local(pair.other.created_at):%Y-%m-%d}"
    whose = pair.unit if told.both_sides else "本单位" if own else "其他单位"
    name = f"“{pair.other.name}”" if own or told.both_sides else "一份凭证"
    how = pair.how or ("号码相同" if by_number else "文件相同")
    hint = "" if pair.hard else "，请核对是否重复使用"
    return f"与{whose} {day} 登记的{name}{how}{where}{hint}。"
