"""The house furnished for a walk through every room: plans at every point of their life, something in every list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.outbox.actions import HookDraft, add_webhook
from accounts.people import actions as people
from accounts.people.models import Post
from accounts.people.rules import SYSTEM, Role
from approvals.chains.actions import save_draft, start_draft
from approvals.chains.drafts import SEATS, StepDraft
from approvals.chains.store import find_published
from approvals.proof.actions import seal_day
from approvals.reconciliation.actions import reconcile
from approvals.reviews import aside, asking
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.reviews.saved_views import save_view
from approvals.reviews.store import tasks_of
from budget.codes.actions import load_default_codes
from budget.plans.actions import start_plan
from budget.plans.kinds import PlanKind
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from budget.windows.permitting import Wish, grant_permit
from budget.windows.rules import PermitKind
from core import clock
from core.db import session
from core.imports import keep
from core.money import Money
from core.notices import NoticeKind
from core.settings import ROBOTS
from core.web import settings
from core.webhooks import HookFormat
from tests.accounts import test_unit_import as units
from tests.accounts.authenticators import bound
from tests.approvals.absences import account_of
from tests.approvals.entering import chief, entered, hand_in
from tests.approvals.stories import drafted, filed, plan, review, reviewed, submitted, task_of
from tests.browser.deskside import drawn
from tests.browser.rooms import Room
from tests.budget import paying
from tests.budget import test_allotment_import as allotments
from tests.budget import test_code_import as codes
from tests.vouchers.test_register_acts import registered
from tests.world import DIVISION, MONTH, NOW, YEAR, World
from vouchers.papers.consenting import ask_reuse
from vouchers.papers.contracting import agree_nodes
from vouchers.papers.faces import Face
from vouchers.papers.models import Paper, VoucherRequirement
from vouchers.papers.nodes import NodeDraft
from vouchers.papers.registering import describe_paper

HANDS: Final = ("he", "shen", "fang", "luo")
TODAY: Final = NOW.date()
Values = dict[str, object]


@dataclass(frozen=True)
class Furniture:
    """The values of the addresses: common ones, and for each story its own."""

    common: Values
    stories: dict[str, Values] = field(default_factory=dict)

    def path(self, app: Flask, endpoint: str, room: Room) -> str:
        """The address of a room, with what is asked behind it."""
        values = self.common | self.stories.get(room.story, {})
        rule = next(rule for rule in app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or set()))
        given = {name: values[name] for name in rule.arguments}
        return app.url_map.bind("localhost").build(endpoint, given) + f"?{room.query.format(**values)}"


def furnish(world: World) -> Furniture:
    """Write all stories into the open application's database."""
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    with clock.stopped(NOW - timedelta(days=4)):  # so that some desks are late today
        stories = _under_review(world)
    stories |= _filed(world) | _done(world) | _by_finance(world)
    common = _common(world) | _lists(world)
    reconcile(DIVISION, TODAY, by=SYSTEM)
    drawn()
    more = {"drawn_up": _chain(world), "leaver": _leaver(world), "contract": _contract(world)}
    more |= {"repeated": _repeated(world)} | _previews()
    return Furniture(common, {name: _values(plan_id) for name, plan_id in stories.items()} | more)


def _contract(world: World) -> Values:
    """A contract in the register, with its payment nodes agreed twice."""
    paper_id, half = registered(world), (NodeDraft("首付", TODAY, share=5000), NodeDraft("尾款", None, share=5000))
    for number, nodes in enumerate(((half[0], NodeDraft("余款", None, share=5000)), half)):
        agree_nodes(paper_id, nodes, "", seen=number, by=world.person("lin"))
    return {"paper_id": paper_id}


def _filed(world: World) -> dict[str, UUID]:
    """At the unit: with vouchers, without, and sent back with a word on a line."""
    draft, bare = filed(world, ("A1", 100), ("A2", 50)), drafted(world, ("A3", 10))
    returned = submitted(world, ("A2", 200), ("A3", 300))
    reviewed(world, returned, "he")
    line = plan(returned).lines[0]
    review(world, "shen", LineOpinion(line.id, Verdict.RETURN, None, "补发票"), plan_id=returned)
    return {"draft": draft, "bare": bare, "returned": returned}


def _under_review(world: World) -> dict[str, UUID]:
    """At the office: waiting, asked about, held; and at the treasury."""
    waiting, consulted, held, treasury = (submitted(world, ("A1", 1000 + n), ("A2", 10)) for n in range(4))
    for plan_id in (waiting, consulted, held, treasury):
        reviewed(world, plan_id, "he")
    by = world.person("shen")
    asking.consult(task_of(world, "shen", consulted).id, world.people["qin"], "金额对吗", blocking=True, by=by)
    aside.suspend(task_of(world, "shen", held).id, "待资金到位", TODAY + timedelta(days=5), by=by)
    reviewed(world, treasury, "shen")
    return {"waiting": waiting, "consulted": consulted, "held": held, "treasury": treasury}


