"""Roles, what each may do and see, and which two one person may not hold together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from accounts.people.scopes import Scope as Scope  # the other features know the scopes by this module
from accounts.people.scopes import Writing as Writing
from accounts.people.signing import signed
from accounts.people.spans import Lasting, overlap
from accounts.units.rules import department_code
from core.errors import Forbidden, Refused

# The job that looks for desks without people once a post has ended; its handler stands to the right, in approvals.
WATCH_DESKS: Final = "watch_desks"


class PlaceKind(StrEnum):
    """Where a post is held."""

    UNIT = "unit"
    OFFICE = "office"
    BUREAU = "bureau"


class Role(StrEnum):
    """岗位: the duty that a post gives."""

    UNIT_CLERK = "unit_clerk"
    UNIT_AUDITOR = "unit_auditor"
    UNIT_HEAD = "unit_head"
    DEPARTMENT_REVIEWER = "department_reviewer"
    OFFICE_REVIEWER = "office_reviewer"
    OFFICE_CHIEF = "office_chief"
    TREASURY_REVIEWER = "treasury_reviewer"
    TREASURY_APPROVER = "treasury_approver"
    DEPUTY_DIRECTOR = "deputy_director"
    DIRECTOR = "director"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"

    @property
    def label(self) -> str:
        """The post as people call it."""
        return _LABELS[self]

    @property
    def place(self) -> PlaceKind:
        """The kind of place at which the post is held."""
        if self in _UNIT_ROLES:
            return PlaceKind.UNIT
        return PlaceKind.OFFICE if self in _OFFICE_ROLES else PlaceKind.BUREAU


class Permission(StrEnum):
    """What a page or command asks for."""

    VIEW_PLANS = "view_plans"
    WRITE_PLANS = "write_plans"
    REVIEW_PLANS = "review_plans"
    VIEW_ALLOTMENTS = "view_allotments"
    VIEW_LEDGER = "view_ledger"
    EXPORT_LEDGER = "export_ledger"
    SIGNED_IN = "signed_in"
    MANAGE_TABLES = "manage_tables"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_POSTS = "manage_posts"
    VIEW_HISTORY = "view_history"
    IMPORT_PAYMENTS = "import_payments"
    GRANT_PERMITS = "grant_permits"
    CLOSE_YEARS = "close_years"
    LAPSE_PLANS = "lapse_plans"
    MANAGE_CHAINS = "manage_chains"
    WATCH_LIMITS = "watch_limits"


_LABELS: Final = {
    Role.UNIT_CLERK: "单位经办",
    Role.UNIT_AUDITOR: "单位审核",
    Role.UNIT_HEAD: "单位负责人",
    Role.DEPARTMENT_REVIEWER: "主管部门审核",
    Role.OFFICE_REVIEWER: "股室初审",
    Role.OFFICE_CHIEF: "股室负责人",
    Role.TREASURY_REVIEWER: "国库复审",
    Role.TREASURY_APPROVER: "国库批复",
    Role.DEPUTY_DIRECTOR: "分管局长",
    Role.DIRECTOR: "局长",
    Role.AUDITOR: "审计",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
}
_UNIT_ROLES: Final = frozenset({Role.UNIT_CLERK, Role.UNIT_AUDITOR, Role.UNIT_HEAD, Role.DEPARTMENT_REVIEWER})
_OFFICE_ROLES: Final = frozenset({Role.OFFICE_REVIEWER, Role.OFFICE_CHIEF})
_TREASURY_ROLES: Final = frozenset({Role.TREASURY_REVIEWER, Role.TREASURY_APPROVER})
_LEADERS: Final = frozenset({Role.DEPUTY_DIRECTOR, Role.DIRECTOR})
# These posts of finance may enter a plan for a unit (代编).
_ENTERING: Final = frozenset({Role.OFFICE_REVIEWER, Role.TREASURY_REVIEWER})
ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

_READ: Final = {Permission.VIEW_PLANS, Permission.VIEW_ALLOTMENTS, Permission.VIEW_LEDGER, Permission.EXPORT_LEDGER}
_REVIEW: Final = {*_READ, Permission.REVIEW_PLANS}
_TREASURY: Final = {*_REVIEW, Permission.IMPORT_PAYMENTS}
# Whoever enters plans for units prepares 年终注销 too; others decide on it.
_ENTER: Final = {Permission.WRITE_PLANS, Permission.LAPSE_PLANS}
_CLOSE: Final = {Permission.GRANT_PERMITS, Permission.CLOSE_YEARS}
_MANAGE: Final = {Permission.MANAGE_TABLES, Permission.MANAGE_PEOPLE, Permission.MANAGE_CHAINS}
GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.UNIT_CLERK: frozenset({*_READ, Permission.WRITE_PLANS}),
    **{role: frozenset(_REVIEW) for role in (*_UNIT_ROLES - {Role.UNIT_CLERK}, *_OFFICE_ROLES)},
    **{role: frozenset({*_REVIEW, Permission.WATCH_LIMITS}) for role in (Role.OFFICE_CHIEF, *_LEADERS)},
    Role.OFFICE_REVIEWER: frozenset({*_REVIEW, *_ENTER}),
    Role.TREASURY_REVIEWER: frozenset({*_TREASURY, *_ENTER, Permission.GRANT_PERMITS}),
    Role.TREASURY_APPROVER: frozenset({*_TREASURY, *_CLOSE, Permission.WATCH_LIMITS}),
    Role.AUDITOR: frozenset({*_READ, Permission.VIEW_HISTORY, Permission.WATCH_LIMITS}),
    Role.SYSTEM_ADMIN: frozenset({*_MANAGE, Permission.WATCH_LIMITS}),
    Role.SECURITY_ADMIN: frozenset({Permission.MANAGE_POSTS}),
    Role.AUDIT_ADMIN: frozenset({Permission.VIEW_HISTORY}),
}
# 委托: posts that review may be acted for by another, who may see and review then, and nothing else.
DELEGABLE: Final = frozenset(role for role, granted in GRANTS.items() if Permission.REVIEW_PLANS in granted)
_DELEGATED: Final = frozenset(_REVIEW)


@dataclass(frozen=True)
class PostFacts:
    """One post that somebody holds: the role and the place, by id and by code."""

    role: Role
    place_name: str = ""
    unit_id: int | None = None
    unit_code: str = ""
    office_id: int | None = None
    # Whose post it is, when it is held by delegation only.
    behalf_id: int | None = None
    behalf_name: str = ""

    @property
    def label(self) -> str:
        """教科文股 股室初审; 教科文股 股室初审（代王五）."""
        return signed(f"{self.place_name} {self.role.label}".strip(), self.behalf_name)


@dataclass(frozen=True)
class Person:
    """The signed-in person with the posts in force today; what every action takes as `by`."""

    id: int
    name: str
    username: str
    posts: tuple[PostFacts, ...] = ()
    must_change_password: bool = False
    predecessor_ids: frozenset[int] = frozenset()  # units merged into those of his posts: to read, never to write

    @property
    def post_names(self) -> str:
        """All posts in one line."""
        return "、".join(post.label for post in self.posts)

    @property
    def department_code(self) -> str:
        """The department of all posts in units, whose own filing window holds; '' for none or for several."""
        found = {department_code(post.unit_code) for post in self.posts if post.unit_code}
        return found.pop() if len(found) == 1 else ""

    def roles(self) -> frozenset[Role]:
        """The roles of his own posts; those that he holds by delegation only let him see and review."""
        return frozenset(post.role for post in self.posts if post.behalf_id is None)

    def unit_ids(self, *roles: Role) -> frozenset[int]:
        """The units at which one of these roles is held (all unit posts when none is named)."""
        wanted = roles or tuple(_UNIT_ROLES)
        return frozenset(post.unit_id for post in self.posts if post.role in wanted and post.unit_id is not None)

    def writing(self) -> Writing:
        """The plans that his posts let him write."""
        return Writing(self.unit_ids(Role.UNIT_CLERK), bool(self.roles() & _ENTERING))

    def lenders(self, role: Role) -> frozenset[str]:
        """Those for whom he acts at a post that he does not hold himself, by name."""
        lent = frozenset(post.behalf_name for post in self.posts if post.role is role and post.behalf_id is not None)
        return frozenset() if role in self.roles() else lent

    def behalf_at(self, unit_id: int) -> tuple[int | None, str]:
        """For whom he acts at a unit: nobody where he holds a post there himself."""
        there = [(post.behalf_id, post.behalf_name) for post in self.posts if post.unit_id == unit_id]
        return there[0] if there else (None, "")

    def office_ids(self) -> frozenset[int]:
        """The offices at which a post is held."""
        return frozenset(post.office_id for post in self.posts if post.office_id is not None)


@dataclass(frozen=True)
class System:
    """Whoever acts when no person does: imports by command, jobs, the clock."""

    name: str = "系统"
    id: None = field(default=None, init=False)


SYSTEM: Final = System()


def may(person: Person, permission: Permission) -> bool:
    """The one decision on permission, for pages, files, jobs and commands."""
    if permission is Permission.SIGNED_IN:
        return True
    roles = {post.role for post in person.posts} if permission in _DELEGATED else person.roles()
    return any(permission in GRANTS[role] for role in roles)


def check_may(person: Person, permission: Permission) -> None:
    """Raise `Forbidden` unless the person may."""
    if not may(person, permission):
        raise Forbidden()


def scope_of(person: Person) -> Scope:
    """What the person's posts let him see."""
    departments = {post.unit_code for post in person.posts if post.role is Role.DEPARTMENT_REVIEWER}
    whole = _TREASURY_ROLES | _LEADERS | {Role.AUDITOR}
    return Scope(
        unit_ids=person.unit_ids(Role.UNIT_CLERK, Role.UNIT_AUDITOR, Role.UNIT_HEAD),
        department_codes=frozenset(departments),
        office_ids=person.office_ids(),
        whole_bureau=any(post.role in whole for post in person.posts),
        predecessor_ids=person.predecessor_ids,
        enters=person.writing().enters,
    )


