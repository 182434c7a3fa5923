"""What the tests of the entry pages share: drafts, the page as a browser without scripts sees it, counted queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any, Final
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import event

from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft
from core.db import db, session
from core.money import Money
from tests.world import World

SignIn = Callable[[str], FlaskClient]
PAPER: Final = "张财预〔2026〕1号 公用经费 30201 办公费"
DEVICES: Final = "张财教〔2026〕8号 教学设备 31002 办公设备购置"
KEYS: Final = ("A1", "A2", "A3", "A4")


def drafted(world: World, *lines: tuple[str, int], clerk: str = "lin", unit: str = "201003", month: int = 12) -> UUID:
    """A draft of (allotment, yuan)."""
    by = world.person(clerk)
    plan_id = start_plan(world.units[unit], 2026, month, form_key=uuid4().hex, by=by)
    drafts = [LineDraft(None, world.allotments[key], Money.yuan(yuan), f"{key} 用款") for key, yuan in lines]
    save_plan(plan_id, PlanDraft(tuple(drafts)), 1, by=by)
    return plan_id


def plan(plan_id: UUID) -> Plan:
    return session().get_one(Plan, plan_id, populate_existing=True)


def lines(plan_id: UUID) -> list[tuple[str, str, str]]:
    """What is stored: allotment, amount, purpose."""
    return [
        (line.allotment.label if line.allotment else "", str(line.applied or ""), line.purpose)
        for line in plan(plan_id).lines
    ]


def fields(page: str) -> dict[str, list[str]]:
    """Every named input of the page's form with its value, the row that is only a template left out."""
    shown = page.split("<template")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*\bname=[^>]*>", shown):
        name = re.search(r'\bname="([^"]*)"', tag)
        value = re.search(r'\bvalue="([^"]*)"', tag)
        assert name
        found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    return found


def opened(client: FlaskClient, plan_id: UUID) -> dict[str, list[str]]:
    """The entry page as a browser without scripts has it."""
    answer = client.get(f"/plans/{plan_id}/edit")
    assert answer.status_code == 200
    return fields(answer.text)


def post(client: FlaskClient, path: str, form: dict[str, Any], **headers: str) -> Any:
    """Each time under a key of its own, as the page's script does after a change."""
    return client.post(path, data=form | {"form_key": [uuid4().hex]}, headers=headers)


@contextmanager
def queries() -> Iterator[list[str]]:
    """Every statement sent to the database meanwhile."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)
