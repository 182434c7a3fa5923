"""Big runs with `--all`, small ones without; every random run says its seed and can be replayed by `--seed`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.db import db
from tests.proven.servers import Site


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the figures of the promise are wanted, and not the small ones."""
    return bool(request.config.getoption("--all"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Printed with a failure; `--seed` runs the same again."""
    given = request.config.getoption("--seed")
    chosen = int(given) if given is not None else random.SystemRandom().randrange(10**9)
    print(f"\nseed {chosen}: again by `./run test '{request.node.nodeid}' --seed {chosen}`")  # noqa: T201  how to run it again
    return chosen


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[Site]:
    """Servers on the test's own database; every process that was started is ended."""
    data = tmp_path / "data"
    data.mkdir()
    built = Site(data, app.config["SQLALCHEMY_DATABASE_URI"])
    yield built
    built.stop()
    db.session.remove()
