"""Reading the entry page: the plan's header, and up to hundreds of lines in one quick pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import uuid4

import wtforms
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from budget.plans.rules import (
    LONGEST_NOTE,
    LONGEST_PAYEE,
    LONGEST_PURPOSE,
    LineDraft,
    PlanDraft,
    PlanKind,
)
from core.errors import Refused
from core.fields import Form
from core.money import Money

COLUMNS: Final = ("line_id", "allotment", "applied", "purpose", "pay_date", "payee", "note", "month")
_LIMITS: Final = {
    "purpose": ("用途", LONGEST_PURPOSE),
    "payee": ("收款人", LONGEST_PAYEE),
    "note": ("备注", LONGEST_NOTE),
}
_LARGEST_ID: Final = 2**53
_YEAR_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MONTH_DAY: Final = re.compile(r"(\d{1,2})[-/.月](\d{1,2})日?")
_DAY: Final = re.compile(r"(\d{1,2})日?")
_MONTH: Final = re.compile(r"0?([1-9]|1[0-2])月?")


@dataclass
class TypedLine:
    """One row of the page, word for word, with what was found wrong in it by column."""

    line_id: str = ""
    allotment: str = ""
    applied: str = ""
    purpose: str = ""
    pay_date: str = ""
    payee: str = ""
    note: str = ""
    month: str = ""
    place: int = 0
    draft: LineDraft = field(default_factory=LineDraft)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Nothing was typed into it."""
        cells = (self.allotment, self.applied, self.purpose, self.pay_date, self.payee, self.note, self.month)
        return not any(cell.strip() for cell in cells)

    @classmethod
    def of(cls, draft: LineDraft, labels: Mapping[int, str], month: int) -> TypedLine:
        """A stored line as its clerk would type it; the plan's own month stays blank."""
        return cls(
            line_id=str(draft.line_id or ""),
            allotment=labels.get(draft.allotment_id or 0, ""),
            applied="" if draft.applied is None else str(draft.applied),
            purpose=draft.purpose,
            pay_date="" if draft.pay_date is None else draft.pay_date.isoformat(),
            payee=draft.payee,
            note=draft.note,
            month="" if draft.month in (None, month) else str(draft.month),
            draft=draft,
        )


class LinesField(wtforms.Field):
    """All rows as parallel lists (`applied=…&applied=…`): one pass instead of a thousand field objects.

    `labels` (allotment id → label) and `month_start` come from the page; every fault is kept beside its cell, and
    what was typed stays as it was typed. Wholly blank rows do not count.
    """

    data: tuple[LineDraft, ...]

    def __init__(self, label: str = "", **options: Any) -> None:
        super().__init__(label, **options)
        self.labels: Mapping[int, str] = {}
        self.month_start = date.min
        self.rows: list[TypedLine] = []
        self.uneven = False

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002  WTForms'
        """Take the columns when a form was sent, the stored lines otherwise."""
        self.process_errors: list[str] = []
        self.stored: Sequence[LineDraft] = data or ()
        columns = [formdata.getlist(name) for name in COLUMNS] if formdata else []
        self.uneven = len({len(column) for column in columns}) > 1
        if columns and not self.uneven:
            cells = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]
            rows = [TypedLine(**row, place=place) for place, row in enumerate(cells, 1)]
            self.rows = [row for row in rows if not row.blank]
        self.sent = bool(columns)

    def know(self, labels: Mapping[int, str], month_start: date) -> None:
        """Tell which allotments may be named, and which month a bare day belongs to."""
        self.labels, self.month_start = labels, month_start
        if not self.sent:
            self.rows = [TypedLine.of(draft, labels, month_start.month) for draft in self.stored]

    def pre_validate(self, form: wtforms.form.BaseForm) -> None:  # noqa: ARG002  WTForms' signature
        """Read every row and collect every fault."""
        if self.uneven:
            raise wtforms.validators.StopValidation("页面的明细不完整（各列行数不一致），没有保存；请刷新页面后再试。")
        ids = {label: key for key, label in self.labels.items()}
        for row in self.rows:
            self._read(row, ids)
        self.data = tuple(row.draft for row in self.rows)
        if any(row.errors for row in self.rows):
            raise wtforms.validators.StopValidation("明细中有需要改正的内容。")

    def _read(self, row: TypedLine, ids: Mapping[str, int]) -> None:
        allotment = row.allotment.strip()
        if allotment and allotment not in ids:
            row.errors["allotment"] = f"没有“{allotment}”这一指标，请从本单位的指标列表中选择。"
        for name, (label, longest) in _LIMITS.items():
            length = len(getattr(row, name).strip())
            if length > longest:
                row.errors[name] = f"{label}不能超过 {longest} 个字，现在是 {length} 个。"
        month = self._month(row)
        row.draft = LineDraft(
            line_id=_line_id(row.line_id),
            allotment_id=ids.get(allotment),
            applied=_amount(row),
            purpose=_text(row.purpose),
            pay_date=self._date(row, month),
            payee=_text(row.payee),
            note=_text(row.note),
            month=month,
        )

    def _month(self, row: TypedLine) -> int | None:
        text, own = unicodedata.normalize("NFKC", row.month).strip(), self.month_start.month
        if not text:
            return None
        found = _MONTH.fullmatch(text)
        if found is None:
            row.errors["month"] = f"“{text}”不是月份，请填写 {own} 至 12；不填即计划月份 {own} 月。"
            return None
        if int(found[1]) < own:
            row.errors["month"] = f"月份 {found[1]} 早于计划月份 {own}，只能填本月或以后的月份。"
        return int(found[1])

    def _date(self, row: TypedLine, month: int | None) -> date | None:
        text, start = row.pay_date.strip(), self.month_start.replace(month=month or self.month_start.month)
        try:
            return read_date(text, start) if text else None
        except ValueError:
            row.errors["pay_date"] = f"“{text}”不是有效的日期，请填写例如 {start:%Y-%m}-15，或只填日。"
            return None


