"""A busy database: the whole action is done again, at most three times; then a sentence, never an error page."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, flash, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import event, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core import clock
from core.commands import run_import
from core.db import db, session, transaction, unit_of_work
from core.errors import Busy, Refused
from core.notices import Notice
from core.waiting import be_patient, retried
from tests.core.forms import add_view, answers, in_parallel, sending, tell, telling, texts

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def hurried(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A database that gives up a lock after a twentieth of a second, and no queue inside the process."""

    def hurry(handle: Any, _: object) -> None:
        if isinstance(handle, sqlite3.Connection):
            handle.execute("PRAGMA busy_timeout = 50")
        else:
            handle.execute("SET lock_timeout = '50ms'")
            handle.commit()

    monkeypatch.setattr("core.db._writer", threading.RLock())
    event.listen(db.engine, "connect", hurry)
    session().rollback()
    db.engine.dispose()
    return app


@contextmanager
def locked() -> Iterator[None]:
    """Another program writes to the same table and does not come to an end."""
    if db.engine.dialect.name == "sqlite":
        other = sqlite3.connect(str(db.engine.url.database), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
    else:
        with db.engine.connect() as connection:
            connection.execute(text("LOCK TABLE notice IN EXCLUSIVE MODE"))
            yield
            connection.invalidate()  # its pool may have been given up meanwhile


@contextmanager
def locked_for(app: Flask, seconds: float) -> Iterator[None]:
    """The same for a while."""
    begun = threading.Event()

    def hold() -> None:
        with app.app_context(), locked():
            begun.set()
            time.sleep(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(10)
    yield
    thread.join(10)


@retried
def tell_one(said: str) -> str:
    with transaction() as work:
        work.add(Notice(person_id=1, text=said, link="/", created_at=clock.now()))
    return said


# The action


@pytest.mark.usefixtures("app")
def test_a_retried_action_works_and_gives_its_answer() -> None:
    assert tell_one("好") == "好"
    assert texts() == ["好"]
    assert tell_one.__name__ == "tell_one"


def test_a_lock_that_passes_is_outlived(hurried: Flask) -> None:
    with locked_for(hurried, 0.12):
        tell_one("好")
    assert texts() == ["好"]


@pytest.mark.usefixtures("hurried")
def test_a_lock_that_stays_becomes_a_refusal_in_words() -> None:
    with locked(), pytest.raises(Busy, match=r"系统正忙.*请稍后再试") as busy:
        tell_one("好")
    assert isinstance(busy.value, Refused)
    assert isinstance(busy.value.__cause__, DBAPIError)
    assert texts() == []


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("failure", "times"), [(ValueError, 1), (Refused, 1)])
def test_what_is_no_matter_of_waiting_is_not_done_again(failure: type[Exception], times: int) -> None:
    tried: list[int] = []

    @retried
    def failing() -> None:
        tried.append(1)
        raise failure("no")

    with pytest.raises(failure):
        failing()
    assert len(tried) == times


@pytest.mark.usefixtures("app")
def test_a_broken_rule_of_the_database_is_not_done_again() -> None:
    tried: list[int] = []

    @retried
    def breaking() -> None:
        tried.append(1)
        with transaction() as work:
            work.execute(text("INSERT INTO notice (person_id) VALUES (1)"))

    with pytest.raises(IntegrityError):
        breaking()
    assert len(tried) == 1


@pytest.mark.usefixtures("hurried")
def test_inside_a_unit_of_work_the_unit_is_what_is_done_again() -> None:
    with locked(), pytest.raises(DBAPIError), unit_of_work():
        tell_one("好")
    assert texts() == []


# The request


def test_a_request_outlives_a_lock_that_passes_and_says_so_once(hurried: Flask, sign_in: SignIn) -> None:
    def saying() -> ResponseReturnValue:
        flash("已办理。", "ok")
        tell("好")
        return redirect("/notices")

    add_view(hurried, saying)
    client = sign_in("lin")
    with locked_for(hurried, 0.12):
        assert client.post("/sample", data=sending()).status_code == 302
    assert (texts(), answers()) == (["好"], 1)
    assert client.get("/notices").text.count("已办理。") == 1


@pytest.mark.parametrize("form", [sending(), {"text": "好"}])
def test_a_request_that_finds_no_way_in_gets_a_sentence(hurried: Flask, sign_in: SignIn, form: dict[str, str]) -> None:
    add_view(hurried, telling)
    client = sign_in("lin")
    with locked():
        answer = client.post("/sample", data=form)
    assert answer.status_code == 503
    assert "系统正忙" in answer.text
    assert "请稍后再试" in answer.text
    assert (texts(), answers()) == ([], 0)
    assert client.post("/sample", data=form).status_code == 302, "the same form goes through afterwards"
    assert texts() == ["好"]


def test_a_script_is_told_so_as_json(hurried: Flask, sign_in: SignIn) -> None:
    add_view(hurried, telling)
    client = sign_in("lin")
    with locked():
        answer = client.post("/sample", data=sending(), headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert "系统正忙" in answer.get_json()["error"]


@pytest.mark.only_on("postgresql")
def test_two_requests_that_lock_each_other_out_both_come_through(app: Flask, sign_in: SignIn) -> None:
    """A real deadlock: each holds one row and asks for the other's. PostgreSQL ends one, and that one is done again."""
    with transaction() as work:
        work.add_all([Notice(person_id=1, text=name, link="/", created_at=clock.now()) for name in "甲乙"])
    met, tried = threading.Barrier(2), list[str]()

    def crossing() -> ResponseReturnValue:
        order = request.form["text"]
        tried.append(order)
        with transaction() as work:
            for place, name in enumerate(order):
                work.execute(update(Notice).where(Notice.text == name).values(link=f"/{order}"))
                if place == 0 and tried.count(order) == 1:
                    met.wait(10)
        return redirect("/notices")

    add_view(app, crossing)
    orders = iter(("甲乙", "乙甲"))
    found = in_parallel(app, sign_in("lin"), 2, lambda client: client.post("/sample", data=sending(next(orders))))
    assert [answer.status_code for answer in found] == [302, 302]
    assert len(tried) == 3
    assert answers() == 2


def test_an_uploaded_file_is_read_again_from_its_beginning(hurried: Flask, sign_in: SignIn) -> None:
    def keeping() -> ResponseReturnValue:
        said = request.files["file"].stream.read().decode()
        tell(said)
        return {}

    add_view(hurried, keeping)
    client = sign_in("lin")
    with locked_for(hurried, 0.12):
        assert client.post("/sample", data=sending(file=(BytesIO("好".encode()), "a.txt"))).status_code == 200
    assert texts() == ["好"]


# Limits


@pytest.mark.only_on("postgresql")
def test_every_connection_of_the_pages_has_its_limits(app: Flask) -> None:
    assert limits() == {
        "lock_timeout": "3s", "statement_timeout": "15s", "idle_in_transaction_session_timeout": "30s",
    }  # fmt: skip


@pytest.mark.only_on("postgresql")
def test_the_worker_and_the_commands_may_take_longer_but_wait_no_longer_for_locks(app: Flask) -> None:
    session().rollback()
    be_patient()
    assert limits() == {
        "lock_timeout": "3s", "statement_timeout": "5min", "idle_in_transaction_session_timeout": "5min",
    }  # fmt: skip


def limits() -> dict[str, str]:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with db.engine.connect() as connection:
        return {name: str(connection.execute(text(f"SHOW {name}")).scalar()) for name in names}


@pytest.mark.only_on("postgresql")
def test_a_statement_that_takes_too_long_is_not_tried_again(app: Flask) -> None:
    tried: list[int] = []

    @retried
    def sleeping() -> None:
        tried.append(1)
        with transaction() as work:
            work.execute(text("SET LOCAL statement_timeout = '50ms'"))
            work.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(Busy):
        sleeping()
    assert len(tried) == 1


def test_a_command_that_finds_no_way_in_says_so(hurried: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    def telling_all() -> None:
        with transaction() as work:
            work.add(Notice(person_id=1, text="好", link="/", created_at=clock.now()))

    with locked(), pytest.raises(SystemExit):
        run_import(lambda: "一条", telling_all, dry_run=False)
    assert "系统正忙" in capsys.readouterr().err
