"""Reading the minus page: for every approved line, how much is to be taken from it, in one quick pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import wtforms
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from budget.plans.rules import LONGEST_PLAN_REASON, LONGEST_PURPOSE
from budget.reductions.rules import Taking
from core.errors import Refused
from core.fields import Form
from core.money import Money

COLUMNS: Final = ("source", "amount", "purpose")


@dataclass
class TypedTaking:
    """What was typed beside one approved line, word for word, with what was found wrong in it by column."""

    source: str = ""
    amount: str = ""
    purpose: str = ""
    taking: Taking | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Nothing is to be taken from this line."""
        return not self.amount.strip()

    @property
    def source_id(self) -> int:
        """The id of the approved line; 0 for what is none."""
        return int(self.source) if self.source.isascii() and self.source.isdigit() and len(self.source) < 17 else 0

    @classmethod
    def of(cls, taking: Taking) -> TypedTaking:
        """A stored taking as its clerk would type it."""
        return cls(str(taking.source_line_id), str(taking.amount), taking.purpose, taking)

    def read(self) -> None:
        """Judge the amount and the words; the taking, when they are well written."""
        try:
            amount = Money.parse(self.amount)
        except Refused as refusal:
            self.errors["amount"] = str(refusal)
        else:
            if amount <= Money(0):
                self.errors["amount"] = f"调减金额填正数，须大于 0，现在是 {amount}；不调减请留空。"
            self.taking = Taking(self.source_id, amount, self.purpose.strip())
        length = len(self.purpose.strip())
        if length > LONGEST_PURPOSE:
            self.errors["purpose"] = f"调减说明不能超过 {LONGEST_PURPOSE} 个字，现在是 {length} 个。"


class TakingsField(wtforms.Field):
    """All rows as parallel lists (`source=…&amount=…&purpose=…`); rows without an amount do not count."""

    data: tuple[Taking, ...]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002  WTForms'
        """Take the columns when a form was sent, the stored takings otherwise."""
        self.process_errors: list[str] = []
        columns = [formdata.getlist(name) for name in COLUMNS] if formdata else []
        self.uneven = len({len(column) for column in columns}) > 1
        if not columns:
            self.rows = [TypedTaking.of(taking) for taking in data or ()]
        elif self.uneven:
            self.rows = []
        else:
            rows = [TypedTaking(*row) for row in zip(*columns, strict=True)]
            self.rows = [row for row in rows if not row.blank]

    def pre_validate(self, form: wtforms.form.BaseForm) -> None:  # noqa: ARG002  WTForms' signature
        """Read every row and collect every fault."""
        if self.uneven:
            raise wtforms.validators.StopValidation("页面的明细不完整（各列行数不一致），没有保存；请刷新页面后再试。")
        for row in self.rows:
            row.read()
        if any(row.errors for row in self.rows):
            raise wtforms.validators.StopValidation("明细中有需要改正的内容。")
        self.data = tuple(row.taking for row in self.rows if row.taking)


class LapseForm(Form):
    """年终注销: the button alone."""


class MinusForm(Form):
    """The minus page. `version` is the state of the plan that the page was made from."""

    version = IntegerField("版本", [InputRequired("页面不完整，请刷新后再保存。")], widget=HiddenInput())
    against = IntegerField("已核对的版本", [Optional()], widget=HiddenInput())
    reason = StringField(
        "原因", [Length(max=LONGEST_PLAN_REASON, message=f"原因不能超过 {LONGEST_PLAN_REASON} 个字。")]
    )
    lines = TakingsField("明细")

    def takings(self) -> Sequence[Taking]:
        """What was typed, read."""
        return self.lines.data

    def faults(self, places: dict[int, str]) -> Iterator[tuple[str | None, str]]:
        """Every fault as (link to the cell, sentence); `places` names the approved lines."""
        for sentence in self.form_errors:
            yield None, sentence
        for name, box in self._fields.items():
            if name != "lines" or self.lines.uneven:
                yield from ((f"#{name}", str(error)) for error in box.errors)
        for row in self.lines.rows:
            for column, sentence in row.errors.items():
                yield f"#take-{row.source}-{column}", f"{places.get(row.source_id, '一行')}：{sentence}"
