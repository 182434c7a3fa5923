"""What the nightly reconciliation found, only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("reconciliation_run", "reconciliation_row")


def upgrade() -> None:
    """Two tables and their guards."""
    op.create_table(
        "reconciliation_run",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("allotments", _BIG, nullable=False),
        sa.Column("lines", _BIG, nullable=False),
        sa.Column("differences", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_run")),
    )
    op.create_index(op.f("ix_reconciliation_run_division_code_at"), "reconciliation_run", ["division_code", "at"])
    op.create_table(
        "reconciliation_row",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("run_id", _BIG, nullable=False),
        sa.Column("checked", sa.String(32), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("stored", sa.String(64), nullable=False),
        sa.Column("found", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_run.id"], name=op.f("fk_reconciliation_row_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_row")),
    )
    op.create_index(op.f("ix_reconciliation_row_run_id"), "reconciliation_row", ["run_id"])
    for table in _TABLES:
        if op.get_bind().dialect.name == "postgresql":
            _on_postgresql(table)
        else:
            _on_sqlite(table)


def _on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
