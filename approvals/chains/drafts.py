"""A chain while it is written: its steps as values, told in sentences, and what keeps it from being put into force.

Pure. The pages show what is said here; `faults` refuse the publishing, `hints` only make one look again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from accounts.people.rules import PlaceKind, Role
from approvals.chains.conditions import Condition
from approvals.chains.rules import AfterReturn, AmountField, OnLimit, StepMode, StepScope
from budget.plans.kinds import PlanKind
from core.differences import Record
from core.money import Money

MOST_STEPS: Final = 20
MOST_DAYS: Final = 60
LONGEST_NAME: Final = 30
# Below this an amount was probably meant in 万元.
_SMALL: Final = Money.yuan(1_000)
# Which posts may decide, and where each is looked for: a post is held at one kind of place only.
SEATS: Final = {
    Role.UNIT_AUDITOR: StepScope.UNIT,
    Role.UNIT_HEAD: StepScope.UNIT,
    Role.DEPARTMENT_REVIEWER: StepScope.DEPARTMENT,
    Role.OFFICE_REVIEWER: StepScope.LINE_OFFICE,
    Role.OFFICE_CHIEF: StepScope.LINE_OFFICE,
    Role.TREASURY_REVIEWER: StepScope.BUREAU,
    Role.TREASURY_APPROVER: StepScope.BUREAU,
    Role.DEPUTY_DIRECTOR: StepScope.BUREAU,
    Role.DIRECTOR: StepScope.BUREAU,
}


@dataclass(frozen=True)
class StepDraft:
    """A step as a value; the fields are those of `ChainStep`."""

    name: str
    role: Role
    scope: StepScope
    amount_field: AmountField = AmountField.NONE
    time_limit_days: int = 1
    condition: Condition = field(default_factory=Condition)
    mode: StepMode = StepMode.ANY
    needed: int = 1
    may_return: bool = True
    may_hold: bool = True
    on_limit: OnLimit = OnLimit.REMIND
    escalate_to: Role | None = None
    second_factor: bool = False

    @property
    def seat(self) -> str:
        """财政局 国库复审岗."""
        return f"{self.scope.label} {self.role.label}岗"

    @property
    def how(self) -> str:
        """任一人审核 · 至少 2 人会签."""
        return {
            StepMode.ANY: "任一人审核",
            StepMode.ALL: "全部会签",
            StepMode.SOME: f"至少 {self.needed} 人会签",
            StepMode.IN_ORDER: "逐人依次审核",
        }[self.mode]

    @property
    def which(self) -> str:
        """审核所有行 · 只审核项目支出的行."""
        asked = self.condition.said
        return "审核所有行" if self.condition == Condition() else f"只审核符合条件的行：{asked}"

    @property
    def abilities(self) -> str:
        """可核减，形成建议数；可退回；可挂起."""
        back, hold = ("可" if allowed else "不可" for allowed in (self.may_return, self.may_hold))
        return f"{self.amount_field.label}；{back}退回；{hold}挂起"

    @property
    def limit(self) -> str:
        """2 个工作日内办理，到期催办."""
        return f"{self.time_limit_days} 个工作日内办理，到期{self.late}"

    @property
    def late(self) -> str:
        """催办 · 上报分管局长."""
        told = self.escalate_to.label if self.escalate_to and self.on_limit is OnLimit.ESCALATE else ""
        return f"{self.on_limit.label}{told}"

    @property
    def said(self) -> str:
        """The whole step as one sentence."""
        again = "；办理前须输入动态口令" if self.second_factor else ""
        return f"{self.seat}，{self.how}，{self.which}。{self.abilities}；{self.limit}{again}。"

    @property
    def record(self) -> Record:
        """The step part by part, to be compared."""
        return {
            "名称": self.name,
            "岗位": self.seat,
            "审核哪些行": self.which,
            "办理方式": self.how,
            "权限": self.abilities,
            "时限": self.limit,
            "动态口令": "办理前输入" if self.second_factor else "不用输入",
        }


@dataclass(frozen=True)
class ChainDraft:
    """What is written of a chain: its name, what follows a return, its steps in their order."""

    name: str
    steps: Sequence[StepDraft] = ()
    after_return: AfterReturn = AfterReturn.EVERY_STEP

    @property
    def way(self) -> str:
        """单位审核 → 业务股室初审 → 国库复审 → 国库批复."""
        return " → ".join(step.name for step in self.steps)

    @property
    def record(self) -> Record:
        """All of it, place by place, to be compared with what somebody else saved."""
        told = {"流程名称": self.name, "退回后": self.after_return.label}
        for number, step in enumerate(self.steps, 1):
            told.update({f"第 {number} 个环节的{part}": text for part, text in step.record.items()})
        return told

    @property
    def records(self) -> dict[str, Record]:
        """The chain and its steps by name, to be compared with another version."""
        whole = {"名称": "流程", "流程名称": self.name, "退回后": self.after_return.label, "环节顺序": self.way}
        return {"": whole, **{step.name: step.record for step in self.steps}}


def for_kind(kind: PlanKind, draft: ChainDraft) -> ChainDraft:
    """The chain of another kind of plan as this kind would meet it: steps for other kinds only are left out."""
    met = [step for step in draft.steps if not step.condition.kinds or kind.value in step.condition.kinds]
    steps = (replace(step, condition=replace(step.condition, kinds=frozenset())) for step in met)
    return replace(draft, steps=tuple(steps))


def faults(kind: PlanKind, draft: ChainDraft) -> list[str]:
    """Everything that keeps the chain from being put into force, as sentences."""
    steps = list(enumerate(draft.steps, 1))
    return [
        *_of_chain(draft),
        *(fault for number, step in steps for fault in _of_step(f"第 {number} 个环节“{step.name}”", kind, step)),
        *_of_order(draft.steps),
        *(_of_last(draft.steps[-1]) if draft.steps else ()),
    ]


def _of_chain(draft: ChainDraft) -> Iterator[str]:
    if not draft.steps:
        yield "审批流程至少要有一个环节，请先增加环节。"
    if len(draft.steps) > MOST_STEPS:
        yield f"审批流程最多 {MOST_STEPS} 个环节，现有 {len(draft.steps)} 个，请合并或移除。"
    for name, count in Counter(step.name for step in draft.steps).items():
        if count > 1:
            yield f"有 {count} 个环节都叫“{name}”，请改成不同的名称，以免意见记录分不清。"


def _of_step(at: str, kind: PlanKind, step: StepDraft) -> Iterator[str]:
    if SEATS.get(step.role) is not step.scope:
        yield f"{at}：{step.role.label}岗不能在“{step.scope.label}”审核，请重新选择由谁审核。"
    if step.mode is StepMode.SOME and step.needed < 2:
        yield f"{at}：若干人会签至少要 2 人；只要 1 人请选“或签”。"
    if not 1 <= step.time_limit_days <= MOST_DAYS:
        yield f"{at}：时限须在 1 至 {MOST_DAYS} 个工作日之间。"
    if step.on_limit is OnLimit.ESCALATE and step.escalate_to is None:
        yield f"{at}：到期上报须选择上报给哪个岗位。"
    if step.on_limit is OnLimit.ESCALATE and step.escalate_to is step.role:
        yield f"{at}：到期不能上报给本环节自己的岗位，请另选。"
    yield from _of_condition(at, kind, step.condition)


def _of_condition(at: str, kind: PlanKind, asked: Condition) -> Iterator[str]:
    if asked.kinds and kind.value not in asked.kinds and kind is not PlanKind.MONTHLY:
        yield f"{at}：条件里的计划类型不含{kind.label}，这个环节永远不会审核任何行。"
    wrong = [code for code in sorted(asked.funds) if not (code.isascii() and code.isdigit())]
    if wrong:
        yield f"{at}：资金性质须填代码（数字），“{'、'.join(wrong)}”不是代码。"


def _of_order(steps: Sequence[StepDraft]) -> Iterator[str]:
    """建议数 is what the treasury starts from: it is set before 核批数."""
    approving = ""
    for step in steps:
        if step.amount_field is AmountField.APPROVED:
            approving = approving or step.name
        elif step.amount_field is AmountField.SUGGESTED and approving:
            yield (
                f"环节“{step.name}”形成建议数，却排在形成核批数的“{approving}”之后；"
                "请把它移到前面，或改为形成核批数、不核减。"
            )


def _of_last(step: StepDraft) -> Iterator[str]:
    if step.condition != Condition():
        yield (
            f"最后一个环节“{step.name}”须能批复所有行，不能带条件（现在只审核：{step.condition.said}）；"
            "请去掉条件，或在后面增加一个不带条件的环节。"
        )
    if step.role.place is PlaceKind.UNIT:
        yield f"最后一个环节“{step.name}”是批复，须由财政的岗位办理，不能由{step.role.label}岗办理。"


def hints(draft: ChainDraft) -> list[str]:
    """What is allowed, but worth a second look."""
    return [hint for step in draft.steps for hint in _looks(f"环节“{step.name}”", step)] + list(_twice(draft.steps))


def _looks(at: str, step: StepDraft) -> Iterator[str]:
    asked = step.condition
    given = [amount for amount in (asked.line_from, asked.plan_from, asked.rolling_from) if amount]
    if any(Money(amount) < _SMALL for amount in given):
        yield f"{at}的金额门槛不到 {_SMALL} 元。门槛的单位是元，请看一看是不是按万元填的。"
    if asked.line_from and any(0 < other < asked.line_from for other in (asked.plan_from, asked.rolling_from)):
        yield f"{at}：整份计划或累计金额的门槛低于单行金额，达到其中一个就要审核，单行金额的门槛不起作用。"
    if step.mode in (StepMode.ALL, StepMode.IN_ORDER):
        yield f"{at}要求{step.how}：有一人不在岗就会停下来，请确认都有人代理。"


def _twice(steps: Sequence[StepDraft]) -> Iterator[str]:
    for role, count in Counter(step.role for step in steps).items():
        if count > 1:
            yield f"{role.label}岗出现在 {count} 个环节：同一人不能审核两次，须有 {count} 位持岗人。"
