"""允许重复使用: the clerk's reason and the bureau's consent, each kept for good; and papers that look alike."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from accounts.people.models import Account
from budget.plans.rules import PlanState
from core import history, jobs
from core.db import session, transaction
from core.errors import Missing, Overtaken, Refused
from core.notices import newest
from tests.approvals.stories import plan, submitted
from tests.vouchers.corpus import pdfs, sellers
from tests.vouchers.corpus.telephones import photographed
from tests.vouchers.samples import draft, run_jobs, text
from tests.vouchers.test_twice import SCHOOL, USED, WATER, describe, hand_in, paper, told, used
from tests.world import World
from vouchers.papers.actions import add_paper
from vouchers.papers.consenting import ask_reuse, decide_reuse, requests_for
from vouchers.papers.models import PaperMark, PaperMatch, ReuseConsent, ReuseRequest
from vouchers.papers.rules import MARK_PAPER
from vouchers.papers.store import of_plan

SignIn = Callable[[str], FlaskClient]
WHY = "一张发票由两个单位分摊"


@pytest.fixture
def repeated(world: World) -> tuple[UUID, UUID]:
    """A draft of the water bureau with the school's invoice: the plan and the paper."""
    _, first = used(world, SCHOOL)
    plan_id, second = used(world, WATER)
    describe(world, "lin", first)
    describe(world, "zhou", second)
    return plan_id, second


def asked(world: World, paper_id: UUID) -> int:
    return ask_reuse(paper_id, WHY, by=world.person("zhou"))


def test_with_the_bureaus_consent_it_is_used_works(world: World, sign_in: SignIn, repeated: tuple[UUID, UUID]) -> None:
    plan_id, paper_id = repeated
    request_id = asked(world, paper_id)
    (notice,) = newest(world.people["qin"])
    assert notice.link == f"/reuses/{request_id}"
    shown = text(sign_in("qin").get(notice.link))
    for side in ("区水利局", "区实验小学", WHY, "26332000000012345678"):
        assert side in shown
    answer = sign_in("qin").post(notice.link, data={"granted": "yes", "reason": "已核对分摊表"})
    assert answer.status_code == 302
    hand_in(world, "zhou", plan_id)
    assert plan(plan_id).state is PlanState.IN_REVIEW
    beside = text(sign_in("zheng").get(f"/papers/{paper_id}"))
    assert "财政已同意重复使用：已核对分摊表" in beside
    said = [event.summary for event in history.of("paper", paper_id)]
    assert [WHY in one for one in said[-2:]] == [True, False]
    assert "同意重复使用" in newest(world.people["zhou"])[0].text


def test_the_clerk_asks_on_the_page(sign_in: SignIn, repeated: tuple[UUID, UUID]) -> None:
    plan_id, paper_id = repeated
    client = sign_in("zhou")
    assert "申请允许重复使用" in text(client.get(f"/plans/{plan_id}/papers"))
    empty = client.post(f"/papers/{paper_id}/reuse", data={"plan": str(plan_id), "reason": " "})
    assert "请写明重复使用的理由" in text(empty)
    client.post(f"/papers/{paper_id}/reuse", data={"plan": str(plan_id), "reason": WHY})
    assert "等候财政同意" in text(client.get(f"/plans/{plan_id}/papers"))
    assert WHY in text(sign_in("qin").get("/reuses"))


def test_without_an_answer_or_after_a_no_it_stays_refused(world: World, repeated: tuple[UUID, UUID]) -> None:
    plan_id, paper_id = repeated
    request_id = asked(world, paper_id)
    with pytest.raises(Refused, match=USED):
        hand_in(world, "zhou", plan_id)
    with pytest.raises(Refused, match="等候财政办理"):
        asked(world, paper_id)
    decide_reuse(request_id, granted=False, reason="没有分摊表", by=world.person("qin"))
    with pytest.raises(Refused, match=USED):
        hand_in(world, "zhou", plan_id)
    again = asked(world, paper_id)  # with better papers
    decide_reuse(again, granted=True, reason="已补", by=world.person("fang"))
    with pytest.raises(Refused, match="可以直接使用"):
        asked(world, paper_id)


def test_what_repeats_nothing_needs_no_consent(world: World) -> None:
    _, paper_id = used(world, WATER)
    with pytest.raises(Refused, match="没有与其他凭证重复"):
        asked(world, paper_id)


def test_another_units_paper_is_not_his_to_ask_for(world: World, repeated: tuple[UUID, UUID]) -> None:
    with pytest.raises(Missing):
        ask_reuse(repeated[1], WHY, by=world.person("lin"))


@pytest.mark.parametrize("who", ["shen", "zheng", "he", "jiao"])
def test_only_the_bureau_in_charge_decides(
    world: World, sign_in: SignIn, repeated: tuple[UUID, UUID], who: str
) -> None:
    """The other office, the unit's own auditor, another unit's, a department."""
    request_id = asked(world, repeated[1])
    with pytest.raises(Missing):
        decide_reuse(request_id, granted=True, reason="好", by=world.person(who))
    assert sign_in(who).get(f"/reuses/{request_id}").status_code == 404
    assert requests_for(world.person(who)) == []


