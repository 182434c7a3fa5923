"""Who works in the crowd: a colleague at each desk, and what each clerk may spend."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from flask import Flask

from accounts.people.models import Account, Post
from budget.allotments.models import Allotment
from core.db import session, transaction
from tests.proven.clerks import Clerk
from tests.proven.crowd import Purse, Someone
from tests.proven.desks import Approver, Cashier, Reviewer
from tests.world import World

# A colleague beside each member of the cast, so that lost races are between two people.
COLLEAGUES: Final = {"he": "he2", "shen": "shen2", "fang": "fang2", "luo": "luo2", "qin": "qin2"}
SIXTEEN: Final = (
    "lin", "lin2", "lin", "lin2", "zhou", "he", "he2", "zheng", "shen", "shen2", "qin", "qin2", "fang", "fang2", "luo",
    "luo2",
)  # fmt: skip
_DESKS: Final = {"fang": Cashier, "luo": Approver}


def hire_colleagues(world: World) -> None:
    """A second person at each desk, with the same post and password."""
    with transaction() as work:
        for username, colleague in COLLEAGUES.items():
            known = work.get_one(Account, world.people[username])
            account = Account(
                username=colleague, name=f"{known.name}同事", phone=known.phone, password_hash=known.password_hash,
                must_change_password=False, created_at=known.created_at,
            )  # fmt: skip
            post = known.posts[0]
            account.posts.append(
                Post(role=post.role, unit_id=post.unit_id, office_id=post.office_id, starts_on=post.starts_on)
            )
            work.add(account)


def names() -> dict[str, str]:
    """The name of each username."""
    return {account.username: account.name for account in session().query(Account)}


def purses(app: Flask, world: World, operations: int) -> dict[str, Purse]:
    """What each clerk may spend: so much that the last yuan is fought for before the operations are over."""
    labels = {key: session().get_one(Allotment, world.allotments[key]).label for key in ("A1", "A4", "B1")}
    scale = 200 / operations
    school = Purse(
        world.units["201003"], ((labels["A1"], max(8, int(60_000 * scale))), (labels["A4"], max(8, int(9_000 * scale))))
    )
    water = Purse(world.units["301001"], ((labels["B1"], max(8, int(9_000 * scale))),), papers=True)
    return {"lin": school, "lin2": school, "zhou": water}


def gather(ports: Sequence[int], crowd: Sequence[str], purse_of: dict[str, Purse], seed: int) -> list[Someone]:
    """Everybody signs in, spread over the servers; they work when they are given a log."""
    people = [
        _someone(ports[place % len(ports)], username, random.Random(f"{seed}-{place}"), purse_of.get(username))  # noqa: S311  repeatable, no secret
        for place, username in enumerate(crowd)
    ]
    try:
        for someone in people:
            someone.browser.sign_in()
    except BaseException:
        for someone in people:
            someone.browser.hang_up()
        raise
    return people


def _someone(port: int, username: str, dice: random.Random, purse: Purse | None) -> Someone:
    if purse:
        return Clerk(port, username, dice, purse)
    return _DESKS.get(username.rstrip("2"), Reviewer)(port, username, dice)
