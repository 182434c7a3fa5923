"""Each test gets a fresh application on a fresh copy of a prepared database, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event

from app import create_app
from core import clock
from core.db import db
from core.roles import Roles, bootstrap
from core.settings import Settings
from tests import world as cast
from tests.measuring import is_watched, unwatched
from tests.postgres import as_role, create_database, drop_database, run_sql, running_postgres
from tests.quick import collect_garbage_seldom, compile_addresses_once, quickened
from tests.scheduling import Scheduling, rank
from tests.world import NOW, PASSWORD, World

SECRET = "only for tests"
ROLES = Roles()

# A busy machine is no fault of the code: examples are judged by what they show, not by their time.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
compile_addresses_once()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgresql", "both"), default="both", help="databases to test on")
    parser.addoption("--all", action="store_true", help="the figures of the promises, not the small ones")
    parser.addoption("--seed", help="run a random test once more as it was")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file's content is no name: a zip's bytes carry the second it was made, and the workers must agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        engines = ("sqlite", "postgresql") if chosen == "both" else (chosen,)
        about = metafunc.definition.get_closest_marker("only_on")
        wanted = [engine for engine in engines if about is None or engine in about.args]
        metafunc.parametrize("engine", wanted, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker comes to one when the other is done."""
    items.sort(key=lambda item: rank(item.nodeid))


def pytest_collection_finish() -> None:
    """All modules are loaded."""
    collect_garbage_seldom()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Only where it tells something new does anybody note which rules are called."""
    if is_watched(item):
        return (yield)
    with unwatched(item):
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """How the tests are given to the workers, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def options(data: Path, database_url: str, migration_url: str = "") -> Settings:
    """Settings of a test: cheap password hashes, no CSRF tokens to fetch, everything else as in production."""
    return Settings(
        data=data, database_url=database_url, migration_url=migration_url, secret_key=SECRET, argon2_memory_kib=64,
        extra={"TESTING": True, "WTF_CSRF_ENABLED": False, "PROPAGATE_EXCEPTIONS": False},
    )  # fmt: skip


class Browser(FlaskClient):
    """Each request has a context of its own, as in production; afterwards the test sees what it has written."""

    def open(self, *args: Any, **options: Any) -> Any:
        """One request."""
        with self.application.app_context():
            answer = super().open(*args, **options)
        db.session.rollback()
        return answer


@dataclass(frozen=True)
class Prepared:
    """A migrated database with the cast in it, and how to copy it."""

    copy: Callable[[Path], str]
    drop: Callable[[str], None]
    world: World


def _prepare(data: Path, url: str, migration_url: str = "") -> World:
    app = create_app(options(data, url, migration_url))
    with app.app_context(), clock.stopped(NOW):
        upgrade()
        world = cast.build()
        db.session.remove()
        db.engine.dispose()
    return world


@pytest.fixture(scope="session")
def sqlite_prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    template = folder / "template.db"
    world = _prepare(folder, f"sqlite:///{template}")

    def copy(data: Path) -> str:
        shutil.copy(template, data / "test.db")
        return f"sqlite:///{data / 'test.db'}"

    return Prepared(copy, lambda _: None, world)


@pytest.fixture(scope="session")
def postgres_prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with running_postgres() as admin:
        folder = tmp_path_factory.mktemp("prepared")
        template = create_database(admin, "template")
        run_sql(template, bootstrap(ROLES))
        world = _prepare(folder, as_role(template, ROLES.application), as_role(template, ROLES.migrator))
        yield Prepared(
            lambda _: as_role(create_database(admin, f"test_{uuid4().hex}", template="template"), ROLES.application),
            lambda url: drop_database(admin, url.rsplit("/", 1)[1]),
            world,
        )


@pytest.fixture
def prepared(engine: str, request: pytest.FixtureRequest) -> Prepared:
    found: Prepared = request.getfixturevalue(f"{engine.replace('postgresql', 'postgres')}_prepared")
    return found


@pytest.fixture
def app(prepared: Prepared, tmp_path: Path) -> Iterator[Flask]:
    """The application in an application context, its clock stopped on a Friday inside the filing window."""
    url = prepared.copy(tmp_path)
    app = quickened(create_app(options(tmp_path, url)))
    app.test_client_class = Browser
    with app.app_context(), clock.stopped(NOW):
        yield app
        db.session.remove()
        db.engine.dispose()
    prepared.drop(url)


@pytest.fixture
def world(app: Flask, prepared: Prepared) -> World:
    """A fresh copy of the cast's ids."""
    found: World = pickle.loads(pickle.dumps(prepared.world))  # noqa: S301  our own object
    return found


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser in which the named member of the cast has signed in."""

    def as_member(username: str) -> FlaskClient:
        client: Any = app.test_client()
        answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        found: FlaskClient = client
        return found

    return as_member


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as queries:` gathers the statements that reach the database meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        queries: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            queries.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield queries
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting
