"""What the tests of chains share: a draft begun on the page, and the editor's form as a browser would send it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.people.models import Account, Post
from accounts.people.rules import Role
from approvals.chains.forms import ChainForm
from approvals.chains.models import Chain
from core import clock
from core.db import session, transaction
from tests.approvals.browsing import page, sent
from tests.world import CHAINS

USUAL: Final = CHAINS[0].draft


def begun(client: FlaskClient, kind: str = "monthly", source: str = "1") -> int:
    """A draft, a copy of the chain in force; its id."""
    place = sent(client, "/chains/start", 302, kind=kind, source=source)
    found = re.fullmatch(r"/chains/(\d+)/edit", place)
    assert found
    return int(found[1])


def typed(client: FlaskClient, chain_id: int) -> dict[str, str]:
    """The editor's form as a browser would send it untouched."""
    page(client, f"/chains/{chain_id}/edit")
    chain = stored(chain_id)
    form = ChainForm.showing(chain.kind, chain.draft, chain.saved)
    data: dict[str, Any] = {"seen": form.seen.data, "kind": form.kind.data, "name": form.name.data}
    data["after_return"] = form.after_return.data
    for entry in form.steps:
        for field in entry.form:
            if field.type == "BooleanField":
                data |= {field.name: "y"} if field.data else {}
            elif field.data is not None:
                data[field.name] = field.data.plain if hasattr(field.data, "plain") else field.data
    return data


def stored(chain_id: int) -> Chain:
    return session().get_one(Chain, chain_id, populate_existing=True)


def count(model: Any) -> int:
    return session().scalar(select(func.count()).select_from(model)) or 0


def appointed(name: str, role: Role, office_id: int | None = None) -> int:
    """Somebody new at a post."""
    with transaction() as work:
        account = Account(username=name, name=name, password_hash="-", created_at=clock.now())
        account.posts.append(Post(role=role, office_id=office_id, starts_on=date(2026, 1, 1)))
        work.add(account)
        work.flush()
        return account.id
