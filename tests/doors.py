"""Every way into the house, from the application's own map, with things to ask for: another's, and absent ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Final
from uuid import UUID, uuid4

from flask import Flask

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.outbox.actions import HookDraft, add_webhook
from accounts.people.rules import Permission
from accounts.signin.guard import PUBLIC, required
from approvals.reviews import actions as reviews
from approvals.reviews import store as tasks
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind
from core import jobs
from core.db import session, transaction
from core.money import Money
from core.notices import NoticeKind
from core.parts import parts
from core.settings import ROBOTS
from core.web import settings
from core.webhooks import HookFormat
from tests.world import CAST, MONTH, YEAR, World
from vouchers.papers.actions import add_paper

EVERYBODY: Final = frozenset(member.username for member in CAST)
_PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Door:
    """One route and one of its methods."""

    endpoint: str
    method: str
    variables: frozenset[str]
    permission: Permission | None

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def doors(app: Flask) -> list[Door]:
    """Every door that asks who is there, in a steady order."""

    def found() -> Iterator[Door]:
        for rule in app.url_map.iter_rules():
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                permission = required(app.view_functions[rule.endpoint])
                yield Door(rule.endpoint, method, frozenset(rule.arguments), permission)

    return sorted((door for door in found() if door.endpoint not in PUBLIC), key=str)


def address(app: Flask, door: Door, values: dict[str, object]) -> str:
    """The path of a door for these values."""
    given = {name: values[name] for name in door.variables}
    return app.url_map.bind("localhost").build(door.endpoint, given, method=door.method)


@dataclass(frozen=True)
class Thing:
    """A value for one variable of an address, and who of the cast may see what lies behind it."""

    value: object
    seen_by: frozenset[str] = EVERYBODY


@dataclass(frozen=True)
class Things:
    """Sets of things that belong together (a plan, its line, its paper), and for each variable an absent value."""

    sets: tuple[dict[str, Thing], ...] = ()
    absent: dict[str, object] = field(default_factory=dict)
    # Variables for which every value is good: a year is no object that could be absent.
    free: frozenset[str] = frozenset({"year"})


def gather(world: World) -> Things:
    """A draft of the school, a submitted plan of the water bureau, a draft that finance enters; each with its own."""
    bureau = frozenset({"fang", "luo", "shi"})
    school, water = frozenset({"lin", "lin2", "he"}), frozenset({"zhou", "zheng"})
    draft = _filed(world, "lin", "201003", "A1")
    sent = _filed(world, "zhou", "301001", "B1")
    reviews.submit(sent.plan_id, session().get_one(Plan, sent.plan_id).version, by=world.person("zhou"))
    task = tasks.tasks_of(sent.plan_id, 1)[0]
    entered = _filed(world, "shen", "201003", "A2", PlanKind.ENTERED)
    with transaction():
        asked = [jobs.enqueue("draw_pages", "x", {}, by=world.person(name)).id for name in ("lin", "zhou")]
    lent = DelegationDraft("qin", None, date(YEAR, 12, 1), date(YEAR, 12, 2), "出差")
    delegation = Thing(delegate(lent, by=world.person("shen")), frozenset({"shen", "qin"}))
    plain = _plain(world) | {"delegation_id": delegation, "robot_id": Thing(_robot(world))}
    uploads = [_uploading(world, "lin", draft), _uploading(world, "zhou", sent), _uploading(world, "shen", entered)]
    of_school = {
        "plan_id": Thing(draft.plan_id, school),
        "line_id": Thing(draft.line_id, school),
        "paper_id": Thing(draft.paper_id, school),
        "task_id": Thing(task.id, frozenset({"zheng"})),
        "allotment_id": Thing(world.allotments["A1"], school | bureau | {"jiao", "shen"}),
        "job_id": Thing(asked[0], frozenset({"lin"})),
        "upload_id": Thing(uploads[0], frozenset({"lin"})),
    }
    of_water = {
        "plan_id": Thing(sent.plan_id, water | bureau | {"qin"}),
        "line_id": Thing(sent.line_id, water | bureau | {"qin"}),
        "paper_id": Thing(sent.paper_id, water | bureau | {"qin"}),
        "task_id": Thing(task.id, frozenset({"zheng"})),
        "allotment_id": Thing(world.allotments["B1"], water | bureau | {"qin"}),
        "job_id": Thing(asked[1], frozenset({"zhou"})),
        "upload_id": Thing(uploads[1], frozenset({"zhou"})),
    }
    entering = frozenset({"shen", "qin", "fang"})
    of_finance = of_school | {
        **{name: Thing(getattr(entered, name), entering) for name in ("plan_id", "line_id", "paper_id")},
        "upload_id": Thing(uploads[2], frozenset({"shen"})),
    }
    return Things((plain | of_school, plain | of_water, plain | of_finance), _absent())


def _plain(world: World) -> dict[str, Thing]:
    """Things that everybody sees who may open the page at all."""
    return {
        "year": Thing(YEAR),
        "month": Thing(MONTH),
        "number": Thing(0),
        "table_name": Thing("dep_eco"),
        "digest": Thing("0" * 64),
        "person_id": Thing(world.people["lin"]),
        "post_id": Thing(1),
        "unit_id": Thing(world.units["201003"]),
        # Two papers that have nothing to do with each other, and no request of this number: nobody sees them.
        "other_id": Thing(uuid4(), frozenset()),
        "request_id": Thing(777_777_777, frozenset()),
        "requirement_id": Thing(1),
        "permit_id": Thing(1),
        "view_id": Thing(1),
        "chain_id": Thing(1),
    }


def _robot(world: World) -> int:
    draft = HookDraft("工作群", HookFormat.WECOM, f"{ROBOTS[0]}/send?key=k", "", (NoticeKind.ALARM,), True)
    return add_webhook(draft, settings(), by=world.person("xi"))


def _absent() -> dict[str, object]:
    nothing = {name: uuid4() for name in ("plan_id", "paper_id", "other_id", "task_id", "job_id", "upload_id")}
    number = 987_654_321
    return {
        **nothing, "line_id": number, "allotment_id": number, "person_id": number, "post_id": number, "unit_id": number,
        "requirement_id": number, "request_id": number, "permit_id": number, "view_id": number, "delegation_id": number,
        "robot_id": number, "month": 13, "number": 99, "chain_id": number, "table_name": "nothing",
        "digest": "f" * 64, "year": YEAR,
    }  # fmt: skip


@dataclass(frozen=True)
class _Filed:
    plan_id: UUID
    line_id: int
    paper_id: UUID


def _uploading(world: World, writer: str, filed: _Filed) -> UUID:
    return parts().begin(world.people[writer], filed.plan_id, "a.png", len(_PNG)).id


def _filed(world: World, writer: str, unit: str, allotment: str, kind: PlanKind = PlanKind.MONTHLY) -> _Filed:
    by = world.person(writer)
    reason = "" if kind is PlanKind.MONTHLY else "单位新设"
    plan_id = start_plan(world.units[unit], YEAR, MONTH, kind, reason, form_key=f"doors of {writer}", by=by)
    line = LineDraft(None, world.allotments[allotment], Money.yuan(1_000), "办公用品")
    save_plan(plan_id, PlanDraft((line,), reason=reason), 1, by=by)
    line_id = session().get_one(Plan, plan_id).lines[0].id
    paper_id = add_paper(plan_id, "11", "发票.png", BytesIO(_PNG + plan_id.bytes), [line_id], limit=10**6, by=by)
    return _Filed(plan_id, line_id, paper_id)
