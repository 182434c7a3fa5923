"""What the acts on a whole plan ask for, beside its state: a post, a reason, and that nothing stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from accounts.people.rules import Role
from approvals.reviews.rules import LONGEST_REASON
from budget.plans.rules import WITH_MINUS, PlanKind, PlanState
from core.errors import Refused
from core.money import Money


def check_suspension(reason: str, review_on: date, today: date) -> None:
    """挂起 needs a reason and a later day on which the desk looks again. Raises `Refused`."""
    sentences = list(_reason_faults("挂起", reason))
    if review_on <= today:
        sentences.append(f"复审日期须晚于今天（{today}），请重新填写。")
    if sentences:
        raise Refused(*sentences)


def check_may_hold(may_hold: bool) -> None:
    """Not every step may put a plan aside. Raises `Refused`."""
    if not may_hold:
        raise Refused("本环节不能挂起计划，只能同意、核减或退回。")


def check_stands(state: PlanState, states: Collection[PlanState]) -> None:
    """作废 is for plans in one of these states. Raises `Refused`."""
    if state not in states:
        raise Refused(f"这份计划{state.label}，不能作废。")


def check_voidable(revision: int, reason: str) -> None:
    """作废 is for plans submitted once, with a reason. Raises `Refused`."""
    if not revision:
        raise Refused("没有送审过的草稿不用作废，可以直接删除。")
    if sentences := list(_reason_faults("作废", reason)):
        raise Refused(*sentences)


def check_objection(entered: bool, state: PlanState, reason: str) -> None:
    """异议 is for what finance entered and has not approved yet, with a reason. Raises `Refused`."""
    if not entered:
        raise Refused("这份计划由本单位填报，需要修改请撤回，不用提出异议。")
    if state is PlanState.APPROVED:
        raise Refused("这份计划已批复，不能再提出异议；确有错误请联系国库批复岗撤销批复。")
    if sentences := list(_reason_faults("异议", reason)):
        raise Refused(*sentences)


def check_in_person(lenders: Collection[str]) -> None:
    """作废 and 撤销批复 are the approver's own: nobody does them for `lenders`, who let him act. Raises `Refused`."""
    if lenders:
        names = "、".join(sorted(lenders))
        raise Refused(f"作废和撤销批复须由国库批复岗本人办理，委托不包括这两项；请联系{names}。")


def check_may_hand_over(lender: str) -> None:
    """Whoever acts for another does not pass that on. Raises `Refused` naming the one for whom he acts."""
    if lender:
        raise Refused(f"您受{lender}委托办理，受托的事项不能再转给别人；请由{lender}或原岗位的其他人员转办。")


def check_may_void(roles: Collection[Role]) -> None:
    """A plan under review is made void by the treasury's approver only. Raises `Refused`."""
    if Role.TREASURY_APPROVER not in roles:
        raise Refused("审核中的计划只能由国库批复岗作废；其他岗位请退回，由单位作废。")


def check_may_cancel(roles: Collection[Role], reason: str) -> None:
    """An approval is cancelled by the treasury's approver only, with a reason. Raises `Refused`."""
    if Role.TREASURY_APPROVER not in roles:
        raise Refused("批复只能由国库批复岗撤销。")
    if sentences := list(_reason_faults("撤销批复", reason)):
        raise Refused(*sentences)


def check_unpaid(paid: Iterable[tuple[int, Money]]) -> None:
    """An approval on which something is paid stays. Raises `Refused` naming the lines (line number, paid)."""
    sentences = [f"第 {position} 行已支付 {amount} 元，不能撤销批复。" for position, amount in paid if amount]
    if sentences:
        raise Refused(*sentences)


def check_reason(act: str, reason: str) -> None:
    """An act that others must understand needs words, not too many. Raises `Refused`."""
    if sentences := list(_reason_faults(act, reason)):
        raise Refused(*sentences)


def _reason_faults(act: str, reason: str) -> Iterable[str]:
    if not reason.strip():
        yield f"{act}须写明原因。"
    if len(reason) > LONGEST_REASON:
        yield f"{act}原因超过 {LONGEST_REASON} 字，请精简。"


def check_not_handed_on(handed: bool) -> None:
    """Whoever was given a task does not give it to a third: he works it or gives it back. Raises `Refused`."""
    if handed:
        raise Refused("这份计划是转给您办理的，不能再转给别人；办不了请退还，由原岗位重新安排。")


def check_one_acts(needed: int) -> None:
    """A desk at which several must act cannot be handed to one. Raises `Refused`."""
    if needed > 1:
        raise Refused("本环节须由多人会签或依次审核，不能转给一个人办理；本人不在时请用委托，需要参考意见请征求意见。")


def check_may_turn(may_return: bool) -> None:
    """A step of a chain may be such that it returns nothing, neither to the clerk nor to a step. Raises `Refused`."""
    if not may_return:
        raise Refused("审批流程没有允许本环节退回，请给出审核意见，或联系前面的环节。")


def unsaid_too_late(followed: bool, built_on: bool) -> str:
    """Why somebody cannot take his words back at a desk that waits for others; empty when he can.

    `followed`: one acts after the other there, and the next has begun. `built_on`: he cut a line of which another has
    spoken since.
    """
    if followed:
        return "本环节依次审核，您后面的人已经开始办理，不能收回；请联系他退回，或由他先收回。"
    if built_on:
        return "其他人已在您核减后的金额上表示意见，不能收回；请联系他先收回，您再收回。"
    return ""


def check_takers(numbers: Sequence[str]) -> None:
    """An approval from which other plans take stays. Raises `Refused` naming them."""
    if numbers:
        raise Refused(f"本计划已有调减（{'、'.join(numbers)}），不能撤销批复；请再报调减计划减去余下的金额。")


def check_cancellable(kind: PlanKind) -> None:
    """What a reduction or an adjustment took stays taken. Raises `Refused`."""
    if kind in WITH_MINUS:
        raise Refused(f"{kind.label}的批复不能撤销；需要恢复的金额请另报追加计划。")
