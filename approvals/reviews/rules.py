"""Who may decide, what an opinion must say, and what follows from the opinions of a step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from approvals.chains.rules import AmountField
from budget.plans.rules import WITH_MINUS, PlanKind, PlanState
from budget.plans.rules import Act as Act
from core.errors import Refused
from core.money import Money

LONGEST_REASON: Final = 300
LONGEST_COMMENT: Final = 1000
# What is written as the step of an act that is no desk's.
CLERK_STEP: Final = "单位经办"
ENTERING_STEP: Final = "财政代编"
UNIT_STEP: Final = "预算单位"
# So many remarks on lines are told in the story of the plan; all of them stand at their lines.
MOST_REMARKS: Final = 5


def clerk_step(entered: bool) -> str:
    """The step at which a plan is written and submitted: the unit's, or that of finance entering for it."""
    return ENTERING_STEP if entered else CLERK_STEP


class TaskState(StrEnum):
    """Whether a desk still has to act."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    # What was done is asked again: the step was opened once more.
    REVOKED = "revoked"
    # Nobody is asked at this step, and the row says why.
    SKIPPED = "skipped"


class SeatKind(StrEnum):
    """Why somebody is at a desk whose post he need not hold."""

    CONSULTED = "consulted"
    HANDED = "handed"


class Verdict(StrEnum):
    """What may be said of a line."""

    AGREE = "agree"
    CUT = "cut"
    RETURN = "return"
    ASIDE = "aside"

    @property
    def label(self) -> str:
        """The verdict as people read it."""
        return {"agree": "同意", "cut": "核减", "return": "退回", "aside": "移出本次"}[self.value]


# With these the line goes on to the next step.
GOING_ON: Final = frozenset({Verdict.AGREE, Verdict.CUT})
# What a desk does; the clerk submits and withdraws. Who was consulted and answered has had his say as well.
DECIDING: Final = (Act.AGREE, Act.RETURN, Act.APPROVE, Act.SEND_BACK, Act.ANSWER)


class Light(StrEnum):
    """How urgent an open task is; the letter is that of the lamp macro."""

    GREEN = "g"
    AMBER = "y"
    RED = "r"

    @property
    def label(self) -> str:
        """The light as people read it."""
        return {"g": "时限充裕", "y": "不足一个工作日", "r": "已超时"}[self.value]


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
    # The code of a usual reason, if one was chosen.
    code: str = ""


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


def check_not_suspended(state: PlanState) -> None:
    """A suspended plan is taken up again before anybody decides on it. Raises `Refused`."""
    if state is PlanState.SUSPENDED:
        raise Refused("这份计划已挂起，请先恢复审核再办理。")


class Allows(Protocol):
    """What a step lets its people do."""

    @property
    def amount_field(self) -> AmountField: ...
    @property
    def may_return(self) -> bool: ...


def check_opinions(lines: Sequence[ReviewedLine], opinions: Iterable[LineOpinion], step: Allows) -> None:
    """Each line of the task needs exactly one sound opinion. Raises `Refused` with every fault at once (H15)."""
    given = {opinion.line_id: opinion for opinion in opinions}
    sentences = [f"第 {line.position} 行还没有审核意见。" for line in lines if line.id not in given]
    for line in lines:
        if line.id in given:
            sentences.extend(_faults(line, given[line.id], step))
    if set(given) - {line.id for line in lines}:
        sentences.append("有的行不属于您的审核范围，请刷新页面后重新审核。")
    if sentences:
        raise Refused(*sentences)


def check_uncut(kind: PlanKind, lines: Sequence[ReviewedLine], opinions: Iterable[LineOpinion]) -> None:
    """A reduction or an adjustment is agreed to as it stands, or returned. Raises `Refused` naming the lines."""
    places = {line.id: line.position for line in lines}
    if kind not in WITH_MINUS:
        return
    given = [one for one in opinions if one.line_id in places]
    cut, aside = ("、".join(str(places[one.line_id]) for one in given if one.verdict is verdict)
                  for verdict in (Verdict.CUT, Verdict.ASIDE))  # fmt: skip
    sentences = [f"{kind.label}不能核减（第 {cut} 行），只能同意或退回；金额不合适请退回单位重填。"] if cut else []
    sentences += [f"{kind.label}的行不能移出本次（第 {aside} 行），只能同意或退回。"] if aside else []
    if sentences:
        raise Refused(*sentences)


def _faults(line: ReviewedLine, opinion: LineOpinion, step: Allows) -> Iterable[str]:
    at = f"第 {line.position} 行"
    if opinion.verdict is not Verdict.AGREE and not opinion.reason.strip():
        yield f"{at}{opinion.verdict.label}须写明原因。"
    if len(opinion.reason) > LONGEST_REASON:
        yield f"{at}的原因超过 {LONGEST_REASON} 字，请精简。"
    if opinion.verdict is Verdict.CUT:
        yield from _cut_faults(at, amount_now(line), opinion.amount, step.amount_field)
    if opinion.verdict in (Verdict.RETURN, Verdict.ASIDE) and not step.may_return:
        yield f"{at}：本环节不能退回或移出，只能同意或核减。"


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
    """A desk that returns any line returns; otherwise it agrees (cuts and lines set aside included)."""
    returned = any(opinion.verdict is Verdict.RETURN for opinion in opinions)
    return Act.RETURN if returned else Act.AGREE


def check_something_stays(lines: Collection[int], aside: Collection[int]) -> None:
    """A plan does not lose all of its lines. Raises `Refused`."""
    if lines and set(lines) <= set(aside):
        raise Refused("全部行都移出本次后，计划就没有内容了；请改为退回，并写明原因。")
