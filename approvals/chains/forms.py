"""The editor's form: a chain and its steps, in the words of a section chief. Amounts are typed in yuan."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from accounts.people.rules import Role
from approvals.chains.conditions import ROLLING_DAYS, Condition
from approvals.chains.drafts import LONGEST_NAME, MOST_DAYS, SEATS, ChainDraft, StepDraft
from approvals.chains.rules import AfterReturn, AmountField, OnLimit, StepMode
from budget.allotments.rules import SpendingKind
from budget.plans.kinds import PlanKind
from core.fields import EditForm, Form, MoneyField, Required
from core.money import Money

_APART: Final = re.compile(r"[\s、，,;；|]+")
_STEP: Final = re.compile(r"steps-(\d{1,4})-(.+)")
_EITHER: Final = [("", "不限"), ("yes", "只审核是的行"), ("no", "只审核不是的行")]
_TRUTH: Final = {"yes": True, "no": False}
_CHOOSE: Final = ("", "请选择岗位")
_POSTS: Final = [(role.value, f"{scope.label} · {role.label}岗") for role, scope in SEATS.items()]
_SHORT: Final = Length(max=LONGEST_NAME, message=f"不能超过 {LONGEST_NAME} 个字。")
_CHOICES: Final[dict[str, Sequence[tuple[str, str]]]] = {
    "post": [_CHOOSE, *_POSTS],
    "escalate_to": [_CHOOSE, *_POSTS],
    "mode": [(one.value, one.label) for one in StepMode],
    "spending": [("", "不限"), *((one.value, f"只审核{one.label}") for one in SpendingKind)],
    **dict.fromkeys(("guaranteed", "purchase", "direct"), _EITHER),
    "kinds": [(one.value, one.label) for one in PlanKind],
    "amount_field": [(one.value, one.label) for one in AmountField],
    "on_limit": [(one.value, one.label) for one in OnLimit],
}
_NEW: Final = {"days": "1", "may_return": "y", "may_hold": "y"}


class _Amount(MoneyField):
    """A threshold: empty, or above zero."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002  WTForms' signature
        """Zero and minus are no thresholds."""
        if self.data is not None and self.data <= Money(0):
            raise ValidationError("金额门槛须大于 0；不按金额区分请留空。")


class StepForm(wtforms.Form):
    """One step."""

    class Meta:
        """What WTForms itself says, it says in Chinese."""

        locales = ("zh",)

    name = StringField(
        "环节名称",
        [Required("请填写环节名称，例如“国库复审”。"), _SHORT],
    )
    post = SelectField("由谁审核", [Required("请选择由哪个岗位审核。")])
    mode = SelectField("几个人审核")
    needed = IntegerField("人数", [Optional(), NumberRange(1, 99, "请填写 1 至 99 之间的人数。")])
    spending = SelectField("支出类型")
    guaranteed = SelectField("“三保”支出")
    purchase = SelectField("政府采购")
    direct = SelectField("直达资金")
    funds = StringField("资金性质代码", [Length(max=200, message="不能超过 200 个字。")])
    kinds = SelectMultipleField("计划类型")
    line_from = _Amount("单行金额满（元）")
    plan_from = _Amount("整份计划满（元）")
    rolling_from = _Amount(f"同一指标、同一收款人 {ROLLING_DAYS} 天累计满（元）")
    amount_field = SelectField("核减")
    may_return = BooleanField("可以退回、移出")
    may_hold = BooleanField("可以挂起")
    second_factor = BooleanField("办理前输入动态口令")
    days = IntegerField(
        "时限（工作日）",
        [InputRequired("请填写时限，例如 2。"), NumberRange(1, MOST_DAYS, f"请填写 1 至 {MOST_DAYS} 之间的天数。")],
    )
    on_limit = SelectField("到期未办")
    escalate_to = SelectField("上报给")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        for name, choices in _CHOICES.items():
            field: Any = self[name]
            field.choices = list(choices)

    @property
    def said(self) -> str:
        """The step as a sentence, as far as it is well written; empty when it is not."""
        try:
            return self.draft().said
        except (KeyError, TypeError, ValueError):
            return ""

    def draft(self) -> StepDraft:
        """The step as typed. Raises `KeyError` or `ValueError` where a choice is none."""
        role, mode, limit = Role(self.post.data), StepMode(self.mode.data), OnLimit(self.on_limit.data)
        escalates = limit is OnLimit.ESCALATE and self.escalate_to.data
        return StepDraft(
            name=(self.name.data or "").strip(),
            role=role,
            scope=SEATS[role],
            amount_field=AmountField(self.amount_field.data),
            time_limit_days=self.days.data or 0,
            condition=self._condition(),
            mode=mode,
            needed=(self.needed.data or 0) if mode is StepMode.SOME else 1,
            may_return=bool(self.may_return.data),
            may_hold=bool(self.may_hold.data),
            on_limit=limit,
            escalate_to=Role(self.escalate_to.data) if escalates else None,
            second_factor=bool(self.second_factor.data),
        )

    def _condition(self) -> Condition:
        amounts = {name: found.fen for name in ("line_from", "plan_from", "rolling_from") if (found := self[name].data)}
        guaranteed, purchase, direct = (
            _TRUTH.get(field.data) for field in (self.guaranteed, self.purchase, self.direct)
        )
        return Condition(
            kinds=frozenset(self.kinds.data or ()),
            spending=SpendingKind(self.spending.data).value if self.spending.data else "",
            funds=frozenset(code for code in _APART.split(self.funds.data or "") if code),
            guaranteed=guaranteed,
            purchase=purchase,
            direct=direct,
            **amounts,
        )


