"""What the QR code of a Chinese invoice says: the comma-separated text of all versions, and of Shenzhen's links. Pure.

Since 2015: `01,kind,code,number,amount before tax,day,check code,checksum`. The fully digital invoice (数电票)
has no code, a number of 20 digits, and its amount is the total with tax: `01,32,,number,total,day,,checksum`.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from core.money import LARGEST_FEN, Money
from vouchers.readers.rules import Box, Field, FieldName, Reading, Source
from vouchers.readers.values import field_of

CONFIDENCE: Final = 97
_LONGEST: Final = 1000
_VERSION: Final = "01"
_DIGITAL: Final = 20
KINDS: Final = {
    "01": "增值税专用发票",
    "02": "货物运输业增值税专用发票",
    "03": "机动车销售统一发票",
    "04": "增值税普通发票",
    "08": "增值税电子专用发票",
    "10": "增值税电子普通发票",
    "11": "增值税普通发票（卷票）",
    "14": "增值税电子普通发票（通行费）",
    "15": "二手车销售统一发票",
    "31": "电子发票（增值税专用发票）",
    "32": "电子发票（普通发票）",
    "51": "电子发票（铁路电子客票）",
    "61": "电子发票（航空运输电子客票行程单）",
}


def reading_of(text: str, page: int = 0, box: Box | None = None) -> Reading:
    """The fields of one QR code; nothing when it is not that of an invoice."""
    text = text.strip()[:_LONGEST]
    said = _of_link(text) if text.lower().startswith(("http://", "https://")) else _of_commas(text)
    if FieldName.NUMBER not in said:
        return Reading()
    found = [field_of(name, value, Source.QR, CONFIDENCE, page, box) for name, value in said.items()]
    return Reading(fields=_complete([field for field in found if field is not None]))


def _complete(fields: list[Field]) -> tuple[Field, ...]:
    """Without a number it is the code of something else, such as a payment."""
    return tuple(fields) if any(field.name is FieldName.NUMBER for field in fields) else ()


def _of_commas(text: str) -> dict[FieldName, str]:
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if len(parts) < 6 or parts[0] != _VERSION or not re.fullmatch(r"\d{2}", parts[1]):
        return {}
    _, kind, code, number, amount, day, *_ = parts
    said = {FieldName.KIND: KINDS.get(kind, ""), FieldName.CODE: code, FieldName.NUMBER: number, FieldName.DATE: day}
    said[FieldName.TOTAL if len(number) == _DIGITAL else FieldName.NET] = amount
    return said


def _of_link(text: str) -> dict[FieldName, str]:
    """The blockchain invoices of Shenzhen: a link with the number and the total in fen. It is never followed."""
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query, max_num_fields=20)
        host = parts.hostname or ""
    except ValueError:
        return {}
    number, fen = (query.get(key, [""])[0] for key in ("bill_num", "total_amount"))
    if not host.endswith(".chinatax.gov.cn") or not number:
        return {}
    said = {FieldName.KIND: "区块链电子普通发票", FieldName.NUMBER: number}
    if re.fullmatch(r"\d{1,15}", fen) and int(fen) <= LARGEST_FEN:
        said[FieldName.TOTAL] = Money(int(fen)).plain
    return said
