"""An authenticator on somebody's telephone, bound as its owner would bind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.people.models import Account
from accounts.signin import binding, codes
from core import clock
from core.db import session
from core.history import Event
from core.notices import Notice
from tests.conftest import SECRET
from tests.world import PASSWORD, World

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Authenticator:
    """What the telephone knows, and the codes on paper."""

    secret: str
    recovery: tuple[str, ...] = ()

    def code(self, ahead: int = 0) -> str:
        """What it shows now, or shows in so many half minutes."""
        return pyotp.TOTP(self.secret).at(clock.now(), counter_offset=ahead)

    def wrong(self) -> str:
        """Six digits that are no code at this time."""
        near = {self.code(ahead) for ahead in range(-3, 4)}
        return next(code for code in ("000000", *(str(n) * 6 for n in range(1, 10))) if code not in near)


def bound(world: World, username: str) -> Authenticator:
    """Bound five minutes ago, so that the code of now has not been used."""
    by = world.person(username)
    with clock.stopped(clock.now() - timedelta(minutes=5)):
        salt = binding.begin(PASSWORD, by=by)
        new = Authenticator(codes.secret_of(SECRET, by.id, salt))
        return Authenticator(new.secret, tuple(binding.bind(salt, new.code(), by=by)))


def acts(world: World, username: str) -> list[str]:
    query = select(Event.action).where(Event.subject_id == str(world.people[username])).order_by(Event.id)
    return list(session().scalars(query))


def account(world: World, username: str) -> Account:
    return session().get_one(Account, world.people[username], populate_existing=True)


def told(world: World, username: str) -> str:
    query = select(Notice.text).where(Notice.person_id == world.people[username]).order_by(Notice.id.desc())
    return session().scalars(query.limit(1)).one()


def post(client: FlaskClient, path: str, status: int, **data: str) -> TestResponse:
    answer = client.post(path, data=data)
    assert answer.status_code == status, answer.text
    return answer
