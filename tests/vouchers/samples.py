"""A draft of the school with two lines, sample files of every sort, and how the browser sends them."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable
from io import BytesIO
from uuid import UUID

from flask.testing import FlaskClient
from openpyxl import Workbook
from PIL import Image
from werkzeug.test import TestResponse

from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft
from core import jobs
from core.db import session
from core.money import Money
from tests.core.made_files import a_pdf as a_pdf
from tests.world import World
from vouchers.papers import store
from vouchers.papers.actions import add_paper
from vouchers.papers.matrix import cells_of
from vouchers.papers.models import Paper
from work import HANDLERS

JSON = {"Accept": "application/json"}
FRAGMENT = {"X-Fragment": "1"}
LIMIT = 50 * 1024 * 1024


def a_png(colour: str = "red", size: tuple[int, int] = (40, 60)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def a_photo_on_its_side() -> bytes:
    """A camera held upright writes the picture lying, with a note to turn it."""
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "blue").save(out, "JPEG", exif=exif)
    return out.getvalue()


def a_workbook(*, macros: bool = False) -> bytes:
    out = BytesIO()
    Workbook().save(out)
    if macros:
        with zipfile.ZipFile(out, "a") as box:
            box.writestr("xl/vbaProject.bin", b"macro")
    return out.getvalue()


def draft(world: World, clerk: str = "lin", *keys: str) -> tuple[UUID, list[int]]:
    """A plan of the clerk's unit with one line for each allotment (A2 办公费 and A3 办公设备购置), and its lines."""
    by = world.person(clerk)
    keys = keys or ("A2", "A3")
    plan_id = start_plan(next(iter(by.unit_ids())), 2026, 12, form_key=f"{clerk}{keys}", by=by)
    lines = tuple(LineDraft(None, world.allotments[key], Money.yuan(100), f"{key} 用款") for key in keys)
    save_plan(plan_id, PlanDraft(lines), 1, by=by)
    return plan_id, [line.id for line in plan(plan_id).lines]


def plan(plan_id: UUID) -> Plan:
    return session().get_one(Plan, plan_id, populate_existing=True)


def add(
    world: World, plan_id: UUID, lines: Collection[int], data: bytes = b"", name: str = "发票.pdf", kind: str = "11"
) -> UUID:
    """A paper put in by 林晓敏 without a browser."""
    return add_paper(plan_id, kind, name, BytesIO(data or a_pdf()), lines, limit=LIMIT, by=world.person("lin"))


def run_jobs() -> None:
    while jobs.run_one(HANDLERS):
        pass


def papers(plan_id: UUID) -> list[Paper]:
    session().expire_all()
    return store.of_plan(plan_id)


def proven(plan_id: UUID, paper_id: UUID) -> list[int]:
    """The lines that the paper proves."""
    return [line for line, ids in sorted(cells_of(plan_id).items()) if paper_id in ids]


def send(
    client: FlaskClient,
    plan_id: UUID,
    files: Iterable[tuple[bytes, str]],
    lines: Iterable[int] = (),
    kind: str = "11",
    headers: dict[str, str] | None = None,
) -> TestResponse:
    """Upload as the form does."""
    fields = {"kind": kind, "lines": [str(line) for line in lines], "file": [(BytesIO(data), n) for data, n in files]}
    return client.post(f"/plans/{plan_id}/papers", data=fields, headers=headers)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)