def _text(typed: str | None) -> str:
    """Without blanks around it."""
    return (typed or "").strip()


def _line_id(text: str) -> int | None:
    """A row that the page has just made carries a word of the page's own instead of an id."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 17 else 0
    return number if 0 < number < _LARGEST_ID else None


def _amount(row: TypedLine) -> Money | None:
    if not row.applied.strip():
        return None
    try:
        amount = Money.parse(row.applied)
    except Refused as refusal:
        row.errors["applied"] = str(refusal)
        return None
    if amount <= Money(0):
        row.errors["applied"] = f"申报金额须大于 0，现在是 {amount}。"
    return amount


def read_date(text: str, month_start: date) -> date:
    """2026-12-15, 2026/12/15, 12月15日, or the bare day of the plan's month. Raises ValueError."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if match := _YEAR_DAY.fullmatch(plain):
        return date(*map(int, match.groups()))
    if match := _MONTH_DAY.fullmatch(plain):
        return month_start.replace(month=int(match[1]), day=int(match[2]))
    if match := _DAY.fullmatch(plain):
        return month_start.replace(day=int(match[1]))
    raise ValueError(text)


class PlanForm(Form):
    """The entry page. `version` is the state of the plan that the page was made from."""

    version = IntegerField("版本", [InputRequired("页面不完整，请刷新后再保存。")], widget=HiddenInput())
    against = IntegerField("已核对的版本", [Optional()], widget=HiddenInput())
    contact_phone = StringField("联系电话", [Length(max=64, message="联系电话不能超过 64 个字。")])
    remark = StringField("计划说明", [Length(max=LONGEST_NOTE, message=f"计划说明不能超过 {LONGEST_NOTE} 个字。")])
    reason = StringField("原因", [Length(max=LONGEST_NOTE, message=f"原因不能超过 {LONGEST_NOTE} 个字。")])
    lines = LinesField("明细")

    def draft(self) -> PlanDraft:
        """What was typed, read."""
        words = (_text(box.data) for box in (self.contact_phone, self.remark, self.reason))
        return PlanDraft(self.lines.data, *words)

    def faults(self, *, by_place: bool = False) -> Iterator[tuple[str | None, str]]:
        """Every fault as (link to the cell, sentence); rows count as shown again, or as they stood on the page."""
        for sentence in self.form_errors:
            yield None, sentence
        for name, box in self._fields.items():
            if name != "lines" or self.lines.uneven:
                yield from ((f"#{name}", str(error)) for error in box.errors)
        for number, row in enumerate(self.lines.rows, 1):
            for column, sentence in row.errors.items():
                yield f"#row-{number}-{column}", f"第 {row.place if by_place else number} 行：{sentence}"


class ChoiceField(SelectField):
    """A list to choose from; anything else was not on the page."""

    def pre_validate(self, form: wtforms.form.BaseForm) -> None:  # noqa: ARG002  WTForms' signature
        """Refuse what was not offered."""
        if self.data not in [value for value, *_ in self.iter_choices()]:
            raise wtforms.validators.StopValidation(f"请从列表中选择{self.label.text}。")


# What each kind of plan is for, said where it is chosen.
_FOR: Final = {
    PlanKind.MONTHLY: "在申报期内填报本月用款。",
    PlanKind.SUPPLEMENT: "错过申报期或临时增加的用款；须先由财政准予“追加申报”。",
    PlanKind.REDUCTION: "已批复的用款不再支付或少支付：选出这些行、填调减金额，批复后额度退回指标。",
    PlanKind.ADJUSTMENT: "把已批复、还没有支付的款项改作他用：一边调减、一边调增，两边合计须相等。",
    PlanKind.ENTERED: "财政代单位填报；单位会收到通知，可以提出异议。",
}


class StartForm(Form):
    """Which kind, which month; `form_key` makes the same form sent twice one plan. The unit is starting.py's."""

    kind = ChoiceField("计划类型", default=PlanKind.MONTHLY.value)
    month = ChoiceField("计划月份")
    reason = StringField("原因", description="月度计划不用填；其他计划须写明为什么要报这份计划。")
    form_key = HiddenField(
        default=lambda: uuid4().hex, validators=[Regexp(r"[0-9a-f-]{32,36}\Z", message="页面已失效，请重新打开。")]
    )

    def kinds(self) -> Iterator[tuple[PlanKind, str]]:
        """The kinds that are offered, each with what it is for."""
        for value, *_ in self.kind.iter_choices():
            yield PlanKind(value), _FOR[PlanKind(value)]

    def chosen(self) -> tuple[int, int]:
        """The year and the month."""
        year, month = str(self.month.data).split("-")
        return int(year), int(month)
