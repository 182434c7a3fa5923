"""年结: what stands in the way, what a closed year refuses (sentences and triggers), and opening it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from accounts.people.rules import Person
from approvals.reviews import actions as reviews
from approvals.reviews.aside import cancel, void_own
from budget.allotments.models import Posting
from budget.allotments.rules import PostingKind
from budget.calendar.models import FiscalYear
from budget.calendar.rules import YearState
from budget.calendar.store import check_year_open, find_fiscal_year, year_state
from budget.payments.models import Payment, PaymentMatch
from budget.plans.actions import start_plan
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from budget.windows import permitting
from budget.years import rules, store
from budget.years.actions import close_year, reopen_year
from core import clock, history
from core.db import db, session, transaction
from core.errors import Conflict, Refused
from core.money import Money
from tests.approvals.stories import filed, reviewed, submitted
from tests.budget.test_windows_permits import WISH, plan_of
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]


def test_closing_a_settled_year_works(sign_in: SignIn, world: World) -> None:
    treasury = sign_in("luo")
    assert "检验通过" in treasury.get("/years").text
    answer = treasury.post("/years/2026/close", data={"seen": 0})
    assert (answer.status_code, answer.location) == (302, "/years?year=2026")
    row = find_fiscal_year(DIVISION, 2026)
    assert row is not None
    assert (row.state, row.closed_by, row.version) == (YearState.CLOSED, world.people["luo"], 1)
    assert history.of("fiscal_year", 2026)[0].summary == "2026年年结"
    assert "罗局于" in treasury.get("/years?year=2026").text


def test_what_is_in_the_way_is_listed_and_nothing_is_closed(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A2", 100))
    page = sign_in("luo").get("/years").text
    assert f"审核中的计划 1 份（{plan_of(plan_id).number}）：请批复、退回或由单位撤回。" in page
    assert "disabled" in page
    answer = sign_in("luo").post("/years/2026/close", data={"seen": 0})
    assert answer.status_code == 422
    assert "2026 年还不能年结" in answer.text
    assert year_state(DIVISION, 2026) is YearState.OPEN


def test_unpaid_money_is_in_the_way_until_it_is_taken_back(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    assert plan_of(plan_id).state is PlanState.APPROVED
    number = plan_of(plan_id).number
    [told] = store.obstacles(DIVISION, 2026)
    assert told.startswith(
        f"已批复、没有付完的计划 1 份（{number}），共 100.00 元：请导入支付凭证；不再支付的请先办理年终注销"
    )
    cancel(plan_id, "批复有误", by=world.person("luo"))
    assert store.obstacles(DIVISION, 2026) == []
    assert store.obstacles(DIVISION, 2025) == []


def test_paid_money_is_not_in_the_way(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    line = plan_of(plan_id).lines[0]
    _pay(world, line.id, 60)
    [told] = store.obstacles(DIVISION, 2026)
    assert "共 40.00 元" in told, "what is left of a partly paid plan is taken back first"
    _pay(world, line.id, 40)
    assert store.obstacles(DIVISION, 2026) == []


def _pay(world: World, line_id: int, yuan: int) -> None:
    with transaction() as work:
        payment = Payment(
            division_code=DIVISION, fiscal_year=2026, pay_cert_id=f"P{yuan}", void=False, pay_cert_no=f"P{yuan}",
            bgt_id="A1", unit_id=world.units["201003"], paid_on=date(2026, 11, 20), amount=Money.yuan(yuan),
            purpose="", payee="", payee_account="", payee_bank="", payer="", payer_account="", payer_bank="",
            extra="{}", imported_at=clock.now(), imported_by=None,
        )  # fmt: skip
        work.add(payment)
        work.flush()
        match = PaymentMatch(payment_id=payment.id, plan_line_id=line_id, amount=Money.yuan(yuan), at=clock.now())
        work.add(match)


def test_many_plans_are_counted_and_some_are_named() -> None:
    one = rules.Unsettled("审核中的计划", "请批复", 7, ["A", "B", "C", "D", "E"])
    assert str(one) == "审核中的计划 7 份（A、B、C、D、E 等）：请批复。"
    rules.check_settled(2026, [])
    for reason, said in ((" ", "请写明反年结的原因"), ("长" * 301, "不能超过 300 个字")):
        with pytest.raises(Refused, match=said):
            rules.check_reason(reason)


# A closed year


@pytest.fixture
def closed(world: World) -> World:
    """2026 is closed, with a draft left in it."""
    filed(world, ("A2", 100))
    close_year(DIVISION, 2026, 0, by=world.person("luo"))
    return world


def test_a_closed_year_refuses_in_sentences(closed: World) -> None:
    with pytest.raises(Refused, match="2026 年已经年结"):
        check_year_open(DIVISION, 2026)
    check_year_open(DIVISION, 2027)
    by = closed.person("lin")
    with pytest.raises(Refused, match="2026 年已经年结"):
        start_plan(closed.units["201003"], 2026, 12, form_key="closed", by=by)
    start_plan(closed.units["201003"], 2027, 1, form_key="open", by=by)
    draft = session().query(Plan).filter_by(fiscal_year=2026).one()
    with pytest.raises(Refused, match="2026 年已经年结"):
        reviews.submit(draft.id, draft.version, by=by)
    with pytest.raises(Refused, match="2026 年已经年结"):
        permitting.grant_permit(DIVISION, WISH, by=closed.person("fang"))


def test_a_withdrawn_plan_of_a_closed_year_is_not_voided(world: World) -> None:
    plan_id = submitted(world, ("A2", 100))
    lin = world.person("lin")
    reviews.withdraw(plan_id, by=lin)
    close_year(DIVISION, 2026, 0, by=world.person("luo"))
    with pytest.raises(Refused, match="2026 年已经年结"):
        void_own(plan_id, "不再需要", by=lin)
    assert plan_of(plan_id).state is PlanState.DRAFT


def test_a_closed_year_takes_no_posting_and_no_plan_by_raw_sql(closed: World) -> None:
    lin, unit = closed.people["lin"], closed.units["201003"]
    with pytest.raises(IntegrityError, match="the fiscal year is closed"), transaction() as work:
        work.add(Plan(division_code=DIVISION, fiscal_year=2026, month=12, unit_id=unit, number="X", author_id=lin,
                      created_at=clock.now(), updated_at=clock.now()))  # fmt: skip
    with pytest.raises(IntegrityError, match="the fiscal year is closed"), transaction() as work:
        work.add(Posting(allotment_id=closed.allotments["A1"], kind=PostingKind.GRANT, amount=Money(1), at=clock.now()))


@pytest.mark.parametrize("table", ["decision", "ledger_entry", "posting", "plan"])
def test_every_table_of_a_year_has_its_guard(app: Flask, table: str) -> None:
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger",
    }
    with db.engine.connect() as connection:
        found = connection.execute(text(names[db.engine.dialect.name])).scalars().all()
    assert f"{table}_of_open_year" in found


def test_a_closed_year_is_not_deleted_or_opened_without_a_reason(closed: World) -> None:
    with pytest.raises(DatabaseError), transaction() as work:
        work.execute(delete(FiscalYear))
    with pytest.raises(DatabaseError), transaction() as work:
        work.execute(update(FiscalYear).values(state=YearState.OPEN, closed_at=None))


# Opening it again


def test_opening_a_year_again_works_with_a_reason(sign_in: SignIn, closed: World) -> None:
    treasury = sign_in("luo")
    answer = treasury.post("/years/2026/reopen", data={"seen": 1, "reason": " "})
    assert answer.status_code == 422
    assert "请写明反年结的原因" in answer.text
    answer = treasury.post("/years/2026/reopen", data={"seen": 1, "reason": "补登工资"})
    assert answer.status_code == 302
    check_year_open(DIVISION, 2026)
    assert history.of("fiscal_year", 2026)[1].summary == "2026年反年结：补登工资"
    start_plan(closed.units["201003"], 2026, 12, form_key="again", by=closed.person("lin"))
    with pytest.raises(Conflict):
        close_year(DIVISION, 2026, 1, by=closed.person("luo"))
    assert "上次反年结的原因：补登工资" in treasury.post("/years/2026/close", data={"seen": 1}).text
    close_year(DIVISION, 2026, 2, by=closed.person("luo"))


def test_closing_and_opening_twice_is_refused(closed: World) -> None:
    by = closed.person("luo")
    with pytest.raises(Refused, match=r"已由\S+（11-20 10:00）年结，不用再次年结"):
        close_year(DIVISION, 2026, 1, by=by)
    with pytest.raises(Refused, match="没有年结，不用反年结"):
        reopen_year(DIVISION, 2025, "试一试", 0, by=by)
    with pytest.raises(Conflict):
        reopen_year(DIVISION, 2026, "补登工资", 9, by=by)


def test_only_the_approver_of_the_treasury_closes_years(sign_in: SignIn) -> None:
    for username in ("lin", "he", "shen", "fang", "xi", "shi"):
        client = sign_in(username)
        assert client.get("/years").status_code == 403
        assert client.post("/years/2026/close", data={"seen": 0}).status_code == 403
        assert client.post("/years/2026/reopen", data={"seen": 0, "reason": "x"}).status_code == 403
    assert year_state(DIVISION, 2026) is YearState.OPEN


@pytest.mark.parametrize("address", ["/years/1999/close", "/years/2101/reopen"])
def test_a_year_out_of_use_is_missing(sign_in: SignIn, address: str) -> None:
    assert sign_in("luo").post(address, data={"seen": 0, "reason": "x"}).status_code == 404


@pytest.mark.only_on("postgresql")
def test_a_closing_waits_for_what_is_being_written(app: Flask, world: World) -> None:
    """A posting that is under way is finished first; then the year closes, and the next posting is refused."""
    ready, go = threading.Event(), threading.Event()

    def write() -> None:
        with app.app_context(), transaction() as work:
            grant = Posting(
                allotment_id=world.allotments["A1"], kind=PostingKind.GRANT, amount=Money(1), at=clock.now()
            )
            work.add(grant)
            work.flush()
            ready.set()
            go.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert ready.wait(10)
    closing = threading.Thread(target=_close, args=(app, world.person("luo")))
    closing.start()
    closing.join(0.5)
    assert closing.is_alive()
    go.set()
    writer.join(10)
    closing.join(10)
    session().rollback()
    assert year_state(DIVISION, 2026) is YearState.CLOSED


def _close(app: Flask, by: Person) -> None:
    with app.app_context():
        close_year(DIVISION, 2026, 0, by=by)
