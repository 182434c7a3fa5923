"""The form of 离岗交接."""

from __future__ import annotations

from collections.abc import Sequence

import wtforms
from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.people.models import Post
from approvals.desks.actions import TurnOver
from core.fields import Form, Required


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class AnyChosen:
    """At least one of several must be ticked; the sentence is the caller's."""

    field_flags = {"required": True}  # noqa: RUF012  WTForms reads a plain dict here

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: wtforms.Form, field: wtforms.Field) -> None:  # noqa: ARG002  WTForms' signature
        """Stop when nothing is ticked."""
        if not field.data:
            raise StopValidation(self.sentence)


class TurnOverForm(Form):
    """Which posts go to whom after which day, and why."""

    posts = SelectMultipleField(
        "交接的岗位",
        [AnyChosen("请至少选择一个要交接的岗位。")],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    successor = StringField(
        "接任人（用户名）",
        [Required("请填写接任人的用户名。"), Length(max=64)],
        [_trimmed],
        description="岗位不相容时系统会拒绝并说明原因。",
    )
    last_day = DateField(
        "最后任职日",
        [Required("请填写最后任职日，例如 2026-11-25。")],
        description="次日起由接任人办理；填昨天则今天立即交接。",
    )
    reason = StringField(
        "交接原因",
        [Required("请写明交接原因，例如退休、调离。"), Length(max=200, message="交接原因最多 200 个字。")],
        [_trimmed],
    )

    def offer(self, posts: Sequence[Post]) -> None:
        """The posts to choose from, all of them at first."""
        self.posts.choices = [(post.id, f"{post.place_name} {post.role.label}".strip()) for post in posts]
        if not self.is_submitted():
            self.posts.data = [post.id for post in posts]

    def draft(self) -> TurnOver:
        """What the action takes."""
        assert self.last_day.data is not None  # noqa: S101  the field is required
        return TurnOver(self.successor.data or "", self.posts.data or [], self.last_day.data, self.reason.data or "")
