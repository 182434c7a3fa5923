"""Migrations under limits that somebody gave the database: what takes long is not broken off in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app import create_app
from core.db import db
from tests.conftest import options
from tests.postgres import create_database, run_sql, running_postgres

# The first table takes two seconds, as an index over a large table would.
SLOW = """
CREATE FUNCTION take_long() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  IF to_regclass('public.blob') IS NULL THEN PERFORM pg_sleep(2); END IF;
END $$;
CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION take_long();
"""


def asked(url: str, statement: str) -> object:
    """One answer on a connection that has the limits of the database."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


@pytest.mark.only_on("postgresql")
def test_a_migration_outlives_the_time_that_a_statement_may_take(engine: str, tmp_path: Path) -> None:
    with running_postgres() as admin:
        url = create_database(admin, "slow")
        run_sql(url, SLOW)
        run_sql(url, "ALTER DATABASE slow SET statement_timeout = '1s'")
        with pytest.raises(DBAPIError, match="statement timeout"):
            asked(url, "SELECT pg_sleep(2)")
        app = create_app(options(tmp_path, url))
        with app.app_context():
            upgrade()
            db.engine.dispose()
        assert asked(url, "SELECT count(*) FROM alembic_version") == 1
        assert asked(url, "SHOW statement_timeout") == "1s"


@pytest.mark.only_on("postgresql")
def test_a_migration_waits_for_a_lock_only_so_long(engine: str, tmp_path: Path) -> None:
    """What its transaction is told, read by a trigger inside of it."""
    telling = """
    CREATE FUNCTION tell() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')) <> ('30s', '0')
      THEN RAISE EXCEPTION 'other limits'; END IF;
    END $$;
    CREATE EVENT TRIGGER telling ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION tell();
    """
    with running_postgres() as admin:
        url = create_database(admin, "locked")
        run_sql(url, telling)
        app = create_app(options(tmp_path, url))
        with app.app_context():
            upgrade()
            db.engine.dispose()
        with pytest.raises(DBAPIError, match="other limits"):
            asked(url, "CREATE TABLE lamp ()")
