"""委托 in the house: made and revoked on its pages, what it gives on which day, and what the database keeps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from werkzeug.test import TestResponse

from accounts.delegations.actions import DelegationDraft, delegate, revoke
from accounts.people import actions as people
from accounts.people.actions import PostDraft
from accounts.people.models import Account, Delegation, Post
from accounts.people.rules import SYSTEM, Role
from accounts.people.store import seated, sitters
from core import clock, history, jobs, notices
from core.db import session, transaction
from core.errors import Conflict, Missing, Refused
from tests.approvals.paths import appoint
from tests.world import DIVISION, NOW, World

SignIn = Callable[[str], FlaskClient]
TODAY = date(2026, 11, 20)
NEXT_WEEK = date(2026, 11, 27)
WEEK = DelegationDraft("qin", None, TODAY, NEXT_WEEK, "去省里培训")


def post_of(world: World, username: str) -> Post:
    return session().get_one(Account, world.people[username], populate_existing=True).posts[0]


def given(world: World, draft: DelegationDraft = WEEK, by: str = "shen") -> int:
    return delegate(draft, by=world.person(by))


def refused(world: World, draft: DelegationDraft, by: str = "shen") -> str:
    with pytest.raises(Refused) as caught:
        given(world, draft, by)
    session().rollback()
    return "；".join(caught.value.sentences)


def told(world: World, username: str) -> list[str]:
    return [one.text for one in notices.newest(world.people[username])]


def post(client: FlaskClient, **fields: str) -> TestResponse:
    data = {"post": "", "taker": "qin", "starts_on": "2026-11-20", "ends_on": "2026-11-27", "reason": "去省里培训"}
    return client.post("/delegations/new", data=data | fields)


def test_delegating_works(sign_in: SignIn, world: World) -> None:
    shen, qin = sign_in("shen"), sign_in("qin")
    page = shen.get("/delegations/new").text
    assert "教科文股 股室初审" in page
    assert 'value="qin"' in page  # a colleague of finance is offered
    assert 'value="lin"' not in page
    answer = post(shen, post=str(post_of(world, "shen").id))
    assert answer.status_code == 302, answer.text
    assert [one.label for one in world.person("qin").posts] == ["农业农村股 股室初审", "教科文股 股室初审（代沈思远）"]
    assert told(world, "qin")[0].startswith("沈思远委托您代办“教科文股 股室初审”，2026-11-20 至 2026-11-27：去省里培训")
    assert told(world, "shen")[0].startswith("您已将“教科文股 股室初审”委托给秦川")
    for username in ("shen", "qin"):
        assert history.of("person", world.people[username])[-1].action == "delegate"
    assert "去省里培训" in shen.get("/delegations").text
    assert "沈思远" in qin.get("/delegations").text
    assert "生效中" in qin.get("/delegations").text


def test_it_counts_from_its_first_to_its_last_day(world: World) -> None:
    given(world, replace(WEEK, starts_on=TODAY + timedelta(days=1)))
    for days, counts in ((0, False), (1, True), (7, True), (8, False)):
        with clock.stopped(NOW + timedelta(days=days)):
            assert any(one.behalf_name == "沈思远" for one in world.person("qin").posts) is counts


def test_revoking_counts_at_once(sign_in: SignIn, world: World) -> None:
    made = given(world)
    answer = sign_in("shen").post(f"/delegations/{made}/revoke", data={"seen": 1})
    assert answer.status_code == 302, answer.text
    assert [one.label for one in world.person("qin").posts] == ["农业农村股 股室初审"]
    assert "沈思远撤销委托" in told(world, "qin")[0]
    assert "已撤销" in sign_in("qin").get("/delegations").text
    with pytest.raises(Refused, match="已经结束"):
        revoke(made, 2, by=world.person("shen"))


def test_the_other_may_give_it_back(sign_in: SignIn, world: World) -> None:
    made = given(world)
    assert sign_in("qin").post(f"/delegations/{made}/revoke", data={"seen": 1}).status_code == 302
    assert "秦川退回委托" in told(world, "shen")[0]
    assert "已退回" in sign_in("shen").get("/delegations").text


def test_nobody_else_revokes_it_and_nobody_by_an_old_page(sign_in: SignIn, world: World) -> None:
    made = given(world)
    assert sign_in("fang").post(f"/delegations/{made}/revoke", data={"seen": 1}).status_code == 404
    with pytest.raises(Missing):
        revoke(made, 1, by=world.person("fang"))
    revoke(made, 1, by=world.person("qin"))
    with pytest.raises(Conflict):
        revoke(made, 1, by=world.person("shen"))
    assert sign_in("shen").post(f"/delegations/{made}/revoke", data={"seen": 1}).status_code == 409


def test_a_delegate_does_not_delegate_on(sign_in: SignIn, world: World) -> None:
    people.add_holder("ma", "马国栋", PostDraft(Role.OFFICE_REVIEWER, TODAY, office_id=world.offices["06"]), DIVISION,
                      by=SYSTEM)  # fmt: skip
    given(world)
    said = refused(world, replace(WEEK, taker="ma", post_id=post_of(world, "shen").id), "qin")
    assert said.startswith("“教科文股 股室初审”是沈思远委托给您的，受托的岗位不能再委托给别人")
    page = sign_in("qin").get("/delegations/new").text
    assert "别人委托给您的岗位（教科文股 股室初审（代沈思远））不能再委托" in page
    answer = post(sign_in("qin"), post=str(post_of(world, "shen").id), taker="ma")
    assert answer.status_code == 422  # not among the choices
    # Delegating everything delegates what is his own, and no more.
    assert "已任“农业农村股 股室初审”" in refused(world, replace(WEEK, taker="ma"), "qin")


@pytest.mark.parametrize(
    ("draft", "by", "said"),
    [
        (replace(WEEK, taker="shen"), "shen", "不能委托给自己，"),
        (replace(WEEK, taker="nobody"), "shen", "没有用户名或姓名为“nobody”的人员"),
        (replace(WEEK, taker="fang"), "shen", "“方芸”这段时间任“国库复审”，不能代办“教科文股 股室初审”"),
        (replace(WEEK, taker="lin"), "he", "同一单位的经办、审核、负责人须由不同的人担任"),
        (replace(WEEK, taker="he"), "shen", "申报与审批分离"),
        (replace(WEEK, taker="an"), "shen", "三员分立"),
        (replace(WEEK, starts_on=TODAY - timedelta(days=1)), "shen", "不能早于今天"),
        (replace(WEEK, ends_on=TODAY - timedelta(days=1)), "shen", "截止日期早于起始日期"),
        (replace(WEEK, ends_on=TODAY + timedelta(days=90)), "shen", "最多 90 天"),
        (replace(WEEK, taker="zheng"), "lin", "没有可以委托的审核岗位"),
    ],
)
def test_what_may_not_be_is_refused_in_a_sentence(world: World, draft: DelegationDraft, by: str, said: str) -> None:
    assert said in refused(world, draft, by)


def test_a_post_that_does_not_review_or_is_not_his_is_refused(world: World) -> None:
    clerk = replace(WEEK, taker="lin2", post_id=post_of(world, "lin").id)
    assert "“单位经办”岗不能委托" in refused(world, clerk, "lin")
    assert "不是您的" in refused(world, replace(WEEK, taker="qin", post_id=post_of(world, "luo").id))
    with pytest.raises(Missing):
        given(world, replace(WEEK, post_id=987_654))


def test_a_second_account_or_a_disabled_one_is_refused(world: World) -> None:
    people.add_person("shen2", "沈思远", "0719-8650000", by=SYSTEM)
    assert "自己的另一账号" in refused(world, replace(WEEK, taker="shen2"))
    assert "有 2 位“沈思远”，请填写用户名：shen、shen2" in refused(world, replace(WEEK, taker="沈思远"), "qin")
    people.deactivate(world.people["qin"], by=SYSTEM)
    assert "“秦川”的账号已停用" in refused(world, WEEK)


def test_the_same_post_goes_to_one_person_at_a_time(world: World) -> None:
    given(world)
    people.add_holder("ma", "马国栋", PostDraft(Role.OFFICE_CHIEF, TODAY, office_id=world.offices["06"]), DIVISION,
                      by=SYSTEM)  # fmt: skip
    assert "已委托给秦川" in refused(world, replace(WEEK, taker="ma", post_id=post_of(world, "shen").id))
    given(world, replace(WEEK, taker="ma", starts_on=NEXT_WEEK + timedelta(days=1), ends_on=date(2026, 12, 4)))


def test_two_of_one_desk_do_not_lend_it_to_the_same_person(world: World) -> None:
    appoint(world, "jiao", Role.OFFICE_REVIEWER, office="04")
    given(world)
    assert "受沈思远委托代办“教科文股 股室初审”，一人不能在同一岗位办理两次" in refused(world, WEEK, "jiao")


def test_a_delegation_gives_no_more_than_its_giver_has(world: World) -> None:
    given(world)
    people.end_post(post_of(world, "shen").id, TODAY - timedelta(days=1), 1, by=world.person("an"))
    assert [one.behalf_name for one in world.person("qin").posts] == [""]


def test_whose_account_is_disabled_lends_nothing(world: World) -> None:
    given(world)
    people.deactivate(world.people["shen"], by=world.person("xi"))
    assert [one.behalf_name for one in world.person("qin").posts] == [""]


def test_sitters_and_seats_name_the_delegate_after_the_holders(world: World) -> None:
    given(world)
    place = world.offices["04"]
    found = sitters(Role.OFFICE_REVIEWER, TODAY, office_id=place)
    assert [(one.name, one.behalf_name) for one in found] == [("沈思远", ""), ("秦川", "沈思远")]
    seat = (Role.OFFICE_REVIEWER, None, place)
    shen, qin = world.people["shen"], world.people["qin"]
    assert seated([seat], TODAY) == {seat: [(shen, None), (qin, shen)]}
    assert seated([seat], NEXT_WEEK + timedelta(days=1)) == {seat: [(shen, None)]}
    people.deactivate(qin, by=world.person("xi"))
    assert seated([seat], TODAY) == {seat: [(shen, None)]}


def test_a_delegation_of_one_post_leaves_the_others_alone(world: World) -> None:
    appoint(world, "shen", Role.OFFICE_CHIEF, office="06")
    given(world, replace(WEEK, post_id=post_of(world, "shen").id))
    lent = [one for one in world.person("qin").posts if one.behalf_id]
    assert [(one.role, one.office_id) for one in lent] == [(Role.OFFICE_REVIEWER, world.offices["04"])]


def test_a_post_that_clashes_with_a_delegation_is_not_given(world: World) -> None:
    given(world)
    an = world.person("an")
    with transaction() as work:  # 秦川 holds nothing in finance himself any more
        work.get_one(Post, post_of(world, "qin").id).ends_on = TODAY - timedelta(days=1)
    with pytest.raises(Refused, match="“秦川”正受沈思远委托代办“教科文股股室初审”，与“单位审核”不能由一人担任"):
        people.grant_post("qin", PostDraft(Role.UNIT_AUDITOR, TODAY, NEXT_WEEK, "301001"), DIVISION, by=an)
    session().rollback()
    with pytest.raises(Refused, match="正受沈思远委托代办"):
        people.grant_post("qin", PostDraft(Role.TREASURY_REVIEWER, TODAY), DIVISION, by=an)
    session().rollback()
    people.grant_post("qin", PostDraft(Role.TREASURY_REVIEWER, NEXT_WEEK + timedelta(days=1)), DIVISION, by=an)


def test_a_new_post_that_a_delegate_could_not_act_at_is_not_given_to_the_giver(world: World) -> None:
    with transaction() as work:  # 沈思远 changes sides, with his general delegation still running
        work.get_one(Post, post_of(world, "shen").id).ends_on = TODAY
    given(world)
    an = world.person("an")
    with pytest.raises(Refused, match="“沈思远”已委托秦川代办，而秦川任“股室初审”，与“国库复审”不能由一人担任"):
        people.grant_post("shen", PostDraft(Role.TREASURY_REVIEWER, TODAY + timedelta(days=1)), DIVISION, by=an)


def test_a_person_with_all_posts_is_one_query(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    given(world)
    with count_queries() as queries:
        world.person("qin")
    assert [one for one in queries if one.startswith("SELECT")] == queries[-1:]


def test_the_end_of_a_delegation_is_watched(world: World) -> None:
    made = given(world)
    job = jobs.latest("watch_desks", NEXT_WEEK)
    assert job is not None
    assert job.run_after - clock.at(2026, 11, 28) < timedelta(minutes=1)
    revoke(made, 1, by=world.person("shen"))
    now = jobs.latest("watch_desks", TODAY - timedelta(days=1))
    assert now is not None
    assert now.run_after == clock.now()


@pytest.mark.parametrize(
    "change",
    ["taker_id = 1", "reason = 'x'", "ends_on = '2027-01-01'", "starts_on = '2026-11-21'", "role = 'director'"],
)
def test_of_a_delegation_only_the_end_changes(world: World, change: str) -> None:
    given(world)
    with pytest.raises(DatabaseError, match="only the end may change"), transaction() as work:
        work.execute(text(f"UPDATE delegation SET {change}, version = version + 1"))  # noqa: S608  our own words
    session().rollback()


def test_a_revoked_delegation_stays_revoked(world: World) -> None:
    revoke(given(world), 1, by=world.person("shen"))
    with pytest.raises(DatabaseError, match="only the end may change"), transaction() as work:
        work.get_one(Delegation, 1).revoked_at = None
    session().rollback()


def test_clerks_and_administrators_have_nothing_to_delegate(sign_in: SignIn, world: World) -> None:
    for username in ("lin", "an", "xi", "shi"):
        assert sign_in(username).get("/delegations/new").status_code == 403
        assert sign_in(username).get("/delegations").status_code == 200
