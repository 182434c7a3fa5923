"""An invoice read from its words and where they stand: PDF text, OFD text and recognised scans alike. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.money import ZERO, Money
from vouchers.readers.item_text import items_in
from vouchers.readers.layout import Line, Sheet, lines_of
from vouchers.readers.party_text import parties_in
from vouchers.readers.rules import Field, FieldName, Reading, Source
from vouchers.readers.values import capital_money, field_of, money_in

_AMOUNT: Final = r"-?\s*¥?\s*-?[\d,]+\.\d{2}(?!\d)"
_SIMPLE: Final = (
    (FieldName.NUMBER, re.compile(r"(?:发\s*票|票\s*据)\s*号\s*码\s*:\s*(\d[\d ]*)")),
    (FieldName.CODE, re.compile(r"(?:发\s*票|票\s*据)\s*代\s*码\s*:\s*(\d[\d ]*)")),
    (
        FieldName.DATE,
        re.compile(r"[开填]\s*[票开]\s*日\s*期\s*:\s*(\d{4}\s*[年\-/.]?\s*\d{1,2}\s*[月\-/.]?\s*\d{1,2})"),
    ),
    (FieldName.TOTAL, re.compile(rf"(?<!不含税价)(?<!不含税价[\s(])小\s*写\s*\)?\s*:?\s*({_AMOUNT})")),
    (FieldName.TOTAL, re.compile(r"价\s*税\s*合\s*计.*[)\s](-?¥\s*-?[\d,]+\.\d{2})\s*$")),
    (FieldName.TOTAL, re.compile(rf"票\s*价\s*:?\s*({_AMOUNT})")),
    # The last of the fares of an air ticket is their sum.
    (FieldName.TOTAL, re.compile(rf"CNY\s*[\d,.]+.*CNY\s*({_AMOUNT})")),
    (FieldName.NET, re.compile(rf"不含税价\s*\(?(?:小\s*写)?\)?\s*:?\s*({_AMOUNT})")),
    (FieldName.TAX, re.compile(rf"增值税税额\s*:?\s*({_AMOUNT})")),
    (FieldName.RED, re.compile(r"((?:被红冲蓝字|对应正数发票)[^\t]*)")),
    (FieldName.VOID, re.compile(r"^\s*((?:已|发票)?作\s*废)\s*$")),
)
_SUM: Final = re.compile(rf"(?<![价税])合\s*计\s*({_AMOUNT})(?:\s+({_AMOUNT}|\*+))?")
_TWO: Final = re.compile(r"(¥\s*-?[\d,]+\.\d{2})\s+(¥\s*-?[\d,]+\.\d{2})\s*$")
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_CAPITALS: Final = re.compile(
    rf"大\s*写\s*\)?\s*:?\s*[^\t({_DIGITS}]{{0,3}}\s*((?:\(负数?\))?[{_DIGITS}拾佰仟万亿元圆角分整正 ]+)"
)
_KIND: Final = re.compile(
    r"(电子发票\s*\([^()\t]{2,20}\)|[一-龥]{0,6}增值税(?:电子)?(?:普通|专用)发票(?:\([一-龥]{2,6}\))?"
    r"|[一-龥 ]{2,20}(?:收入|往来)[一-龥 ]{0,8}票据(?:\([一-龥]{2,4}\))?)"
)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A value behind its label."""

    line: Line
    at: int
    text: str
    start: int
    end: int


def reading_of(sheet: Sheet, source: Source, confidence: int) -> Reading:
    """The invoice of one page; nothing when the page is none."""
    lines = lines_of(sheet)
    found = [_first(lines, name, pattern, source, confidence) for name, pattern in _SIMPLE]
    fields = {field.name: field for field in reversed(found) if field is not None}
    if FieldName.NUMBER not in fields:
        return Reading()
    others = (
        *parties_in(lines, source, confidence),
        *_sums(lines, fields.get(FieldName.TOTAL), source, confidence),
        *_title(lines, source, confidence),
    )
    for field in others:
        fields.setdefault(field.name, field)
    note = _capitals(lines, fields, source, confidence)
    return Reading(tuple(fields[name] for name in FieldName if name in fields), tuple(items_in(lines)), note)


def _field(name: FieldName, hit: _Hit, source: Source, confidence: int) -> Field | None:
    box = hit.line.box(hit.start, hit.end)
    return field_of(name, hit.text, source, confidence, hit.line.sheet.number, box)


def _hits(lines: Iterable[Line], pattern: re.Pattern[str]) -> Iterator[_Hit]:
    for line in lines:
        for match in pattern.finditer(line.text):
            yield _Hit(line, match.start(), match[1] or "", match.start(1), match.end(1))


def _first(
    lines: Iterable[Line], name: FieldName, pattern: re.Pattern[str], source: Source, confidence: int
) -> Field | None:
    found = (_field(name, hit, source, confidence) for hit in _hits(lines, pattern))
    return next((field for field in found if field is not None), None)


def _sums(lines: Sequence[Line], total: Field | None, source: Source, confidence: int) -> Iterator[Field]:
    """金额 and 税额 of the line 合计, or of two amounts in a line that make the total; stars stand for no tax."""
    labelled = ((line, match) for line in lines if (match := _SUM.search(line.text)) is not None)
    adding = ((line, match) for line in lines if (match := _TWO.search(line.text)) is not None and _make(match, total))
    line, match = next(labelled, None) or next(adding, (None, None))
    if line is None or match is None:
        return
    for name, group in ((FieldName.NET, 1), (FieldName.TAX, 2)):
        text = "0.00" if (match[group] or "").startswith("*") else match[group] or ""
        field = field_of(name, text, source, confidence, line.sheet.number, line.box(*match.span(group)))
        if field is not None:
            yield field


def _make(match: re.Match[str], total: Field | None) -> bool:
    """Whether the two amounts add up to the total."""
    net, tax = (money_in(match[group]) for group in (1, 2))
    return net is not None and tax is not None and total is not None and net + tax == total.value


def _title(lines: Iterable[Line], source: Source, confidence: int) -> Iterator[Field]:
    """The kind as the page is headed."""
    kind = _first(lines, FieldName.KIND, _KIND, source, confidence)
    if kind is not None:
        yield kind


def _capitals(
    lines: Iterable[Line], fields: dict[FieldName, Field], source: Source, confidence: int
) -> tuple[str, ...]:
    """The total in capitals, where figures are missing; a sentence where they contradict it."""
    hit = next(_hits(lines, _CAPITALS), None)
    said = capital_money(hit.text) if hit is not None else None
    if hit is None or said is None:
        return ()
    total = fields.get(FieldName.TOTAL)
    if total is None:
        box = hit.line.box(hit.start, hit.end)
        fields[FieldName.TOTAL] = Field(FieldName.TOTAL, said, confidence - 10, source, hit.line.sheet.number, box)
        return ()
    return () if _agrees(said, total.value) else (f"价税合计大写为 {said} 元，小写为 {total.value} 元，两者不一致。",)


def _agrees(said: Money, total: object) -> bool:
    """A red invoice may leave the minus sign out of its capitals."""
    return isinstance(total, Money) and (said == total or (total < ZERO and said == -total))
