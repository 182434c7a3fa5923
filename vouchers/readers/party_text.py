"""Buyer and seller of an invoice, with their tax numbers, from its words and where they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from vouchers.readers.layout import COLUMN, Line
from vouchers.readers.rules import Field, FieldName, Source
from vouchers.readers.values import field_of

_NAMED: Final = (
    (FieldName.BUYER, re.compile(r"(?:购[买货]?(?:方|单位)\s*名\s*称\s*:?|交\s*款\s*人\s*:)\s*")),
    (
        FieldName.SELLER,
        re.compile(
            r"(?:销[售货]?(?:方|单位)\s*名\s*称\s*:?|收\s*款\s*单\s*位\s*(?:\(章\))?\s*:|填\s*开\s*单\s*位\s*:)\s*"
        ),
    ),
    (None, re.compile(r"(?<![方位目])名\s*称\s*:\s*")),
)
_TAXED: Final = re.compile(
    r"(?:纳\s*税\s*人\s*识\s*别\s*号|统\s*一\s*社\s*会\s*信\s*用\s*代\s*码)\s*:?\s*((?:[0-9A-Za-z] ?){15,20})"
)
_BUYERS: Final = re.compile(r"(?:购[买货]?方|交\s*款\s*人)\s*$")
_SELLERS: Final = re.compile(r"(?:销[售货]?方|收\s*款\s*单\s*位)\s*$")
_NEXT_LABEL: Final = re.compile(
    r"\s*(?:[购销交][买售款]?[方人]?)?(?:名\s*称\s*:|统一社会|纳\s*税\s*人|地\s*址|开\s*户|电\s*话).*"
)
# Letters of the upright titles beside the names: 购买方信息, 销售方信息.
_UPRIGHT: Final = re.compile(r"\s+[购买销售方信息]+$")
# How the names of houses end; a line that ends otherwise may go on in the next, which then ends so.
_ENDS: Final = r"(?:[)司学校院局店处部所社厂行队会馆站园厅办室库场委]|中心|政府|银行|协会)"
_WHOLE: Final = re.compile(rf".*{_ENDS}")
_GOES_ON: Final = re.compile(rf"[一-龥()]*{_ENDS}")
_BRANCH: Final = re.compile(r"\([一-龥]+\)")
_PAIRS: Final = {FieldName.BUYER: FieldName.BUYER_TAX_NUMBER, FieldName.SELLER: FieldName.SELLER_TAX_NUMBER}


@dataclass(frozen=True, slots=True)
class _Hit:
    """A value in its line, and where its label begins there."""

    line: Line
    label: int
    start: int
    text: str
    role: FieldName | None

    @property
    def left(self) -> int:
        """The left side of the label."""
        return self.line.left(self.label)

    def field(self, name: FieldName, text: str, source: Source, confidence: int) -> Field | None:
        """The value with its place."""
        box = self.line.box(self.start, self.start + len(self.text))
        return field_of(name, text, source, confidence, self.line.sheet.number, box)


def parties_in(lines: Sequence[Line], source: Source, confidence: int) -> Iterator[Field]:
    """The names of both, and their numbers: a number belongs to the name that it stands under or beside."""
    names = _names(lines)
    said = [(hit.role, hit, _whole(lines, hit)) for hit in names]
    said += [(_PAIRS[role], hit, hit.text) for hit, role in _owned(list(_numbers(lines)), names)]
    for name, hit, text in said:
        found = hit.field(name, text, source, confidence) if name is not None else None
        if found is not None:
            yield found


def _names(lines: Sequence[Line]) -> list[_Hit]:
    """Those that a label calls buyer or seller; else two names are the left and right of a row, or upper and lower."""
    hits = [hit for role, label in _NAMED for hit in _behind(lines, label, role)]
    called = {hit.role: hit for hit in reversed(hits) if hit.role is not None}
    bare = [hit for hit in hits if hit.role is None][:2]
    roles = [FieldName.SELLER] if len(bare) == 1 and not _is_buyers(bare[0]) else [FieldName.BUYER, FieldName.SELLER]
    for role, hit in zip(roles, bare, strict=False):
        called.setdefault(role, replace(hit, role=role))
    return list(called.values())


def _behind(lines: Iterable[Line], label: re.Pattern[str], role: FieldName | None) -> Iterator[_Hit]:
    """Each label with what follows it, up to the next column or label of the row."""
    for line in lines:
        found = list(label.finditer(line.text))
        ends = [*(match.start() for match in found[1:]), len(line.text)]
        for match, end in zip(found, ends, strict=False):
            room = line.text[match.end() : end].split(COLUMN)[0]
            text = _UPRIGHT.sub("", _NEXT_LABEL.sub("", room).rstrip())
            if text:
                yield _Hit(line, match.start(), match.end(), text, role)


def _is_buyers(hit: _Hit) -> bool:
    """A single name in the left upper quarter is the buyer's."""
    return hit.left * 2 < hit.line.sheet.width and hit.line.middle * 2 < hit.line.sheet.height


def _whole(lines: Sequence[Line], hit: _Hit) -> str:
    """The name with what of it stands in the next line, right under its beginning or its label."""
    whole = _WHOLE.fullmatch(hit.text) is not None and hit.text.count("(") == hit.text.count(")")
    rest = _BRANCH if whole else _GOES_ON
    starts = (hit.left, hit.line.left(hit.start))
    below = [line for line in lines if hit.line.middle < line.middle <= hit.line.middle + 2 * hit.line.high]
    for line in below[:1]:
        for at, piece in line.pieces():
            near = any(abs(line.left(at) - start) * 2 < hit.line.high for start in starts)
            if near and rest.fullmatch(piece):
                return hit.text + piece
    return hit.text


def _numbers(lines: Iterable[Line]) -> Iterator[_Hit]:
    for line in lines:
        for match in _TAXED.finditer(line.text):
            before = line.text[: match.start()].split(COLUMN)[-1]
            called = _called(before)
            yield _Hit(line, match.start(), match.start(1), match[1].rstrip(), called)


def _called(before: str) -> FieldName | None:
    if _BUYERS.search(before):
        return FieldName.BUYER
    return FieldName.SELLER if _SELLERS.search(before) else None


def _owned(numbers: Sequence[_Hit], names: Sequence[_Hit]) -> Iterator[tuple[_Hit, FieldName]]:
    """Whose each number is: as its label says, as the nearest name says, or by their order like names."""
    order = (FieldName.BUYER, FieldName.SELLER)
    for hit, usual in zip(numbers, order, strict=False):
        if hit.role is not None:
            yield hit, hit.role
        elif len(names) >= len(numbers[:2]):
            yield hit, _nearest(names, hit).role or usual
        else:
            yield hit, usual if len(numbers) > 1 or _is_buyers(hit) else FieldName.SELLER


def _nearest(names: Sequence[_Hit], number: _Hit) -> _Hit:
    return min(names, key=lambda name: _apart(name, number))


def _apart(name: _Hit, number: _Hit) -> int:
    """How far a number stands from a name; one that stands above its name is twice as far."""
    down = number.line.middle - name.line.middle
    return abs(number.left - name.left) + 2 * (down if down >= 0 else -2 * down)
