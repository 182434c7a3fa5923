"""A district to measure on: the tests' cast on a file of its own, with 200 more allotments for the school."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from flask import Flask
from flask_migrate import upgrade

from accounts.people.rules import SYSTEM
from app import create_app
from budget.allotments.models import Allotment
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move, post
from budget.plans.rules import LineDraft, PlanDraft
from core import clock
from core.db import db, session, transaction
from core.money import Money
from core.settings import Settings
from tests import world as cast
from tests.world import NOW, PASSWORD, World

LINES: Final = 200


@contextmanager
def district() -> Iterator[tuple[Flask, World]]:
    """A prepared application with its clock stopped inside the filing window."""
    with TemporaryDirectory(prefix="bench-") as folder:
        app = create_app(_options(Path(folder)))
        with app.app_context(), clock.stopped(NOW):
            upgrade()
            world = cast.build()
            more_allotments(world)
            yield app, world
            db.session.remove()
            db.engine.dispose()


def _options(folder: Path) -> Settings:
    """Production settings but for cheap passwords and no CSRF tokens to fetch."""
    return Settings(
        data=folder,
        database_url=f"sqlite:///{folder / 'bench.db'}",
        secret_key=PASSWORD,
        argon2_memory_kib=64,
        extra={"WTF_CSRF_ENABLED": False},
    )


def more_allotments(world: World) -> None:
    """Copies of the wages allotment under other keys, each with money for every round."""
    pattern = cast.allotment(world, "A1")
    kept = {column.key for column in Allotment.__table__.columns} - {"id", "granted", "held", "posted"}
    with transaction() as work:
        copies = [
            Allotment(
                **{**{name: getattr(pattern, name) for name in kept}, "bgt_id": f"L{place}", "doc_no": f"{place}号"}
            )
            for place in range(LINES)
        ]
        work.add_all(copies)
        work.flush()
        post([Move(copy.id, PostingKind.GRANT, Money.yuan(10**9)) for copy in copies], by=SYSTEM)
        world.allotments.update({copy.bgt_id: copy.id for copy in copies})


def draft(world: World, count: int, round_no: int) -> PlanDraft:
    """A draft of so many lines, different in every round."""
    return PlanDraft(
        tuple(
            LineDraft(None, world.allotments[f"L{place}"], Money(100 * (round_no + 1) + place), f"第{place}项工资支出")
            for place in range(count)
        )
    )


def fresh() -> None:
    """Forget what the session holds, as a new request would."""
    session().expunge_all()
    db.session.remove()
