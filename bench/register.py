"""The register of papers: a hundred thousand of them beside the same list with a hundred."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from bench.district import fresh
from bench.figures import Figure, compare
from bench.filing import signed_in
from core import clock
from core.db import session, transaction
from core.money import Money
from tests.approvals.stories import PNG
from tests.world import World
from vouchers.papers.models import Paper
from vouchers.papers.registering import NewPaper, register_paper

FEW: Final = 100
MANY: Final = 100_000
_COPIED: Final = ("division_code", "blob_digest", "file_kind", "size", "page_count", "created_by")


def figures(app: Flask, world: World) -> Iterator[Figure]:
    """First page, a page far behind, one that is searched for, one with something left; for a unit and the bureau."""
    pattern = _pattern(world)
    _fill(pattern, world.units["201003"], FEW)
    deep = _fill(pattern, world.units["301001"], MANY)
    few, many, bureau = (signed_in(app, name) for name in ("lin", "zhou", "fang"))
    floor = f"the same list, {FEW} papers"
    for name, client, path in (
        (f"register, {MANY} papers of a unit", many, "/register"),
        ("the same, a page far behind", many, f"/register?after={deep}"),
        ("the same, with something left", many, "/register?left=1"),
        ("the same, a number that one paper has", many, "/register?q=00000000000000000777"),
        ("the same, all units", bureau, "/register"),
    ):
        yield compare(name, partial(_get, client, path), floor, partial(_get, few, "/register"))


def _get(client: FlaskClient, path: str, _round: int) -> None:
    fresh()
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _pattern(world: World) -> dict[str, Any]:
    """What all papers have in common, of one that was registered as papers are."""
    new = NewPaper("11", "发票.png", BytesIO(PNG))
    paper_id = register_paper(world.units["201003"], new, limit=10**6, by=world.person("lin"))
    paper = session().get_one(Paper, paper_id)
    return {name: getattr(paper, name) for name in _COPIED}


def _fill(pattern: dict[str, Any], unit_id: int, count: int) -> UUID:
    """So many papers of a unit, one a second, straight into the scratch database; gives one in the middle."""
    ids, begun = [uuid4() for _ in range(count)], clock.now()
    rows = (
        pattern | {
            "id": one, "unit_id": unit_id, "kind_code": "11", "name": f"发票{place}.png", "number": f"{place:020d}",
            "counterparty": "文华办公用品店", "paper_date": begun.date(), "face_amount": Money(place + 1), "version": 1,
            "created_at": begun - timedelta(seconds=place),
        }
        for place, one in enumerate(ids)
    )  # fmt: skip
    with transaction() as work:
        work.execute(insert(Paper), list(rows))
    return ids[count // 2]
