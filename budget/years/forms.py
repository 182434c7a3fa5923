"""The forms of closing a year and of opening it again."""

from __future__ import annotations

from wtforms import TextAreaField

from core.fields import EditForm, Required


class CloseForm(EditForm):
    """年结: the version alone."""


class ReopenForm(EditForm):
    """反年结, with a reason."""

    reason = TextAreaField("反年结的原因", [Required("请写明反年结的原因。")])
