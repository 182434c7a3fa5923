"""PostgreSQL's roles: who owns the schema, who migrates it, what the application may do, and who only reads.

`GRANTS` is the whole of what the application may do to a table; a test compares it with the tables that there are.
The database administrator runs `bootstrap()` once; `settle()` follows every migration and may run at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import click
import psycopg
from flask import Blueprint, current_app
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from core import sqlite_guard
from core.settings import Settings
from core.sqlite_guard import AGEING, APPEND_ONLY

bp: Final = Blueprint("db_roles", __name__, cli_group="db-roles")

ADDED: Final = "SELECT, INSERT"
CHANGED: Final = "SELECT, INSERT, UPDATE"
EXCHANGED: Final = "SELECT, INSERT, DELETE"
FREE: Final = "SELECT, INSERT, UPDATE, DELETE"
# UPDATE of single columns only: all but the balances, which move in the trigger of a posting.
BY_COLUMN: Final = "by column"

GRANTS: Final = {
    **dict.fromkeys(sorted(APPEND_ONLY - AGEING), ADDED),
    **dict.fromkeys(
        (
            "calendar_year", "delegation", "filing_permit", "fiscal_year", "job", "month_rule", "notice",
            "notice_way", "number_head", "office", "person", "reason_code", "reason_table", "review_task",
            "task_seat", "unit", "usual_list", "webhook",
        ),
        CHANGED,
    ),
    **dict.fromkeys(
        (
            *sorted(AGEING), "blob", "paper_mark", "paper_match", "paper_page", "paper_reading", "plan_editor",
            "recovery_code", "scan", "special_day",
        ),
        EXCHANGED,
    ),
    **dict.fromkeys(
        (
            "chain", "chain_step", "code_entry", "draw", "dynamic_code", "economic_mapping", "filing_window",
            "login_session", "paper", "plan", "plan_line", "post", "saved_view", "voucher_requirement",
        ),
        FREE,
    ),
    "allotment": BY_COLUMN,
}  # fmt: skip
_PREFIX: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True)
class Roles:
    """The names of the four roles of one installation."""

    prefix: str = "yk"

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise ValueError("a role prefix is small letters, digits and _")

    @property
    def owner(self) -> str:
        """Owns schema, tables and trigger functions; nobody signs in as it."""
        return f"{self.prefix}_owner"

    @property
    def migrator(self) -> str:
        """Signs in to migrate and becomes the owner for it."""
        return f"{self.prefix}_migrator"

    @property
    def application(self) -> str:
        """Pages and workers."""
        return f"{self.prefix}_app"

    @property
    def reader(self) -> str:
        """Auditors and dumps: SELECT and nothing else."""
        return f"{self.prefix}_reader"


def migrating_engine(url: str, owner: str) -> Engine:
    """An engine that may change the schema: on SQLite no authorizer stands there, on PostgreSQL it acts as `owner`."""
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", sqlite_guard.prepare)
        event.listen(engine, "connect", sqlite_guard.let_tables_be_rebuilt)
        event.listen(engine, "begin", sqlite_guard.begin)
    else:
        event.listen(engine, "connect", lambda handle, _record: _become(handle, owner))
    return engine


def _become(handle: psycopg.Connection[Any], owner: str) -> None:
    """Act as the owner if there is one and this login may; a house without roles goes on as it is."""
    asked = "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')"
    handle.autocommit = True
    if handle.execute(asked, (owner,)).fetchone():
        handle.execute("SELECT set_config('role', %s, false)", (owner,))
    handle.autocommit = False


def bootstrap(roles: Roles) -> str:
    """The SQL with which a superuser prepares a database, an empty one or one that was built before the roles."""
    return _BOOTSTRAP.format(
        owner=roles.owner, migrator=roles.migrator, application=roles.application, reader=roles.reader
    )


def settle(connection: Connection, roles: Roles) -> None:
    """Pin the trigger functions, let no trigger be skipped, and grant each role what it needs and no more."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(text(_HARDEN))
    there = connection.scalar(
        text("SELECT count(*) FROM pg_roles WHERE rolname IN (:owner, :application, :reader)"),
        {"owner": roles.owner, "application": roles.application, "reader": roles.reader},
    )
    if there == len(("owner", "application", "reader")):
        for statement in _grants(connection, roles):
            connection.exec_driver_sql(statement)


def _grants(connection: Connection, roles: Roles) -> list[str]:
    application, reader = roles.application, roles.reader
    there = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")))
    given = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {application}, {reader}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}",
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {reader}",  # a dump asks for them
        f"GRANT SELECT ON alembic_version TO {application}",
    ]
    for table, verbs in GRANTS.items():
        if table in there:
            verbs = _columns(connection) if verbs == BY_COLUMN else verbs
            given.append(f"GRANT {verbs} ON {table} TO {application}")
    return given


def _columns(connection: Connection) -> str:
    names = connection.scalar(
        text(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = 'public.allotment'::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attname NOT IN ('id', 'granted', 'held', 'posted')"
        )
    )
    return f"SELECT, INSERT, UPDATE ({names})"


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


@bp.cli.command("sql")
@click.option("--prefix", default=lambda: _settings().role_prefix, help="How the names of the roles begin.")
def sql_command(prefix: str) -> None:
    """Print the SQL that a superuser runs once in the database, by psql."""
    click.echo(bootstrap(Roles(prefix)))


@bp.cli.command("apply")
def apply_command() -> None:
    """Grant the roles what they need; every migration does the same at its end."""
    options = _settings()
    engine = migrating_engine(options.migration_url or options.database_url, Roles(options.role_prefix).owner)
    with engine.begin() as connection:
        settle(connection, Roles(options.role_prefix))


# SECURITY DEFINER: the triggers move balances that the application itself may not touch. pg_temp stands last, for where
# it is not named it is searched first. ENABLE ALWAYS: not even session_replication_role skips a guard.
_HARDEN: Final = """
DO $$ DECLARE found record; BEGIN
  FOR found IN
    SELECT p.oid::regprocedure AS name FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp', found.name);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found.name);
  END LOOP;
  FOR found IN
    SELECT t.tgrelid::regclass AS place, t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'A'
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', found.place, found.name);
  END LOOP;
END $$
"""

_BOOTSTRAP: Final = """\
-- Run by a superuser, connected to the database of the application. It may be run again.
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['{owner}', '{migrator}', '{application}', '{reader}'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I', name); END IF;
  END LOOP;
END $$;
ALTER ROLE {owner} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE {migrator} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE {application} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE {reader} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE {reader} SET default_transaction_read_only = on;
GRANT {owner} TO {migrator};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO {owner};
GRANT USAGE ON SCHEMA public TO {application}, {reader};
DO $$ DECLARE found record; BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO {migrator}, {application}, {reader}', current_database());
  -- What was built before the roles goes to the owner.
  FOR found IN
    SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO {owner}', found.name);
  END LOOP;
  FOR found IN
    SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO {owner}', found.name);
  END LOOP;
END $$;
-- Then give {migrator}, {application} and {reader} their passwords (\\password in psql)."""
