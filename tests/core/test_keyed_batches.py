"""Form keys beyond one plain form: batches, files, signing in; and the table of the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from accounts.people.models import Account
from accounts.people.rules import SYSTEM
from core import clock, jobs, keys
from core.db import db, session, transaction
from core.jobs import Progress
from core.keys import FormAnswer
from tests.approvals.stories import PNG, filed, plan, submitted
from tests.approvals.stories import review as reviewed_by
from tests.approvals.test_desk_pages import ticked
from tests.core.forms import answers, same, sending, texts
from tests.world import World
from vouchers.papers.models import Paper
from work import HANDLERS

SignIn = Callable[[str], FlaskClient]


# Batches and files


def test_a_batch_sent_again_does_nothing_twice_and_says_so(sign_in: SignIn, world: World) -> None:
    plans = [submitted(world, ("A1", 100)), submitted(world, ("A1", 200))]
    form = {**ticked(*plans, world=world, username="he"), "form_key": uuid4().hex}
    he = sign_in("he")
    assert "已同意 2 份" in he.post("/queue/agree", data=form).text
    again = he.post("/queue/agree", data=form).text
    assert again.count("在您上一次提交时已经同意，没有重复办理") == 2
    assert [plan(plan_id).step_no for plan_id in plans] == [2, 2]
    assert answers() == 2


def test_a_batch_that_stopped_half_way_goes_on_where_it_stopped(sign_in: SignIn, world: World) -> None:
    first, second = submitted(world, ("A1", 100)), submitted(world, ("A1", 200))
    form = {**ticked(first, second, world=world, username="he"), "form_key": uuid4().hex}
    he = sign_in("he")
    he.post("/queue/agree", data={**form, "task": form["task"][:1]})
    assert [plan(plan_id).step_no for plan_id in (first, second)] == [2, 1]
    he.post("/queue/agree", data=form)
    assert [plan(plan_id).step_no for plan_id in (first, second)] == [2, 2]


def test_a_piece_that_is_refused_undoes_only_itself(sign_in: SignIn, world: World) -> None:
    first, second = submitted(world, ("A1", 100)), submitted(world, ("A1", 200))
    form = {**ticked(first, second, world=world, username="he"), "form_key": uuid4().hex}
    reviewed_by(world, "he", plan_id=second)
    assert "已同意 1 份，1 份没有办理" in sign_in("he").post("/queue/agree", data=form).text
    assert [plan(plan_id).step_no for plan_id in (first, second)] == [2, 2]
    assert answers() == 1


def test_a_file_is_a_part_of_what_was_sent(sign_in: SignIn, world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    lin, key = sign_in("lin"), uuid4().hex

    def upload(content: bytes) -> Any:
        data = {"form_key": key, "kind": "11", "file": (BytesIO(content), "合同.png")}
        return lin.post(f"/plans/{plan_id}/papers", data=data)

    first, again = upload(PNG), upload(PNG)
    assert first.status_code < 400, first.text
    assert same(first, again)
    assert upload(PNG + b"\0").status_code == 422
    assert session().scalar(select(func.count()).where(Paper.name == "合同.png")) == 1


def test_signing_in_again_still_counts_wrong_passwords(lin: FlaskClient) -> None:
    """Sign-in is no unit of work: what it refuses, it also remembers."""
    lin.post("/sign-in", data={"username": "he", "password": "wrong", "form_key": uuid4().hex})
    assert session().scalar(select(Account.failures).where(Account.username == "he")) == 1


def test_a_file_out_of_the_ledger_comes_as_often_as_it_is_asked_for(sign_in: SignIn) -> None:
    shi, form = sign_in("shi"), {"year": "2026", "form_key": uuid4().hex}
    found = [shi.post("/ledger.xlsx", data=form) for _ in range(2)]
    assert {answer.mimetype for answer in found} == {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    }
    assert answers() == 0


# The table


def kept(now: datetime, *ages: float) -> None:
    """An answer of each of these ages, in days."""
    row = {"route": "/sample", "body_sha256": "0" * 64, "status": 302, "location": "/"}
    with transaction() as work:
        for number, days in enumerate(ages):
            told = {"person_id": 1, "form_key": f"{number:032x}", "at": now - timedelta(days=days)}
            work.execute(insert(FormAnswer).values(**row, **told))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("change", ["UPDATE form_answer SET status = 200", "DELETE FROM form_answer"])
@pytest.mark.parametrize("age", [0, 5])
def test_young_answers_stay_as_they_are(change: str, age: int) -> None:
    kept(datetime.now(UTC), age)  # the database looks at its own clock
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), db.engine.connect() as bare:
        bare.execute(text(change))


@pytest.mark.usefixtures("app")
def test_an_old_answer_is_not_changed_either() -> None:
    kept(datetime.now(UTC), 30)
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), db.engine.connect() as bare:
        bare.execute(text("UPDATE form_answer SET status = 200"))


@pytest.mark.usefixtures("app")
def test_the_daily_job_forgets_old_answers_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    now = datetime.now(UTC)
    with clock.stopped(now):
        kept(now, 30, 9, 8, 7.5, 7.1, 6.9, 1)
        jobs.daily(keys.FORGET, clock.today(), by=SYSTEM)
        assert jobs.run_one(HANDLERS)
        done = jobs.latest(keys.FORGET, clock.today())
    assert done
    assert done.answer == {"forgotten": 5}
    assert answers() == 2


def test_a_key_whose_answer_was_forgotten_is_served_anew(lin: FlaskClient) -> None:
    form = sending()
    now = datetime.now(UTC)
    kept(now, 30)
    key = f"{0:032x}"
    with clock.stopped(now):
        keys.forget_old({}, Progress(uuid4()))
    assert lin.post("/sample", data={**form, "form_key": key}).status_code == 302
    assert texts() == ["好"]


def test_a_key_costs_one_look_and_one_row(lin: FlaskClient, count_queries: Any) -> None:
    lin.post("/sample", data={"text": "好"})
    with count_queries() as plain:
        lin.post("/sample", data={"text": "好"})
    with count_queries() as keyed:
        lin.post("/sample", data=sending())
    assert len(keyed) == len(plain) + 2
    assert len([statement for statement in keyed if "form_answer" in statement]) == 2
