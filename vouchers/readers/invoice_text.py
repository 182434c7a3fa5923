"""An invoice read from its words and where they stand: PDF text, OFD text and recognised scans alike. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.money import ZERO, Money
from vouchers.readers.item_text import items_in
from vouchers.readers.layout import COLUMN, Line, Sheet, lines_of
from vouchers.readers.rules import Field, FieldName, Reading, Source
from vouchers.readers.values import capital_money, field_of

_AMOUNT: Final = r"-?\s*¥?\s*-?[\d,]+\.\d{2}(?!\d)"
_NAMED: Final = re.compile(r"(?<![方目])名\s*称\s*:")
_TAXED: Final = re.compile(r"(?:纳\s*税\s*人\s*识\s*别\s*号|统\s*一\s*社\s*会\s*信\s*用\s*代\s*码)\s*:")
_NEXT_LABEL: Final = re.compile(
    r"\s*(?:[购销][买售]?方)?(?:名\s*称\s*:|统一社会|纳\s*税\s*人|地\s*址|开\s*户|电\s*话).*"
)
# Letters of the upright titles beside the names: 购买方信息, 销售方信息.
_UPRIGHT: Final = re.compile(r"\s+[购买销售方信息]+$")
_ROOM: Final = r"\s*([^\t]*)"

_SIMPLE: Final = (
    (FieldName.NUMBER, re.compile(r"(?:发\s*票|票\s*据)\s*号\s*码\s*:\s*(\d[\d ]*)")),
    (FieldName.CODE, re.compile(r"(?:发\s*票|票\s*据)\s*代\s*码\s*:\s*(\d[\d ]*)")),
    (FieldName.DATE, re.compile(r"开\s*票\s*日\s*期\s*:\s*(\d{4}\s*[年\-/.]?\s*\d{1,2}\s*[月\-/.]?\s*\d{1,2})")),
    (FieldName.BUYER, re.compile(rf"(?:购[买]?方名称|交\s*款\s*人)\s*:{_ROOM}")),
    (FieldName.SELLER, re.compile(rf"(?:销[售]?方名称|收\s*款\s*单\s*位\s*(?:\(章\))?)\s*:{_ROOM}")),
    (FieldName.TOTAL, re.compile(rf"小\s*写\s*\)?\s*:?\s*({_AMOUNT})")),
    (FieldName.TOTAL, re.compile(rf"票\s*价\s*:?\s*({_AMOUNT})")),
    (FieldName.RED, re.compile(r"((?:被红冲蓝字|对应正数发票)[^\t]*)")),
    (FieldName.VOID, re.compile(r"^\s*((?:已|发票)?作\s*废)\s*$")),
)
_SUM: Final = re.compile(rf"(?<![价税])合\s*计\s*({_AMOUNT})(?:\s+({_AMOUNT}|\*+))?")
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

    @property
    def place(self) -> tuple[int, int]:
        """The left side and the height of the label."""
        return self.line.left(self.at), self.line.middle


def reading_of(sheet: Sheet, source: Source, confidence: int) -> Reading:
    """The invoice of one page; nothing when the page is none."""
    lines = lines_of(sheet)
    found = [_first(lines, name, pattern, source, confidence) for name, pattern in _SIMPLE]
    fields = {field.name: field for field in reversed(found) if field is not None}
    if FieldName.NUMBER not in fields:
        return Reading()
    others = (
        *_parties(lines, source, confidence),
        *_sums(lines, source, confidence),
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
    found = (_field(name, _cut(hit), source, confidence) for hit in _hits(lines, pattern))
    return next((field for field in found if field is not None), None)


def _cut(hit: _Hit) -> _Hit:
    """The value without the label that follows it and without upright letters beside it."""
    text = _UPRIGHT.sub("", _NEXT_LABEL.sub("", hit.text).rstrip())
    return _Hit(hit.line, hit.at, text, hit.start, hit.start + len(text))


def _parties(lines: Sequence[Line], source: Source, confidence: int) -> Iterator[Field]:
    """Buyer and seller: the left and the right of a row, or the upper and the lower of a page."""
    for label, buyers, sellers in (
        (_NAMED, FieldName.BUYER, FieldName.SELLER),
        (_TAXED, FieldName.BUYER_TAX_NUMBER, FieldName.SELLER_TAX_NUMBER),
    ):
        hits = [_cut(hit) for hit in _behind(lines, label)][:2]
        names = (sellers,) if len(hits) == 1 and not _is_buyers(hits[0]) else (buyers, sellers)
        for name, hit in zip(names, hits, strict=False):
            field = _field(name, hit, source, confidence)
            if field is not None:
                yield field


def _behind(lines: Iterable[Line], label: re.Pattern[str]) -> Iterator[_Hit]:
    """Each label with what follows it, up to the next column or label of the row."""
    for line in lines:
        found = list(label.finditer(line.text))
        ends = [*(match.start() for match in found[1:]), len(line.text)]
        for match, end in zip(found, ends, strict=False):
            room = line.text[match.end() : end]
            start = match.end() + len(room) - len(room.lstrip())
            text = room.strip().split(COLUMN)[0].rstrip()
            yield _Hit(line, match.start(), text, start, start + len(text))


def _is_buyers(hit: _Hit) -> bool:
    """A single name in the left upper quarter is the buyer's."""
    left, height = hit.place
    return left * 2 < hit.line.sheet.width and height * 2 < hit.line.sheet.height


def _sums(lines: Iterable[Line], source: Source, confidence: int) -> Iterator[Field]:
    """金额 and 税额 of the line 合计; stars stand for no tax."""
    for line in lines:
        match = _SUM.search(line.text)
        if match is None:
            continue
        for name, group in ((FieldName.NET, 1), (FieldName.TAX, 2)):
            text = "0.00" if (match[group] or "").startswith("*") else match[group] or ""
            field = field_of(name, text, source, confidence, line.sheet.number, line.box(*match.span(group)))
            if field is not None:
                yield field
        return


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
