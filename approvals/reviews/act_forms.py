"""The forms of the further acts at a desk: asking a person, handing over, turning back, answering, taking back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.widgets import HiddenInput

from approvals.reviews.candidates import LONGEST_NAME
from core.errors import Refused
from core.fields import Form, Required

# No id of a line has so many digits.
LONGEST_ID: Final = 19


class PersonForm(Form):
    """A person looked for by name, and chosen. What was typed to look for him is no part of the act."""

    q = StringField("查找人员", description="输入姓名或用户名的一部分。")
    to = IntegerField("人员", [Required("请选择一个人。")])

    @property
    def wanted(self) -> str:
        """What was typed to look for somebody."""
        return (self.q.data or "").strip()[:LONGEST_NAME]


class ConsultForm(PersonForm):
    """征求意见."""

    words = TextAreaField("要问什么", description="写清要对方看哪一行、说明什么；对方和以后的审核人都看得到。")
    blocking = BooleanField("收到答复后再办理（在此之前本环节不能同意或退回）", default=True)


class HandOverForm(PersonForm):
    """转办."""

    words = TextAreaField("转办原因", description="例如出差、岗位调整；对方和以后的审核人都看得到。")


class SeatForm(Form):
    """收回: from whom."""

    seat = IntegerField(widget=HiddenInput(), validators=[Required("页面不完整，请刷新后再办理。")])
    # Where the button stood, to come back there.
    back = HiddenField()


class AnswerForm(Form):
    """答复意见."""

    words = TextAreaField("您的意见", description="写明看了什么、怎么看；不用选同意或退回，由征求意见的人办理。")


class SendBackForm(Form):
    """退回前一环节."""

    step = IntegerField("退回到", [Required("请选择退回到哪个环节。")])
    words = TextAreaField(
        "退回原因", description="写清要该环节重新看什么；该环节及以后的意见作废，计划内容和占用的额度不变。"
    )


class SuspendAllForm(Form):
    """挂起 of several plans: why, and when the desk looks again."""

    words = TextAreaField("挂起原因", description="例如库款不足、等待项目评审结论；各填报单位会看到。")
    review_on = DateField(
        "复审日期", [Required("请填写复审日期。")], description="到这一天请恢复审核；占用的指标额度在此期间不释放。"
    )


class ResumeAllForm(Form):
    """恢复审核 of several plans: with a word, or without."""

    words = TextAreaField("说明（可不填）", description="例如库款已到位；写在各计划的流转意见里，填报单位会看到。")


class SendBackAllForm(Form):
    """退回前一环节 of several plans: to which step, by its name; none names the step before, whichever that is."""

    step = RadioField("退回到", choices=list, default="", validate_choice=False)
    words = TextAreaField(
        "退回原因", description="写清要该环节重新看什么；该环节及以后的意见作废，计划内容和占用的额度不变。"
    )

    def offer(self, names: Sequence[str]) -> None:
        """The steps that all chosen plans have passed."""
        self.step.choices = [("", "各计划的前一环节"), *((name, name) for name in names)]


class TakeBackForm(Form):
    """收回 of several acts: nothing is asked."""


class PhoneAgreeForm(Form):
    """同意 on a telephone: all lines of the desk, as they were seen."""

    digest = HiddenField()
    comment = TextAreaField("审核意见（可不填）")


class PhoneReturnForm(Form):
    """退回 on a telephone: the ticked lines, all for one reason; the rest is agreed to."""

    digest = HiddenField()
    reason = TextAreaField("退回原因")

    def ticked(self, sent: MultiDict[str, str]) -> set[int]:
        """The ids of the lines to return. Raises `Refused` when nothing is ticked."""
        found = {int(text) for text in sent.getlist("line") if text.isdecimal() and len(text) < LONGEST_ID}
        if not found:
            raise Refused("请先勾选要退回的行。")
        return found
