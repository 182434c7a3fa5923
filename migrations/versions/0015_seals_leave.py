"""Seals leave the house: their papers, what was mailed to whom, and what the nightly checks found. Only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SENT = sa.text("fault = ''")
_TABLES = ("mailing", "seal_sheet", "check_run")


def upgrade() -> None:
    """Three tables and their guards."""
    op.create_table(
        "mailing",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("about_id", _BIG, nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
    )
    op.create_index(op.f("ix_mailing_about_about_id"), "mailing", ["about", "about_id"])
    op.create_index(
        "uq_mailing_sent", "mailing", ["about", "about_id", "address"],
        unique=True, sqlite_where=_SENT, postgresql_where=_SENT,
    )
    op.create_table(
        "seal_sheet",
        sa.Column("seal_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("sheet_digest", sa.String(64), nullable=False),
        sa.Column("blob_digest", sa.String(64), nullable=False),
        sa.Column("page_count", _BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_sheet_seal_id")),
        sa.ForeignKeyConstraint(["blob_digest"], ["blob.digest"], name=op.f("fk_seal_sheet_blob_digest")),
        sa.PrimaryKeyConstraint("seal_id", name=op.f("pk_seal_sheet")),
    )
    op.create_table(
        "check_run",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(64), nullable=False),
        sa.Column("checked", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("looked_at", sa.Text(), nullable=False),
        sa.Column("faults", _BIG, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_run")),
    )
    op.create_index(op.f("ix_check_run_division_code_checked_id"), "check_run", ["division_code", "checked", "id"])
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
