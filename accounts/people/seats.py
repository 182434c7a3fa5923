"""Who sits at a desk: those who hold its post, and those who act for them by delegation. Asked on every request."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Date, Select, and_, bindparam, func, null, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnExpressionArgument

from accounts.people.models import Account, Delegation, Post
from accounts.people.rules import DELEGABLE, Role
from accounts.people.signing import signed
from core import recall
from core.db import session

Day = date | BindParameter[date]
Seat = tuple[Role, int | None, int | None]
# A person who may act at a seat, and the one for whom he does so (None: in his own right).
Seated = tuple[int, int | None]

_GIVER: Final = aliased(Account)
DAY: Final = bindparam("day", type_=Date)


def in_force(day: Day) -> ColumnElement[bool]:
    """Whether a post is held on this day."""
    return (Post.starts_on <= day) & or_(Post.ends_on.is_(None), Post.ends_on >= day)


def covers(delegation: Any = Delegation, post: Any = Post) -> ColumnElement[bool]:
    """Whether the scope of a delegation takes in a post of its giver."""
    return and_(
        post.person_id == delegation.giver_id,
        post.role.in_(DELEGABLE),
        or_(delegation.role.is_(None), delegation.role == post.role),
        or_(delegation.unit_id.is_(None), delegation.unit_id == post.unit_id),
        or_(delegation.office_id.is_(None), delegation.office_id == post.office_id),
    )


def delegated(day: Day) -> ColumnElement[bool]:
    """Whether a delegation counts on this day."""
    return and_(Delegation.revoked_at.is_(None), Delegation.starts_on <= day, Delegation.ends_on >= day)


def own_seats(day: Day, *further: ColumnExpressionArgument[bool]) -> Select[int, int, int]:
    """The posts held in one's own right: post, person, nobody for whom."""
    nobody = null().cast(BigInteger)
    columns = (Post.id.label("post_id"), Post.person_id.label("person_id"), nobody.label("behalf_id"))
    return select(*columns).where(in_force(day), *further)


def lent_seats(day: Day, *further: ColumnExpressionArgument[bool]) -> Select[int, int, int]:
    """The posts held for another, who must be there to hold them: post, person, for whom."""
    columns = (Post.id.label("post_id"), Delegation.taker_id.label("person_id"), Delegation.giver_id.label("behalf_id"))
    query = select(*columns).join(Post, covers()).join(_GIVER, (_GIVER.id == Delegation.giver_id) & _GIVER.active)
    return query.where(delegated(day), in_force(day), *further)


@dataclass(frozen=True)
class Sitter:
    """Somebody who may work at a desk: in his own right, or for another by delegation."""

    id: int
    name: str
    phone: str = ""
    behalf_id: int | None = None
    behalf_name: str = ""

    @property
    def said(self) -> str:
        """张三 8650000; 张三（代李四） 8650000."""
        return f"{signed(self.name, self.behalf_name)} {self.phone}".strip()


_PLACE: Final = (
    Post.role == bindparam("role"),
    # `IS NOT DISTINCT FROM`, because the place of a post may be empty.
    Post.unit_id.is_not_distinct_from(bindparam("unit_id")),
    Post.office_id.is_not_distinct_from(bindparam("office_id")),
)
_HERE: Final = own_seats(DAY, *_PLACE).union_all(lent_seats(DAY, *_PLACE)).subquery("here")
_BEHALF: Final = aliased(Account)
_SITTERS: Final = (
    select(Account.id, Account.name, Account.phone, _HERE.c.behalf_id, func.coalesce(_BEHALF.name, "").label("behalf"))
    .join(_HERE, _HERE.c.person_id == Account.id)
    .outerjoin(_BEHALF, _BEHALF.id == _HERE.c.behalf_id)
    .where(Account.active)
    .order_by(_HERE.c.behalf_id.is_not(None), Account.id, _HERE.c.behalf_id)
)


@recall.once
def sitters(role: Role, day: date, *, unit_id: int | None = None, office_id: int | None = None) -> list[Sitter]:
    """Who may work at this desk on this day: those who hold the post, then those who act for them; nobody twice."""
    asked = {"role": role, "day": day, "unit_id": unit_id, "office_id": office_id}
    found: dict[int, Sitter] = {}
    for row in session().execute(_SITTERS, asked):
        found.setdefault(row.id, Sitter(*row))
    return list(found.values())


_SEATS: Final = (
    Post.role.in_(bindparam("roles", expanding=True)),
    or_(Post.unit_id.is_(None), Post.unit_id.in_(bindparam("unit_ids", expanding=True))),
    or_(Post.office_id.is_(None), Post.office_id.in_(bindparam("office_ids", expanding=True))),
)
_THERE: Final = own_seats(DAY, *_SEATS).union_all(lent_seats(DAY, *_SEATS)).subquery("there")
# One query for all desks of a chain.
_SEATED: Final = (
    select(Post.role, Post.unit_id, Post.office_id, _THERE.c.person_id, _THERE.c.behalf_id)
    .join(_THERE, _THERE.c.post_id == Post.id)
    .join(Account, _THERE.c.person_id == Account.id)
    .where(Account.active)
    .order_by(_THERE.c.behalf_id.is_not(None), _THERE.c.person_id)
)


def seated(seats: Collection[Seat], day: date) -> dict[Seat, list[Seated]]:
    """Who may act on each of these seats, (role, unit, office), on this day: holders first, then who acts for them."""
    asked = {
        "day": day,
        "roles": list({role for role, _, _ in seats}),
        "unit_ids": list({unit_id for _, unit_id, _ in seats if unit_id is not None}),
        "office_ids": list({office_id for _, _, office_id in seats if office_id is not None}),
    }
    found: dict[Seat, list[Seated]] = {seat: [] for seat in seats}
    for role, unit_id, office_id, person_id, behalf_id in session().execute(_SEATED, asked):
        found.setdefault((role, unit_id, office_id), []).append((person_id, behalf_id))
    return found


_LENT: Final = select(Delegation, Post).join(Post, covers()).where(Delegation.revoked_at.is_(None))


def lent_to(taker_id: int, since: date) -> list[tuple[Delegation, Post]]:
    """At which posts somebody acts for others on that day or later, by which delegation."""
    query = _LENT.where(Delegation.taker_id == taker_id, Delegation.ends_on >= since)
    query = query.where(or_(Post.ends_on.is_(None), Post.ends_on >= since))
    return [(delegation, post) for delegation, post in session().execute(query.order_by(Delegation.id, Post.id))]


def standing_in(giver_id: int, wanted: Post) -> list[tuple[Delegation, Post]]:
    """Who would act for a person at a post that he is to get, each with every post that he holds himself."""
    query = select(Delegation, Post).join(Post, Post.person_id == Delegation.taker_id)
    query = query.where(Delegation.revoked_at.is_(None), Delegation.giver_id == giver_id)
    query = query.where(Delegation.ends_on >= wanted.starts_on)
    rows = session().execute(query.order_by(Delegation.id, Post.id))
    return [(delegation, post) for delegation, post in rows if _takes_in(delegation, wanted)]


def _takes_in(delegation: Delegation, post: Post) -> bool:
    return (
        post.role in DELEGABLE
        and delegation.role in (None, post.role)
        and delegation.unit_id in (None, post.unit_id)
        and delegation.office_id in (None, post.office_id)
    )