def _shown(step: StepDraft) -> dict[str, object]:
    """A step as the form shows it."""
    asked = step.condition
    amounts = {name: Money(fen) for name in ("line_from", "plan_from", "rolling_from") if (fen := getattr(asked, name))}
    words = {True: "yes", False: "no", None: ""}
    flags = {name: words[getattr(asked, name)] for name in ("guaranteed", "purchase", "direct")}
    return {
        "name": step.name, "post": step.role.value, "mode": step.mode.value, "spending": asked.spending,
        "needed": step.needed if step.mode is StepMode.SOME else None, "funds": "、".join(sorted(asked.funds)),
        "kinds": sorted(asked.kinds), "amount_field": step.amount_field.value, "may_return": step.may_return,
        "may_hold": step.may_hold, "second_factor": step.second_factor, "days": step.time_limit_days,
        "on_limit": step.on_limit.value, "escalate_to": step.escalate_to.value if step.escalate_to else "",
        **amounts, **flags,
    }  # fmt: skip


class ChainForm(EditForm):
    """The whole chain. `kind` keeps what it is for, should the draft be gone when it comes back."""

    kind = HiddenField()
    name = StringField("流程名称", [Required("请填写流程名称。"), _SHORT])
    after_return = RadioField("退回修改后再次送审")
    steps = FieldList(FormField(StepForm))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.after_return.choices = [(one.value, one.label) for one in AfterReturn]

    @classmethod
    def showing(cls, kind: PlanKind, draft: ChainDraft, seen: int) -> ChainForm:
        """A stored draft, to be changed."""
        form = cls(
            formdata=None, kind=kind.value, seen=seen, name=draft.name, after_return=draft.after_return.value,
            steps=[_shown(step) for step in draft.steps],
        )  # fmt: skip
        form.form_errors = []
        return form

    def draft(self) -> ChainDraft:
        """What was typed; only after validation."""
        steps = tuple(entry.form.draft() for entry in self.steps)
        return ChainDraft((self.name.data or "").strip(), steps, AfterReturn(self.after_return.data))

    def told(self) -> list[tuple[str | None, str]]:
        """Every fault with a link to its field, and in which step it is."""
        own = [field for field in self if field is not self.steps]
        return [
            *((None, sentence) for sentence in self.form_errors),
            *_faults(own, ""),
            *(one for place, entry in enumerate(self.steps, 1) for one in _faults(entry.form, f"第 {place} 个环节 · ")),
        ]


def _faults(fields: Any, where: str) -> Iterator[tuple[str | None, str]]:
    for field in fields:
        yield from ((f"#{field.id}", f"{where}{field.label.text}：{error}") for error in field.errors)


class StartForm(Form):
    """起草: for which kind of plan, and what it begins with."""

    kind = HiddenField()
    source = HiddenField()


class SeenForm(EditForm):
    """启用 or 删除: the draft as it was seen."""


def rearranged(sent: MultiDict[str, str], do: str) -> tuple[MultiDict[str, str], int]:
    """What was typed with its steps in another order, and the place to look at next; nothing typed is lost.

    `do` is add-N (a blank step before the place N, from 0), remove-N, up-N or down-N; anything else changes nothing.
    """
    steps, rest = _apart(sent)
    verb, _, number = do.partition("-")
    place = min(int(number), len(steps)) if number.isdecimal() and len(number) < 5 else len(steps)
    place = _moved(steps, verb, place)
    told = MultiDict(rest)
    for at, step in enumerate(steps):
        for name, value in step:
            told.add(f"steps-{at}-{name}", value)
    return told, place


def _apart(sent: MultiDict[str, str]) -> tuple[list[list[tuple[str, str]]], list[tuple[str, str]]]:
    steps: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rest = []
    for key, value in sent.items(multi=True):
        found = _STEP.fullmatch(key)
        if found:
            steps[int(found[1])].append((found[2], value))
        else:
            rest.append((key, value))
    return [steps[number] for number in sorted(steps)], rest


def _moved(steps: list[list[tuple[str, str]]], verb: str, place: int) -> int:
    """Change the list; gives the place to look at."""
    if verb == "add":
        steps.insert(place, [("name", ""), *_NEW.items()])
        return place
    if place >= len(steps):
        return place
    if verb == "remove":
        del steps[place]
        return min(place, len(steps) - 1)
    to = {"up": place - 1, "down": place + 1}.get(verb, place)
    if 0 <= to < len(steps):
        steps.insert(to, steps.pop(place))
        return to
    return place


def choices_of(kind: PlanKind) -> Sequence[PlanKind]:
    """Which kinds of plan may run on the chain of this kind, to be told apart by its steps."""
    return tuple(PlanKind) if kind is PlanKind.MONTHLY else ()
