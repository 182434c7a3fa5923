"""What does not fit on an invoice that was read: sentences for the clerk, never a refusal. Pure.

Everything here rests on what a machine read; the tax office was not asked (未经税务机关查验).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.money import ZERO, Money
from vouchers.readers.rules import FieldName, Reading, same

# Rounding of each row may add up to this much.
_A_FEN_A_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """What the invoice is to prove: whose it must be, what is asked for by it, when, and as what it is registered.

    Empty means not known.
    """

    unit_names: tuple[str, ...] = ()
    unit_tax_numbers: tuple[str, ...] = ()
    drawn: Money | None = None
    fiscal_year: int | None = None
    payees: tuple[str, ...] = ()
    number: str = ""
    total: Money | None = None


def doubts(reading: Reading, claim: Claim) -> list[str]:
    """Every sentence that the clerk should look at, the gravest first."""
    if not reading:
        return []
    return [
        *_marks(reading),
        *_buyer(reading, claim),
        *_amount(reading, claim),
        *_day(reading, claim),
        *_payee(reading, claim),
        *_registered(reading, claim),
        *arithmetic(reading),
    ]


def _marks(reading: Reading) -> Iterator[str]:
    if reading.find(FieldName.VOID) is not None:
        yield "发票上有“作废”字样，不能作为支出凭证。"
    if reading.is_red:
        yield "这是红字发票，冲销的是另一张发票，不能作为支出凭证。"


def _buyer(reading: Reading, claim: Claim) -> Iterator[str]:
    """Name and number are judged apart: a unit has several names on its letterheads, but one number."""
    name, number = reading.text(FieldName.BUYER), reading.text(FieldName.BUYER_TAX_NUMBER)
    if name and claim.unit_names and not any(same(name, own) for own in claim.unit_names):
        yield f"购买方“{name}”不是本单位“{claim.unit_names[0]}”。"
    if number and claim.unit_tax_numbers and not any(same(number, own) for own in claim.unit_tax_numbers):
        yield f"购买方税号 {number} 不是本单位的 {claim.unit_tax_numbers[0]}。"


def _amount(reading: Reading, claim: Claim) -> Iterator[str]:
    total = reading.money(FieldName.TOTAL)
    if total is not None and claim.drawn is not None and ZERO <= total < claim.drawn:
        yield f"发票价税合计 {total} 元，小于本次使用的 {claim.drawn} 元，差 {claim.drawn - total} 元。"


def _day(reading: Reading, claim: Claim) -> Iterator[str]:
    day = reading.day
    if day is not None and claim.fiscal_year is not None and day.year != claim.fiscal_year:
        yield f"开票日期 {day} 不在 {claim.fiscal_year} 年度内，请说明原因。"


def _payee(reading: Reading, claim: Claim) -> Iterator[str]:
    """The money must go to whom the invoice is from, line by line; a seller who is the buyer sold to himself."""
    seller, buyer = reading.text(FieldName.SELLER), reading.text(FieldName.BUYER)
    for payee in dict.fromkeys(claim.payees) if seller else ():
        if payee and not same(seller, payee):
            yield f"销售方“{seller}”与收款人“{payee}”不是同一名称。"
    if seller and buyer and same(seller, buyer):
        yield f"销售方与购买方都是“{seller}”。"


def _registered(reading: Reading, claim: Claim) -> Iterator[str]:
    """What was registered may be right and the machine wrong, but somebody should look."""
    number, total = reading.text(FieldName.NUMBER), reading.money(FieldName.TOTAL)
    if number and claim.number and not same(number, claim.number):
        yield f"登记的号码 {claim.number} 与识别的发票号码 {number} 不一致。"
    if total is not None and claim.total is not None and total != claim.total:
        yield f"登记的票面金额 {claim.total} 元与识别的价税合计 {total} 元不一致。"


def arithmetic(reading: Reading) -> Iterator[str]:
    """The sums of the invoice itself: amount and tax make the total, the rows make both."""
    net, tax, total = (reading.money(name) for name in (FieldName.NET, FieldName.TAX, FieldName.TOTAL))
    if net is not None and tax is not None and total is not None and net + tax != total:
        yield f"金额 {net} 元加税额 {tax} 元应为 {net + tax} 元，发票上的价税合计是 {total} 元。"
    yield from _rows(reading, FieldName.NET, net, [item.net for item in reading.items])
    yield from _rows(reading, FieldName.TAX, tax, [item.tax for item in reading.items])


def _rows(reading: Reading, name: FieldName, said: Money | None, rows: list[Money | None]) -> Iterator[str]:
    amounts = [row for row in rows if row is not None]
    if said is None or not amounts or len(amounts) < len(rows):
        return
    total = Money.total(amounts)
    if abs((total - said).fen) > _A_FEN_A_ROW * len(reading.items):
        yield f"各行{name.label}相加为 {total} 元，发票上的合计是 {said} 元。"
