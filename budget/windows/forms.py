"""The forms of filing windows, of the rule of a year, and of permits, in Shanghai time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, ValidationError

from accounts.units.models import Unit
from budget.windows.monthly import MonthTerms, Moving
from budget.windows.permitting import Wish
from budget.windows.rules import PermitKind
from core import clock
from core.fields import EditForm, Form, Required

_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


class WindowForm(EditForm):
    """开放时间 and 截止时间."""

    opens = DateTimeLocalField("开放时间", [Required("请填写开放时间，例如 2026-11-15 08:00。")], format=_FORMATS)
    closes = DateTimeLocalField(
        "截止时间",
        [Required("请填写截止时间，例如 2026-11-25 17:00。")],
        format=_FORMATS,
        description="这一刻之前（含）可以送审。",
    )

    def show(self, opens_at: datetime, closes_at: datetime) -> None:
        """Fill in a stored window."""
        self.opens.data, self.closes.data = clock.local(opens_at), clock.local(closes_at)

    def moments(self) -> tuple[datetime, datetime]:
        """What was filled in, as moments; only after validation."""
        return _moment(self.opens.data), _moment(self.closes.data)


class DepartmentWindowForm(WindowForm):
    """A window for the units of one department."""

    department = SelectField(
        "部门", [Required("请选择部门。")], description="本部门所属单位按这个窗口申报，不再按通用窗口。"
    )

    def offer(self, departments: list[Unit]) -> None:
        """Which departments may be chosen."""
        self.department.choices = [("", "请选择"), *((unit.code, f"{unit.code} {unit.name}") for unit in departments)]


class RemoveForm(Form):
    """取消部门窗口: the department alone."""

    department = HiddenField()


class RuleForm(EditForm):
    """月度规则 of a year."""

    opens_day = IntegerField("开放日（上月几日）", [InputRequired("请填写开放日，例如 15。")])
    closes_day = IntegerField("截止日（上月几日）", [InputRequired("请填写截止日，例如 20。")])
    closes_time = StringField("截止时刻", [InputRequired("请填写截止时刻，例如 17:00。")])
    moves = SelectField(
        "截止日遇休息日",
        description="按工作日历判断；移动后若到了下个月，就改为提前。",
    )
    last_supplement_day = IntegerField(
        "追加计划最迟（12 月几日）",
        [InputRequired("请填写追加计划的最后一天，例如 20。")],
        description="年终规定：过了这一天，本年度不再受理追加计划。",
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.moves.choices = [(one.value, one.label) for one in Moving]

    def show(self, terms: MonthTerms) -> None:
        """Fill in a rule."""
        self.opens_day.data, self.closes_day.data = terms.opens_day, terms.closes_day
        self.closes_time.data, self.moves.data = terms.closes_time, terms.moves.value
        self.last_supplement_day.data = terms.last_supplement_day

    def validate_closes_time(self, field: StringField) -> None:
        """17:00."""
        if not _TIME.fullmatch((field.data or "").strip()) or self._minutes() < 1:
            raise ValidationError("请写成 17:00 这样的时刻。")

    def _minutes(self) -> int:
        found = _TIME.fullmatch((self.closes_time.data or "").strip())
        return int(found[1]) * 60 + int(found[2]) if found else 0

    def terms(self) -> MonthTerms:
        """What was filled in; only after validation."""
        return MonthTerms(
            opens_day=self.opens_day.data or 0,
            closes_day=self.closes_day.data or 0,
            closes_minute=self._minutes(),
            moves=Moving(self.moves.data),
            last_supplement_day=self.last_supplement_day.data or 0,
        )


class MakeForm(Form):
    """生成全年窗口: what the page has shown, by its digest."""

    digest = HiddenField()
    overwrite = BooleanField("覆盖手工设置的窗口")


class PermitForm(Form):
    """准予例外."""

    unit_code = StringField("单位代码", [Required("请填写单位代码。")], description="末级单位，可从列表中选择。")
    kind = SelectField("例外种类")
    year = IntegerField("计划年度", [InputRequired("请填写计划年度，例如 2026。")])
    month = IntegerField("计划月份", [InputRequired("请填写计划月份，1 至 12。")])
    valid_until = DateTimeLocalField(
        "有效至",
        [Required("请填写有效期，例如 2026-11-30 17:00。")],
        format=_FORMATS,
        description="这一刻之前（含）可以送审，过后自动失效。",
    )
    reason = TextAreaField("原因", [Required("请写明原因，单位和审计都会看到。")])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.kind.choices = [(one.value, one.label) for one in PermitKind]

    def wish(self) -> Wish:
        """What was filled in; only after validation."""
        return Wish(
            unit_code=(self.unit_code.data or "").strip(),
            year=self.year.data or 0,
            month=self.month.data or 0,
            kind=PermitKind(self.kind.data),
            reason=self.reason.data or "",
            valid_until=_moment(self.valid_until.data),
        )


class RevokeForm(EditForm):
    """撤销例外."""

    why = TextAreaField("撤销原因", [Required("请写明撤销的原因。")])


def _moment(typed: Any) -> datetime:
    found: datetime = typed
    return found.replace(tzinfo=clock.SHANGHAI)
