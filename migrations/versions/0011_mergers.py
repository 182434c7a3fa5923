"""Units merged or closed: whose successor a unit is, and the last day of the one that is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In our own words: a column with its constraint in one statement, which SQLite takes without a new table.
    number = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE unit ADD COLUMN merged_into_id {number}"
        " CONSTRAINT fk_unit_merged_into_id REFERENCES unit (id)"
    )
    op.add_column("unit", sa.Column("ends_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_unit_merged_into_id"), "unit", ["merged_into_id"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


# What was merged is closed, stays closed, and belongs to its successor for good.
_BROKEN = (
    "NEW.merged_into_id IS NOT NULL AND (NEW.enabled OR NEW.ends_on IS NULL OR NEW.merged_into_id = NEW.id)"
    " OR OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS {differs} OLD.merged_into_id"
)


def _guard_on_sqlite() -> None:
    op.execute(
        f"CREATE TRIGGER unit_stays_merged BEFORE UPDATE ON unit WHEN {_BROKEN.format(differs='NOT')}"
        " BEGIN SELECT RAISE(ABORT, 'a merged unit stays closed and with its successor'); END"
    )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_unmerging() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS"
        " $$ BEGIN RAISE EXCEPTION 'a merged unit stays closed and with its successor'"
        " USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE TRIGGER unit_stays_merged BEFORE UPDATE ON unit FOR EACH ROW"
        f" WHEN ({_BROKEN.format(differs='DISTINCT FROM')}) EXECUTE FUNCTION refuse_unmerging()"
    )


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
