"""The form of the yearly table of special days."""

from __future__ import annotations

from wtforms import TextAreaField

from core.fields import EditForm


class CalendarForm(EditForm):
    """The whole table of a year as text, one line a day or a span."""

    lines = TextAreaField(
        "节假日和调休",
        description="一行一项：日期或起止日期、休或班、名称。删掉一行就是取消；可以从通知里整段粘贴。",
    )


class LoadForm(EditForm):
    """载入国务院办公厅安排: which table it replaces; the year stands in the address."""
