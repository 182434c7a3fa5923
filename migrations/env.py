"""Alembic's environment: an engine of its own, which may change the schema as the application may not."""

from alembic import context
from flask import current_app

from core.roles import Roles, migrating_engine, settle
from core.sqlite_guard import check_references
from core.waiting import no_hurry

TARGET = current_app.extensions["migrate"].db


def run_migrations_online() -> None:
    """Run the migrations as the owner, and settle what each role may do when there was any."""
    options, applied = dict(current_app.extensions["migrate"].configure_args), []
    settings = current_app.extensions["settings"]
    roles = Roles(settings.role_prefix)
    engine = migrating_engine(settings.migration_url or settings.database_url, roles.owner)
    with engine.connect().execution_options(writes=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=TARGET.metadata,
            on_version_apply=lambda **step: applied.append(step),
            **options,
        )
        with context.begin_transaction():
            no_hurry(connection)
            context.run_migrations()
            if applied:
                if connection.dialect.name == "sqlite":
                    check_references(connection)
                settle(connection, roles)


run_migrations_online()
