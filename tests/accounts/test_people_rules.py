"""Roles, permissions, scopes, incompatible posts, places, terms, passwords, locks: every branch of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.people import granting, rules
from accounts.people.passwords import first_password
from accounts.people.rules import Permission, Person, PlaceKind, PostFacts, Role, Scope, incompatibility
from accounts.signin import rules as signin
from accounts.units.rules import OfficeKind, UnitKind, department_code
from core.errors import Forbidden, Refused

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@dataclass
class Held:
    role: Role
    unit_id: int | None = None
    office_id: int | None = None
    starts_on: date = date(2026, 1, 1)
    ends_on: date | None = None


@dataclass
class Place:
    code: str = "201003"
    name: str = "区实验小学"
    is_leaf: bool = True
    enabled: bool = True


def someone(*posts: PostFacts) -> Person:
    return Person(1, "林晓敏", "lin", posts)


CLERK = PostFacts(Role.UNIT_CLERK, "区实验小学", unit_id=3, unit_code="201003")
DEPARTMENT = PostFacts(Role.DEPARTMENT_REVIEWER, "区教育局", unit_id=2, unit_code="201")
OFFICE = PostFacts(Role.OFFICE_REVIEWER, "教科文股", office_id=4)


def test_every_role_has_a_name_a_place_and_grants() -> None:
    assert len({role.label for role in Role}) == len(Role)
    assert set(rules.GRANTS) == set(Role)
    places = {role: role.place for role in Role}
    assert places[Role.DEPARTMENT_REVIEWER] is PlaceKind.UNIT
    assert places[Role.OFFICE_CHIEF] is PlaceKind.OFFICE
    assert places[Role.DIRECTOR] is PlaceKind.BUREAU


def test_clerks_and_who_enters_for_them_write_and_administrators_see_no_plans() -> None:
    writers = {role for role in Role if Permission.WRITE_PLANS in rules.GRANTS[role]}
    assert writers == {Role.UNIT_CLERK, Role.OFFICE_REVIEWER, Role.TREASURY_REVIEWER}
    for role in rules.ADMINISTRATORS:
        assert Permission.VIEW_PLANS not in rules.GRANTS[role]
    assert not rules.GRANTS[Role.SYSTEM_ADMIN] & rules.GRANTS[Role.SECURITY_ADMIN]


def test_a_person_may_what_one_of_the_posts_grants() -> None:
    assert rules.may(someone(CLERK), Permission.WRITE_PLANS)
    assert not rules.may(someone(CLERK), Permission.REVIEW_PLANS)
    assert rules.may(someone(), Permission.SIGNED_IN)
    assert not rules.may(someone(), Permission.VIEW_PLANS)
    rules.check_may(someone(CLERK), Permission.VIEW_LEDGER)
    with pytest.raises(Forbidden):
        rules.check_may(someone(CLERK), Permission.MANAGE_PEOPLE)


def test_a_person_says_his_posts_and_places() -> None:
    person = someone(CLERK, OFFICE, PostFacts(Role.DIRECTOR))
    assert person.post_names == "区实验小学 单位经办、教科文股 股室初审、局长"
    assert person.unit_ids() == {3}
    assert person.unit_ids(Role.UNIT_AUDITOR) == frozenset()
    assert person.office_ids() == {4}


def test_the_system_acts_without_an_id() -> None:
    assert (rules.SYSTEM.name, rules.SYSTEM.id) == ("系统", None)


def test_a_clerk_writes_what_his_units_file_and_finance_what_it_enters() -> None:
    clerk, finance = someone(CLERK).writing(), someone(OFFICE).writing()
    assert clerk.covers(3, entered=False)
    assert not clerk.covers(3, entered=True)
    assert not clerk.covers(4, entered=False)
    assert finance.covers(3, entered=True)
    assert not finance.covers(3, entered=False)
    assert not someone(PostFacts(Role.TREASURY_APPROVER)).writing().enters


@pytest.mark.parametrize(
    ("posts", "scope"),
    [
        ((), Scope()),
        ((CLERK,), Scope(unit_ids=frozenset({3}))),
        ((DEPARTMENT,), Scope(department_codes=frozenset({"201"}))),
        ((OFFICE,), Scope(office_ids=frozenset({4}), enters=True)),
        ((PostFacts(Role.AUDITOR),), Scope(whole_bureau=True)),
        ((PostFacts(Role.TREASURY_APPROVER),), Scope(whole_bureau=True)),
        ((PostFacts(Role.SYSTEM_ADMIN),), Scope()),
    ],
)
def test_posts_open_a_scope(posts: tuple[PostFacts, ...], scope: Scope) -> None:
    assert rules.scope_of(someone(*posts)) == scope


@pytest.mark.parametrize(
    ("first", "second", "same_unit", "said"),
    [
        (Role.UNIT_CLERK, Role.UNIT_CLERK, True, None),
        (Role.UNIT_CLERK, Role.UNIT_AUDITOR, True, "同一单位"),
        (Role.UNIT_CLERK, Role.UNIT_AUDITOR, False, None),
        (Role.UNIT_CLERK, Role.DEPARTMENT_REVIEWER, False, "不能审核自己的单位"),
        (Role.UNIT_HEAD, Role.TREASURY_REVIEWER, False, "申报与审批分离"),
        (Role.DEPARTMENT_REVIEWER, Role.OFFICE_REVIEWER, False, "申报与审批分离"),
        (Role.OFFICE_REVIEWER, Role.OFFICE_CHIEF, False, None),
        (Role.OFFICE_REVIEWER, Role.TREASURY_REVIEWER, False, "股室初审、国库复审"),
        (Role.TREASURY_REVIEWER, Role.TREASURY_APPROVER, True, "股室初审、国库复审"),
        (Role.TREASURY_APPROVER, Role.DIRECTOR, True, "股室初审、国库复审"),
        (Role.DEPUTY_DIRECTOR, Role.DIRECTOR, True, None),
        (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, True, "三员分立"),
        (Role.AUDITOR, Role.UNIT_CLERK, False, "三员分立"),
    ],
)
def test_some_posts_do_not_go_together(first: Role, second: Role, same_unit: bool, said: str | None) -> None:
    for one, other in ((first, second), (second, first)):
        reason = incompatibility(one, other, same_unit)
        assert reason is None if said is None else said in (reason or "")


def test_clashing_posts_are_refused_with_the_reason() -> None:
    held = [Held(Role.UNIT_HEAD, unit_id=9), Held(Role.UNIT_CLERK, unit_id=3)]
    with pytest.raises(Refused, match="已任“单位经办”，不能再任“单位审核”：同一单位的经办、审核、负责人"):
        rules.check_compatible(held, Held(Role.UNIT_AUDITOR, unit_id=3))


def test_the_same_post_twice_is_refused() -> None:
    with pytest.raises(Refused, match="已任此岗“单位经办”"):
        rules.check_compatible([Held(Role.UNIT_CLERK, unit_id=3)], Held(Role.UNIT_CLERK, unit_id=3))
    rules.check_compatible([Held(Role.UNIT_CLERK, unit_id=3)], Held(Role.UNIT_CLERK, unit_id=5))


@pytest.mark.parametrize(
    ("starts", "ends", "clashes"),
    [
        (date(2026, 3, 2), None, False),
        (date(2026, 3, 1), None, True),
        (date(2025, 1, 1), date(2025, 12, 31), False),
        (date(2025, 1, 1), date(2026, 1, 1), True),
        (date(2026, 2, 1), date(2026, 2, 1), True),
    ],
)
def test_posts_clash_only_where_their_terms_overlap(starts: date, ends: date | None, clashes: bool) -> None:
    held = [Held(Role.UNIT_CLERK, unit_id=3, ends_on=date(2026, 3, 1))]
    wanted = Held(Role.UNIT_AUDITOR, unit_id=3, starts_on=starts, ends_on=ends)
    if clashes:
        with pytest.raises(Refused):
            rules.check_compatible(held, wanted)
    else:
        rules.check_compatible(held, wanted)


def test_an_open_ended_post_reaches_every_later_day() -> None:
    with pytest.raises(Refused):
        rules.check_compatible([Held(Role.SYSTEM_ADMIN)], Held(Role.AUDITOR, starts_on=date(2050, 1, 1)))


@pytest.mark.parametrize(
    ("role", "unit", "office"),
    [
        (Role.UNIT_CLERK, Place(), None),
        (Role.DEPARTMENT_REVIEWER, Place("201", is_leaf=False), None),
        (Role.OFFICE_CHIEF, None, object()),
        (Role.DIRECTOR, None, None),
    ],
)
def test_a_fitting_place_is_taken(role: Role, unit: Place | None, office: object | None) -> None:
    granting.check_place(role, unit, office)


@pytest.mark.parametrize(
    ("role", "unit", "office", "said"),
    [
        (Role.UNIT_CLERK, None, None, "须在预算单位任职"),
        (Role.UNIT_CLERK, None, object(), "须在预算单位任职"),
        (Role.UNIT_CLERK, Place(), object(), "须在预算单位任职"),
        (Role.UNIT_CLERK, Place("201", is_leaf=False), None, "须在末级单位任职"),
        (Role.UNIT_CLERK, Place(enabled=False), None, "已停用"),
        (Role.DEPARTMENT_REVIEWER, Place("201003"), None, "须在主管部门"),
        (Role.OFFICE_REVIEWER, Place(), None, "须在股室任职"),
        (Role.OFFICE_REVIEWER, None, None, "须在股室任职"),
        (Role.SYSTEM_ADMIN, Place(), None, "在全局任职"),
        (Role.DIRECTOR, None, object(), "在全局任职"),
    ],
)
def test_a_wrong_place_is_refused(role: Role, unit: Place | None, office: object | None, said: str) -> None:
    with pytest.raises(Refused, match=said):
        granting.check_place(role, unit, office)


def test_a_term_ends_after_it_starts() -> None:
    granting.check_term(TODAY, None)
    granting.check_term(TODAY, TODAY)
    with pytest.raises(Refused, match="早于起始日期"):
        granting.check_term(TODAY, TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("starts", "ends", "last", "said"),
    [
        (date(2026, 1, 1), None, TODAY, None),
        (date(2026, 1, 1), None, TODAY - timedelta(days=1), None),
        (date(2026, 1, 1), None, TODAY - timedelta(days=2), "不能早于 2026-11-19"),
        (TODAY, None, TODAY - timedelta(days=1), "不能早于 2026-11-20"),
        (date(2026, 1, 1), date(2026, 12, 31), TODAY, None),
        (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1), "不能再延长"),
        (date(2026, 1, 1), date(2026, 3, 1), date(2026, 2, 1), "到 2026-03-01 为止"),
    ],
)
def test_a_post_is_shortened_but_neither_backdated_nor_prolonged(
    starts: date, ends: date | None, last: date, said: str | None
) -> None:
    post = Held(Role.UNIT_CLERK, unit_id=3, starts_on=starts, ends_on=ends)
    if said is None:
        granting.check_last_day(post, last, TODAY)
    else:
        with pytest.raises(Refused, match=said):
            granting.check_last_day(post, last, TODAY)


def test_nobody_does_it_to_himself() -> None:
    granting.check_not_self(1, 2, "停用自己的账号")
    granting.check_not_self(1, None, "停用自己的账号")
    with pytest.raises(Refused, match="不能停用自己的账号，请由另一位管理员办理"):
        granting.check_not_self(1, 1, "停用自己的账号")


def test_the_last_administrator_stays() -> None:
    granting.check_replaceable(Role.SYSTEM_ADMIN, 1)
    granting.check_replaceable(Role.AUDIT_ADMIN, 0)
    with pytest.raises(Refused, match="最后一位“安全管理员”"):
        granting.check_replaceable(Role.SECURITY_ADMIN, 0)


@pytest.mark.parametrize("username", ["li", "li.na", "zhang-san_2", "a" * 32, "2lin"])
def test_a_plain_username_is_taken(username: str) -> None:
    granting.check_username(username)


@pytest.mark.parametrize("username", ["", "a", "Lin", "林", "a b", ".lin", "a" * 33, "lin\n", "lin@x"])
def test_a_doubtful_username_is_refused(username: str) -> None:
    with pytest.raises(Refused, match="小写字母"):
        granting.check_username(username)


def test_a_first_password_passes_the_rule_and_never_repeats() -> None:
    given = {first_password() for _ in range(200)}
    assert len(given) == 200
    for password in given:
        signin.check_password(password, password, "lin_x")
        assert not set(password) & set("0O1lI")


def test_a_lock_holds_until_its_moment() -> None:
    assert not signin.is_locked(None, NOW)
    assert signin.is_locked(NOW + timedelta(seconds=1), NOW)
    assert not signin.is_locked(NOW, NOW)


def test_the_fifth_failure_locks() -> None:
    assert signin.after_failure(0, NOW) == (1, None)
    assert signin.after_failure(3, NOW) == (4, None)
    assert signin.after_failure(4, NOW) == (0, NOW + signin.LOCK_FOR)


def test_a_session_ends_by_idleness_or_age() -> None:
    idle, absolute = timedelta(minutes=30), timedelta(hours=10)
    assert not signin.is_over(NOW - absolute, NOW - idle, NOW, idle, absolute)
    assert signin.is_over(NOW, NOW - idle - timedelta(seconds=1), NOW, idle, absolute)
    assert signin.is_over(NOW - absolute - timedelta(seconds=1), NOW, NOW, idle, absolute)


def test_kinds_of_units_and_offices_have_names() -> None:
    assert [kind.label for kind in UnitKind] == ["行政单位", "事业单位"]
    assert [kind.label for kind in OfficeKind] == ["业务股室", "预算股", "国库股", "支付中心", "局领导"]
    assert department_code("201003001") == "201"
