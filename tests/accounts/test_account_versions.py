"""Two administrators at the same person or post: the second is shown the difference, and the database insists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from accounts.people import actions, store
from core import clock
from core.db import session, transaction
from core.errors import Conflict
from tests.approvals.stories import together
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def test_a_person_saved_meanwhile_shows_both_sides_and_is_saved_once_more(sign_in: SignIn, world: World) -> None:
    admin, address = sign_in("xi"), f"/people/{world.people['lin']}/edit"
    assert 'name="seen" type="hidden" value="1"' in admin.get(address).text
    assert admin.post(address, data={"name": "林晓敏", "phone": "0719-1", "seen": 1}).status_code == 302
    answer = admin.post(address, data={"name": "林晓闽", "phone": "0719-2", "seen": 1})
    assert answer.status_code == 409
    assert "“林晓敏”的资料刚刚被席系统（11-20 10:00）保存过" in answer.text
    assert "联系电话：已保存“0719-1”，您填写“0719-2”。" in answer.text
    assert "姓名：已保存“林晓敏”，您填写“林晓闽”。" in answer.text
    assert 'value="林晓闽"' in answer.text
    assert 'name="seen" type="hidden" value="2"' in answer.text
    assert store.get_account(world.people["lin"]).phone == "0719-1"
    assert admin.post(address, data={"name": "林晓闽", "phone": "0719-2", "seen": 2}).status_code == 302
    assert store.get_account(world.people["lin"]).name == "林晓闽"


def test_signing_in_is_no_edit(app: Flask, sign_in: SignIn, world: World) -> None:
    app.test_client().post("/sign-in", data={"username": "lin", "password": "wrong"})
    sign_in("lin")
    session().expire_all()
    assert store.get_account(world.people["lin"]).version == 1
    answer = sign_in("xi").post(f"/people/{world.people['lin']}/edit", data={"name": "林", "phone": "", "seen": 1})
    assert answer.status_code == 302


def test_a_post_ended_meanwhile_is_shown(sign_in: SignIn, world: World) -> None:
    post_id, security = store.get_account(world.people["lin"]).posts[0].id, sign_in("an")
    assert security.post(f"/posts/{post_id}/end", data={"last_day": "2026-12-31", "seen": 1}).status_code == 302
    answer = security.post(f"/posts/{post_id}/end", data={"last_day": "2026-11-20", "seen": 1})
    assert answer.status_code == 409
    assert "这个岗位刚刚被安保（11-20 10:00）保存过" in answer.text
    assert "最后任职日：已保存“2026-12-31”，您填写“2026-11-20”。" in answer.text
    assert security.post(f"/posts/{post_id}/end", data={"last_day": "2026-11-20", "seen": 2}).status_code == 302


def test_two_administrators_in_the_same_moment_one_is_told(app: Flask, world: World) -> None:
    person_id, by = world.people["lin"], world.person("xi")
    outcomes = together(
        app,
        lambda: actions.edit_person(person_id, "甲", "", 1, by=by),
        lambda: actions.edit_person(person_id, "乙", "", 1, by=by),
    )
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    account = store.get_account(person_id)
    assert (account.version, account.name in ("甲", "乙")) == (2, True)


UNCOUNTED = (
    "UPDATE person SET name = 'x'",
    "UPDATE person SET active = FALSE, version = version + 2",
    "UPDATE person SET version = 0",
    "UPDATE post SET ends_on = '2026-12-31'",
    "UPDATE unit SET name = 'x'",
    "UPDATE voucher_requirement SET text = 'x', version = version",
)


@pytest.mark.parametrize("statement", UNCOUNTED)
def test_the_database_refuses_an_edit_that_does_not_count(world: World, statement: str) -> None:
    with pytest.raises(DatabaseError, match="must count its version on by one"), transaction() as work:
        work.execute(text(statement))


@pytest.mark.usefixtures("world")
def test_the_database_takes_one_that_does() -> None:
    with transaction() as work:
        work.execute(text("UPDATE person SET name = 'x', version = version + 1"))
        work.execute(text("UPDATE person SET failures = 1"))
        work.execute(text("UPDATE unit SET name = 'x', version = version + 1"))


def test_every_change_of_a_versioned_row_counts_by_itself(world: World) -> None:
    with transaction():
        account = store.locked(world.people["lin"])
        account.active = False
    assert store.get_account(world.people["lin"]).version == 2
    with transaction():
        store.locked(world.people["lin"]).locked_until = clock.now()
    assert store.get_account(world.people["lin"]).version == 2