class HeldPost(Lasting, Protocol):
    """A post as the incompatibility rule needs it."""

    @property
    def role(self) -> Role: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def office_id(self) -> int | None: ...


# Each pair with the sentence that says why; 内控规范: 申请、审批、执行、记账 must be separated (domain rule H13).
_UNIT_SIDE: Final = frozenset({Role.UNIT_CLERK, Role.UNIT_AUDITOR, Role.UNIT_HEAD})
_FINANCE_SIDE: Final = _OFFICE_ROLES | _TREASURY_ROLES | _LEADERS


def incompatibility(first: Role, second: Role, same_unit: bool) -> str | None:
    """Why one person may not hold both, or None. `same_unit` matters for posts inside units only."""
    pair = {first, second}
    if first is second:
        return None
    if pair & (ADMINISTRATORS | {Role.AUDITOR}):
        return "管理员岗和审计岗须与其他岗位分设（三员分立、审计独立）。"
    if pair <= _UNIT_SIDE and same_unit:
        return "同一单位的经办、审核、负责人须由不同的人担任（不相容岗位分离）。"
    if Role.DEPARTMENT_REVIEWER in pair and pair & _UNIT_SIDE:
        return "主管部门审核岗不能同时办理单位的申报（不能审核自己的单位）。"
    if pair & _FINANCE_SIDE and pair & _UNIT_ROLES:
        return "财政审核岗不能同时担任预算单位的岗位（申报与审批分离）。"
    if pair <= _FINANCE_SIDE and _finance_line(first) != _finance_line(second):
        return "股室初审、国库复审、国库批复、局领导须由不同的人担任（同一计划不能由一人多次审批）。"
    return None


def _finance_line(role: Role) -> object:
    """Office posts are one line, leaders another; the two treasury posts are apart from each other as well."""
    if role in _OFFICE_ROLES:
        return "office"
    return "leaders" if role in _LEADERS else role


def check_compatible(held: Iterable[HeldPost], wanted: HeldPost) -> None:
    """Raise `Refused` with the reason when the wanted post clashes with one held at an overlapping time."""
    for post in held:
        if not overlap(post, wanted):
            continue
        if (post.role, post.unit_id, post.office_id) == (wanted.role, wanted.unit_id, wanted.office_id):
            raise Refused(f"这段时间已任此岗“{wanted.role.label}”，不必再授。")
        reason = incompatibility(post.role, wanted.role, post.unit_id == wanted.unit_id)
        if reason:
            raise Refused(f"已任“{post.role.label}”，不能再任“{wanted.role.label}”：{reason}")
