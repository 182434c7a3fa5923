"""Who has bound an authenticator, and how many recovery codes are left."""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from accounts.people.models import Account
from accounts.signin.models import DynamicCode, RecoveryCode
from core.db import session
from core.paging import Page, paged


def find_code(person_id: int) -> DynamicCode | None:
    """The authenticator of a person as it stands now, or None."""
    return session().get(DynamicCode, person_id, populate_existing=True)


def codes_left(person_id: int) -> int:
    """How many recovery codes the person has not used."""
    return session().scalar(select(func.count()).where(RecoveryCode.person_id == person_id)) or 0


def bound_page(search: str, page: int) -> Page[DynamicCode]:
    """Who has bound an authenticator, with their accounts, by username; only those whose name holds `search`."""
    query = select(DynamicCode).join(DynamicCode.account).options(contains_eager(DynamicCode.account))
    if search:
        named = (column.contains(search, autoescape=True) for column in (Account.name, Account.username))
        query = query.where(or_(*named))
    return paged(query.order_by(Account.username), page)


def unbind(work: Session, person_id: int) -> None:
    """Take away the authenticator and its recovery codes, inside the caller's transaction."""
    work.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    work.execute(delete(DynamicCode).where(DynamicCode.person_id == person_id))
