"""Optimistic versions on what people edit: a column that counts every change, and a guard that insists on it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Of a person the columns that an administrator edits: a sign-in that counts failures is no edit.
_EDITED = {
    "person": " OF name, phone, active, version",
    "post": "",
    "unit": "",
    "voucher_requirement": "",
    "paper": "",
}
# These were born with their version; the guard is the same.
_BORN = ("calendar_year", "fiscal_year", "month_rule", "filing_window", "filing_permit")
_GUARDED = {**_EDITED, **dict.fromkeys(_BORN, "")}


def upgrade() -> None:
    for table in _EDITED:
        op.add_column(table, sa.Column("version", _BIG, nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    for table, columns in _GUARDED.items():
        op.execute(
            f"CREATE TRIGGER {table}_counts_version BEFORE UPDATE{columns} ON {table}"
            " WHEN NEW.version IS NOT OLD.version + 1"
            f" BEGIN SELECT RAISE(ABORT, 'an update of {table} must count its version on by one'); END"
        )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_uncounted() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS"
        " $$ BEGIN RAISE EXCEPTION 'an update of % must count its version on by one', TG_TABLE_NAME"
        " USING ERRCODE = '23514'; END $$"
    )
    for table, columns in _GUARDED.items():
        op.execute(
            f"CREATE TRIGGER {table}_counts_version BEFORE UPDATE{columns} ON {table}"
            " FOR EACH ROW WHEN (NEW.version IS DISTINCT FROM OLD.version + 1)"
            " EXECUTE FUNCTION refuse_uncounted()"
        )


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
