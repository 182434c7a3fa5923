"""No paper is used twice in the district: the same number or file is refused, what looks alike is a warning.

A paper that has the number or the file of another live paper *repeats* it, and is known as such from the moment when
that is seen. It stays in the register, but no plan that draws on it is submitted without the bureau's consent; the
database says the same (`ix_paper_number_once`, `repeat_has_consent`).
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, case, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from budget.plans.models import PlanLine
from core import clock
from core.db import session
from core.errors import Refused
from vouchers.papers.models import Draw, Paper, PaperReading, ReuseConsent, ReuseRequest
from vouchers.papers.numbers import is_spent, number_key
from vouchers.papers.rules import INVOICE
from vouchers.readers.canonical import reading_from
from vouchers.readers.rules import FieldName

_ATTEMPTS: Final = 3

# The oldest live paper with this number, or else with this file; one that repeats this paper is none.
_SAME_NUMBER: Final = and_(bindparam("key") != "", Paper.number_key == bindparam("key"))
_SAME_FILE: Final = and_(bindparam("spent"), Paper.blob_digest == bindparam("digest"))
_EARLIER: Final = (
    select(Paper.id)
    .where(
        Paper.division_code == bindparam("division"),
        Paper.id != bindparam("paper_id"),
        Paper.removed_at.is_(None),
        or_(_SAME_NUMBER, _SAME_FILE),
        or_(Paper.repeats_id.is_(None), Paper.repeats_id != bindparam("paper_id")),
    )
    .order_by(case((_SAME_NUMBER, 0), else_=1), Paper.repeats_id.is_not(None), Paper.created_at, Paper.id)
    .limit(1)
)
_OTHER: Final = aliased(Paper)
GRANTED: Final = exists().where(
    ReuseRequest.paper_id == Paper.id,
    ReuseRequest.earlier_id == Paper.repeats_id,
    ReuseConsent.request_id == ReuseRequest.id,
    ReuseConsent.granted,
)
_REPEATED: Final = (
    select(Paper.name, Paper.unit_id, Paper.number_key, _OTHER, Paper.id)
    .join(_OTHER, _OTHER.id == Paper.repeats_id)
    .join(Draw, Draw.paper_id == Paper.id)
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .where(
        PlanLine.plan_id == bindparam("plan_id"),
        *(PlanLine.removed_in.is_(None), Paper.removed_at.is_(None), _OTHER.removed_at.is_(None), ~GRANTED),
    )
    .order_by(Paper.name, _OTHER.id)
    .distinct()
)


def settle(paper: Paper) -> None:
    """Find out again what the paper repeats, after its number, kind, amount or file was said.

    Inside the caller's transaction, who holds the paper. Of two that claim one number in one moment the database lets
    one have it; the other is found to repeat it.
    """
    work = session()
    work.flush()
    key = _key_of(paper) if paper.number and paper.kind_code == INVOICE else ""
    if not _settled(paper, key):
        raise Refused("这个发票号码刚刚被其他人登记，请稍候再试。")
    work.refresh(paper, ["number_key", "repeats_id"])


def _settled(paper: Paper, key: str) -> bool:
    for _ in range(_ATTEMPTS):
        earlier = _earlier(paper, key)
        if (key, earlier) == (paper.number_key, paper.repeats_id):
            return True
        try:
            with session().begin_nested():
                _write(paper.id, key, earlier)
        except IntegrityError as taken:
            if "number_key" not in str(taken) and "ix_paper_number_once" not in str(taken):
                raise
        else:
            return True
    return False


def _earlier(paper: Paper, key: str) -> UUID | None:
    asked = {"division": paper.division_code, "paper_id": paper.id, "key": key, "digest": paper.blob_digest}
    return session().scalar(_EARLIER, {**asked, "spent": is_spent(paper.kind_code, paper.face_amount)})


def _write(paper_id: UUID, key: str, earlier: UUID | None) -> None:
    query = update(Paper).where(Paper.id == paper_id).values(number_key=key, repeats_id=earlier)
    session().execute(query.execution_options(synchronize_session=False))


def settle_followers(paper: Paper) -> None:
    """The paper says something else now, or has gone: what repeated it may be free. A consent keeps what it was for."""
    session().flush()
    query = select(Paper).where(Paper.repeats_id == paper.id, Paper.removed_at.is_(None), ~GRANTED)
    for follower in session().scalars(query.order_by(Paper.created_at, Paper.id)).all():
        settle(follower)


def _key_of(paper: Paper) -> str:
    """What is written decides; the code of an older invoice may be left to what was read."""
    return number_key(paper.number) or number_key(paper.number, _code_read(paper.id))


def _code_read(paper_id: UUID) -> str:
    """The code that stands beside an older invoice's number, as a machine read it."""
    content = session().scalar(select(PaperReading.content).where(PaperReading.paper_id == paper_id))
    if content is None:
        return ""
    found = (field.value for field in reading_from(content).fields if field.name is FieldName.CODE)
    return str(next(found, ""))


def faults(plan_id: UUID) -> list[str]:
    """Why the plan may not be submitted: a sentence for each of its papers that repeats another without consent."""
    rows = session().execute(_REPEATED, {"plan_id": plan_id}).all()
    return [
        f"凭证“{name}”：{said(earlier, unit_id, by_number=same_number(key, earlier))}"
        + ("" if earlier.unit_id == unit_id else "确需重复使用的，请在附件中写明理由，申请允许重复使用。")
        for name, unit_id, key, earlier, _ in rows
    ]


def same_number(key: str, earlier: Paper) -> bool:
    """Whether an earlier paper bears the number of this key; else it is the file that is the same."""
    return key != "" and key == earlier.number_key


def said(earlier: Paper, unit_id: int, *, by_number: bool) -> str:
    """What the clerk of a unit is told of an earlier paper: when it came; of his own unit's also which it is."""
    day = f"{clock.local(earlier.created_at):%Y-%m-%d}"
    what = "该发票" if earlier.kind_code == INVOICE else "该凭证"
    same = "号码相同" if by_number else "文件相同"
    if earlier.unit_id == unit_id:
        return f"{what}已被使用：本单位 {day} 登记的“{earlier.name}”{same}；同一份凭证请从登记簿选用，不要重复登记。"
    return f"{what}已被使用：其他单位已于 {day} 登记（{same}），不能重复使用。"
