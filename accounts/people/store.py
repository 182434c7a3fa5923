"""Reading people with the posts in force, and finding who holds a post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Date, Select, bindparam, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from accounts.people.models import Account, Post
from accounts.people.rules import Person, PostFacts, Role
from accounts.units.models import Office, Unit
from core.db import session
from core.errors import Missing
from core.paging import Page, paged


def _in_force(day: date | BindParameter[date]) -> ColumnElement[bool]:
    return (Post.starts_on <= day) & or_(Post.ends_on.is_(None), Post.ends_on >= day)


# Written once, with blanks for its values: every request asks it, and building it would take longer than running it.
_PERSON: Final = (
    select(
        *(Account.id, Account.name, Account.username, Account.must_change_password),
        *(Post.role, Post.unit_id, Unit.code, Unit.name.label("unit_name"), Post.office_id),
        Office.name.label("office_name"),
    )
    .outerjoin(Post, (Post.person_id == Account.id) & _in_force(bindparam("day", type_=Date)))
    .outerjoin(Unit, Post.unit_id == Unit.id)
    .outerjoin(Office, Post.office_id == Office.id)
    .where(Account.id == bindparam("person_id"), Account.active)
    .order_by(Post.id)
)


def find_person(person_id: int, day: date) -> Person | None:
    """The active person with the posts in force on that day; None when unknown or deactivated."""
    rows = session().execute(_PERSON, {"person_id": person_id, "day": day}).all()
    if not rows:
        return None
    posts = tuple(
        PostFacts(row.role, row.unit_name or row.office_name or "", row.unit_id, row.code or "", row.office_id)
        for row in rows
        if row.role is not None
    )
    known = rows[0]
    return Person(known.id, known.name, known.username, posts, known.must_change_password)


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


def find_place(division_code: str, unit_code: str, office_id: int | None) -> tuple[Unit | None, Office | None]:
    """The unit of this code and the office of this id, each None when not given or not there."""
    unit = select(Unit).where(Unit.division_code == division_code, Unit.code == unit_code)
    office = select(Office).where(Office.division_code == division_code, Office.id == office_id)
    return session().scalars(unit).first(), session().scalars(office).first()


# `IS NOT DISTINCT FROM`, because the place of a post may be empty.
_HOLDERS: Final = (
    select(Account)
    .join(Post, Post.person_id == Account.id)
    .where(Account.active, Post.role == bindparam("role"), _in_force(bindparam("day", type_=Date)))
    .where(Post.unit_id.is_not_distinct_from(bindparam("unit_id")))
    .where(Post.office_id.is_not_distinct_from(bindparam("office_id")))
    .order_by(Account.id)
)


def holders(role: Role, day: date, *, unit_id: int | None = None, office_id: int | None = None) -> list[Account]:
    """The active people who hold this role at this place on this day."""
    asked = {"role": role, "day": day, "unit_id": unit_id, "office_id": office_id}
    return list(session().scalars(_HOLDERS, asked))


def names(person_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, in one query."""
    query = select(Account.id, Account.name).where(Account.id.in_(set(person_ids)))
    return dict(session().execute(query).all())