def _done(world: World) -> dict[str, UUID]:
    """Approved and sealed, and a draft that takes some of it back."""
    approved, by = submitted(world, ("A1", 300), ("A3", 400)), world.person("lin")
    reviewed(world, approved, *HANDS)
    seal_day(DIVISION, TODAY, by=SYSTEM)
    unit = world.units["201003"]
    reduction = start_plan(unit, YEAR, MONTH, PlanKind.REDUCTION, "改为线上举行", form_key=uuid4().hex, by=by)
    save_minus(reduction, [Taking(plan(approved).lines[0].id, Money.yuan(5))], "改为线上举行", 1, by=by)
    paying.take(paying.voucher("V1", "60.00"), paying.voucher("V2", "8.00", "X9"))
    return {"approved": approved, "reduction": reduction}


def _by_finance(world: World) -> dict[str, UUID]:
    """What finance filed for the school."""
    chief(world)
    plan_id = entered(world, ("A2", 70))
    hand_in(world, plan_id)
    return {"entered": plan_id}


def _lists(world: World) -> Values:
    """Delegations both ways, one saved view, robot and permit, and somebody with an authenticator."""
    bound(world, "ji")
    for giver, taker, days in (("shen", "qin", 9), ("qin", "shen", 19)):
        first = TODAY + timedelta(days=days)
        delegate(DelegationDraft(taker, None, first, first + timedelta(days=3), "出差"), by=world.person(giver))
    robot = HookDraft("工作群", HookFormat.WECOM, f"{ROBOTS[0]}/send?key=k", "", (NoticeKind.ALARM,), True)
    wish = Wish("301001", YEAR, MONTH, PermitKind.LATE, "停电", NOW + timedelta(days=20))
    save_view("教育", "department=201", opens_first=False, by=world.person("shen"))
    return {
        "robot_id": add_webhook(robot, settings(), by=world.person("xi")),
        "permit_id": grant_permit(DIVISION, wish, by=world.person("fang")),
    }


def _chain(world: World) -> Values:
    """A draft of the monthly chain: the one in force, and the department looks as well."""
    source = find_published(DIVISION, PlanKind.MONTHLY)
    assert source is not None
    by, role = world.person("xi"), Role.DEPARTMENT_REVIEWER
    chain_id = start_draft(DIVISION, PlanKind.MONTHLY, source.id, by=by)
    unit, *others = source.draft.steps
    steps = (unit, StepDraft("部门审核", role, SEATS[role], time_limit_days=2), *others)
    save_draft(chain_id, DIVISION, replace(source.draft, steps=steps), 1, by=by)
    return {"chain_id": chain_id}


def _leaver(world: World) -> Values:
    """The water bureau's only reviewer goes; a plan waits at a desk without people."""
    submitted(world, ("B1", 100), clerk="zhou", unit="301001")
    post = account_of("zheng").posts[0]
    people.end_post(post.id, TODAY - timedelta(days=1), post.version, by=world.person("an"))
    return {"person_id": world.people["shen"]}


def _repeated(world: World) -> Values:
    """An invoice that was registered twice, and what the clerk asks of the bureau."""
    by, kept = world.person("lin"), []
    for _ in range(2):
        paper = session().scalars(select(Paper).where(Paper.plan_id == filed(world, ("A1", 10)))).one()
        kept.append(paper.id)
        describe_paper(paper.id, Face(number="26332000000012345678"), by=by)
    earlier_id, paper_id = kept
    request_id = ask_reuse(paper_id, "一张发票由两个项目分摊", by=by)
    return {"paper_id": paper_id, "other_id": earlier_id, "request_id": request_id}


def _previews() -> dict[str, Values]:
    """Files that were sent and not yet taken over."""
    sent = {
        "allotments": allotments.upload({}, {"BGT_ID": "A1", "AMOUNT": "1300000.00"}),
        "codes": codes.codes(*codes.USED),
        "payments": paying.upload(paying.voucher("V3", "10.00")),
        "units": units.units(units.row("201004", "区第二小学"), units.row("201003", "区实验学校")),
    }
    return {story: {"digest": keep(upload), "name": upload.filename} for story, upload in sent.items()}


def _values(plan_id: UUID) -> Values:
    """The plan, its first line, the first paper and the desk it lies on."""
    found = plan(plan_id)
    paper = session().scalars(select(Paper).where(Paper.plan_id == plan_id).limit(1)).first()
    desks = tasks_of(plan_id, found.revision)
    values: Values = {"plan_id": plan_id, "line_id": found.lines[0].id}
    if paper:
        values["paper_id"] = paper.id
    if desks:
        values["task_id"] = desks[-1].id
    return values


def _common(world: World) -> Values:
    """What is the same in every story."""
    post, requirement = (session().scalars(select(one.id).limit(1)).one() for one in (Post, VoucherRequirement))
    current = find_published(DIVISION, PlanKind.MONTHLY)
    assert current is not None
    return {
        "post_id": post, "requirement_id": requirement, "chain_id": current.id, "year": YEAR, "month": MONTH,
        "number": 1, "table_name": "pay_type", "person_id": world.people["lin"], "unit_id": world.units["201003"],
        "allotment_id": world.allotments["A1"], "office_id": world.offices["04"],
    }  # fmt: skip
