"""Where the lives of test_life.py get their houses, each furnished with a plan of every kind, and what they reached."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy.engine import make_url

from accounts.people.rules import Role
from app import create_app
from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from budget.windows.permitting import Wish, grant_permit
from budget.windows.rules import PermitKind
from core import clock
from core.db import db
from core.imports import Upload
from core.money import Money
from tests.approvals import stories
from tests.approvals.paths import appoint
from tests.budget.test_allotment_import import upload
from tests.conftest import Prepared, options
from tests.postgres import as_role, create_database
from tests.quick import quickened
from tests.world import DIVISION, MONTH, NOW, YEAR, World
from vouchers.papers.actions import add_paper

UNIT: Final = "201003"
REASON: Final = "年中有变"


# Office and project category of the allotments that are imported once more.
_AS_GRANTED: Final = {"A2": ("04", "21"), "A3": ("04", "31"), "A4": ("06", "31")}


@cache
def another_amount(key: str, yuan: int, frozen: bool) -> Upload:
    """An import that grants another amount, or freezes the allotment."""
    office, category = _AS_GRANTED[key]
    row = {"BGT_ID": key, "AMOUNT": f"{yuan}.00", "MANAGE_MOF_DEP_CODE": office, "PRO_CAT_CODE": category}
    return upload(row | ({"IS_DELETED": "1"} if frozen else {}))


@dataclass
class Tally:
    """What all runs together have reached."""

    runs: int = 0
    approved: int = 0
    again: int = 0
    refused: int = 0
    predicted: int = 0
    steps: int = 0
    moves: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)


@dataclass
class Stage:
    """Copies of the furnished house; one application serves all that have the same address (SQLite)."""

    engine: str
    prepared: Prepared
    folder: Path
    tally: Tally = field(default_factory=Tally)
    apps: dict[str, Flask] = field(default_factory=dict)
    plans: dict[str, UUID] = field(default_factory=dict)
    furnished: str = ""

    def furnish(self) -> Stage:
        """Write a plan of each kind, once; every life begins with a copy of that."""
        self.furnished = self.prepared.copy(self.folder)
        with self.app(self.furnished).app_context(), clock.stopped(NOW):
            self.plans = furniture(self.prepared.world)
            db.session.remove()
            db.engine.dispose()
        if self.engine == "sqlite":
            (self.folder / "test.db").rename(self.folder / "furnished.db")
        return self

    def fresh(self) -> str:
        """The URL of a new copy of the furnished house."""
        if self.engine == "sqlite":
            for left in self.folder.glob("test.db*"):
                left.unlink()
            shutil.copy(self.folder / "furnished.db", self.folder / "test.db")
            return self.furnished
        source = make_url(self.furnished)
        admin = source.set(username="postgres", database="postgres").render_as_string(hide_password=False)
        return as_role(create_database(admin, f"life_{uuid4().hex}", source.database), str(source.username))

    def app(self, url: str) -> Flask:
        """An application over the database; the one before goes."""
        if url not in self.apps:
            self.apps = {url: quickened(create_app(options(self.folder, url)))}
        return self.apps[url]


def furniture(world: World) -> dict[str, UUID]:
    """Drafts of every kind, and an approved plan from which others can take."""
    appoint(world, "qin", Role.OFFICE_CHIEF, office="04")  # what finance enters for a unit goes to the chief
    for username in ("jiao", "zheng"):  # so that several can sit at one desk
        appoint(world, username, Role.TREASURY_REVIEWER)
    source = stories.submitted(world, ("A2", 700), ("A3", 500))
    stories.reviewed(world, source, "he", "shen", "fang", "luo")
    return {
        "source": source,
        "plain": stories.filed(world, ("A2", 40), ("A3", 50)),
        "wide": stories.filed(world, ("A2", 30), ("A4", 60)),  # two offices look at it side by side
        "entered": drafted(world, PlanKind.ENTERED, (("A2", 20, MONTH),), by="shen"),
        "supplement": _supplement(world),
        "reduction": taking(world, PlanKind.REDUCTION, source, 30),
        "adjustment": _adjustment(world, source),
    }


def drafted(world: World, kind: PlanKind, lines: tuple[tuple[str, int, int], ...], by: str = "lin") -> UUID:
    """A draft with lines (allotment, yuan, month), each proven; it is of the month of the first line."""
    person = world.person(by)
    plan_id = start_plan(world.units[UNIT], YEAR, lines[0][2], kind, REASON, form_key=uuid4().hex, by=person)
    drafts = tuple(
        LineDraft(None, world.allotments[key], Money.yuan(yuan), "用款", month=month) for key, yuan, month in lines
    )
    save_plan(plan_id, PlanDraft(drafts, reason=REASON), 1, by=person)
    ids = [line.id for line in stories.plan(plan_id).lines]
    add_paper(plan_id, "11", "发票.png", BytesIO(stories.PNG + plan_id.bytes), ids, limit=10**6, by=person)
    return plan_id


def _supplement(world: World) -> UUID:
    """Wages of two months, by permit."""
    until = clock.at(2026, 11, 27, 17, 0)
    grant_permit(DIVISION, Wish(UNIT, YEAR, 11, PermitKind.SUPPLEMENT, "专款", until), by=world.person("fang"))
    return drafted(world, PlanKind.SUPPLEMENT, (("A1", 70, 11), ("A1", 80, 12)))


def taking(world: World, kind: PlanKind, source: UUID, *yuan: int) -> UUID:
    """A draft that takes so much from the lines of the source, in their order."""
    by = world.person("lin")
    plan_id = start_plan(world.units[UNIT], YEAR, MONTH, kind, REASON, form_key=uuid4().hex, by=by)
    lines = stories.plan(source).lines
    takings = [Taking(line.id, Money.yuan(amount)) for line, amount in zip(lines, yuan, strict=False) if amount]
    save_minus(plan_id, takings, REASON, 1, by=by)
    return plan_id


def _adjustment(world: World, source: UUID) -> UUID:
    """One line is paid for by what is taken from its own allotment, the other asks another allotment."""
    plan_id, by = taking(world, PlanKind.ADJUSTMENT, source, 80), world.person("lin")
    lines = tuple(
        LineDraft(None, world.allotments[key], Money.yuan(yuan), "改作他用") for key, yuan in (("A2", 50), ("A3", 30))
    )
    save_plan(plan_id, PlanDraft(lines, reason=REASON), stories.plan(plan_id).version, by=by)
    ids = [line.id for line in stories.plan(plan_id).lines if line.source_line_id is None]
    add_paper(plan_id, "11", "发票.png", BytesIO(stories.PNG + plan_id.bytes), ids, limit=10**6, by=by)
    return plan_id
