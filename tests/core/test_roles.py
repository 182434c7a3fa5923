"""PostgreSQL's roles: the application can do its work and nothing else, whatever SQL it may be made to say."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.db import Table, db, session
from core.roles import GRANTS, Roles, bootstrap, migrating_engine, settle
from core.sqlite_guard import AGEING, APPEND_ONLY
from tests.conftest import ROLES
from tests.postgres import as_role, program, run_sql
from tests.world import World

ON_POSTGRESQL = pytest.mark.only_on("postgresql")


def as_(role: str) -> str:
    return as_role(db.engine.url.render_as_string(hide_password=False), role)


def refusal(statement: str, url: str) -> str:
    """What the database answers to the statement; nothing of it is kept."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except DBAPIError as failure:
            assert isinstance(failure.orig, psycopg.Error)
            return str(failure.orig)
    return ""


@pytest.fixture
def owner(app: Flask) -> Iterator[Connection]:
    """The migrator, become the owner; what it does is not kept."""
    assert app.config
    with migrating_engine(as_(ROLES.migrator), ROLES.owner).connect() as connection:
        yield connection


def test_every_table_is_classified() -> None:
    assert set(GRANTS) == set(Table.metadata.tables), "a new table needs its line in core/roles.py"


@pytest.mark.usefixtures("app")
@ON_POSTGRESQL
def test_the_application_is_what_the_tests_run_as_works(engine: str) -> None:
    asked = "SELECT current_user, rolsuper, pg_has_role(oid, 'yk_owner', 'MEMBER') FROM pg_roles WHERE rolname = user"
    assert session().connection().execute(text(asked)).one() == (ROLES.application, False, False)
    assert engine == "postgresql"


@pytest.mark.usefixtures("app")
@ON_POSTGRESQL
def test_the_owner_owns_everything(engine: str) -> None:
    asked = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'yk_owner'::regrole"
        " UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proowner <> 'yk_owner'::regrole"
    )
    assert session().connection().scalars(text(asked)).all() == [], engine


@pytest.mark.usefixtures("app")
@ON_POSTGRESQL
@pytest.mark.parametrize("table", sorted(APPEND_ONLY - AGEING))
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_the_application_may_not_touch_what_is_written(table: str, statement: str, engine: str) -> None:
    column = next(iter(Table.metadata.tables[table].columns)).name
    said = refusal(statement.format(table, column), as_(ROLES.application))
    assert said.startswith("permission denied for table"), engine


@pytest.mark.usefixtures("world")
@ON_POSTGRESQL
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE allotment SET granted = granted + 1",
        "UPDATE allotment SET held = 0",
        "UPDATE allotment SET posted = 0, description = ''",
        "DELETE FROM allotment",
        "TRUNCATE allotment CASCADE",
        "TRUNCATE notice",
        "ALTER TABLE posting DISABLE TRIGGER posting_moves_money",
        "ALTER TABLE posting DISABLE TRIGGER ALL",
        "DROP TRIGGER posting_moves_money ON posting",
        "DROP TABLE notice",
        "ALTER TABLE allotment DROP CONSTRAINT ck_allotment_never_over",
        "CREATE TABLE allotment2 (id int)",
        "CREATE TEMPORARY TABLE plan (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION move_money() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "ALTER FUNCTION move_money() SECURITY INVOKER",
        "CREATE TRIGGER mine BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION move_money()",
        "CREATE RULE mine AS ON INSERT TO posting DO INSTEAD NOTHING",
        "SET session_replication_role = replica",
        "SET ROLE yk_owner",
        "SET ROLE yk_migrator",
        "SET SESSION AUTHORIZATION postgres",
        "UPDATE alembic_version SET version_num = '0001'",
        "COPY notice TO PROGRAM 'cat'",
        "CREATE EXTENSION dblink",
    ],
)
def test_the_application_may_not(statement: str, engine: str) -> None:
    if "TEMPORARY" in statement:  # a copy of a database does not keep the rights to the database itself
        run_sql(as_("postgres"), bootstrap(ROLES))
    said = refusal(statement, as_(ROLES.application))
    assert any(why in said for why in ("permission denied", "must be owner", "must be superuser")), engine


@pytest.mark.usefixtures("world")
@ON_POSTGRESQL
def test_a_description_may_be_changed_and_a_row_locked_works(engine: str) -> None:
    for statement in ("UPDATE allotment SET description = 'x'", "SELECT 1 FROM allotment FOR NO KEY UPDATE"):
        assert refusal(statement, as_(ROLES.application)) == "", engine


