"""Reading what reviewers and clerks send: opinions line by line, ticked plans, the version that was seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, IntegerField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import HiddenInput

from approvals.reviews.rules import GOING_ON, LONGEST_COMMENT, LineOpinion, ReviewedLine, Verdict, amount_now
from core.errors import Refused
from core.fields import Form, Required
from core.money import Money

MOST_HANDED_IN: Final = 100


class EmptyForm(Form):
    """A button alone."""


class SubmitForm(Form):
    """送审: the version that the clerk saw."""

    version = IntegerField(widget=HiddenInput(), validators=[Required("页面不完整，请刷新后再送审。")])


class ReasonForm(Form):
    """作废, or 恢复审核: why."""

    reason = TextAreaField("原因")


class SuspendForm(Form):
    """挂起: why, and when the desk looks again."""

    reason = TextAreaField("挂起原因", description="例如库款不足、等待项目评审结论；填报单位会看到。")
    review_on = DateField(
        "复审日期", [Required("请填写复审日期。")], description="到这一天请恢复审核；占用的指标额度在此期间不释放。"
    )


@dataclass(frozen=True)
class TypedOpinion:
    """What stands in the boxes of one line, well written or not."""

    verdict: str
    amount: str
    reason: str
    code: str = ""


class DecideForm(Form):
    """审核: one opinion for each line, by names like verdict-17, amount-17, code-17 and reason-17."""

    digest = HiddenField()
    following = HiddenField()
    # The filter of the queue from which the desk was opened.
    within = HiddenField()
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
            sent.get(f"code-{line.id}", "").strip().upper(),
        )

    def typed_elsewhere(self, sent: MultiDict[str, str], line_ids: Collection[int]) -> list[str]:
        """What was written of lines that have no boxes on the page any more, so that it is not lost."""
        boxes = {f"reason-{line_id}" for line_id in line_ids}
        return [
            text for name, text in sent.items() if name.startswith("reason-") and name not in boxes and text.strip()
        ]

    def says_more(self, sent: MultiDict[str, str]) -> bool:
        """Whether anything but agreement was sent: only then do reasons have words."""
        return any(name.startswith("verdict-") and text != Verdict.AGREE.value for name, text in sent.items())

    def opinions(
        self, sent: MultiDict[str, str], lines: Sequence[ReviewedLine], words: Mapping[str, str]
    ) -> list[LineOpinion]:
        """The opinions as an action takes them; a line without verdict is left out, the action says so.

        `words` are those of the reasons, by their codes. Raises `Refused` for amounts that are none, for an amount
        that was changed under “同意”, and for a code that there is not.
        """
        own = {f"verdict-{line.id}" for line in lines}
        # What was sent of lines beyond the task goes along, so that the rule refuses it instead of nobody noticing.
        read = [LineOpinion(0, Verdict.AGREE) for name in sent if name.startswith("verdict-") and name not in own]
        faults: list[str] = []
        for line in lines:
            try:
                read.extend(_read(self.typed(sent, line), line, words))
            except Refused as refusal:
                faults.extend(refusal.sentences)
        if faults:
            raise Refused(*faults)
        return read


def _read(typed: TypedOpinion, line: ReviewedLine, words: Mapping[str, str]) -> Iterable[LineOpinion]:
    if typed.verdict not in set(Verdict):
        return
    verdict, amount = Verdict(typed.verdict), None
    if verdict in GOING_ON and typed.amount.strip():
        amount = _amount(typed.amount, line)
    if verdict is Verdict.AGREE and amount not in (None, amount_now(line)):
        raise Refused(
            f"第 {line.position} 行核定数改成了 {amount} 元，但结论是“同意”；请改选“核减”并写明原因，"
            f"或恢复为 {amount_now(line)} 元。"
        )
    code = "" if verdict is Verdict.AGREE else _code(typed, line, words)
    reason = typed.reason.strip() or words.get(code, "")
    yield LineOpinion(line.id, verdict, amount if verdict is Verdict.CUT else None, reason, code)


def _code(typed: TypedOpinion, line: ReviewedLine, words: Mapping[str, str]) -> str:
    """The code that was chosen, or that of a reason written in the very words of one."""
    if typed.code and typed.code not in words:
        raise Refused(f"第 {line.position} 行的原因代码“{typed.code}”不在代码表中或已停用，请另选一个或留空。")
    return typed.code or next((code for code, text in words.items() if text == typed.reason.strip()), "")


def _amount(text: str, line: ReviewedLine) -> Money:
    try:
        return Money.parse(text)
    except Refused as refusal:
        raise Refused(f"第 {line.position} 行核定数{refusal}") from refusal


class HandInForm(Form):
    """批量送审: the ticked plans, each with the version that was on the page."""

    def ticked(self, sent: MultiDict[str, str]) -> Mapping[UUID, int]:
        """The version seen of each ticked plan. Raises `Refused` when nothing, or too much, is ticked."""
        ids = [UUID(text) for text in sent.getlist("plan") if _is_uuid(text)]
        if not ids:
            raise Refused("请先勾选要送审的计划。")
        if len(ids) > MOST_HANDED_IN:
            raise Refused(f"一次最多送审 {MOST_HANDED_IN} 份，请分批办理。")
        return {plan_id: sent.get(f"version-{plan_id}", 0, type=int) for plan_id in ids}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
