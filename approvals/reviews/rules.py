"""Who may decide, what an opinion must say, and what follows from the opinions of a step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from approvals.chains.rules import AmountField
from core.errors import Refused
from core.money import Money

LONGEST_REASON: Final = 300
LONGEST_COMMENT: Final = 1000
# So many remarks on lines are told in the story of the plan; all of them stand at their lines.
MOST_REMARKS: Final = 5


class TaskState(StrEnum):
    """Whether a desk still has to act."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What may be said of a line."""

    AGREE = "agree"
    CUT = "cut"
    RETURN = "return"

    @property
    def label(self) -> str:
        """The verdict as people read it."""
        return {"agree": "同意", "cut": "核减", "return": "退回"}[self.value]


class Act(StrEnum):
    """What was done with a whole plan."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    AGREE = "agree"
    RETURN = "return"
    APPROVE = "approve"

    @property
    def label(self) -> str:
        """The act as people read it."""
        return {"submit": "送审", "withdraw": "撤回", "agree": "审核通过", "return": "退回", "approve": "批复"}[
            self.value
        ]


# What a desk does; the clerk submits and withdraws.
DECIDING: Final = (Act.AGREE, Act.RETURN, Act.APPROVE)


class Light(StrEnum):
    """How urgent an open task is; the letter is that of the lamp macro."""

    GREEN = "g"
    AMBER = "y"
    RED = "r"


# An open task turns amber this long before it is due.
SOON: Final = timedelta(days=1)


def light_of(left: timedelta) -> Light:
    """Red once the time is over, amber on the last day, green before."""
    if left < timedelta(0):
        return Light.RED
    return Light.AMBER if left < SOON else Light.GREEN


def left_said(left: timedelta) -> str:
    """剩 2 天 · 剩 5 小时 · 超时 4 小时."""
    return f"超时 {span_said(-left)}" if left < timedelta(0) else f"剩 {span_said(left)}"


def span_said(span: timedelta) -> str:
    """A span of time in its one or two largest units: 2 天 3 小时, 5 小时, 20 分钟."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    return f"{hours} 小时" if hours else f"{minutes} 分钟"


@dataclass(frozen=True)
class LineOpinion:
    """An opinion as the reviewer typed it. `amount` is used for a cut only."""

    line_id: int
    verdict: Verdict
    amount: Money | None = None
    reason: str = ""


class ReviewedLine(Protocol):
    """A line as the review rules need it."""

    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def applied(self) -> Money | None: ...
    @property
    def suggested(self) -> Money | None: ...
    @property
    def approved(self) -> Money | None: ...


def amount_now(line: ReviewedLine) -> Money:
    """The amount on the table: 核批数 if set, else 建议数, else 申报数."""
    for amount in (line.approved, line.suggested, line.applied):
        if amount is not None:
            return amount
    raise ValueError("a submitted line has an amount")


def check_may_decide(person_id: int, step_no: int, makers: Collection[int], acted: Mapping[int, int]) -> None:
    """Four eyes (H13). `makers` wrote or submitted the plan; `acted` gives the step at which each person decided.

    The same person may act again at his own step in a later round, never at another step, never on his own plan.
    """
    if person_id in makers:
        raise Refused("这份计划由您填报或送审，不能由您审核（不相容岗位分离）；请由其他持岗人办理。")
    if acted.get(person_id, step_no) != step_no:
        raise Refused("您已在前面的环节审核过这份计划，同一人不能审核两次；请由其他持岗人办理。")


def is_batchable(revision: int, cut: bool) -> bool:
    """Whether a plan has no remarks yet: first round, nothing cut."""
    return revision == 1 and not cut


def check_batchable(revision: int, cut: bool) -> None:
    """Only a plan without remarks may be agreed to in a batch: first round, nothing cut. Raises `Refused`."""
    if revision > 1:
        raise Refused("这份计划是再次送审，须打开逐行审核，不能批量同意。")
    if cut:
        raise Refused("这份计划已有核减，须打开逐行审核，不能批量同意。")


def check_comment(comment: str) -> None:
    """The opinion on the whole plan may be empty, but not endless. Raises `Refused`."""
    if len(comment) > LONGEST_COMMENT:
        raise Refused(f"审核意见超过 {LONGEST_COMMENT} 字，请精简。")


def check_opinions(lines: Sequence[ReviewedLine], opinions: Iterable[LineOpinion], sets: AmountField) -> None:
    """Each line of the task needs exactly one sound opinion. Raises `Refused` with every fault at once (H15)."""
    given = {opinion.line_id: opinion for opinion in opinions}
    sentences = [f"第 {line.position} 行还没有审核意见。" for line in lines if line.id not in given]
    for line in lines:
        if line.id in given:
            sentences.extend(_faults(line, given[line.id], sets))
    if set(given) - {line.id for line in lines}:
        sentences.append("有的行不属于您的审核范围，请刷新页面后重新审核。")
    if sentences:
        raise Refused(*sentences)


def _faults(line: ReviewedLine, opinion: LineOpinion, sets: AmountField) -> Iterable[str]:
    at = f"第 {line.position} 行"
    if opinion.verdict is not Verdict.AGREE and not opinion.reason.strip():
        yield f"{at}{opinion.verdict.label}须写明原因。"
    if len(opinion.reason) > LONGEST_REASON:
        yield f"{at}的原因超过 {LONGEST_REASON} 字，请精简。"
    if opinion.verdict is Verdict.CUT:
        yield from _cut_faults(at, amount_now(line), opinion.amount, sets)


def _cut_faults(at: str, on_table: Money, amount: Money | None, sets: AmountField) -> Iterable[str]:
    if sets is AmountField.NONE:
        yield f"{at}：本环节不能核减，只能同意或退回。"
    elif amount is None:
        yield f"{at}核减须填写核减后的金额。"
    elif amount <= Money(0):
        yield f"{at}核减后的金额须大于 0；不予安排请退回。"
    elif amount >= on_table:
        yield f"{at}核减后的金额须小于 {on_table} 元，只能调低不能调高。"


def amount_after(line: ReviewedLine, opinion: LineOpinion) -> Money:
    """What the line stands at after the opinion."""
    if opinion.verdict is Verdict.CUT and opinion.amount is not None:
        return opinion.amount
    return amount_now(line)


def remarks_said(lines: Sequence[ReviewedLine], opinions: Iterable[LineOpinion]) -> str:
    """What was not simply agreed to, for the story of the plan: 第 2 行退回：缺合同；第 3 行核减至 40.00 元：按进度."""
    places = {line.id: line.position for line in lines}
    said = [
        f"第 {places[one.line_id]} 行{_head(one)}：{one.reason.strip()}"
        for one in opinions
        if one.verdict is not Verdict.AGREE
    ]
    return "；".join(said[:MOST_REMARKS]) + (f"；等 {len(said)} 行" if len(said) > MOST_REMARKS else "")


def _head(opinion: LineOpinion) -> str:
    return f"核减至 {opinion.amount} 元" if opinion.verdict is Verdict.CUT else opinion.verdict.label


def act_of(opinions: Iterable[LineOpinion]) -> Act:
    """A desk that returns any line returns; otherwise it agrees (cuts included)."""
    returned = any(opinion.verdict is Verdict.RETURN for opinion in opinions)
    return Act.RETURN if returned else Act.AGREE


def act_of_step(act: Act, anything_returned: bool, desks_left: bool, last_step: bool) -> Act:
    """What a desk's act is to the whole plan: the agreeing act that closes the last step is the approval itself."""
    closes = last_step and not desks_left and not anything_returned
    return Act.APPROVE if closes and act is Act.AGREE else act
