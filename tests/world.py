"""The cast of every test: a small district with two schools, two offices, a treasury and people at each post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from accounts.people.models import Account, Post
from accounts.people.passwords import passwords
from accounts.people.rules import SYSTEM, Person, Role
from accounts.people.store import find_person
from accounts.units.models import Office, Unit
from accounts.units.rules import OfficeKind, UnitKind
from approvals.chains.actions import publish_chains
from approvals.chains.defaults import DefaultChain
from approvals.chains.drafts import SEATS, ChainDraft, StepDraft
from approvals.chains.rules import AmountField
from budget.allotments.models import Allotment
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move, post
from budget.plans.kinds import PlanKind
from budget.windows.models import FilingWindow
from core import clock
from core.db import session, transaction
from core.money import Money
from vouchers.papers.models import VoucherRequirement

DIVISION: Final = "420303000"
YEAR: Final = 2026
MONTH: Final = 12
# A Friday within the window of December 2026.
NOW: Final = clock.at(2026, 11, 20, 10, 0)
PASSWORD: Final = "Kaixin-2026!"


@dataclass(frozen=True)
class Member:
    """Somebody of the cast: username, name, role and place."""

    username: str
    name: str
    role: Role
    unit: str = ""
    office: str = ""


CAST: Final = (
    Member("lin", "林晓敏", Role.UNIT_CLERK, unit="201003"),
    Member("lin2", "林小丹", Role.UNIT_CLERK, unit="201003"),
    Member("he", "何雨桐", Role.UNIT_AUDITOR, unit="201003"),
    Member("zhou", "周建国", Role.UNIT_CLERK, unit="301001"),
    Member("zheng", "郑海", Role.UNIT_AUDITOR, unit="301001"),
    Member("jiao", "焦主任", Role.DEPARTMENT_REVIEWER, unit="201"),
    Member("shen", "沈思远", Role.OFFICE_REVIEWER, office="04"),
    Member("qin", "秦川", Role.OFFICE_REVIEWER, office="06"),
    Member("fang", "方芸", Role.TREASURY_REVIEWER),
    Member("luo", "罗局", Role.TREASURY_APPROVER),
    Member("shi", "石审计", Role.AUDITOR),
    Member("xi", "席系统", Role.SYSTEM_ADMIN),
    Member("an", "安保", Role.SECURITY_ADMIN),
    Member("ji", "纪审管", Role.AUDIT_ADMIN),
)

_UNITS: Final = (
    ("201", "区教育局（部门）", "", UnitKind.ADMINISTRATIVE, False, "04"),
    ("201003", "区实验小学", "201", UnitKind.INSTITUTION, True, "04"),
    ("301", "区水利局（部门）", "", UnitKind.ADMINISTRATIVE, False, "06"),
    ("301001", "区水利局", "301", UnitKind.ADMINISTRATIVE, True, "06"),
)
_OFFICES: Final = (
    ("01", "预算股", OfficeKind.BUDGET),
    ("02", "国库股", OfficeKind.TREASURY),
    ("04", "教科文股", OfficeKind.BUSINESS),
    ("06", "农业农村股", OfficeKind.BUSINESS),
)
# bgt_id, unit, office, doc_no, project, pro_cat, dep_eco, fund, 三保, granted yuan
_ALLOTMENTS: Final = (
    ("A1", "201003", "04", "张财预〔2026〕1号", "人员经费", "1", ("30101", "基本工资"), "11111", "003001", 1_200_000),
    ("A2", "201003", "04", "张财预〔2026〕1号", "公用经费", "21", ("30201", "办公费"), "11111", "003002", 60_000),
    ("A3", "201003", "04", "张财教〔2026〕8号", "教学设备", "31", ("31002", "办公设备购置"), "11111", "000", 100_000),
    ("A4", "201003", "06", "张财农〔2026〕3号", "校园水改", "31", ("30213", "维修(护)费"), "12", "000", 80_000),
    ("B1", "301001", "06", "张财预〔2026〕1号", "公用经费", "21", ("30201", "办公费"), "11111", "003002", 50_000),
)


def _step(name: str, role: Role, sets: AmountField, days: int) -> StepDraft:
    return StepDraft(name, role, SEATS[role], sets, days)


_UNIT: Final = _step("单位审核", Role.UNIT_AUDITOR, AmountField.NONE, 1)
_OFFICE: Final = _step("业务股室初审", Role.OFFICE_REVIEWER, AmountField.SUGGESTED, 2)
_CHIEF: Final = _step("股室审核（代编）", Role.OFFICE_CHIEF, AmountField.SUGGESTED, 2)
_TREASURY: Final = _step("国库复审", Role.TREASURY_REVIEWER, AmountField.APPROVED, 1)
_APPROVAL: Final = _step("国库批复", Role.TREASURY_APPROVER, AmountField.APPROVED, 1)
# The chains of the tests: four steps for what a unit files, whatever a house begins with by default.
CHAINS: Final = (
    DefaultChain(PlanKind.MONTHLY, ChainDraft("月度用款计划", (_UNIT, _OFFICE, _TREASURY, _APPROVAL))),
    DefaultChain(PlanKind.ENTERED, ChainDraft("财政代编计划", (_CHIEF, _TREASURY, _APPROVAL))),
    DefaultChain(PlanKind.REDUCTION, ChainDraft("调减用款计划", (_TREASURY, _APPROVAL))),
)

_FUNDS: Final = {"11111": "经费拨款补助", "12": "政府性基金"}


@dataclass(frozen=True)
class World:
    """Ids of the cast's things, by the keys above."""

    units: dict[str, int] = field(default_factory=dict)
    offices: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    allotments: dict[str, int] = field(default_factory=dict)

    def person(self, username: str) -> Person:
        """The member of the cast with the posts in force today."""
        found = find_person(self.people[username], clock.today())
        assert found is not None
        return found


