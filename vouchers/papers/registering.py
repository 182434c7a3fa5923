"""What a clerk does in the register: a paper comes in without a plan, says more than before, and lines draw on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO
from uuid import UUID

from accounts.people.rules import Person
from accounts.units.models import Unit
from budget.plans.models import PlanLine
from core import clock, history
from core.db import session, transaction
from core.errors import Missing, Refused
from core.money import ZERO, Money
from core.versions import check_seen
from core.waiting import retried
from vouchers.papers import store, twice
from vouchers.papers.actions import keep_file, open_lines, paper_of
from vouchers.papers.draws import drawn_besides, drawn_on, plan_of_line
from vouchers.papers.faces import Face, check_draw, check_face, record_of
from vouchers.papers.holding import held, held_for, note, note_in_register, saver
from vouchers.papers.models import Draw, Paper
from vouchers.papers.rules import check_kind


@dataclass(frozen=True)
class NewPaper:
    """A file with its kind and what stands on it."""

    kind_code: str
    filename: str
    stream: IO[bytes]
    face: Face = field(default_factory=Face)


def face_of(paper: Paper) -> Face:
    """What the register says of a paper."""
    return Face(paper.number, paper.paper_date, paper.counterparty, paper.face_amount)


def register_paper(unit_id: int, draft: NewPaper, *, limit: int, by: Person) -> UUID:
    """A paper of the clerk's own unit comes into the register, without a plan.

    Raises `Missing` for another unit, `Refused` when the file is not welcome or the face means nothing.
    """
    unit = session().get(Unit, unit_id)
    if unit is None or not by.writing().covers(unit_id, entered=False):
        raise Missing()
    check_kind(draft.kind_code, store.kinds(unit.division_code, clock.today().year))
    face = draft.face.clean
    check_face(face, ZERO)
    kept = keep_file(draft.filename, draft.stream, limit)
    with transaction():
        paper = paper_of(kept, unit.division_code, unit.id, draft.kind_code, by)
        _fill(paper, face)
        twice.settle(paper)
        history.record("paper", paper.id, "register_paper", f"登记凭证“{kept.name}”", by=by, details=record_of(face))
        return paper.id


@retried
def describe_paper(
    paper_id: UUID, face: Face, *, by: Person, kind_code: str = "", seen: int | None = None
) -> None:
    """Say what stands on a paper: number, date, counterparty, amount, and its kind if one is named.

    Raises `Overtaken` or `Refused` while a submitted plan draws on it, `Refused` for an amount below what is drawn,
    and `Conflict` when somebody else has changed the paper since version `seen`.
    """
    face = face.clean
    with transaction():
        found = held(paper_id, by.writing())
        paper = found.paper
        found.check_open()
        check_face(face, drawn_on([paper.id]).get(paper.id, ZERO))
        kinds = {kind.code: kind.short_name for kind in found.kinds() if kind.level > 1}
        if kind_code and kind_code not in kinds:
            raise Refused("请从列表中选择凭证种类。")
        before = record_of(face_of(paper)) | {"凭证种类": kinds.get(paper.kind_code, paper.kind_code)}
        now = record_of(face) | {"凭证种类": kinds.get(kind_code, before["凭证种类"])}
        if seen is not None:
            check_seen(paper, seen, found.called, before, now, saver(paper))
        _fill(paper, face)
        paper.kind_code = kind_code or paper.kind_code
        twice.settle(paper)
        twice.settle_followers(paper)
        said = "，".join(f"{name} {text or '（空）'}" for name, text in now.items() if text != before[name])
        if said:
            note_in_register(found, "describe_paper", f"{found.called}登记为：{said}", by)


def _fill(paper: Paper, face: Face) -> None:
    paper.number, paper.paper_date = face.number, face.on
    paper.counterparty, paper.face_amount = face.counterparty, face.amount


def draw_on(paper_id: UUID, line_id: int, amount: Money | None, *, by: Person) -> None:
    """A line draws so much on a paper of the register; None merely attaches it. The amount that stood there is gone.

    Raises `Missing`, `Overtaken`, and `Refused` with what is left of the paper.
    """
    with transaction() as work:
        plan, paper = held_for(plan_of_line(line_id), paper_id, by)
        (line,) = open_lines(plan, [line_id])
        if amount is not None:
            _check_line(line, amount)
            check_draw(paper.name, paper.face_amount, drawn_besides(paper.id, line.id), amount)
        draw = work.get(Draw, (paper.id, line.id))
        if draw is None:
            draw = Draw(paper_id=paper.id, plan_line_id=line.id)
            work.add(draw)
        draw.amount = amount
        paper.version += 1  # its draws stand in another table
        said = f"使用 {amount}" if amount is not None else "附上"
        note(plan, "draw_on", f"第 {line.position} 行{said}：凭证“{paper.name}”", by, paper.id)


def _check_line(line: PlanLine, amount: Money) -> None:
    """A line needs no more of a paper than it asks for; one that takes money back needs nothing."""
    if line.source_line_id is not None:
        raise Refused(f"第 {line.position} 行是调减，不使用凭证金额，请只附凭证。")
    if line.applied is None:
        raise Refused(f"第 {line.position} 行还没有填写申报数，请先填写，再填写使用金额。")
    if amount > line.applied:
        raise Refused(f"第 {line.position} 行申报 {line.applied}，使用金额 {amount} 不能超过它。")


def release(paper_id: UUID, line_id: int, *, by: Person) -> None:
    """The line draws on the paper no more; the paper stays registered. Raises `Missing`, `Overtaken`, `Refused`."""
    with transaction() as work:
        plan, paper = held_for(plan_of_line(line_id), paper_id, by)
        (line,) = open_lines(plan, [line_id])
        draw = work.get(Draw, (paper.id, line.id))
        if draw is None:
            raise Missing()
        work.delete(draw)
        paper.version += 1
        note(plan, "release", f"第 {line.position} 行不再使用凭证“{paper.name}”", by, paper.id)
