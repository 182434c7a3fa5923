"""What was read on a paper, how far each source is trusted, and what follows when sources disagree. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum, StrEnum
from typing import Final

from core.money import ZERO, Money

# Stands wherever something read is shown: no tax office was asked.
UNVERIFIED: Final = "未经税务机关查验"
SUREST: Final = 99
_UNSURE: Final = 50

Value = str | date | Money


class Source(IntEnum):
    """Where a value was read. A smaller number is trusted more: data before pictures of data."""

    XML = 1
    QR = 2
    OFD = 3
    PDF = 4
    OCR = 5

    @property
    def label(self) -> str:
        """The source as people read it."""
        return ("发票 XML", "二维码", "OFD 文字", "PDF 文字", "图片文字识别")[self - 1]


class FieldName(StrEnum):
    """What may be read on an invoice."""

    KIND = "kind"
    NUMBER = "number"
    CODE = "code"
    DATE = "date"
    SELLER = "seller"
    SELLER_TAX_NUMBER = "seller_tax_number"
    BUYER = "buyer"
    BUYER_TAX_NUMBER = "buyer_tax_number"
    NET = "net"
    TAX = "tax"
    TOTAL = "total"
    RED = "red"
    VOID = "void"

    @property
    def label(self) -> str:
        """The field as it stands on an invoice."""
        return _LABELS[self]


_LABELS: Final = {
    FieldName.KIND: "票种",
    FieldName.NUMBER: "发票号码",
    FieldName.CODE: "发票代码",
    FieldName.DATE: "开票日期",
    FieldName.SELLER: "销售方名称",
    FieldName.SELLER_TAX_NUMBER: "销售方税号",
    FieldName.BUYER: "购买方名称",
    FieldName.BUYER_TAX_NUMBER: "购买方税号",
    FieldName.NET: "金额",
    FieldName.TAX: "税额",
    FieldName.TOTAL: "价税合计",
    FieldName.RED: "红字",
    FieldName.VOID: "作废",
}
# A mark is either there or not, and its words differ from source to source, as those of the kind do.
_NEVER_DISPUTED: Final = (FieldName.KIND, FieldName.RED, FieldName.VOID)


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page in thousandths of its width and height, from the upper left corner."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Field:
    """One value with how sure it is (in percent) and where it stands; page 0 means not on a page."""

    name: FieldName
    value: Value
    confidence: int
    source: Source
    page: int = 0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One row of goods or services; quantity, price and rate as they are written."""

    name: str
    spec: str = ""
    unit: str = ""
    quantity: str = ""
    price: str = ""
    net: Money | None = None
    rate: str = ""
    tax: Money | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read of one paper. `notes` are sentences for the clerk; `others` number the further invoices."""

    fields: tuple[Field, ...] = ()
    items: tuple[Item, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was read."""
        return bool(self.fields)

    def find(self, name: FieldName) -> Field | None:
        """The field of this name."""
        return next((field for field in self.fields if field.name is name), None)

    def text(self, name: FieldName) -> str:
        """A value in words; empty when it was not read."""
        field = self.find(name)
        return field.value if field is not None and isinstance(field.value, str) else ""

    def money(self, name: FieldName) -> Money | None:
        """An amount, when it was read."""
        field = self.find(name)
        return field.value if field is not None and isinstance(field.value, Money) else None

    @property
    def is_red(self) -> bool:
        """Whether it takes another invoice back, by its words or its amounts."""
        amount = self.money(FieldName.TOTAL) or self.money(FieldName.NET) or ZERO
        return amount < ZERO or self.find(FieldName.RED) is not None

    @property
    def day(self) -> date | None:
        """The day of the invoice, when it was read."""
        field = self.find(FieldName.DATE)
        return field.value if field is not None and isinstance(field.value, date) else None


def only(note: str) -> Reading:
    """Nothing but a sentence."""
    return Reading(notes=(note,))


