"""Reading what the pages of the queue send: the name of a view, the plans of a batch with what was seen of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from approvals.reviews.rules import LONGEST_COMMENT
from core.errors import Refused
from core.fields import Form

MOST_TICKED: Final = 50


class ViewForm(Form):
    """保存为视图: the filter of the page under a name."""

    name = StringField("视图名称")
    query = HiddenField()
    opens_first = BooleanField("打开待办时先用这个视图")


class BatchForm(Form):
    """批量同意: the chosen tasks, each with the digest of what was on the page, and one opinion."""

    comment = TextAreaField(
        "审核意见", validators=[Length(max=LONGEST_COMMENT, message=f"审核意见超过 {LONGEST_COMMENT} 字，请精简。")]
    )

    def ticked(self, sent: MultiDict[str, str]) -> Mapping[UUID, str]:
        """The digest seen of each chosen task. Raises `Refused` when nothing, or too much, is chosen."""
        return {task_id: sent.get(f"digest-{task_id}", "") for task_id in chosen(sent)}


def chosen(sent: MultiDict[str, str], word: str = "同意") -> list[UUID]:
    """The chosen tasks, each once. Raises `Refused` when nothing, or too much, is chosen for what `word` says."""
    ids = list(dict.fromkeys(found for text in sent.getlist("task") if (found := _uuid(text))))
    if not ids:
        raise Refused(f"请先勾选要{word}的计划。")
    if len(ids) > MOST_TICKED:
        raise Refused(f"一次最多批量{word} {MOST_TICKED} 份，请分批办理。")
    return ids


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
