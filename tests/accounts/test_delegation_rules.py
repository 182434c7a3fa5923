"""What may be delegated, to whom and for how long, on plain values: every branch with its sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from accounts.delegations import rules
from accounts.delegations.rules import Term
from accounts.people import granting
from accounts.people.rules import DELEGABLE, GRANTS, Permission, Person, PostFacts, Role, may, scope_of
from core.errors import Refused

TODAY = date(2026, 11, 20)
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@dataclass
class Human:
    id: int
    name: str
    phone: str = "0719-8650000"
    active: bool = True


@dataclass
class Given:
    role: Role | None
    unit_id: int | None = None
    office_id: int | None = None
    starts_on: date = MONDAY
    ends_on: date = FRIDAY
    what: str = "教科文股 股室初审"


SHEN, QIN = Human(1, "沈思远"), Human(2, "秦川")
OFFICE = Term(Role.OFFICE_REVIEWER, None, 4, date(2026, 1, 1), None, "教科文股 股室初审")
WANTED = replace(OFFICE, starts_on=MONDAY, ends_on=FRIDAY)


def refused(check: object, *given: object) -> str:
    assert callable(check)
    with pytest.raises(Refused) as caught:
        check(*given)
    return "；".join(caught.value.sentences)


def test_a_week_ahead_works() -> None:
    rules.check_span(TODAY, TODAY, TODAY)
    rules.check_span(MONDAY, FRIDAY, TODAY)
    rules.check_span(TODAY, TODAY + timedelta(days=89), TODAY)


def test_days_gone_by_backward_or_endless_are_refused() -> None:
    assert "已经过去的日子不能补办委托" in refused(rules.check_span, TODAY - timedelta(days=1), FRIDAY, TODAY)
    assert "截止日期早于起始日期" in refused(rules.check_span, FRIDAY, MONDAY, TODAY)
    assert "一次委托最多 90 天" in refused(rules.check_span, TODAY, TODAY + timedelta(days=90), TODAY)
    both = refused(rules.check_span, TODAY - timedelta(days=1), TODAY - timedelta(days=2), TODAY)
    assert "不能早于今天" in both
    assert "早于起始日期" in both


def test_posts_that_review_may_be_delegated_and_no_others() -> None:
    for role in Role:
        if role in DELEGABLE:
            rules.check_role(role)
            assert Permission.REVIEW_PLANS in GRANTS[role]
        else:
            assert "只有审核岗位可以委托" in refused(rules.check_role, role)
    assert {Role.UNIT_CLERK, Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}.isdisjoint(DELEGABLE)


def test_only_an_own_post_is_delegated_and_never_one_that_was_lent() -> None:
    rules.check_own([OFFICE], [], OFFICE)
    lent = replace(WANTED, behalf="马国栋")
    rules.check_own([OFFICE], [lent], OFFICE)  # held in his own right as well
    said = refused(rules.check_own, [], [lent], OFFICE)
    assert said == "“教科文股 股室初审”是马国栋委托给您的，受托的岗位不能再委托给别人；请由马国栋另行委托。"
    elsewhere = replace(lent, office_id=6)
    assert "不是您的" in refused(rules.check_own, [], [elsewhere], OFFICE)


def test_neither_oneself_nor_a_second_account_nor_somebody_disabled() -> None:
    rules.check_taker(SHEN, QIN)
    rules.check_taker(replace(SHEN, phone=""), replace(QIN, name=SHEN.name, phone=""))  # no phone tells nothing
    assert "不能委托给自己，" in refused(rules.check_taker, SHEN, SHEN)
    assert "自己的另一账号" in refused(rules.check_taker, SHEN, replace(QIN, name="沈思远"))
    assert "“秦川”的账号已停用" in refused(rules.check_taker, SHEN, replace(QIN, active=False))


def test_posts_must_go_together() -> None:
    other_office = replace(OFFICE, office_id=6, name="农业农村股 股室初审")
    rules.check_fits(QIN, [other_office], [WANTED])
    treasury = Term(Role.TREASURY_REVIEWER, None, None, date(2026, 1, 1), None, "国库复审")
    said = refused(rules.check_fits, QIN, [treasury], [WANTED])
    assert said.startswith("“秦川”这段时间任“国库复审”，不能代办“教科文股 股室初审”：股室初审、国库复审")
    past = replace(treasury, ends_on=MONDAY - timedelta(days=1))
    rules.check_fits(QIN, [past], [WANTED])
    acting = replace(treasury, behalf="方芸")
    assert "这段时间受方芸委托代办“国库复审”，不能代办" in refused(rules.check_fits, QIN, [acting], [WANTED])
    assert "没有可以委托的审核岗位" in refused(rules.check_fits, QIN, [], [])


@pytest.mark.parametrize("behalf", ["", "马国栋"])
def test_nobody_sits_twice_at_one_post(behalf: str) -> None:
    assert "一人不能在同一岗位办理两次" in refused(rules.check_fits, QIN, [replace(OFFICE, behalf=behalf)], [WANTED])


def test_one_post_is_delegated_to_one_person_at_a_time() -> None:
    before = [(Given(Role.OFFICE_REVIEWER, office_id=4), "秦川")]
    said = refused(rules.check_single, before, Given(Role.OFFICE_REVIEWER, office_id=4))
    assert said.startswith("“教科文股 股室初审”在 2026-11-23 至 2026-11-27 已委托给秦川")
    refused(rules.check_single, before, Given(None))  # all posts take that one in
    refused(rules.check_single, [(Given(None), "秦川")], Given(Role.DIRECTOR))
    refused(rules.check_single, before, Given(Role.OFFICE_REVIEWER, office_id=4, starts_on=FRIDAY))
    rules.check_single(before, Given(Role.OFFICE_REVIEWER, office_id=6))
    rules.check_single(before, Given(Role.OFFICE_CHIEF, office_id=4))
    later = FRIDAY + timedelta(days=1)
    rules.check_single(before, Given(None, starts_on=later, ends_on=later))


def test_a_post_is_not_given_that_clashes_with_a_delegation() -> None:
    treasury = Term(Role.TREASURY_REVIEWER, None, None, TODAY, None)
    granting.check_lent([(WANTED, "")], replace(OFFICE, office_id=6))
    granting.check_lent([(WANTED, "")], replace(treasury, starts_on=FRIDAY + timedelta(days=1)))
    said = refused(granting.check_lent, [(WANTED, "“秦川”正受沈思远委托代办“教科文股股室初审”")], treasury)
    assert said.startswith("“秦川”正受沈思远委托代办“教科文股股室初审”，与“国库复审”不能由一人担任，请先撤销委托：")


def test_who_acts_for_another_sees_and_reviews_and_nothing_else() -> None:
    lent = PostFacts(Role.TREASURY_APPROVER, behalf_id=10, behalf_name="罗局")
    entering = PostFacts(Role.OFFICE_REVIEWER, "教科文股", office_id=4, behalf_id=11, behalf_name="沈思远")
    person = Person(1, "秦川", "qin", (lent, entering))
    for permission in (Permission.REVIEW_PLANS, Permission.VIEW_PLANS, Permission.VIEW_LEDGER):
        assert may(person, permission)
    for permission in (Permission.WRITE_PLANS, Permission.CLOSE_YEARS, Permission.GRANT_PERMITS):
        assert not may(person, permission)
    assert person.roles() == frozenset()
    assert not person.writing().enters
    assert scope_of(person).whole_bureau
    assert scope_of(person).office_ids == {4}
    assert person.post_names == "国库批复（代罗局）、教科文股 股室初审（代沈思远）"
    assert person.lenders(Role.TREASURY_APPROVER) == {"罗局"}
    both = Person(1, "秦川", "qin", (PostFacts(Role.TREASURY_APPROVER), lent))
    assert both.lenders(Role.TREASURY_APPROVER) == frozenset()
    assert person.behalf_at(3) == (None, "")
    head = PostFacts(Role.UNIT_HEAD, "区实验小学", 3, "201003", behalf_id=12, behalf_name="何雨桐")
    assert Person(1, "秦川", "qin", (head,)).behalf_at(3) == (12, "何雨桐")
