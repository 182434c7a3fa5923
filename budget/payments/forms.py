"""The upload of payments, and the button that matches again."""

from __future__ import annotations

from core.fields import Form
from core.imports import YearForm, year_field


class PaymentUploadForm(YearForm):
    """The national table PAY_VOUCHER_BILL of one year."""

    year = year_field("年度")


class RematchForm(Form):
    """重新匹配: a button alone."""
