"""Reading usual opinions and reason codes; what nobody has saved yet is as it is at first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from sqlalchemy import bindparam, or_, select

from approvals.words.models import ReasonCode, ReasonTable, UsualList
from approvals.words.rules import DEFAULT_REASONS, DEFAULT_USUAL, Reason, Usual, offered
from core.db import session


class Known(Protocol):
    """Whoever has an account."""

    @property
    def id(self) -> int: ...


# One house serves one bureau, so the list without a person is that of everybody's bureau.
_LISTS: Final = select(UsualList.person_id, UsualList.lines).where(
    or_(UsualList.person_id == bindparam("person_id"), UsualList.person_id.is_(None))
)
_REASONS: Final = (
    select(ReasonCode).where(ReasonCode.division_code == bindparam("division_code")).order_by(ReasonCode.number)
)


def usual_for(person: Known) -> Sequence[Usual]:
    """常用意见 that a desk offers this person: his own first, then the bureau's; the first nine have number keys."""
    found = {row.person_id: row.lines.splitlines() for row in session().execute(_LISTS, {"person_id": person.id})}
    return offered(found.get(person.id, ()), found.get(None, DEFAULT_USUAL))


def reason_codes(division_code: str) -> Sequence[Reason]:
    """The reasons in use, in their order."""
    return [reason for reason in all_reasons(division_code) if reason.in_use]


def all_reasons(division_code: str) -> Sequence[Reason]:
    """Every reason that there ever was, in the order of the table: an opinion may carry one that is out of use."""
    rows = session().scalars(_REASONS, {"division_code": division_code}).all()
    return [row.said for row in rows] or list(DEFAULT_REASONS)


def find_list(division_code: str, person_id: int | None) -> UsualList | None:
    """The stored list of a person, or the bureau's; None while nobody has saved it."""
    query = select(UsualList).where(UsualList.person_id.is_not_distinct_from(person_id))
    if person_id is None:
        query = query.where(UsualList.division_code == division_code)
    return session().scalars(query).first()


def find_table(division_code: str) -> ReasonTable | None:
    """The head of a bureau's table of reasons; None while nobody has saved it."""
    return session().scalars(select(ReasonTable).where(ReasonTable.division_code == division_code)).first()


def stored_reasons(division_code: str) -> dict[str, ReasonCode]:
    """The rows of the table by their codes."""
    return {row.code: row for row in session().scalars(_REASONS, {"division_code": division_code})}
