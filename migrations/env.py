"""Alembic's environment: the application's own engine and tables, batch mode for SQLite."""

from alembic import context
from flask import current_app

TARGET = current_app.extensions["migrate"].db


def run_migrations_online() -> None:
    """Run the migrations in one transaction of the application's engine."""
    options = dict(current_app.extensions["migrate"].configure_args)
    engine = TARGET.engine
    with engine.connect().execution_options(writes=True) as connection:
        context.configure(connection=connection, target_metadata=TARGET.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
