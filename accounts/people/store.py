"""Reading people with the posts in force, and finding who holds a post."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from accounts.people.models import Account, Delegation, Post
from accounts.people.rules import WATCH_DESKS, Person, PostFacts, Role
from accounts.people.seats import DAY, in_force, lent_seats, own_seats
from accounts.people.seats import Sitter as Sitter
from accounts.people.seats import seated as seated
from accounts.people.seats import sitters as sitters
from accounts.units.models import Office, Unit
from core import clock, jobs
from core.db import session
from core.errors import Missing
from core.history import Actor
from core.paging import Page, paged

# The watch after a last day waits so long for what hands the leaver's tasks over.
_AFTERWARDS: Final = timedelta(seconds=20)
# A unit that was merged into the one of a post: who sits at the successor may read what it filed.
_OLD: Final = aliased(Unit)
_FOR: Final = aliased(Account)
_ME: Final[BindParameter[int]] = bindparam("person_id")
# His own posts, and those that he holds for others today.
_MINE: Final = own_seats(DAY, Post.person_id == _ME).union_all(lent_seats(DAY, Delegation.taker_id == _ME))
_HELD: Final = _MINE.subquery("held")

# Written once, with blanks for its values: every request asks it, and building it would take longer than running it.
_PERSON: Final = (
    select(
        *(Account.id, Account.name, Account.username, Account.must_change_password),
        *(Post.role, Post.unit_id, Unit.code, Unit.name.label("unit_name"), Post.office_id, Post.id.label("post_id")),
        *(Office.name.label("office_name"), _OLD.id.label("old_id")),
        *(_HELD.c.behalf_id, _FOR.name.label("behalf_name")),
    )
    .outerjoin(_HELD, _HELD.c.person_id == Account.id)
    .outerjoin(Post, Post.id == _HELD.c.post_id)
    .outerjoin(Unit, Post.unit_id == Unit.id)
    .outerjoin(Office, Post.office_id == Office.id)
    .outerjoin(_OLD, (_OLD.merged_into_id == Post.unit_id) & (Post.role != Role.DEPARTMENT_REVIEWER))
    .outerjoin(_FOR, _FOR.id == _HELD.c.behalf_id)
    .where(Account.id == _ME, Account.active)
    .order_by(_HELD.c.behalf_id.is_not(None), Post.id)
)


def find_person(person_id: int, day: date) -> Person | None:
    """The active person with the posts in force on that day, his own before those that he holds for others.

    None when unknown or deactivated.
    """
    rows = session().execute(_PERSON, {"person_id": person_id, "day": day}).all()
    if not rows:
        return None
    posts = {row.post_id: _facts(row) for row in rows if row.role is not None}
    known, old = rows[0], {row.old_id for row in rows if row.old_id is not None}
    predecessors = _with_their_own(old) if old else frozenset()
    return Person(known.id, known.name, known.username, tuple(posts.values()), known.must_change_password, predecessors)


def _facts(row: Row[*tuple[Any, ...]]) -> PostFacts:
    place = row.unit_name or row.office_name or ""
    behalf = row.behalf_id, row.behalf_name or ""
    return PostFacts(row.role, place, row.unit_id, row.code or "", row.office_id, *behalf)


def _with_their_own(unit_ids: Collection[int]) -> frozenset[int]:
    """These units and all that went into them before."""
    all_of_them = select(Unit.id).where(Unit.id.in_(unit_ids)).cte(recursive=True)
    earlier = select(Unit.id).join(all_of_them, Unit.merged_into_id == all_of_them.c.id)
    return frozenset(session().scalars(select(all_of_them.union(earlier).c.id)))


def find_by_username(username: str) -> Account | None:
    """The account, or None."""
    return session().scalars(select(Account).where(Account.username == username)).first()


def get_account(person_id: int) -> Account:
    """The account. Raises `Missing`."""
    account = session().get(Account, person_id)
    if account is None:
        raise Missing()
    return account


def locked(person_id: int) -> Account:
    """The account, held until the transaction ends. Raises `Missing`."""
    account = session().get(Account, person_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise Missing()
    return account


def accounts_page(search: str, page: int) -> Page[Account]:
    """People for the administrator, with their posts and places, by username."""
    query = select(Account).options(
        selectinload(Account.posts).joinedload(Post.unit), selectinload(Account.posts).joinedload(Post.office)
    )
    if search:
        query = query.where(_named(search))
    return paged(query.order_by(Account.username), page)


def _named(search: str) -> ColumnElement[bool]:
    return or_(Account.name.contains(search, autoescape=True), Account.username.contains(search, autoescape=True))


def active_accounts() -> list[Account]:
    """All people who can sign in, by username."""
    return list(session().scalars(select(Account).where(Account.active).order_by(Account.username)))


def count_accounts() -> int:
    """How many accounts there are."""
    return session().scalar(select(func.count(Account.id))) or 0


def posts_page(search: str, role: Role | None, page: int) -> Page[Post]:
    """Posts with their people and places, the newest grant first."""
    query: Select[Post] = (
        select(Post)
        .join(Post.account)
        .options(contains_eager(Post.account), joinedload(Post.unit), joinedload(Post.office))
    )
    if search:
        query = query.where(_named(search))
    if role is not None:
        query = query.where(Post.role == role)
    return paged(query.order_by(Post.id.desc()), page)


def get_post(post_id: int) -> Post:
    """The post. Raises `Missing`."""
    post = session().get(Post, post_id)
    if post is None:
        raise Missing()
    return post


def locked_post(post_id: int) -> Post:
    """The post, held until the transaction ends. Raises `Missing`."""
    post = session().get(Post, post_id, with_for_update=True, populate_existing=True)
    if post is None:
        raise Missing()
    return post


def posts_at(unit_id: int, day: date) -> list[Post]:
    """The posts at a unit that last beyond that day, with their people, in the order of ids."""
    query = select(Post).join(Post.account).options(contains_eager(Post.account))
    query = query.where(Post.unit_id == unit_id, or_(Post.ends_on.is_(None), Post.ends_on > day))
    return list(session().scalars(query.order_by(Post.id)))


def watch_desks(last_day: date, *, by: Actor, **of: int) -> None:
    """Ask, in the caller's transaction, that as soon as somebody's last day is over it is seen who does his work.

    `of` names who leaves and who succeeds him, where somebody does: such a job comes first, for what the others find in
    the hands of somebody who left they give back to his post.
    """
    job = jobs.enqueue(WATCH_DESKS, last_day, {"last_day": last_day, **of}, by=by)
    following = last_day + timedelta(days=1)
    midnight = clock.at(following.year, following.month, following.day)
    job.run_after = max(job.run_after, midnight if of else midnight + _AFTERWARDS)


def find_place(division_code: str, unit_code: str, office_id: int | None) -> tuple[Unit | None, Office | None]:
    """The unit of this code and the office of this id, each None when not given or not there."""
    unit = select(Unit).where(Unit.division_code == division_code, Unit.code == unit_code)
    office = select(Office).where(Office.division_code == division_code, Office.id == office_id)
    return session().scalars(unit).first(), session().scalars(office).first()


# `IS NOT DISTINCT FROM`, because the place of a post may be empty.
_HOLDERS: Final = (
    select(Account)
    .join(Post, Post.person_id == Account.id)
    .where(Account.active, Post.role == bindparam("role"), in_force(DAY))
    .where(Post.unit_id.is_not_distinct_from(bindparam("unit_id")))
    .where(Post.office_id.is_not_distinct_from(bindparam("office_id")))
    .order_by(Account.id)
)


def holders(role: Role, day: date, *, unit_id: int | None = None, office_id: int | None = None) -> list[Account]:
    """The active people who hold this role at this place on this day in their own right."""
    asked = {"role": role, "day": day, "unit_id": unit_id, "office_id": office_id}
    return list(session().scalars(_HOLDERS, asked))


def names(person_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, in one query."""
    query = select(Account.id, Account.name).where(Account.id.in_(set(person_ids)))
    return dict(session().execute(query).all())
