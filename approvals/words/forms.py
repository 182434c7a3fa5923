"""Reading what is typed of usual opinions and of the table of reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField

from approvals.words.rules import Reason, TypedReason
from core.fields import EditForm

# Blank rows under the table, for new codes.
_SPARE: Final = 3
_BLANK: Final = TypedReason("", "", "", in_use=True)


class UsualForm(EditForm):
    """A list of usual opinions as text."""

    lines = TextAreaField("常用意见", description="一行一条，最常用的写在最前面：前九条对应审核台上的数字键 1 至 9。")


class ReasonsForm(EditForm):
    """The whole table of reasons: parallel columns, one entry a row."""

    def typed(self, sent: MultiDict[str, str]) -> list[TypedReason]:
        """The rows as they were sent, well written or not."""
        columns = (sent.getlist(name) for name in ("code", "words", "field", "state"))
        return [TypedReason(code, words, field, state != "off") for code, words, field, state in zip(*columns)]  # noqa: B905  a torn form has fewer rows


def shown_rows(reasons: Iterable[Reason]) -> list[TypedReason]:
    """The stored table as the form shows it."""
    return [TypedReason(one.code, one.words, one.field.value, one.in_use) for one in reasons]


def with_spare(rows: Iterable[TypedReason]) -> list[TypedReason]:
    """The rows that say anything, and blank ones for new codes."""
    return [*(row for row in rows if not row.is_empty), *(_SPARE * [_BLANK])]
