"""When two invoices are one: the key under which an invoice's number is used once in the whole district. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from core.money import Money
from vouchers.papers.rules import INVOICE

# 数电票 have twenty digits; the older ones a code of ten or twelve and a number of eight, which together are as many.
_WHOLE: Final = (18, 20)
_CODES: Final = (10, 12)
_NUMBER: Final = 8


def number_key(number: str, code: str = "") -> str:
    """The digits that no other invoice has; "" for a number that others may have as well.

    An older invoice's eight digits count together with its `code`, or written after it: 033002300111 12345678.
    """
    digits, before = _digits(number), _digits(code)
    if len(digits) in _WHOLE:
        return digits
    return before + digits if len(digits) == _NUMBER and len(before) in _CODES else ""


def is_spent(kind_code: str, face: Money | None) -> bool:
    """Whether a file may serve only once: an invoice, or anything of which an amount is drawn.

    Minutes, approvals and other documents without an amount go with the plans of many units.
    """
    return kind_code == INVOICE or face is not None


def _digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if sign.isascii() and sign.isdigit())
