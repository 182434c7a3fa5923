"""Forms about people and posts."""

from __future__ import annotations

from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from accounts.people.actions import PostDraft
from accounts.people.merging import MergerDraft
from accounts.people.rules import Role
from accounts.units.models import Office
from core.fields import EditForm, Form, Required


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class PersonForm(Form):
    """姓名 and 电话."""

    name = StringField("姓名", [Required("请填写姓名。"), Length(max=50, message="姓名最多 50 个字。")], [_trimmed])
    phone = StringField(
        "联系电话",
        [Length(max=30, message="电话最多 30 个字符。")],
        [_trimmed],
        description="退回、补报时方便联系，可不填。",
    )


class EditPersonForm(EditForm, PersonForm):
    """The same of somebody who is already there."""


class NewPersonForm(PersonForm):
    """A new person also gets the name that he signs in with, which never changes."""

    username = StringField(
        "用户名",
        [Required("请填写用户名。"), Length(max=32, message="用户名最多 32 位。")],
        [_trimmed],
        description="登录用，小写字母和数字，例如 zhangsan；设定后不能更改。",
    )


class GrantForm(Form):
    """Who gets which post, where and from when."""

    username = StringField("人员（用户名）", [Required("请填写用户名。"), Length(max=64)], [_trimmed])
    role = SelectField("岗位", [Required("请选择岗位。")])
    unit_code = StringField(
        "单位代码", [Length(max=20)], [_trimmed], description="单位的岗位填写，如 201003；主管部门审核填 3 位代码。"
    )
    office_id = SelectField("股室", [Optional()], description="股室初审、股室负责人选择。")
    starts_on = DateField("起始日期", [Required("请填写起始日期，例如 2026-11-25。")])
    ends_on = DateField("截止日期", [Optional()], description="不填则长期有效。")

    def offer(self, offices: list[Office]) -> None:
        """The roles and the offices to choose from."""
        self.role.choices = [("", "请选择"), *((role.value, role.label) for role in Role)]
        self.office_id.choices = [("", "无"), *((str(office.id), office.name) for office in offices)]

    def draft(self) -> PostDraft:
        """What the action takes."""
        office = self.office_id.data
        assert self.starts_on.data is not None  # noqa: S101  the field is required
        return PostDraft(
            Role(self.role.data),
            self.starts_on.data,
            self.ends_on.data,
            self.unit_code.data or "",
            int(office) if office else None,
        )


class MergeForm(EditForm):
    """Into which unit another one goes."""

    successor = StringField(
        "接收单位代码",
        [Required("请填写接收单位代码。"), Length(max=20, message="单位代码最多 20 位。")],
        [_trimmed],
        description="末级单位的代码，如 201004。",
    )
    day = DateField("合并日期", [Required("请填写合并日期，例如 2026-11-25。")], description="原单位存在的最后一天。")
    reason = StringField(
        "合并依据",
        [Required("请填写合并依据，例如批文的名称和文号。"), Length(max=200, message="合并依据最多 200 个字。")],
        [_trimmed],
    )

    def draft(self) -> MergerDraft:
        """What the action takes."""
        assert self.day.data is not None  # noqa: S101  the field is required
        return MergerDraft(self.successor.data or "", self.day.data, self.reason.data or "")


class EndForm(EditForm):
    """The last day of a post."""

    last_day = DateField(
        "最后任职日", [Required("请填写最后任职日，例如 2026-11-25。")], description="这一天结束后岗位失效。"
    )