def build() -> World:
    """Write the cast into an empty, migrated database."""
    world = World()
    with transaction() as work:
        for code, name, kind in _OFFICES:
            office = Office(division_code=DIVISION, code=code, name=name, kind=kind)
            work.add(office)
            work.flush()
            world.offices[code] = office.id
        for unit in _units(world):
            work.add(unit)
            work.flush()
            world.units[unit.code] = unit.id
        for person in _people(world):
            work.add(person)
            work.flush()
            world.people[person.username] = person.id
        opens, closes = clock.at(2026, 11, 15), clock.at(2026, 11, 25, 17, 0)
        work.add(FilingWindow(division_code=DIVISION, fiscal_year=YEAR, month=MONTH, opens_at=opens, closes_at=closes))
        work.add(
            VoucherRequirement(
                division_code=DIVISION, fiscal_year=YEAR, eco_prefixes="30201|31002", any_of="11", text="发票"
            )
        )
    publish_chains(DIVISION, CHAINS, by=SYSTEM)
    _grant(world)
    return world


def _units(world: World) -> Iterator[Unit]:
    for code, name, parent, kind, leaf, office in _UNITS:
        yield Unit(
            division_code=DIVISION, code=code, name=name, parent_id=world.units.get(parent), kind=kind, is_leaf=leaf,
            enabled=True, office_id=world.offices[office],
        )  # fmt: skip


def _people(world: World) -> Iterator[Account]:
    hashed = passwords().hash(PASSWORD)
    for member in CAST:
        account = Account(
            username=member.username, name=member.name, phone="0719-8650000", password_hash=hashed,
            must_change_password=False, created_at=clock.now(),
        )  # fmt: skip
        account.posts.append(
            Post(
                role=member.role,
                unit_id=world.units.get(member.unit),
                office_id=world.offices.get(member.office),
                starts_on=date(2026, 1, 1),
            )
        )
        yield account


def _grant(world: World) -> None:
    with transaction() as work:
        for bgt_id, unit, office, doc_no, project, pro_cat, eco, fund, three, yuan in _ALLOTMENTS:
            allotment = Allotment(
                division_code=DIVISION, fiscal_year=YEAR, bgt_id=bgt_id, unit_id=world.units[unit],
                office_id=world.offices[office], doc_no=doc_no, doc_title="关于下达指标的通知",
                doc_date=date(2026, 1, 23),
                description=project, fund_type_code=fund, fund_type_name=_FUNDS[fund],
                exp_func_code="2050202", exp_func_name="小学教育", gov_eco_code="50502", gov_eco_name="商品和服务支出",
                dep_eco_code=eco[0], dep_eco_name=eco[1], pro_code=f"P{bgt_id}", pro_name=project,
                pro_cat_code=pro_cat, bgt_type_code="21", bgt_type_name="当年预算", source_type_code="1",
                pay_type_code="1", pay_type_name="国库集中支付", bgt_mof_dep_code="01", bgt_mof_dep_name="预算股",
                three_guarantee_code=three, is_gov_pur=False, executable=True, deleted=False, updated_at=clock.now(),
            )  # fmt: skip
            work.add(allotment)
            work.flush()
            world.allotments[bgt_id] = allotment.id
            post([Move(allotment.id, PostingKind.GRANT, Money.yuan(yuan))], by=SYSTEM)


def allotment(world: World, key: str) -> Allotment:
    """The allotment as the database has it now."""
    return session().get_one(Allotment, world.allotments[key], populate_existing=True)