@pytest.mark.usefixtures("world")
@ON_POSTGRESQL
def test_the_reader_reads_everything_and_writes_nothing(engine: str) -> None:
    for table in Table.metadata.tables:
        assert refusal(f"SELECT count(*) FROM {table}", as_(ROLES.reader)) == "", engine  # noqa: S608  our own names
        assert "read-only" in refusal(f"DELETE FROM {table}", as_(ROLES.reader))  # noqa: S608  our own names
        told = f"SET TRANSACTION READ WRITE; DELETE FROM {table}"  # noqa: S608  our own names
        assert "permission denied" in refusal(told, as_(ROLES.reader))


@pytest.mark.usefixtures("world")
@ON_POSTGRESQL
def test_the_reader_can_make_a_dump_works(tmp_path: Path, engine: str) -> None:
    url = as_(ROLES.reader).replace("+psycopg", "")
    file = tmp_path / "dump.sql"
    with file.open("w") as out:
        subprocess.run([str(program("pg_dump")), "--dbname", url], stdout=out, check=True)
    assert "ENABLE ALWAYS TRIGGER posting_moves_money" in file.read_text("utf-8"), engine


@ON_POSTGRESQL
def test_a_house_that_was_built_before_is_taken_over(owner: Connection, engine: str) -> None:
    before = "ALTER TABLE notice OWNER TO postgres; ALTER FUNCTION move_money() OWNER TO postgres"
    run_sql(as_("postgres"), before)
    run_sql(as_("postgres"), bootstrap(ROLES))
    settle(owner, ROLES)
    asked = (
        "SELECT count(*) FROM pg_class c JOIN pg_proc p ON p.proname = 'move_money' WHERE c.relname = 'notice'"
        " AND c.relowner = 'yk_owner'::regrole AND p.proowner = c.relowner"
    )
    assert owner.scalar(text(asked)) == 1, engine


@ON_POSTGRESQL
def test_every_trigger_function_is_pinned_and_every_trigger_always_on(owner: Connection, engine: str) -> None:
    loose = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype"
        " AND (NOT prosecdef OR proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, public, pg_temp']"
        " OR has_function_privilege('yk_app', oid, 'EXECUTE'))"
    )
    off = (
        "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal"
        " AND tgenabled <> 'A' AND relnamespace = 'public'::regnamespace"
    )
    assert (owner.scalars(text(loose)).all(), owner.scalars(text(off)).all()) == ([], []), engine


@ON_POSTGRESQL
def test_what_is_written_stays_even_for_the_superuser_as_a_replica(world: World, engine: str) -> None:
    assert world.allotments
    for statement in ("UPDATE posting SET amount = 1", "DELETE FROM posting", "TRUNCATE posting CASCADE"):
        said = refusal(f"SET session_replication_role = replica; {statement}", as_("postgres"))
        assert "append-only" in said, engine


@ON_POSTGRESQL
def test_settling_again_changes_nothing(owner: Connection, engine: str) -> None:
    asked = text("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    columns = text("SELECT attrelid, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL ORDER BY 1, 2")
    before = owner.execute(asked).all(), owner.execute(columns).all()
    settle(owner, ROLES)
    assert (owner.execute(asked).all(), owner.execute(columns).all()) == before, engine


@ON_POSTGRESQL
def test_a_grant_too_much_is_taken_back(owner: Connection, engine: str) -> None:
    owner.execute(text("GRANT ALL ON posting TO yk_app"))
    owner.execute(text("GRANT UPDATE (held) ON allotment TO yk_app"))
    settle(owner, ROLES)
    asked = (
        "SELECT has_table_privilege('yk_app', 'posting', 'UPDATE'),"
        " has_table_privilege('yk_app', 'posting', 'TRIGGER'),"
        " has_column_privilege('yk_app', 'allotment', 'held', 'UPDATE')"
    )
    assert owner.execute(text(asked)).one() == (False, False, False), engine


@ON_POSTGRESQL
def test_a_house_without_roles_still_gets_pinned_functions(owner: Connection, engine: str) -> None:
    settle(owner, Roles("nobody"))
    assert owner.scalar(text("SELECT prosecdef FROM pg_proc WHERE proname = 'move_money'")) is True, engine


def test_the_commands_work(app: Flask, engine: str) -> None:
    said = app.test_cli_runner().invoke(args=["db-roles", "sql", "--prefix", "bureau"])
    assert said.exit_code == 0
    assert "ALTER ROLE bureau_owner NOLOGIN" in said.output
    if engine == "postgresql":
        app.extensions["settings"] = replace(app.extensions["settings"], migration_url=as_(ROLES.migrator))
    assert app.test_cli_runner().invoke(args=["db-roles", "apply"]).exit_code == 0


@pytest.mark.parametrize("prefix", ["", "Yk", "y k", 'yk"; DROP ROLE x; --'])
def test_a_prefix_that_would_need_quotes_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Roles(prefix)
