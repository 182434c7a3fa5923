"""Saving usual opinions, one's own and the bureau's, and the table of reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from approvals.words import rules, store
from approvals.words.models import ReasonCode, ReasonTable, UsualList
from approvals.words.rules import DEFAULT_REASONS, DEFAULT_USUAL, Reason, TypedReason
from budget.calendar.rules import check_version
from core import history
from core.db import alone, session, transaction
from core.differences import Record
from core.history import Actor
from core.waiting import retried


@retried
def save_usual(division_code: str, person_id: int | None, text: str, seen: int, *, by: Actor) -> bool:
    """Make the list of this person, or the bureau's (None), what was typed; False when nothing changed.

    Raises `Refused`, and `Conflict` when the page was made from an older list.
    """
    lines = rules.read_usual(text)
    subject = "bureau" if person_id is None else str(person_id)
    with transaction() as work:
        alone(f"usual {division_code} {subject}")
        found = store.find_list(division_code, person_id)
        before = found.texts if found else DEFAULT_USUAL if person_id is None else ()
        stored, typed = ({"": rules.usual_record(texts)} for texts in (before, lines))
        said = partial(history.last_said, "usual", subject)
        check_version("常用意见", seen, found.version if found else 0, stored, typed, said)
        if lines == before:
            return False
        if found is None:
            work.add(UsualList(division_code=division_code, person_id=person_id, lines="\n".join(lines)))
        else:
            found.lines = "\n".join(lines)
        whose = "全局" if person_id is None else "本人"
        details = {"before": list(before), "after": list(lines)}
        history.record("usual", subject, "save", f"修改{whose}常用意见，现有 {len(lines)} 条", by=by, details=details)
        return True


@retried
def save_reasons(division_code: str, rows: Iterable[TypedReason], seen: int, *, by: Actor) -> bool:
    """Make the table of reasons what was typed; False when nothing changed. A code left out is put out of use.

    Raises `Refused`, and `Conflict` when the page was made from an older table.
    """
    typed = rules.read_reasons(rows)
    with transaction():
        alone(f"reasons {division_code}")
        head, stored = store.find_table(division_code), store.stored_reasons(division_code)
        before = [row.said for row in stored.values()] or list(DEFAULT_REASONS)
        after = rules.kept(before, typed)
        said = partial(history.last_said, "reasons", division_code)
        check_version(
            "原因代码表", seen, head.version if head else 0, _records(before), _records(typed), said
        )  # fmt: skip
        if list(after) == before:
            return False
        _store(division_code, stored, after)
        _count_up(division_code, head)
        history.record("reasons", division_code, "save", _said(before, after), by=by, details=_details(before, after))
        return True


def _records(reasons: Sequence[Reason]) -> dict[str, Record]:
    return {reason.code: reason.record(number) for number, reason in enumerate(reasons, 1)}


def _store(division_code: str, stored: dict[str, ReasonCode], after: Iterable[Reason]) -> None:
    for number, reason in enumerate(after, 1):
        row = stored.get(reason.code)
        if row is None:
            row = ReasonCode(division_code=division_code, code=reason.code)
            session().add(row)
        row.words, row.field, row.in_use, row.number = reason.words, reason.field, reason.in_use, number


def _count_up(division_code: str, head: ReasonTable | None) -> None:
    if head is None:
        session().add(ReasonTable(division_code=division_code, version=1))
    else:
        head.version += 1


def _said(before: Sequence[Reason], after: Sequence[Reason]) -> str:
    known = {reason.code for reason in before}
    new = [reason.code for reason in after if reason.code not in known]
    off = [reason.code for reason in after if not reason.in_use]
    said = f"修改原因代码表，使用中 {sum(reason.in_use for reason in after)} 个"
    return said + (f"，新增 {'、'.join(new)}" if new else "") + (f"，停用 {'、'.join(off)}" if off else "")


def _details(before: Sequence[Reason], after: Sequence[Reason]) -> dict[str, object]:
    return {"before": list(_records(before).values()), "after": list(_records(after).values())}
