"""年终注销: what is unpaid at the end of a year is taken back unit by unit, and only then the year is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid4

import pytest

from approvals.proof.comparing import differences as replayed
from approvals.reconciliation.store import differences, gathered
from approvals.reviews import actions as reviews
from budget.allotments.models import Allotment
from budget.payments.models import Payment, PaymentMatch
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from budget.reductions import lapsing, rules, store
from budget.years.actions import close_year
from budget.years.store import obstacles
from core import clock, history
from core.db import session, transaction
from core.errors import Missing, Refused
from core.money import Money
from tests.approvals.stories import plan, reviewed, submitted
from tests.approvals.test_reductions import SHORT, approved, hand_in, reducing
from tests.budget.declaring import SignIn, fields, post
from tests.world import DIVISION, World

LAST_DAY = clock.at(2026, 12, 31, 15, 0)


@pytest.fixture(autouse=True)
def last_day(world: World) -> Iterator[None]:
    with clock.stopped(LAST_DAY):
        yield


@pytest.fixture
def school(world: World) -> Plan:
    """300 and 400 yuan, of which 60 are paid."""
    with clock.stopped(clock.at(2026, 11, 20, 10)):
        found = approved(world, ("A2", 300), ("A3", 400))
        pay(world, found.lines[0].id, 60)
    return found


def pay(world: World, line_id: int, yuan: int) -> None:
    with transaction() as work:
        payment = Payment(
            division_code=DIVISION, fiscal_year=2026, pay_cert_id="P1", void=False, pay_cert_no="P1", bgt_id="A2",
            unit_id=world.units["201003"], paid_on=date(2026, 11, 20), amount=Money.yuan(yuan), purpose="", payee="",
            payee_account="", payee_bank="", payer="", payer_account="", payer_bank="", extra="{}",
            imported_at=clock.now(), imported_by=None,
        )  # fmt: skip
        work.add(payment)
        work.flush()
        match = PaymentMatch(payment_id=payment.id, plan_line_id=line_id, amount=Money.yuan(yuan), at=clock.now())
        work.add(match)


def bureau(world: World) -> Plan:
    """Another unit with 50 yuan unpaid."""
    with clock.stopped(clock.at(2026, 11, 20, 10)):
        plan_id = submitted(world, ("B1", 50), clerk="zhou", unit="301001")
        reviewed(world, plan_id, "zheng", "qin", "fang", "luo")
    return plan(plan_id)


def lapse(world: World, unit: str = "201003", by: str = "shen") -> UUID:
    found = lapsing.lapse_unit(world.units[unit], 2026, by=world.person(by))
    assert found is not None
    return found


def test_the_year_end_takes_back_what_is_unpaid_works(world: World, sign_in: SignIn, school: Plan) -> None:
    bureau(world)
    office = sign_in("shen")
    page = office.get("/year-end").text
    assert '<td>201003 区实验小学</td><td class="num">640.00</td>' in page
    assert '<dd class="big">690.00</dd>' in page
    answer = post(office, "/year-end/2026", {})
    assert answer.location == "/year-end?year=2026"
    page = office.get(answer.location).text
    assert "已为 2 个单位生成年终注销草稿" in page
    drafts = [one for one, _, _ in store.drafts_of_finance(DIVISION, 2026)]
    assert [(one.unit.code, one.number, one.entered) for one in drafts] == [
        ("201003", "TJ-202612-0001", True), ("301001", "TJ-202612-0002", True),
    ]  # fmt: skip
    assert [(line.applied, line.purpose) for line in drafts[0].lines] == [
        (-Money.yuan(240), "A2 用款"), (-Money.yuan(400), "A3 用款"),
    ]  # fmt: skip
    assert history.of("plan", drafts[0].id)[0].summary == "年终注销：2 行，640.00 元"
    result = post(office, "/plans/hand-in", fields(page)).text
    assert "已送审 2 份" in result
    for one in drafts:
        reviewed(world, one.id, *SHORT)
    assert "都已付完或已收回" in office.get("/year-end").text
    assert obstacles(DIVISION, 2026) == []
    assert list(differences(DIVISION, gathered(DIVISION))) == []
    assert replayed() == []
    close_year(DIVISION, 2026, 0, by=world.person("luo"))


def test_a_year_with_an_unpaid_rest_is_not_closed(world: World, school: Plan) -> None:
    said = f"已批复、没有付完的计划 1 份（{school.number}），共 640.00 元：请导入支付凭证；不再支付的请先办理年终注销"
    with pytest.raises(Refused, match="先办理年终注销") as refusal:
        close_year(DIVISION, 2026, 0, by=world.person("luo"))
    assert refusal.value.sentences[1].startswith(said)


def test_doing_it_again_makes_nothing(world: World, sign_in: SignIn, school: Plan) -> None:
    plan_id = lapse(world)
    for by in ("shen", "fang"):
        assert lapsing.lapse_unit(world.units["201003"], 2026, by=world.person(by)) is None
    assert "已在调减" in sign_in("fang").get("/year-end").text
    reviews.submit(plan_id, 1, by=world.person("shen"))
    assert lapsing.lapse_unit(world.units["201003"], 2026, by=world.person("shen")) is None
    post(sign_in("shen"), "/year-end/2026", {})
    assert session().query(Plan).filter(Plan.entered).count() == 1


def test_what_the_unit_is_taking_back_itself_is_left_out(world: World, school: Plan) -> None:
    own = reducing(world, school, 0, 150)
    drafted = reducing(world, school, 0, 30)
    hand_in(world, own)
    amounts = [line.applied for line in plan(lapse(world)).lines]
    assert amounts == [-Money.yuan(240), -Money.yuan(250)], "the unit's own draft may be overtaken"
    lapsed = store.drafts_of_finance(DIVISION, 2026)[0][0]
    reviews.submit(lapsed.id, lapsed.version, by=world.person("shen"))
    with pytest.raises(Refused, match=r"最多可调减 0\.00 元"):
        hand_in(world, drafted)


def test_before_december_and_for_whoever_enters_nothing_it_is_refused(
    world: World, sign_in: SignIn, school: Plan
) -> None:
    unit = world.units["201003"]
    for username in ("lin", "luo"):
        with pytest.raises(Missing):
            lapsing.lapse_unit(unit, 2026, by=world.person(username))
        assert sign_in(username).get("/year-end").status_code == 403
        assert post(sign_in(username), "/year-end/2026", {}).status_code == 403
    rules.check_lapse_day(2026, date(2026, 12, 1))
    with clock.stopped(clock.at(2026, 11, 30, 23)):
        with pytest.raises(Refused, match="从 12 月 1 日起办理"):
            lapsing.lapse_unit(unit, 2026, by=world.person("shen"))
        answer = post(sign_in("shen"), "/year-end/2026", {})
        assert (answer.status_code, "从 12 月 1 日起办理" in answer.text) == (422, True)
    assert store.drafts_of_finance(DIVISION, 2026) == []
    assert post(sign_in("shen"), "/year-end/99999", {}).status_code == 404


def test_whoever_drafts_it_does_not_review_it(world: World, sign_in: SignIn, school: Plan) -> None:
    plan_id = lapse(world, by="fang")
    form = {"plan": [str(plan_id)], f"version-{plan_id}": ["1"]}
    page = post(sign_in("fang"), "/plans/hand-in", form).text
    assert "1 份没有送审" in page
    assert "环节“国库复审”目前没有可以办理的人员" in page
    assert plan(plan_id).state is PlanState.DRAFT


def test_a_closed_unit_and_a_frozen_allotment_give_their_money_back(world: World, school: Plan) -> None:
    with transaction() as work:
        school.unit.enabled = False
        work.get_one(Allotment, world.allotments["A3"]).executable = False
    plan_id = lapse(world)
    reviews.submit(plan_id, 1, by=world.person("shen"))
    reviewed(world, plan_id, *SHORT)
    assert plan(plan_id).state is PlanState.APPROVED
    assert obstacles(DIVISION, 2026) == []


def test_handing_in_tells_of_each_plan_and_refuses_what_is_not_ones_own(
    world: World, sign_in: SignIn, school: Plan
) -> None:
    plan_id, office = lapse(world), sign_in("shen")
    answer = post(office, "/plans/hand-in", {})
    assert (answer.status_code, "请先勾选要送审的计划" in answer.text) == (422, True)
    many = post(office, "/plans/hand-in", {"plan": [str(uuid4()) for _ in range(101)]})
    assert (many.status_code, "一次最多送审 100 份" in many.text) == (422, True)
    form = {"plan": [str(plan_id)], f"version-{plan_id}": ["1"], "form_key": [uuid4().hex]}
    assert sign_in("lin").post("/plans/hand-in", data=form).status_code == 404
    stale = post(office, "/plans/hand-in", form | {f"version-{plan_id}": ["7"]})
    assert "1 份没有送审" in stale.text
    assert "已送审 1 份" in office.post("/plans/hand-in", data=form).text
    again = office.post("/plans/hand-in", data=form).text
    assert "在您上一次提交时已经送审" in again
