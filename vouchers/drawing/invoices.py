"""XML as a page that people read: an invoice as one, anything else as the names and texts that stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.money import Money
from vouchers.drawing.flow import Row
from vouchers.readers import invoice_xml
from vouchers.readers.rules import SUREST, UNVERIFIED, FieldName, Item, Reading, Source, shown
from vouchers.readers.xmltree import Node, parsed

WIDTH, HEIGHT = 210.0, 297.0
_INSIDE: Final = 180.0
_ABOUT: Final = f"本页由系统按 XML 数据排版，便于阅读，不是发票的版式文件；{UNVERIFIED}。"
_PLAIN: Final = "本页由系统按 XML 内容逐项列出，便于阅读，以原件为准。"
_HEADS: Final = ("项目名称", "规格型号", "单位", "数量", "单价", "金额", "税率", "税额")
_COLUMNS: Final = (50.0, 22.0, 12.0, 16.0, 22.0, 24.0, 12.0, 22.0)
_FIGURES: Final = frozenset({3, 4, 5, 6, 7})
_MOST_ROWS: Final = 1500
_DEEPEST: Final = 12


def rows_of(data: bytes) -> Iterator[Row]:
    """The rows of the page. Raises `Refused` for what is no XML."""
    root = parsed(data)
    reading = invoice_xml.reading_of_tree(root, Source.XML, SUREST)
    return _invoice(reading) if reading else _plain(root)


def _invoice(reading: Reading) -> Iterator[Row]:
    yield Row((reading.text(FieldName.KIND) or "电子发票",), (_INSIDE,), 6.5, bold=True, centred=True)
    yield _line(_ABOUT, 2.6)
    for name in (FieldName.NUMBER, FieldName.CODE, FieldName.DATE):
        if reading.find(name) is not None:
            yield _fact(reading, name)
    yield _line("")
    for names in ((FieldName.BUYER, FieldName.SELLER), (FieldName.BUYER_TAX_NUMBER, FieldName.SELLER_TAX_NUMBER)):
        cells = tuple(f"{name.label}：{_said(reading, name)}" for name in names)
        yield Row(cells, (_INSIDE / 2, _INSIDE / 2), ruled=True)
    yield _line("", 1.5)
    yield Row(_HEADS, _COLUMNS, 2.8, bold=True, ruled=True, centred=True)
    for item in reading.items:
        yield Row(_cells(item), _COLUMNS, 2.8, ruled=True, right=_FIGURES)
    yield _line("", 1.5)
    cells = tuple(f"{name.label}：¥{_said(reading, name)}" for name in (FieldName.NET, FieldName.TAX, FieldName.TOTAL))
    yield Row(cells, (_INSIDE / 3,) * 3, bold=True, ruled=True)
    total = reading.money(FieldName.TOTAL)
    if total is not None:
        yield Row((f"价税合计（大写）：{total.capitals}",), (_INSIDE,), ruled=True)
    for name in (FieldName.RED, FieldName.VOID):
        if reading.find(name) is not None:
            yield _fact(reading, name)
    yield from (_line(note, 2.8) for note in reading.notes)


def _line(words: str, size: float = 3.2) -> Row:
    return Row((words,), (_INSIDE,), size)


def _fact(reading: Reading, name: FieldName) -> Row:
    return _line(f"{name.label}：{_said(reading, name)}")


def _said(reading: Reading, name: FieldName) -> str:
    field = reading.find(name)
    return shown(field.value) if field is not None else "—"


def _cells(item: Item) -> tuple[str, ...]:
    return (
        *(item.name, item.spec, item.unit, item.quantity, item.price),
        *(_amount(item.net), item.rate, _amount(item.tax)),
    )


def _amount(amount: Money | None) -> str:
    return str(amount) if amount is not None else ""


def _plain(root: Node) -> Iterator[Row]:
    yield _line(_PLAIN, 2.6)
    pending = [(root, 0)]
    for _ in range(_MOST_ROWS):
        if not pending:
            return
        node, depth = pending.pop()
        inset = "  " * min(depth, _DEEPEST)
        said = "  ".join([node.text.strip(), *(f"{name}={value}" for name, value in node.attributes.items())]).strip()
        yield Row((inset + node.name, said), (70.0, 110.0), 2.8, ruled=True)
        pending.extend((child, depth + 1) for child in reversed(node.children))
