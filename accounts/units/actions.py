"""Taking over the lists of offices and units, editing one. Nothing is ever deleted: plans and history point here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session

from accounts.units import store
from accounts.units.layout import OFFICES, UNITS, OfficeRow, UnitRow
from accounts.units.models import Office, Unit
from accounts.units.reading import read_offices, read_units
from accounts.units.rules import UnitKind, check_free, check_reopen, title_of
from core import history
from core.db import transaction
from core.differences import Difference
from core.history import Actor
from core.imports import Upload, note
from core.sheets import read_table
from core.versions import check_seen
from core.waiting import retried

_KINDS: Final = {kind.label: kind for kind in UnitKind}


def import_offices(upload: Upload, division: str, *, by: Actor) -> Difference:
    """Add new offices and update changed ones, all or none. Raises `Refused`; the same file again changes nothing."""
    table = read_table(upload.data, upload.filename, OFFICES)
    with transaction() as work:
        store.hold_tree()
        reading = read_offices(table, division)
        known = store.offices_by_code(division)
        for row in reading.rows:
            _write_office(work, known.get(row.code), row, division)
        if not reading.difference.is_empty:
            note(upload, "office", "导入财政内部机构", reading.difference, by=by)
    return reading.difference


def _write_office(work: Session, office: Office | None, row: OfficeRow, division: str) -> None:
    if office is None:
        work.add(Office(division_code=division, code=row.code, name=row.name, kind=row.kind))
    else:
        office.name, office.kind = row.name, row.kind


def import_units(upload: Upload, division: str, *, by: Actor) -> Difference:
    """Add new units and update changed ones, all or none. Raises `Refused`; the same file again changes nothing."""
    table = read_table(upload.data, upload.filename, UNITS)
    with transaction() as work:
        store.hold_tree()
        reading = read_units(table, division, lock=True)
        _write_units(work, reading.rows, division, by)
        if not reading.difference.is_empty:
            note(upload, "unit", "导入预算单位", reading.difference, by=by)
    return reading.difference


def _write_units(work: Session, rows: Iterable[UnitRow], division: str, by: Actor) -> None:
    """Level by level, so that parents have their ids before their children need them."""
    known, offices = store.units_by_code(division), store.offices_by_code(division)
    for _, level in groupby(sorted(rows, key=lambda row: (row.level, row.code)), key=lambda row: row.level):
        for row in level:
            unit = known.get(row.code)
            if unit is None:
                unit = known[row.code] = Unit(division_code=division, code=row.code)
                work.add(unit)
            else:
                _tell(unit, row.name, row.is_enabled, by)
            _fill(unit, row, known, offices)
        work.flush()  # the next level points to the ids of this one


@retried
def edit_unit(unit_id: int, division: str, name: str, enabled: bool, seen: int, *, by: Actor) -> None:
    """Rename, close or reopen a unit. Raises `Conflict` when somebody else changed it since version `seen`.

    Raises `Refused` while plans are on their way that a closed unit could not finish.
    """
    with transaction():
        store.hold_tree()
        busy = {} if enabled else store.plans_on_their_way([unit_id], lock=True)
        unit = store.locked(unit_id, division)
        stored, typed = (
            {"单位名称": said, "状态": "启用" if works else "停用"}
            for said, works in ((unit.name, unit.enabled), (name, enabled))
        )
        editor = partial(history.last_said, "unit", unit.id)
        check_seen(unit, seen, f"单位“{title_of(unit)}”", stored, typed, editor)
        check_reopen(unit, enabled)
        if unit.enabled and not enabled:
            check_free(unit, busy.get(unit.id, ()), "停用")
        _tell(unit, name, enabled, by)
        unit.name, unit.enabled = name, enabled


def _tell(unit: Unit, name: str, enabled: bool, by: Actor) -> None:
    """What the auditor looks for by unit: the old and the new name, and from when it was closed or open again."""
    if unit.name != name:
        told = {"before": unit.name, "now": name}
        history.record("unit", unit.id, "rename", f"单位 {unit.code} 更名：{unit.name} → {name}", by=by, details=told)
    if unit.enabled != enabled:
        verb = "恢复启用" if enabled else "停用"
        history.record("unit", unit.id, "reopen" if enabled else "close", f"{verb}单位“{unit.code} {name}”", by=by)


def _fill(unit: Unit, row: UnitRow, known: Mapping[str, Unit], offices: Mapping[str, Office]) -> None:
    """What has not changed is not written: the session compares."""
    unit.name, unit.kind = row.name, _KINDS[row.unit_type]
    unit.is_leaf, unit.enabled = row.is_leaf, row.is_enabled
    unit.parent_id = known[row.parent].id if row.parent else None
    unit.office_id = offices[row.office_code].id if row.office_code else None
    unit.credit_code, unit.exp_func_code = row.credit_code, row.exp_func_code