def test_an_answer_is_given_once(world: World, repeated: tuple[UUID, UUID]) -> None:
    request_id = asked(world, repeated[1])
    decide_reuse(request_id, granted=True, reason="好", by=world.person("qin"))
    with pytest.raises(Overtaken, match="已由秦川办理"):
        decide_reuse(request_id, granted=False, reason="不", by=world.person("fang"))


def test_nobody_consents_to_his_own(world: World, repeated: tuple[UUID, UUID]) -> None:
    """A second account of the clerk's counts as the clerk."""
    request_id = asked(world, repeated[1])
    with transaction() as work:
        for username in ("zhou", "qin"):
            account = work.scalars(select(Account).where(Account.username == username)).one()
            account.name, account.phone = "周建国", "13900000000"
    with pytest.raises(Refused, match="不相容岗位分离"):
        decide_reuse(request_id, granted=True, reason="好", by=world.person("qin"))
    with pytest.raises(DBAPIError, match="nobody consents to what he asked for"), transaction() as work:
        row = {"request_id": request_id, "granted": True, "reason": "好", "person_id": world.people["zhou"]}
        work.add(ReuseConsent(**row, at=work.get_one(ReuseRequest, request_id).asked_at))
    session().rollback()


def test_what_was_asked_and_answered_stays(world: World, repeated: tuple[UUID, UUID]) -> None:
    request_id = asked(world, repeated[1])
    decide_reuse(request_id, granted=False, reason="不", by=world.person("qin"))
    for change in (
        "UPDATE reuse_consent SET granted = NOT granted",
        "DELETE FROM reuse_consent",
        "UPDATE reuse_request SET reason = ''",
        "DELETE FROM reuse_request",
    ):
        with pytest.raises(DBAPIError), transaction() as work:
            work.execute(sql(change))
        session().rollback()


def test_a_submitted_paper_keeps_what_it_repeats(world: World, repeated: tuple[UUID, UUID]) -> None:
    plan_id, paper_id = repeated
    decide_reuse(asked(world, paper_id), granted=True, reason="好", by=world.person("qin"))
    hand_in(world, "zhou", plan_id)
    with pytest.raises(DBAPIError, match="keeps what it repeats"), transaction() as work:
        work.execute(sql("UPDATE paper SET repeats_id = NULL, number_key = '1' WHERE repeats_id IS NOT NULL"))
    session().rollback()


def test_papers_that_have_nothing_in_common_are_not_shown_beside(
    world: World, sign_in: SignIn, repeated: tuple[UUID, UUID]
) -> None:
    other = paper(submitted_paper(world))
    client, earlier = sign_in("fang"), paper(repeated[1]).repeats_id
    assert client.get(f"/papers/{repeated[1]}/beside/{earlier}").status_code == 200
    assert client.get(f"/papers/{repeated[1]}/beside/{other.id}").status_code == 404
    assert sign_in("zheng").get(f"/papers/{repeated[1]}/beside/{earlier}").status_code == 404


def submitted_paper(world: World) -> UUID:
    return of_plan(submitted(world, ("A2", 10)))[0].id


def test_an_invoice_photographed_again_is_a_warning(world: World, sign_in: SignIn) -> None:
    """The other of the same seller, whose number and date alone differ, is none."""
    invoices = sellers.invoices(4, 1, digital=True)
    pdf, other = (pdfs.invoice_pdf(invoices[number]) for number in (0, 3))
    photo = photographed(next(sellers.drawn(pdf)), 1)
    first_plan, lines = draft(world)
    for data, name in ((pdf, "一.pdf"), (other, "二.pdf")):
        first = add_paper(first_plan, "11", name, BytesIO(data), lines, limit=10**7, by=world.person("lin"))
        run_jobs()
        assert told(world, "lin", first) == []
    plan_id, second = used(world, WATER)
    line = [line.id for line in plan(plan_id).lines]
    again = add_paper(plan_id, "11", "照片.jpg", BytesIO(photo), line, limit=10**7, by=world.person("zhou"))
    run_jobs()
    (sentence,) = told(world, "zhou", again)
    assert "其他单位 2026-11-20 登记的一份凭证画面相同，请核对是否重复使用" in sentence
    assert "“一.pdf”" in told(world, "fang", again)[0]
    assert len(session().scalars(select(PaperMark)).all()) == 3  # nothing to see on the dot of the other paper
    (match,) = session().scalars(select(PaperMatch)).all()
    images = text(sign_in("fang").get(f"/papers/{again}/beside/{match.other_id}"))
    assert f"/papers/{again}/beside/{match.other_id}/1" in images
    picture = sign_in("fang").get(f"/papers/{again}/beside/{match.other_id}/1")
    assert picture.mimetype == "image/webp"
    assert sign_in("fang").get(f"/papers/{again}/beside/{match.other_id}/9").status_code == 404
    with transaction():
        jobs.enqueue(MARK_PAPER, again, {"paper_id": again}, by=world.person("zhou"))
    run_jobs()  # once more changes nothing
    assert len(session().scalars(select(PaperMatch)).all()) == 1
    assert second != again
