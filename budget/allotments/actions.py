"""Taking over the allotments (指标) of a year from a file of the national platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from accounts.people.rules import Role
from accounts.people.store import holders
from accounts.units import store as units
from budget.allotments import store
from budget.allotments.freezing import desks_of
from budget.allotments.layout import ALLOTMENTS, AllotmentRow
from budget.allotments.models import Allotment
from budget.allotments.reading import PLAIN, AllotmentReading, amount_of, initials_of, read_allotments
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move
from budget.calendar.store import check_year_open
from core import clock, history, notices
from core.db import alone, transaction
from core.history import Actor
from core.imports import Upload, note
from core.money import ZERO
from core.sheets import read_table


def import_allotments(upload: Upload, division: str, year: int, *, by: Actor) -> AllotmentReading:
    """Add new allotments and update changed ones, all or none; each change of an amount is a posting.

    Raises `Refused` with every problem at once, among them cuts below what plans hold and have been granted.
    The same file again changes nothing; allotments that the file lacks stay.
    """
    table = read_table(upload.data, upload.filename, ALLOTMENTS)
    with transaction() as work:
        alone(f"allotments {division} {year}")
        check_year_open(division, year)
        reading = read_allotments(table, division, year, lock=True)
        if not reading.difference.is_empty:
            _write(work, reading, division, year)
            _post(reading, division, year, upload.filename, by)
            _tell(reading, by)
            totals = {"rows": len(reading.rows), "total": reading.total.plain, "year": year}
            note(upload, "allotments", f"导入{year}年指标", reading.difference, by=by, **totals)
    return reading


def _tell(reading: AllotmentReading, by: Actor) -> None:
    """Whoever made or reviews a plan on a frozen allotment hears of it: the line can be returned, not approved."""
    today, told = clock.today(), {line.plan_id: line for line in reading.frozen}
    people = {line.plan_id: set(line.maker_ids) for line in reading.frozen}
    for plan_id, role, unit_id, office_id in desks_of(told):
        people[plan_id] |= {one.id for one in holders(Role(role), today, unit_id=unit_id, office_id=office_id)}
    for plan_id, ids in people.items():
        places = "、".join(str(line.position) for line in reading.frozen if line.plan_id == plan_id)
        number = told[plan_id].plan_number
        notices.tell(ids, f"{number} 第 {places} 行的指标已冻结，只能退回或撤回，不能批复", f"/plans/{plan_id}")
        history.record("plan", plan_id, "frozen", f"第 {places} 行的指标被冻结，资金停止使用", by=by)


def _write(work: Session, reading: AllotmentReading, division: str, year: int) -> None:
    """New rows and changed rows, each sort in one statement."""
    now = clock.now()
    unit_ids = {code: unit.id for code, unit in units.units_by_code(division).items()}
    office_ids = {code: office.id for code, office in units.offices_by_code(division).items()}
    whose = {"division_code": division, "fiscal_year": year}
    rows = {row.bgt_id: row for row in reading.rows}
    new = [
        {**whose, "bgt_id": entry.key, **_values(rows[entry.key], unit_ids, office_ids, now)}
        for entry in reading.difference.new
    ]
    changed = [
        {"id": reading.known[entry.key].id, **_values(rows[entry.key], unit_ids, office_ids, now)}
        for entry in reading.difference.changed
    ]
    if new:
        work.execute(insert(Allotment), new)
    if changed:
        work.execute(update(Allotment), changed)


def _values(
    row: AllotmentRow, unit_ids: Mapping[str, int], office_ids: Mapping[str, int], now: datetime
) -> dict[str, Any]:
    """A row as the table keeps it; the balances are not among the values, the postings alone move them."""
    return {
        **{name: getattr(row, name) for name in PLAIN},
        "unit_id": unit_ids[row.agency_code],
        "office_id": office_ids[row.office_code],
        "doc_date": row.doc_date,
        "is_gov_pur": row.is_gov_pur,
        "executable": row.executable,
        "deleted": row.deleted,
        "initials": initials_of(f"{row.pro_name}{row.dep_eco_name}"),
        "extra": json.dumps(row.extra, ensure_ascii=False, sort_keys=True),
        "updated_at": now,
    }


def _post(reading: AllotmentReading, division: str, year: int, filename: str, by: Actor) -> None:
    """What is granted now, less what was granted before; a cut is a negative posting."""
    ids = store.ids_of_year(division, year)
    moves = []
    for row in reading.rows:
        stored = reading.known.get(row.bgt_id)
        amount = amount_of(row) - (stored.granted if stored else ZERO)
        if amount:
            moves.append(Move(ids[row.bgt_id], PostingKind.GRANT, amount, reason=f"导入“{filename}”"))
    store.post(moves, by=by)