def same(one: Value, other: Value) -> bool:
    """Whether two values mean the same: names and numbers are compared without blanks and width of brackets."""
    if isinstance(one, str) and isinstance(other, str):
        return plain(one) == plain(other)
    return one == other


def plain(text: str) -> str:
    """A name or number for comparison: half-width, upper case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def merged(readings: Iterable[Reading]) -> Reading:
    """One reading of what several sources say about the same invoice.

    The most trusted source speaks; those that agree make it surer and lend it their place on the page; those that
    disagree make it unsure and are named in a sentence. An invoice of another number is counted, never mixed in.
    """
    parts = [part for part in readings if part or part.notes]
    number = _number_of(parts)
    own = [part for part in parts if _is_about(part, number)]
    found = [_field_of(name, own) for name in FieldName]
    return Reading(
        fields=tuple(field for field, _ in found if field is not None),
        items=_items_of(own),
        notes=tuple(dict.fromkeys([*(note for part in parts for note in part.notes), *_disputes(found)])),
        others=_others(parts, number),
    )


def _number_of(parts: Sequence[Reading]) -> Field | None:
    """The number of the first invoice of the file, by its most trusted source there."""
    numbers = [field for part in parts if (field := part.find(FieldName.NUMBER)) is not None]
    return min(numbers, key=lambda field: (field.page > 1, field.source), default=None)


def _is_about(part: Reading, number: Field | None) -> bool:
    """Whether the part is about this invoice.

    A page and its code, or its data, must say the same number: where they do not it is a dispute, not another
    invoice. Two codes on one page are two invoices.
    """
    own = part.find(FieldName.NUMBER)
    if own is None or number is None or same(own.value, number.value):
        return True
    return own.source is not number.source and (own.page or 1) == (number.page or 1)


def _others(parts: Sequence[Reading], number: Field | None) -> tuple[str, ...]:
    numbers = [part.text(FieldName.NUMBER) for part in parts if not _is_about(part, number)]
    return tuple(dict.fromkeys([*numbers, *(other for part in parts for other in part.others)]))


def _items_of(parts: Sequence[Reading]) -> tuple[Item, ...]:
    """The rows of the most trusted source that has any."""
    with_items = [part for part in parts if part.items]
    return min(with_items, key=_trust_of).items if with_items else ()


def _trust_of(part: Reading) -> int:
    return min((field.source for field in part.fields), default=Source.OCR)


def _field_of(name: FieldName, parts: Sequence[Reading]) -> tuple[Field | None, list[Field]]:
    """The field as the most trusted source has it, and those that contradict it."""
    said = sorted((field for part in parts if (field := part.find(name)) is not None), key=lambda field: field.source)
    if not said:
        return None, []
    first = said[0]
    agreeing = [field for field in said if same(field.value, first.value)]
    against = [] if name in _NEVER_DISPUTED else [field for field in said if not same(field.value, first.value)]
    confidence = _UNSURE if against else _surer(agreeing)
    # The printed words show the clerk more than the code does, and are trusted less: so from the end.
    placed = next((field for field in reversed(agreeing) if field.box is not None), first)
    return replace(first, confidence=confidence, page=placed.page, box=placed.box), against


def _surer(agreeing: Sequence[Field]) -> int:
    """Two sources that agree leave a tenth of the doubt of the first."""
    best = max(field.confidence for field in agreeing)
    doubt = (100 - best) // 10 if len({field.source for field in agreeing}) > 1 else 100 - best
    return min(SUREST, 100 - doubt)


def _disputes(found: Iterable[tuple[Field | None, list[Field]]]) -> list[str]:
    sentences = []
    for field, against in found:
        if field is not None and against:
            said = "，".join(f"{each.source.label}为“{shown(each.value)}”" for each in (field, *against))
            sentences.append(f"{field.name.label}读到的结果不一致：{said}，请看原件核对。")
    return sentences


def shown(value: Value) -> str:
    """A value as the clerk reads it."""
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
