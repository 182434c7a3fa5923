"""The rows of goods and services of an invoice, from its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from vouchers.readers.layout import COLUMN, Line
from vouchers.readers.rules import Item
from vouchers.readers.values import money_in, name_in

MOST_ITEMS: Final = 500
_HEAD: Final = re.compile(r"项目名称|应税劳务|货物或")
_FOOT: Final = re.compile(r"合\s*计\s*-?\s*¥?\s*-?[\d,*]")
_END: Final = re.compile(
    r"(?P<net>-?[\d,]+\.\d{2})\s+(?P<rate>\d{1,2}(?:\.\d)?%|免税|不征税|\*+)\s+(?P<tax>-?[\d,]+\.\d{2}|\*+|免税)\s*$"
)
_FIGURE: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def items_in(lines: Iterable[Line]) -> list[Item]:
    """The rows between the head of the table and its sum; a name that goes on in the next line is joined."""
    items: list[Item] = []
    inside = False
    for line in lines:
        if _FOOT.search(line.text):
            break
        if inside:
            _add(items, line.text)
        inside = inside or _HEAD.search(line.text) is not None
    return items[:MOST_ITEMS]


def _add(items: list[Item], text: str) -> None:
    end = _END.search(text)
    if end is not None:
        items.append(_item(text[: end.start()].strip(), end))
    elif items and text.strip() and COLUMN not in text.strip():
        items[-1] = replace(items[-1], name=items[-1].name + name_in(text))


def _item(front: str, end: re.Match[str]) -> Item:
    """`*家具*课桌椅 KZ-101 套 40 250.00` before the amount: the figures from the right, then unit and spec."""
    parts = [part for part in front.split(COLUMN) if part.strip()]
    parts = parts if len(parts) > 1 else front.split()
    words = [part.strip() for part in parts]
    price, quantity = _pop_figures(words)
    unit = words.pop() if len(words) > 2 or (len(words) == 2 and quantity and len(words[1]) <= 2) else ""
    name, spec = name_in(words[0] if words else ""), " ".join(words[1:])
    return Item(name, spec, unit, quantity, price, money_in(end["net"]), end["rate"], money_in(end["tax"]))


def _pop_figures(words: list[str]) -> Sequence[str]:
    """Price and quantity, taken off the end."""
    figures: list[str] = []
    while len(words) > 1 and len(figures) < 2 and _FIGURE.fullmatch(words[-1]):
        figures.append(words.pop())
    return [*figures, "", ""][:2] if len(figures) != 1 else ["", figures[0]]
