"""Invoice data as XML: the 数电票, the older invoice inside an OFD, and the accounting standard's (XBRL). Pure."""

from __future__ import annotations

from typing import Final

from core.errors import Refused
from vouchers.readers.qr_text import reading_of as reading_of_code
from vouchers.readers.rules import SUREST, Field, FieldName, Item, Reading, Source, merged
from vouchers.readers.values import field_of, half, money_in
from vouchers.readers.xmltree import Node, parsed

_MOST_ITEMS: Final = 500
# Element names of all three, by local name; of several in one invoice the first in the row counts.
_NAMES: Final = {
    FieldName.NUMBER: ("InvoiceNumber", "EIid", "InvoiceNo", "EInvoiceNumber", "发票号码", "Fphm"),
    FieldName.CODE: ("InvoiceCode", "发票代码", "Fpdm"),
    FieldName.DATE: ("IssueTime", "IssueDate", "RequestTime", "开票日期", "Kprq"),
    FieldName.SELLER: ("SellerName", "NameOfSeller", "销售方名称", "Xfmc"),
    FieldName.SELLER_TAX_NUMBER: ("SellerIdNum", "SellerTaxID", "销售方纳税人识别号", "Xfsbh"),
    FieldName.BUYER: ("BuyerName", "NameOfPurchaser", "购买方名称", "Gfmc"),
    FieldName.BUYER_TAX_NUMBER: ("BuyerIdNum", "BuyerTaxID", "购买方纳税人识别号", "Gfsbh"),
    FieldName.NET: ("TotalAmWithoutTax", "TaxExclusiveTotalAmount", "合计金额", "Hjje"),
    FieldName.TAX: ("TotalTaxAm", "TaxTotalAmount", "合计税额", "Hjse"),
    FieldName.TOTAL: ("TotalTax-includedAmount", "TaxInclusiveTotalAmount", "价税合计", "Jshj"),
}
_ROWS: Final = ("IssuItemInformation", "GoodsInfo")
_NAME, _SPEC, _UNIT = ("ItemName", "Item"), ("SpecMod", "Specification"), ("MeaUnits", "MeasurementDimension")
_QUANTITY, _PRICE, _NET = ("Quantity",), ("UnPrice", "Price"), ("Amount",)
_RATE, _TAX = ("TaxRate", "TaxScheme"), ("ComTaxAm", "TaxAmount")
_RED_REMARK: Final = ("被红冲蓝字", "对应正数发票")


def reading_of(data: bytes) -> Reading:
    """The invoice of an XML file, or a sentence when it is none."""
    try:
        root = parsed(data)
    except Refused as refusal:
        return Reading(notes=(str(refusal),))
    return reading_of_tree(root, Source.XML, SUREST) or Reading(notes=("这个 XML 不是发票数据，没有可识别的内容。",))


def reading_of_tree(root: Node, source: Source, confidence: int) -> Reading:
    """The same of a tree; nothing when it has no invoice number."""
    values = _values(root)
    fields = [field for name in _NAMES if (field := _first(name, values, source, confidence)) is not None]
    if not any(field.name is FieldName.NUMBER for field in fields):
        return Reading()
    fields += _marks(root, values, source, confidence)
    reading = Reading(tuple(fields), tuple(_items(root)))
    return merged([reading, *(reading_of_code(text) for text in values.get("GraphCode", ()))])


def _values(root: Node) -> dict[str, list[str]]:
    """The texts of all leaves outside the rows, by element name."""
    values: dict[str, list[str]] = {}
    pending = [root]
    while pending:
        node = pending.pop()
        if node.name in _ROWS:
            continue
        if not node.children and node.text.strip():
            values.setdefault(node.name, []).append(node.text.strip())
        pending.extend(reversed(node.children))
    return values


def _first(name: FieldName, values: dict[str, list[str]], source: Source, confidence: int) -> Field | None:
    for element in _NAMES[name]:
        for text in values.get(element, ()):
            field = field_of(name, text, source, confidence)
            if field is not None:
                return field
    return None


def _marks(root: Node, values: dict[str, list[str]], source: Source, confidence: int) -> list[Field]:
    """The kind by its labels, and whether it takes another invoice back."""
    said: dict[FieldName, str] = {FieldName.KIND: _kind(root)}
    remarks = " ".join(text for name in ("Remark", "Note") for text in values.get(name, ()))
    if _label(root, "InIssuType", "LabelCode") == "N" or any(words in remarks for words in _RED_REMARK):
        said[FieldName.RED] = half(remarks)[:100] or "红字发票"
    found = (field_of(name, text, source, confidence) for name, text in said.items())
    return [field for field in found if field is not None]


def _kind(root: Node) -> str:
    """电子发票（普通发票）, from 电子发票 and 普通发票."""
    form, tax = _label(root, "EInvoiceType", "LabelName"), _label(root, "GeneralOrSpecialVAT", "LabelName")
    return f"{form}（{tax}）" if form and tax else form or tax


def _label(root: Node, element: str, part: str) -> str:
    node = next((node for node in root.all() if node.name == element), None)
    return node.value(part) if node is not None else ""


def _items(root: Node) -> list[Item]:
    return [_item(node) for node in root.all() if node.name in _ROWS][:_MOST_ITEMS]


def _item(row: Node) -> Item:
    name, spec, unit, quantity, price, rate = (
        _cell(row, names) for names in (_NAME, _SPEC, _UNIT, _QUANTITY, _PRICE, _RATE)
    )
    return Item(name, spec, unit, quantity, price, money_in(_cell(row, _NET)), rate, money_in(_cell(row, _TAX)))


def _cell(row: Node, names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := row.value(name))), "")[:200]
