"""Reading delegations and the posts that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from accounts.delegations.rules import Term
from accounts.people.models import Account, Delegation, Post
from accounts.people.rules import DELEGABLE, PlaceKind
from accounts.people.seats import lent_to
from core.db import session
from core.errors import Missing

_LISTED = 100


def own_posts(person_id: int, day: date) -> list[Post]:
    """The reviewing posts that a person holds himself on this day or later."""
    query = select(Post).options(joinedload(Post.unit), joinedload(Post.office))
    query = query.where(Post.person_id == person_id, Post.role.in_(DELEGABLE))
    query = query.where(or_(Post.ends_on.is_(None), Post.ends_on >= day))
    return list(session().scalars(query.order_by(Post.id)))


def term_of(post: Post, behalf: str = "") -> Term:
    """A post as the rules see it."""
    name = f"{post.place_name} {post.role.label}".strip()
    return Term(post.role, post.unit_id, post.office_id, post.starts_on, post.ends_on, name, behalf)


def held_by(person_id: int, day: date) -> list[Term]:
    """All posts that a person holds himself on this day or later."""
    query = select(Post).where(Post.person_id == person_id, or_(Post.ends_on.is_(None), Post.ends_on >= day))
    return [term_of(post) for post in session().scalars(query.order_by(Post.id))]


def lent_terms(person_id: int, day: date) -> Iterator[Term]:
    """The posts at which a person acts for others on this day or later, for the days of the delegation."""
    for delegation, post in lent_to(person_id, day):
        term = term_of(post, delegation.giver.name)
        ends_on = min(delegation.ends_on, post.ends_on or delegation.ends_on)
        yield Term(*term.seat, max(delegation.starts_on, post.starts_on), ends_on, term.name, term.behalf)


def given_before(giver_id: int, day: date) -> list[Delegation]:
    """The delegations of a person that are in force on this day or later."""
    query = select(Delegation).options(joinedload(Delegation.taker), joinedload(Delegation.unit))
    query = query.where(Delegation.giver_id == giver_id, Delegation.revoked_at.is_(None), Delegation.ends_on >= day)
    return list(session().scalars(query.order_by(Delegation.id)))


def given_by(person_id: int) -> list[Delegation]:
    """What a person delegated, the newest first."""
    return _listed(giver_id=person_id)


def received_by(person_id: int) -> list[Delegation]:
    """What was delegated to a person, the newest first."""
    return _listed(taker_id=person_id)


def _listed(**whose: int) -> list[Delegation]:
    query = select(Delegation).filter_by(**whose).options(
        joinedload(Delegation.giver), joinedload(Delegation.taker), joinedload(Delegation.unit),
        joinedload(Delegation.office),
    )  # fmt: skip
    return list(session().scalars(query.order_by(Delegation.id.desc()).limit(_LISTED)))


def get_delegation(delegation_id: int, person_id: int) -> Delegation:
    """A delegation of which this person is one side. Raises `Missing` for absent and foreign alike."""
    found = session().get(Delegation, delegation_id)
    if found is None or person_id not in (found.giver_id, found.taker_id):
        raise Missing()
    return found


def locked(delegation_id: int) -> Delegation:
    """The delegation, held until the transaction ends. Raises `Missing`."""
    found = session().get(Delegation, delegation_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing()
    return found


def find_taker(named: str) -> list[Account]:
    """The people with this username or this very name."""
    query = select(Account).where(or_(Account.username == named, Account.name == named)).order_by(Account.id)
    return list(session().scalars(query))


def colleagues(giver_id: int, day: date) -> list[Account]:
    """People who might act for somebody: those of finance for posts of finance, those of the same units for theirs."""
    own = own_posts(giver_id, day)
    units = {post.unit_id for post in own if post.unit_id}
    finance = [role for role in DELEGABLE if role.place is not PlaceKind.UNIT]
    wanted = [Post.unit_id.in_(units)] if units else []
    if any(post.role in finance for post in own):
        wanted.append(Post.role.in_(finance))
    if not wanted:
        return []
    query = select(Account).join(Post).where(Account.active, Account.id != giver_id, or_(*wanted))
    query = query.where(Post.starts_on <= day, or_(Post.ends_on.is_(None), Post.ends_on >= day))
    return list(session().scalars(query.distinct().order_by(Account.username)))


def locked_around(person_id: int, day: date) -> list[Delegation]:
    """The delegations from or to a person that are in force on this day or later, held until the transaction ends."""
    return list(session().scalars(_around(person_id, day).with_for_update()))


def around(person_id: int, day: date) -> list[Delegation]:
    """The same, to be shown."""
    people = joinedload(Delegation.giver), joinedload(Delegation.taker)
    return list(session().scalars(_around(person_id, day).options(*people)))


def _around(person_id: int, day: date) -> Select[Delegation]:
    query = select(Delegation).where(or_(Delegation.giver_id == person_id, Delegation.taker_id == person_id))
    return query.where(Delegation.revoked_at.is_(None), Delegation.ends_on >= day).order_by(Delegation.id)
