"""The demonstration: on any date, for any division, once; and its people can do their work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from accounts.people.models import Account
from accounts.people.rules import SYSTEM, Role
from accounts.units.actions import import_offices, import_units
from accounts.units.layout import DEFAULT_OFFICES, UNITS
from accounts.units.models import Unit
from app import create_app
from approvals.chains.actions import DEFAULTS
from approvals.chains.models import Chain
from approvals.reviews.queue import open_count
from budget.allotments.models import Allotment
from budget.ledger.models import LedgerEntry
from budget.plans.models import Plan
from core import clock
from core.db import db, session
from core.imports import Upload
from core.money import Money
from demo import load
from demo.cast import CAST, DEMO_PASSWORD, member
from demo.load import load_demo, sample
from demo.papers import sample_paper
from tests.conftest import Browser, options
from tests.world import DIVISION, NOW
from vouchers.papers.models import Paper

SAMPLE = Path(__file__).parents[2] / "demo" / "UNITS_420303000_2026.xlsx"
NEW_YEARS_EVE = clock.at(2026, 12, 31, 23, 30)


@contextmanager
def house(folder: Path) -> Iterator[Flask]:
    """An application over an empty database."""
    app = create_app(options(folder, f"sqlite:///{folder / 'test.db'}"))
    app.test_client_class = Browser
    with app.app_context(), clock.stopped(NOW):
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    with house(tmp_path) as app:
        yield app


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demonstration as it is shown, for tests that change nothing."""
    with house(tmp_path_factory.mktemp("demo")) as app:
        assert load_demo(DIVISION, clock.today()) is True
        yield app


def count(model: Any) -> int:
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_the_demonstration_fills_an_empty_house_works(loaded: Flask) -> None:
    assert (count(Unit), count(Allotment), count(Account)) == (163, 2722, len(CAST))
    states = session().execute(select(Plan.state, Plan.step_no, Plan.month).order_by(Plan.number)).all()
    assert [(state.value, step, month) for state, step, month in states] == [
        ("in_review", 1, 12),
        ("in_review", 2, 12),
        ("approved", 7, 12),
    ]
    assert (count(LedgerEntry), session().scalar(select(func.sum(LedgerEntry.approved)))) == (3, Money(12_198_539))


def test_the_second_time_does_nothing(loaded: Flask) -> None:
    assert load_demo(DIVISION, clock.today()) is False
    assert (count(Plan), count(Chain)) == (3, len(DEFAULTS))


def test_desks_have_work_and_everybody_can_sign_in(loaded: Flask) -> None:
    assert [open_count(member(name, clock.today())) for name in ("auditor1", "office06", "treasury1")] == [1, 1, 0]
    for one in CAST:
        answer = loaded.test_client().post("/sign-in", data={"username": one.username, "password": DEMO_PASSWORD})
        assert answer.status_code == 302


def test_every_paper_says_that_it_is_a_sample(loaded: Flask) -> None:
    names = list(session().scalars(select(Paper.name)))
    assert names
    assert all("样张" in name for name in names)
    assert sample_paper("发票", [], Money(1)).startswith(b"\x89PNG")
    assert sample_paper("发票", [], Money(1), pdf=True).startswith(b"%PDF")


def test_every_desk_of_the_default_chain_is_manned() -> None:
    roles = {one.role for one in CAST}
    assert {step.role for chain in DEFAULTS for step in chain.draft.steps} <= roles
    offices = {one.office for one in CAST if one.role is Role.OFFICE_REVIEWER}
    assert offices == {one.office for one in CAST if one.role is Role.OFFICE_CHIEF}


def test_a_house_in_use_is_left_alone(empty: Flask) -> None:
    import_offices(Upload(DEFAULT_OFFICES.read_bytes(), "offices.csv"), DIVISION, by=SYSTEM)
    import_units(sample(SAMPLE, UNITS, DIVISION, 2026), DIVISION, by=SYSTEM)
    assert load_demo(DIVISION, clock.today()) is False
    assert count(Account) == 0


def test_a_loading_that_was_broken_off_is_taken_up_again(
    empty: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(load, "add_cast", stop)
        load_demo(DIVISION, clock.today())
    assert load_demo(DIVISION, clock.today()) is True
    assert (count(Account), count(Chain), count(Plan)) == (len(CAST), len(DEFAULTS), 3)


def test_on_new_years_eve_another_division_gets_january(empty: Flask) -> None:
    with clock.stopped(NEW_YEARS_EVE):
        assert load_demo("420302000", date(2026, 12, 31)) is True
    years = set(session().scalars(select(Allotment.fiscal_year)))
    assert (years, session().scalars(select(Plan.month)).first()) == ({2027}, 1)


def test_the_command_names_the_accounts_works(empty: Flask) -> None:
    done = empty.test_cli_runner().invoke(args=["demo", "load"])
    assert (done.exit_code, DEMO_PASSWORD in done.output, "clerk1" in done.output) == (0, True, True)
    again = empty.test_cli_runner().invoke(args=["demo", "load"])
    assert "没有载入演示数据" in again.output
