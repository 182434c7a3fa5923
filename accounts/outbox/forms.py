"""Forms about the ways of messages and about robots."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.outbox.actions import HookDraft
from accounts.outbox.rules import LONGEST_ADDRESS
from core.fields import EditForm, Form, Required
from core.notices import NoticeKind, Way
from core.webhooks import HookFormat


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class WayForm(Form):
    """How somebody wants his messages."""

    way = RadioField("提醒方式", choices=lambda: [(way.value, way.label) for way in Way], default=Way.PAGE.value)
    address = StringField(
        "邮件地址",
        [Length(max=LONGEST_ADDRESS, message=f"邮件地址最多 {LONGEST_ADDRESS} 个字符。")],
        [_trimmed],
        description="例如 name@example.gov.cn；选择邮件提醒时必填。",
    )


class RobotForm(Form):
    """A robot of a group: where it listens, and which messages it passes on."""

    name = StringField(
        "名称",
        [Required("请填写名称，例如“国库股工作群”。"), Length(max=50, message="名称最多 50 个字。")],
        [_trimmed],
    )
    format = SelectField("类型", choices=lambda: [(one.value, one.label) for one in HookFormat])
    url = StringField(
        "Webhook 地址",
        [Required("请填写群机器人的 Webhook 地址。"), Length(max=500, message="地址最多 500 个字符。")],
        [_trimmed],
        description="在群设置的“群机器人”中复制。地址就是钥匙，保存后不再显示。",
    )
    secret = StringField(
        "加签密钥",
        [Length(max=200, message="密钥最多 200 个字符。")],
        [_trimmed],
        description="钉钉、飞书的机器人启用“加签/签名校验”时填写；企业微信不用填。保存后不再显示。",
    )
    kinds = SelectMultipleField(
        "发送哪些消息",
        [Required("请至少选择一类消息。")],
        choices=lambda: [(kind.value, kind.label) for kind in NoticeKind],
        default=[NoticeKind.LIMIT.value, NoticeKind.ALARM.value],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    enabled = BooleanField("启用", default=True)

    def draft(self) -> HookDraft:
        """What the actions take."""
        return HookDraft(
            self.name.data or "", HookFormat(self.format.data), self.url.data or "", self.secret.data or "",
            {NoticeKind(kind) for kind in self.kinds.data or ()}, bool(self.enabled.data),
        )  # fmt: skip


class EditRobotForm(EditForm, RobotForm):
    """The same of a robot that is already there: what is left empty stays."""

    url = StringField(
        "新的 Webhook 地址",
        [Length(max=500, message="地址最多 500 个字符。")],
        [_trimmed],
        description="已保存，不再显示；不填则沿用。",
    )
    secret = StringField(
        "新的加签密钥", [Length(max=200, message="密钥最多 200 个字符。")], [_trimmed], description="不填则沿用。"
    )
    unsigned = BooleanField("不再加签，删除已保存的密钥")

    def draft(self) -> HookDraft:
        """What the actions take."""
        made = super().draft()
        return HookDraft(
            made.name, made.format, made.url, made.secret, made.kinds, made.enabled, bool(self.unsigned.data)
        )
