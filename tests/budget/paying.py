"""Short ways to payments: a file of vouchers over the cast's allotments, and what was written of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from accounts.people.rules import SYSTEM
from budget.ledger.models import LedgerEntry
from budget.payments import store
from budget.payments.actions import import_payments
from budget.payments.models import Payment, PaymentMatch
from budget.payments.reading import PaymentReading
from core.db import session
from core.imports import Upload
from core.money import ZERO, Money
from tests.core.books import xlsx
from tests.world import DIVISION, YEAR

# One voucher of the school's wages; the keys of the cast's own allotments are A1 … B1.
BASE = {
    "PAY_CERT_ID": "V1", "FISCAL_YEAR": str(YEAR), "PAY_CERT_NO": "2026120001", "PAY_AMT": "1000.00",
    "XPAY_AMT": "1000.00", "XPAY_DATE": "2026-12-03", "AGENCY_CODE": "201003", "USE_DES": "12月工资",
    "MOF_DIV_CODE": DIVISION, "IS_DELETED": "2", "BGT_ID": "A1", "PAYEE_ACCT_NAME": "区实验小学教职工",
    "PRO_CODE": "PA1",
}  # fmt: skip


def voucher(key: str, yuan: str, bgt_id: str = "A1", **more: str) -> dict[str, str]:
    """A voucher with a key of its own."""
    unit = "301001" if bgt_id == "B1" else "201003"
    return BASE | {
        "PAY_CERT_ID": key, "PAY_CERT_NO": f"No{key}", "PAY_AMT": yuan, "XPAY_AMT": yuan, "BGT_ID": bgt_id,
        "AGENCY_CODE": unit,
    } | more  # fmt: skip


def upload(*rows: dict[str, str]) -> Upload:
    """The vouchers as a workbook."""
    filled = [BASE | row for row in rows]
    return Upload(xlsx([list(BASE), *[[row[code] for code in BASE] for row in filled]]), "支付.xlsx")


def take(*rows: dict[str, str]) -> PaymentReading:
    """Import the vouchers."""
    return import_payments(upload(*rows), DIVISION, YEAR, by=SYSTEM)


def amounts() -> list[Money]:
    """All payments in the order of their keys."""
    return list(session().scalars(select(Payment.amount).order_by(Payment.id)))


def matches() -> list[tuple[str, Money]]:
    """What was matched, by the national key of the voucher, in the order written."""
    query = select(Payment.pay_cert_id, PaymentMatch.amount).join(Payment, PaymentMatch.payment_id == Payment.id)
    return [(key, amount) for key, amount in session().execute(query.order_by(PaymentMatch.id))]


def line_of(bgt_id: str) -> int:
    """The approved line of an allotment."""
    return session().scalars(select(LedgerEntry.plan_line_id).where(LedgerEntry.bgt_id == bgt_id)).one()


def paid(bgt_id: str) -> Money:
    """What was paid of the approved line of an allotment."""
    line = line_of(bgt_id)
    return store.paid_of_lines([line]).get(line, ZERO)


def counted(models: Iterable[type[Payment] | type[PaymentMatch]] = (Payment, PaymentMatch)) -> list[int]:
    """How many rows there are of each."""
    return [session().scalar(select(func.count()).select_from(model)) or 0 for model in models]
