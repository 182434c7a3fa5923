"""A file of allotments against what is stored: the rows to take over, what they would change, control totals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Row as Stored

from accounts.units import store as units
from budget.allotments import store
from budget.allotments.freezing import FrozenLine, lines_on_their_way
from budget.allotments.layout import (
    ALLOTMENTS,
    CODE_TABLES,
    TEXTS,
    AllotmentRow,
    control_total,
    parse_allotments,
)
from budget.allotments.rules import check_cut, check_deletable, check_stays, label_of
from budget.codes.store import codes_by_table
from core.differences import Difference, Record, compare
from core.errors import Refused
from core.money import ZERO, Money
from core.sheets import Problem, Row, Table
from core.sheets.layout import parse_with

# The columns of the table that hold a text of the file as it is; units and offices are stored as ids.
PLAIN: Final = tuple(
    name for name in TEXTS if name not in {"bgt_id", "division", "agency_code", "office_code", "office_name"}
)
_NAMES: Final = {column.code: column.name_zh for column in ALLOTMENTS.columns}
_LABELS: Final = {name: _NAMES[TEXTS[name]] for name in PLAIN}


@dataclass(frozen=True, slots=True)
class AllotmentReading:
    """The rows of a file, the stored rows by national key, and what would change."""

    rows: list[AllotmentRow]
    known: Mapping[str, Stored[Any]]
    difference: Difference
    frozen: Sequence[FrozenLine] = ()

    @property
    def total(self) -> Money:
        """The control total of the file: all rows, deleted ones too."""
        return control_total(self.rows)

    @property
    def granted_before(self) -> Money:
        """What the year's allotments amount to now."""
        return Money.total(stored.granted for stored in self.known.values())

    @property
    def granted_after(self) -> Money:
        """What they amount to after the import; rows that the file lacks stay as they are."""
        absent = (self.known[entry.key].granted for entry in self.difference.absent)
        return Money.total(map(amount_of, self.rows)) + Money.total(absent)

    def __str__(self) -> str:
        return (
            f"{self.difference}。文件 {len(self.rows)} 笔，合计 {self.total} 元；"
            f"本年度额度由 {self.granted_before} 元变为 {self.granted_after} 元"
        )


def amount_of(row: AllotmentRow) -> Money:
    """What the row grants: a deleted allotment grants nothing."""
    return ZERO if row.deleted else row.amount


def read_allotments(table: Table, division: str, year: int, *, lock: bool = False) -> AllotmentReading:
    """The rows and what they would change. Raises `BadTable` with every problem at once.

    With `lock`, inside a transaction, the stored allotments of the year are held until its end.
    """
    known = {stored.bgt_id: stored for stored in store.rows_of_year(division, year, lock=lock)}
    offices = units.offices_by_code(division)
    codes = codes_by_table(division, year, tuple(CODE_TABLES.values()))
    rows = parse_with(
        lambda: parse_allotments(table, units.unit_codes(division), codes, division, year),
        (problem for row in table.rows for problem in _problems(row, offices.keys(), known)),
    )
    before = {key: _stored_record(stored) for key, stored in known.items()}
    after = {row.bgt_id: _row_record(row) for row in rows}
    return AllotmentReading(rows, known, compare(before, after, _label), _frozen(rows, known))


def _frozen(rows: Sequence[AllotmentRow], known: Mapping[str, Stored[Any]]) -> Sequence[FrozenLine]:
    """The lines on their way whose allotment the file freezes: their funds stop at once."""
    pairs = ((row, known[row.bgt_id]) for row in rows if row.bgt_id in known)
    ids = [stored.id for row, stored in pairs if stored.executable and not row.executable and stored.held]
    return lines_on_their_way(ids) if ids else ()


def _problems(row: Row, offices: Set[str], known: Mapping[str, Stored[Any]]) -> Iterator[Problem]:
    """What only the stored tables can tell: unknown offices, and money that plans already count on."""
    office = row.values["MANAGE_MOF_DEP_CODE"]
    if office and office not in offices:
        text = f"股室“{office}”不存在，请核对代码，或者先导入财政内部机构。"
        yield ALLOTMENTS.problem(row.number, "MANAGE_MOF_DEP_CODE", text)
    stored = known.get(row.values["BGT_ID"])
    if stored is not None and (stored.held or stored.posted):
        yield from _conflicts(row, stored)


def _conflicts(row: Row, stored: Stored[Any]) -> Iterator[Problem]:
    values, committed, label = row.values, stored.held + stored.posted, label_of(stored)
    try:
        if values["IS_DELETED"] == "1":
            check_deletable(label, committed)
        else:
            check_cut(label, committed, _money(values["AMOUNT"]))
    except Refused as refusal:
        yield ALLOTMENTS.problem(row.number, "IS_DELETED" if values["IS_DELETED"] == "1" else "AMOUNT", str(refusal))
    moves = (("AGENCY_CODE", stored.unit_code, committed), ("MANAGE_MOF_DEP_CODE", stored.office_code, stored.held))
    for column, old, bound in moves:
        try:
            check_stays(label, bound if values[column] != old else ZERO, _NAMES[column])
        except Refused as refusal:
            yield ALLOTMENTS.problem(row.number, column, str(refusal))


def _money(text: str) -> Money:
    return Money.parse(text) if text else ZERO


def _label(record: Record) -> str:
    texts = (record[_LABELS[name]] for name in ("doc_no", "pro_name", "dep_eco_code", "dep_eco_name"))
    return f"{' '.join(filter(None, texts))}（{record['单位代码']}）{record['指标金额']} 元"


def _stored_record(stored: Stored[Any]) -> Record:
    flags = (stored.is_gov_pur, stored.executable, stored.deleted)
    head = (stored.unit_code, stored.office_code, stored.granted, stored.doc_date, flags)
    return _record(stored, *head, json.loads(stored.extra))


def _row_record(row: AllotmentRow) -> Record:
    flags = (row.is_gov_pur, row.executable, row.deleted)
    return _record(row, row.agency_code, row.office_code, amount_of(row), row.doc_date, flags, row.extra)


def _record(
    row: Any, unit: str, office: str, amount: Money, day: object, flags: Sequence[bool], extra: Mapping[str, str]
) -> Record:
    """Both sides in the same words. Fields that we only keep are compared as well, under their own names."""
    gov_pur, executable, deleted = ("是" if flag else "否" for flag in flags)
    return {
        "单位代码": unit,
        "业务主管处室代码": office,
        "指标金额": str(amount),
        "发文时间": str(day or ""),
        **{label: getattr(row, name) for name, label in _LABELS.items()},
        "是否政府采购": gov_pur,
        "指标可执行标志": executable,
        "是否删除": deleted,
        **{_NAMES.get(code, code): text for code, text in extra.items()},
    }


@lru_cache(maxsize=4096)
def initials_of(text: str) -> str:
    """The first letter of each character, for finding by pinyin: 基本工资 is jbgz. What is not Chinese stays."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()[:400]
