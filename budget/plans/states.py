"""The life of a plan as one table: which act leads from which state to which, who acts, and what its money does.

The code, the help page and the tests read this table; the trigger on `plan` keeps the same pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import Refused


class PlanState(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    VOID = "void"

    @property
    def label(self) -> str:
        """数据状态 as people read it."""
        return _LABELS[self]


_LABELS: Final = {
    PlanState.DRAFT: "草稿",
    PlanState.IN_REVIEW: "审核中",
    PlanState.SUSPENDED: "已挂起",
    PlanState.RETURNED: "被退回",
    PlanState.APPROVED: "已批复",
    PlanState.CANCELLED: "已撤销批复",
    PlanState.VOID: "已作废",
}
EDITABLE: Final = frozenset({PlanState.DRAFT, PlanState.RETURNED})
# In these states every line's money is held.
HOLDING: Final = frozenset({PlanState.IN_REVIEW, PlanState.SUSPENDED})


class Act(StrEnum):
    """What was done with a whole plan; each is one row of the decision log."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    AGREE = "agree"
    RETURN = "return"
    APPROVE = "approve"
    SUSPEND = "suspend"
    RESUME = "resume"
    VOID = "void"
    CANCEL = "cancel"
    OBJECT = "object"
    SEND_BACK = "send_back"
    UNDO = "undo"
    CONSULT = "consult"
    ANSWER = "answer"
    HAND_OVER = "hand_over"
    RECLAIM = "reclaim"

    @property
    def label(self) -> str:
        """The act as people read it."""
        return _ACTS[self]


_ACTS: Final = {
    Act.SUBMIT: "送审",
    Act.WITHDRAW: "撤回",
    Act.AGREE: "审核通过",
    Act.RETURN: "退回",
    Act.APPROVE: "批复",
    Act.SUSPEND: "挂起",
    Act.RESUME: "恢复审核",
    Act.VOID: "作废",
    Act.CANCEL: "撤销批复",
    Act.OBJECT: "提出异议",
    Act.SEND_BACK: "退回前一环节",
    Act.UNDO: "收回审核意见",
    Act.CONSULT: "征求意见",
    Act.ANSWER: "答复意见",
    Act.HAND_OVER: "转办",
    Act.RECLAIM: "收回转办",
}


@dataclass(frozen=True)
class Transition:
    """One row: the act leads from `start` to `end`; who may do it, when, and what its money does."""

    act: Act
    start: PlanState
    end: PlanState
    who: str
    when: str
    money: str


_S = PlanState
_KEPT: Final = "不变"
TRANSITIONS: Final = (
    Transition(Act.SUBMIT, _S.DRAFT, _S.IN_REVIEW, "填报人", "核对无误，在申报期内", "逐行占用，调减行不占"),
    Transition(Act.SUBMIT, _S.RETURNED, _S.IN_REVIEW, "填报人", "被退回的行已修改", "逐行占用，调减行不占"),
    Transition(Act.WITHDRAW, _S.IN_REVIEW, _S.DRAFT, "填报人", "首次送审，本轮无人审核", "解除占用"),
    Transition(Act.WITHDRAW, _S.IN_REVIEW, _S.RETURNED, "填报人", "再次送审，本轮无人审核", "解除占用"),
    Transition(Act.AGREE, _S.IN_REVIEW, _S.IN_REVIEW, "当前环节审核人", "本环节未完或还有下一环节", _KEPT),
    Transition(Act.AGREE, _S.IN_REVIEW, _S.RETURNED, "当前环节审核人", "同一环节其他股室已退回", "解除占用"),
    Transition(Act.RETURN, _S.IN_REVIEW, _S.IN_REVIEW, "当前环节审核人", "同一环节还有股室未审", _KEPT),
    Transition(Act.RETURN, _S.IN_REVIEW, _S.RETURNED, "当前环节审核人", "写明每行原因", "解除占用"),
    Transition(Act.APPROVE, _S.IN_REVIEW, _S.APPROVED, "最后环节审核人", "全部行同意或核减", "占用转批复，调减行冲回"),
    Transition(Act.SEND_BACK, _S.IN_REVIEW, _S.IN_REVIEW, "当前环节审核人", "写明原因，选定前面的环节", _KEPT),
    Transition(Act.UNDO, _S.IN_REVIEW, _S.IN_REVIEW, "上一环节审核人", "下一环节还没有人办理", _KEPT),
    Transition(Act.CONSULT, _S.IN_REVIEW, _S.IN_REVIEW, "当前环节审核人", "写明问题", _KEPT),
    Transition(Act.ANSWER, _S.IN_REVIEW, _S.IN_REVIEW, "被征求意见人", "写明意见", _KEPT),
    Transition(Act.HAND_OVER, _S.IN_REVIEW, _S.IN_REVIEW, "当前环节审核人", "写明原因，受理人可以办理", _KEPT),
    Transition(Act.RECLAIM, _S.IN_REVIEW, _S.IN_REVIEW, "转办人、征求意见人", "对方还没有办理", _KEPT),
    Transition(Act.SUSPEND, _S.IN_REVIEW, _S.SUSPENDED, "当前环节审核人", "写明原因和复审日期", _KEPT),
    Transition(Act.RESUME, _S.SUSPENDED, _S.IN_REVIEW, "当前环节审核人", "到复审日期或条件具备", _KEPT),
    Transition(Act.VOID, _S.DRAFT, _S.VOID, "填报人", "曾送审，写明原因", _KEPT),
    Transition(Act.VOID, _S.RETURNED, _S.VOID, "填报人", "写明原因", _KEPT),
    Transition(Act.VOID, _S.IN_REVIEW, _S.VOID, "国库批复岗", "写明原因", "解除占用"),
    Transition(Act.VOID, _S.SUSPENDED, _S.VOID, "国库批复岗", "写明原因", "解除占用"),
    Transition(Act.OBJECT, _S.IN_REVIEW, _S.RETURNED, "代编计划的单位", "写明异议", "解除占用"),
    Transition(Act.OBJECT, _S.SUSPENDED, _S.RETURNED, "代编计划的单位", "写明异议", "解除占用"),
    Transition(Act.CANCEL, _S.APPROVED, _S.CANCELLED, "国库批复岗", "尚未支付，写明原因", "批复冲回，台账记红字"),
)


def leads(act: Act, start: PlanState) -> tuple[PlanState, ...]:
    """Where the act may lead from this state; nowhere when it is not allowed."""
    return tuple(row.end for row in TRANSITIONS if row.act is act and row.start is start)


def check_act(act: Act, state: PlanState) -> None:
    """Raise `Refused` when the act is not possible in this state."""
    if not leads(act, state):
        possible = "、".join(dict.fromkeys(row.start.label for row in TRANSITIONS if row.act is act))
        raise Refused(f"这份计划{state.label}，不能{act.label}；只有{possible}的计划可以{act.label}。")
