"""Reading what reviewers and clerks send: opinions line by line, ticked plans, the version that was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import HiddenInput

from approvals.reviews.rules import LONGEST_COMMENT, LineOpinion, ReviewedLine, Verdict, amount_now
from core.errors import Refused
from core.fields import Form, Required
from core.money import Money

# 常用意见, offered for the plan and for a line.
USUAL_COMMENTS: Final = ("同意", "同意，按核定数下达", "同意，请加快执行进度", "附件不全，请补齐后再报")
USUAL_REASONS: Final = (
    "附件不全，请补充合同或发票", "用途不具体，请写明支付内容", "超出序时进度，按进度安排", "按合同约定金额支付",
    "收款人与合同不一致，请核对", "本月不具备支付条件",
)  # fmt: skip
MOST_TICKED: Final = 50


class EmptyForm(Form):
    """A button alone."""


class SubmitForm(Form):
    """送审: the version that the clerk saw."""

    version = IntegerField(widget=HiddenInput(), validators=[Required("页面不完整，请刷新后再送审。")])


@dataclass(frozen=True)
class TypedOpinion:
    """What stands in the boxes of one line, well written or not."""

    verdict: str
    amount: str
    reason: str


class DecideForm(Form):
    """审核: one opinion for each line, by names like verdict-17, amount-17 and reason-17."""

    digest = HiddenField()
    following = HiddenField()
    comment = TextAreaField(
        "审核意见", validators=[Length(max=LONGEST_COMMENT, message=f"审核意见超过 {LONGEST_COMMENT} 字，请精简。")]
    )

    def following_id(self) -> UUID | None:
        """The task that came next on the page."""
        text = self.following.data or ""
        return UUID(text) if _is_uuid(text) else None

    def typed(self, sent: MultiDict[str, str], line: ReviewedLine) -> TypedOpinion:
        """The line's boxes as they were sent, or as they stand at first."""
        return TypedOpinion(
            sent.get(f"verdict-{line.id}", ""),
            sent.get(f"amount-{line.id}", str(amount_now(line))),
            sent.get(f"reason-{line.id}", ""),
        )

    def opinions(self, sent: MultiDict[str, str], lines: Sequence[ReviewedLine]) -> list[LineOpinion]:
        """The opinions as an action takes them; a line without verdict is left out, the action says so.

        Raises `Refused` for amounts that are none, and for an amount that was changed under “同意”.
        """
        own = {f"verdict-{line.id}" for line in lines}
        # What was sent of lines beyond the task goes along, so that the rule refuses it instead of nobody noticing.
        read = [LineOpinion(0, Verdict.AGREE) for name in sent if name.startswith("verdict-") and name not in own]
        faults: list[str] = []
        for line in lines:
            try:
                read.extend(_read(self.typed(sent, line), line))
            except Refused as refusal:
                faults.extend(refusal.sentences)
        if faults:
            raise Refused(*faults)
        return read


def _read(typed: TypedOpinion, line: ReviewedLine) -> Iterable[LineOpinion]:
    if typed.verdict not in set(Verdict):
        return
    verdict, amount = Verdict(typed.verdict), None
    if verdict is not Verdict.RETURN and typed.amount.strip():
        amount = _amount(typed.amount, line)
    if verdict is Verdict.AGREE and amount not in (None, amount_now(line)):
        raise Refused(
            f"第 {line.position} 行核定数改成了 {amount} 元，但结论是“同意”；请改选“核减”并写明原因，"
            f"或恢复为 {amount_now(line)} 元。"
        )
    yield LineOpinion(line.id, verdict, amount if verdict is Verdict.CUT else None, typed.reason)


def _amount(text: str, line: ReviewedLine) -> Money:
    try:
        return Money.parse(text)
    except Refused as refusal:
        raise Refused(f"第 {line.position} 行核定数{refusal}") from refusal


class BatchForm(Form):
    """批量同意: the ticked tasks, each with the digest of what was on the page, and one opinion."""

    comment = TextAreaField(
        "审核意见", validators=[Length(max=LONGEST_COMMENT, message=f"审核意见超过 {LONGEST_COMMENT} 字，请精简。")]
    )

    def ticked(self, sent: MultiDict[str, str]) -> Mapping[UUID, str]:
        """The digest seen of each ticked task. Raises `Refused` when nothing, or too much, is ticked."""
        ids = [UUID(text) for text in sent.getlist("task") if _is_uuid(text)]
        if not ids:
            raise Refused("请先勾选要同意的计划。")
        if len(ids) > MOST_TICKED:
            raise Refused(f"一次最多批量同意 {MOST_TICKED} 份，请分批办理。")
        return {task_id: sent.get(f"digest-{task_id}", "") for task_id in ids}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
