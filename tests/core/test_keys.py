"""Form keys: a form that is sent twice, by one hand or by sixteen, has one effect and gets one answer."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, event, text

from core.db import db, session, transaction
from core.errors import Refused
from core.keys import DONE
from core.notices import mark_read
from tests.approvals.stories import filed, plan
from tests.core.forms import add_view, answers, in_parallel, same, sending, tell, telling, texts
from tests.world import World

SignIn = Callable[[str], FlaskClient]


# Sent once, sent twice


def test_a_form_with_a_key_works(lin: FlaskClient) -> None:
    answer = lin.post("/sample", data=sending())
    assert answer.status_code == 302
    assert texts() == ["好"]
    assert answers() == 1


def test_the_same_form_sent_twice_has_one_effect_and_one_answer(lin: FlaskClient) -> None:
    form = sending()
    first, second = lin.post("/sample", data=form), lin.post("/sample", data=form)
    assert same(first, second)
    assert texts() == ["好"]
    assert DONE in lin.get("/notices").text


def test_a_form_without_a_key_is_served_as_before(lin: FlaskClient) -> None:
    for _ in range(2):
        assert lin.post("/sample", data={"text": "好"}).status_code == 302
    assert texts() == ["好", "好"]
    assert answers() == 0


def test_another_key_is_another_intention(lin: FlaskClient) -> None:
    for _ in range(2):
        lin.post("/sample", data=sending())
    assert texts() == ["好", "好"]


@pytest.mark.parametrize("change", [{"text": "另一句"}, {"more": "1"}])
def test_the_same_key_with_another_body_is_refused_in_words(lin: FlaskClient, change: dict[str, str]) -> None:
    form = sending()
    lin.post("/sample", data=form)
    answer = lin.post("/sample", data={**form, **change})
    assert answer.status_code == 422
    assert "刚才已经提交过别的内容" in answer.text
    assert "重新打开" in answer.text
    assert texts() == ["好"]


def test_the_same_key_at_another_address_is_refused(app: Flask, lin: FlaskClient) -> None:
    add_view(app, telling, "elsewhere")
    form = sending()
    lin.post("/sample", data=form)
    assert lin.post("/elsewhere", data=form).status_code == 422
    assert lin.post("/sample?page=2", data=form).status_code == 422
    assert texts() == ["好"]


def test_the_csrf_token_is_no_part_of_what_was_sent(lin: FlaskClient) -> None:
    form = sending()
    answer = lin.post("/sample", data=form)
    assert same(answer, lin.post("/sample", data={**form, "csrf_token": "renewed"}))


def test_the_same_key_of_another_person_is_his_own(lin: FlaskClient, sign_in: SignIn) -> None:
    form = sending()
    lin.post("/sample", data=form)
    assert sign_in("he").post("/sample", data=form).status_code == 302
    assert texts() == ["好", "好"]
    assert answers() == 2


@pytest.mark.parametrize("key", ["short", "x" * 32, "0" * 64, "0" * 31 + "A"])
def test_a_key_that_no_page_made_is_refused(lin: FlaskClient, key: str) -> None:
    answer = lin.post("/sample", data=sending(form_key=key))
    assert answer.status_code == 422
    assert "请刷新页面" in answer.text
    assert texts() == []


def test_a_visitor_with_a_key_is_sent_to_sign_in_and_leaves_nothing(app: Flask) -> None:
    add_view(app, telling)
    assert "/sign-in" in app.test_client().post("/sample", data=sending()).location
    assert answers() == 0


def test_an_answer_that_was_a_page_is_replaced_by_a_sentence(app: Flask, sign_in: SignIn, world: World) -> None:
    """The first password is shown once; sending again makes no second one."""
    admin, form = sign_in("xi"), {"form_key": uuid4().hex}
    address = f"/people/{world.people['lin']}/reset-password"
    assert "<code>" in admin.post(address, data=form).text
    again = admin.post(address, data=form)
    assert again.status_code == 200
    assert DONE in again.text
    assert "<code>" not in again.text


def test_a_script_gets_the_sentence_as_json(app: Flask, sign_in: SignIn) -> None:
    def saving() -> ResponseReturnValue:
        tell("好")
        return {"version": 2}

    add_view(app, saving)
    client, form = sign_in("lin"), sending()
    said = [client.post("/sample", data=form, headers={"Accept": "application/json"}).json for _ in range(2)]
    assert said == [{"version": 2}, {"error": DONE}]
    assert texts() == ["好"]


# What is not kept


def test_a_refusal_is_not_kept_and_the_corrected_form_goes_through_under_its_key(lin: FlaskClient) -> None:
    form = sending("坏")
    assert lin.post("/sample", data=form).status_code == 422
    assert texts() == [], "what the view had written before the refusal is undone with it"
    assert answers() == 0
    assert lin.post("/sample", data={**form, "text": "好"}).status_code == 302
    assert texts() == ["好"]


def test_a_crash_before_the_commit_leaves_no_effect_and_no_answer(app: Flask, lin: FlaskClient) -> None:
    def crash(*_: object) -> None:
        raise OSError("the power went")

    form = sending()
    event.listen(db.engine, "commit", crash)
    try:
        assert lin.post("/sample", data=form).status_code == 500
    finally:
        event.remove(db.engine, "commit", crash)
    assert (texts(), answers()) == ([], 0)
    assert lin.post("/sample", data=form).status_code == 302
    assert texts() == ["好"]


def test_a_connection_that_is_cut_after_the_commit_gets_the_stored_answer(lin: FlaskClient) -> None:
    """The commit went through, its confirmation did not: what was stored decides, at once and at every repetition."""

    def cut(connection: Connection) -> None:
        handle = connection.connection.dbapi_connection
        assert handle is not None
        handle.commit()
        raise OSError("the connection is gone")

    form = sending()
    event.listen(db.engine, "commit", cut, once=True)
    first, second = lin.post("/sample", data=form), lin.post("/sample", data=form)
    assert first.status_code == 302
    assert same(first, second)
    assert (texts(), answers()) == (["好"], 1)


def test_a_view_that_writes_nothing_keeps_nothing(app: Flask, sign_in: SignIn) -> None:
    add_view(app, lambda: {"text": request.form["text"]})
    client, form = sign_in("lin"), sending()
    assert [client.post("/sample", data=form).status_code for _ in range(2)] == [200, 200]
    assert answers() == 0


# One unit of work


def test_what_was_done_before_a_caught_refusal_is_kept(app: Flask, sign_in: SignIn) -> None:
    def saving() -> ResponseReturnValue:
        tell("一")
        try:
            with transaction():
                session().execute(text("UPDATE notice SET text = '二'"))
                raise Refused("没有上月计划。")
        except Refused:
            tell("三")
        return {"ok": True}

    add_view(app, saving)
    client, form = sign_in("lin"), sending()
    assert [client.post("/sample", data=form).status_code for _ in range(2)] == [200, 200]
    assert texts() == ["一", "三"]


def test_a_later_failure_undoes_the_transactions_before_it(app: Flask, sign_in: SignIn) -> None:
    def failing() -> ResponseReturnValue:
        tell("一")
        tell("二")
        raise ValueError("a mistake of ours")

    add_view(app, failing)
    assert sign_in("lin").post("/sample", data=sending()).status_code == 500
    assert (texts(), answers()) == ([], 0)


def test_a_write_outside_a_transaction_still_raises(app: Flask, sign_in: SignIn) -> None:
    def loose() -> ResponseReturnValue:
        tell("一")
        mark_read(1)
        return {}

    add_view(app, loose)
    assert sign_in("lin").post("/sample", data=sending()).status_code == 500
    assert texts() == []


# Many hands


def test_sixteen_hands_with_one_key_have_one_effect_and_hear_one_answer(app: Flask, lin: FlaskClient) -> None:
    form = sending()
    found = in_parallel(app, lin, 16, lambda client: client.post("/sample", data=form))
    assert {(answer.status_code, answer.location) for answer in found} == {(302, "/notices#%E5%A5%BD")}
    assert (texts(), answers()) == (["好"], 1)


def test_sixteen_hands_submit_a_plan_once(app: Flask, sign_in: SignIn, world: World) -> None:
    """The others are refused by the plan's own rules first, and still hear the answer of the one that was served."""
    plan_id = filed(world, ("A1", 100))
    form = {"version": plan(plan_id).version, "form_key": uuid4().hex}
    found = in_parallel(app, sign_in("lin"), 16, lambda client: client.post(f"/plans/{plan_id}/submit", data=form))
    assert {(answer.status_code, answer.location) for answer in found} == {(302, f"/plans/{plan_id}")}
    assert plan(plan_id).revision == 1
    assert answers() == 1
