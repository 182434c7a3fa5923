"""Forms about delegations."""

from __future__ import annotations

from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length

from accounts.delegations.actions import DelegationDraft
from accounts.people.models import Post
from core.fields import EditForm, Form, Required

ALL = "all"


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class DelegationForm(Form):
    """To whom which post is delegated, for which days, and why."""

    post = SelectField("委托的岗位", [Required("请选择委托的岗位。")], description="只能委托您本人担任的审核岗位。")
    taker = StringField(
        "受托人",
        [Required("请填写受托人的用户名或姓名。"), Length(max=64, message="用户名或姓名最多 64 个字。")],
        [_trimmed],
        description="填写用户名或姓名；所任岗位须与委托的岗位相容。",
    )
    starts_on = DateField("起始日期", [Required("请填写起始日期，例如 2026-11-25。")])
    ends_on = DateField(
        "截止日期", [Required("请填写截止日期，例如 2026-11-28。")], description="这一天结束后自动失效。"
    )
    reason = StringField(
        "委托原因",
        [Required("请写明委托原因，例如出差、休假。"), Length(max=200, message="委托原因最多 200 个字。")],
        [_trimmed],
        description="双方和审计都能看到。",
    )

    def offer(self, posts: list[Post]) -> None:
        """The posts to choose from, and all of them at once."""
        named = [(str(post.id), f"{post.place_name} {post.role.label}".strip()) for post in posts]
        self.post.choices = [*named, (ALL, "全部审核岗位")] if len(named) != 1 else named

    def draft(self) -> DelegationDraft:
        """What the action takes."""
        starts_on, ends_on, post = self.starts_on.data, self.ends_on.data, self.post.data
        assert starts_on is not None  # noqa: S101  the field is required
        assert ends_on is not None  # noqa: S101  the field is required
        post_id = None if post == ALL else int(post)
        return DelegationDraft(self.taker.data or "", post_id, starts_on, ends_on, self.reason.data or "")


class RevokeForm(EditForm):
    """Nothing but the version that was seen."""
