"""A file of payments against what is stored: new vouchers, vouchers made void, what does not fit, control totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.units import store as units
from budget.payments import store
from budget.payments.layout import PAYMENTS, PaymentRow, payment_of
from budget.payments.store import Voucher
from core.differences import Change, Difference, Entry
from core.money import Money
from core.sheets import Problem, Row, Table
from core.sheets.layout import BadTable, check_problems

_RED: Final = "支付只增不改，更正请在一体化系统中用红字（负数）凭证办理，再导入红字凭证。"


@dataclass(frozen=True, slots=True)
class PaymentReading:
    """The rows of a file and what would be written: `fresh` payments and red rows for the `voided`."""

    rows: list[PaymentRow]
    fresh: list[PaymentRow]
    voided: list[tuple[PaymentRow, Voucher]]
    unknown: list[PaymentRow]
    difference: Difference

    @property
    def total(self) -> Money:
        """The control total of the file: what the bank reports as paid, in all rows that are not void."""
        return Money.total(row.amount for row in self.rows if row.is_paid)

    @property
    def added(self) -> Money:
        """By how much the import changes what is paid."""
        return Money.total(row.amount for row in self.fresh) - Money.total(stored.amount for _, stored in self.voided)

    @property
    def waiting(self) -> int:
        """Rows that no bank has paid yet, and void ones: they are counted and not taken over."""
        return sum(not row.is_paid for row in self.rows)

    def __str__(self) -> str:
        unknown = f"；{len(self.unknown)} 笔的指标不在系统中，已列入差异" if self.unknown else ""
        waiting = f"；{self.waiting} 笔未支付或已作废，不计入" if self.waiting else ""
        return (
            f"新增 {len(self.fresh)} 笔，作废冲销 {len(self.voided)} 笔，未变 {self.difference.unchanged} 笔。"
            f"文件 {len(self.rows)} 笔，实际支付合计 {self.total} 元，本次增加 {self.added} 元{waiting}{unknown}"
        )


def read_payments(table: Table, division: str, year: int, *, lock: bool = False) -> PaymentReading:
    """The rows and what they would change. Raises `BadTable` with every problem at once.

    An unknown allotment is no problem of the file: the money has left, so it is taken over and listed.
    With `lock`, inside a transaction, the allotments of the year are held until its end.
    """
    owners = store.owners_of_year(division, year, lock=lock)
    known = store.known_vouchers(division)
    facts = _Facts(division, year, units.unit_codes(division), owners, known)
    if not any(row.values["XPAY_AMT"] for row in table.rows):
        raise BadTable.because("文件中没有一笔“实际支付金额”（XPAY_AMT），请导出已支付的凭证。")
    check_problems(problem for row in table.rows for problem in _problems(row, facts))
    rows = [payment_of(row) for row in table.rows]
    fresh = [row for row in rows if row.is_paid and row.pay_cert_id not in known]
    voided = [(row, known[row.pay_cert_id]) for row in rows if row.deleted and _stands(known.get(row.pay_cert_id))]
    unknown = [row for row in fresh if row.bgt_id not in owners]
    return PaymentReading(rows, fresh, voided, unknown, _difference(rows, fresh, voided, known))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the rows are held against."""

    division: str
    year: int
    units: set[str]
    owners: Mapping[str, str]
    known: Mapping[str, Voucher]


def _stands(stored: Voucher | None) -> bool:
    """Whether the voucher was taken over and not taken back since."""
    return stored is not None and not stored.voided


def _difference(
    rows: list[PaymentRow],
    fresh: list[PaymentRow],
    voided: list[tuple[PaymentRow, Voucher]],
    known: Mapping[str, Voucher],
) -> Difference:
    new = [Entry(row.pay_cert_no, f"{row.values['USE_DES']} {row.amount} 元") for row in fresh]
    changed = [
        Entry(row.pay_cert_no, row.values["USE_DES"], (Change("状态", "已支付", "作废（记红字冲销）"),))
        for row, _ in voided
    ]
    seen = sum(row.pay_cert_id in known for row in rows)
    return Difference(new, changed, [], seen - len(voided))


def _problems(row: Row, facts: _Facts) -> Iterator[Problem]:
    values = row.values
    for column, value in (("MOF_DIV_CODE", facts.division), ("FISCAL_YEAR", str(facts.year))):
        if values[column] != value:
            text = f"“{values[column]}”与本次导入的“{value}”不符，请检查文件是否选错。"
            yield PAYMENTS.problem(row.number, column, text)
    yield from _day_problems(row, facts.year)
    stored = facts.known.get(values["PAY_CERT_ID"])
    yield from _owner_problems(row, facts) if stored is None else _changes(row, stored, facts.year)


def _day_problems(row: Row, year: int) -> Iterator[Problem]:
    amount, day = row.values["XPAY_AMT"], row.values["XPAY_DATE"]
    if amount and not day and Money.parse(amount):
        yield PAYMENTS.problem(row.number, "XPAY_DATE", "有实际支付金额，却没有实际支付日期，请补上。")
    if day and day[:4] != str(year):
        yield PAYMENTS.problem(row.number, "XPAY_DATE", f"“{day[:10]}”不在{year}年内，请检查文件是否选错。")


def _owner_problems(row: Row, facts: _Facts) -> Iterator[Problem]:
    """A new payment: its unit must be known, and must be the one that the allotment was given to."""
    unit, owner = row.values["AGENCY_CODE"], facts.owners.get(row.values["BGT_ID"])
    if unit not in facts.units:
        text = f"单位“{unit}”不在预算单位中，请核对代码，或者先导入这个单位。"
        yield PAYMENTS.problem(row.number, "AGENCY_CODE", text)
    elif owner is not None and owner != unit:
        text = f"支付单位“{unit}”不是这笔指标的单位“{owner}”，请核对单位代码和指标主键。"
        yield PAYMENTS.problem(row.number, "AGENCY_CODE", text)


def _changes(row: Row, stored: Voucher, year: int) -> Iterator[Problem]:
    """A voucher that is known already: it may be made void, but not say something else than before."""
    values = row.values
    if stored.fiscal_year != year:
        text = f"这笔支付已在{stored.fiscal_year}年导入，请检查文件是否选错。"
        yield PAYMENTS.problem(row.number, "PAY_CERT_ID", text)
        return
    if values["IS_DELETED"] == "1":
        return
    if stored.voided:
        yield PAYMENTS.problem(row.number, "IS_DELETED", f"这笔支付已经作废冲销，文件中又成了有效。{_RED}")
    pairs: tuple[tuple[str, str, object], ...] = (
        ("XPAY_AMT", stored.amount.plain, values["XPAY_AMT"]),
        ("XPAY_DATE", str(stored.paid_on), values["XPAY_DATE"][:10]),
        ("BGT_ID", stored.bgt_id, values["BGT_ID"]),
        ("AGENCY_CODE", stored.unit_code, values["AGENCY_CODE"]),
    )
    for column, old, new in pairs:
        if old != new:
            yield PAYMENTS.problem(row.number, column, f"已导入的是“{old}”，文件中成了“{new}”。{_RED}")


def day_of(row: PaymentRow) -> date:
    """The day of a row that is paid."""
    if row.paid_on is None:
        raise ValueError("a payment without a day")
    return row.paid_on
