"""The form of a filing window, in Shanghai time."""

from __future__ import annotations

from datetime import datetime

from wtforms import DateTimeLocalField

from core import clock
from core.fields import Form, Required

_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class WindowForm(Form):
    """开放时间 and 截止时间."""

    opens = DateTimeLocalField("开放时间", [Required("请填写开放时间，例如 2026-11-15 08:00。")], format=_FORMATS)
    closes = DateTimeLocalField(
        "截止时间",
        [Required("请填写截止时间，例如 2026-11-25 17:00。")],
        format=_FORMATS,
        description="这一刻之前（含）可以送审。",
    )

    def show(self, opens_at: datetime, closes_at: datetime) -> None:
        """Fill in a stored window."""
        self.opens.data, self.closes.data = clock.local(opens_at), clock.local(closes_at)

    def moments(self) -> tuple[datetime, datetime]:
        """What was filled in, as moments; only after validation."""
        opens, closes = self.opens.data, self.closes.data
        assert opens is not None and closes is not None  # noqa: S101  both fields are required
        return opens.replace(tzinfo=clock.SHANGHAI), closes.replace(tzinfo=clock.SHANGHAI)
