"""A person's saved views of the queue: filters under names of his own. Nobody else sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from accounts.people.rules import Person
from approvals.reviews.models import SavedView
from core.db import session, transaction
from core.errors import Missing, Refused

LONGEST_NAME: Final = 20
MOST_VIEWS: Final = 20

_VIEWS: Final = select(SavedView).where(SavedView.person_id == bindparam("person_id")).order_by(SavedView.id)


def views_of(person: Person) -> Sequence[SavedView]:
    """His views in the order in which he saved them."""
    return session().scalars(_VIEWS, {"person_id": person.id}).all()


def save_view(name: str, query: str, *, opens_first: bool, by: Person) -> None:
    """Keep the filter under this name. Raises `Refused` for no name, one that is taken, and too many."""
    with transaction() as work:
        views = views_of(by)
        if len(views) >= MOST_VIEWS:
            raise Refused(f"最多保存 {MOST_VIEWS} 个视图，请先删除不用的。")
        view = SavedView(person_id=by.id, name=_free(name, views), query=query, opens_first=False)
        work.add(view)
        if opens_first:
            _put_first(view, views)


def rename_view(view_id: int, name: str, *, by: Person) -> None:
    """Give a view another name. Raises `Refused`, `Missing`."""
    with transaction():
        view, views = _own(view_id, by)
        view.name = _free(name, [one for one in views if one.id != view_id])


def open_first(view_id: int, *, by: Person) -> None:
    """The queue opens with this view from now on; asked for once more, with everything again. Raises `Missing`."""
    with transaction():
        view, views = _own(view_id, by)
        if view.opens_first:
            view.opens_first = False
        else:
            _put_first(view, views)


def remove_view(view_id: int, *, by: Person) -> str:
    """Forget a view; gives its name. Raises `Missing`."""
    with transaction() as work:
        view, _ = _own(view_id, by)
        name = view.name
        work.delete(view)
    return name


def _own(view_id: int, by: Person) -> tuple[SavedView, Sequence[SavedView]]:
    views = views_of(by)
    found = next((one for one in views if one.id == view_id), None)
    if found is None:
        raise Missing()
    return found, views


def _free(name: str, others: Sequence[SavedView]) -> str:
    """The name, trimmed, when none of the others has it. Raises `Refused`."""
    name = name.strip()
    if not name:
        raise Refused("请填写视图名称。")
    if len(name) > LONGEST_NAME:
        raise Refused(f"视图名称超过 {LONGEST_NAME} 字，请精简。")
    if any(one.name == name for one in others):
        raise Refused(f"已有名为“{name}”的视图，请换一个名称，或先删除原来的。")
    return name


def _put_first(view: SavedView, views: Sequence[SavedView]) -> None:
    for one in views:
        one.opens_first = False
    view.opens_first = True
