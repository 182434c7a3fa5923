"""Usual opinions and reason codes; an index for what was returned, cut or set aside lately."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BUREAU = sa.text("person_id IS NULL")
# Few opinions are more than an agreement: the index costs those nothing.
_REMARK = sa.text("verdict <> 'agree'")
_VERSIONED = ("usual_list", "reason_table")


def upgrade() -> None:
    """The tables, the guards of their versions, and the index."""
    _create_tables()
    op.create_index("ix_opinion_remarks", "opinion", ["at"], sqlite_where=_REMARK, postgresql_where=_REMARK)
    for table in _VERSIONED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_counts_version BEFORE UPDATE ON {table}"
                " FOR EACH ROW WHEN (NEW.version IS DISTINCT FROM OLD.version + 1)"
                " EXECUTE FUNCTION refuse_uncounted()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_counts_version BEFORE UPDATE ON {table}"
                " WHEN NEW.version IS NOT OLD.version + 1"
                f" BEGIN SELECT RAISE(ABORT, 'an update of {table} must count its version on by one'); END"
            )


def _create_tables() -> None:
    op.create_table(
        "usual_list",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(64), nullable=False),
        sa.Column("person_id", _BIG, nullable=True),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("version", _BIG, nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_usual_list_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usual_list")),
        sa.UniqueConstraint("person_id", name=op.f("uq_usual_list_person_id")),
    )
    op.create_index(
        "uq_usual_list_bureau", "usual_list", ["division_code"], unique=True, sqlite_where=_BUREAU,
        postgresql_where=_BUREAU,
    )  # fmt: skip
    op.create_table(
        "reason_table",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(64), nullable=False),
        sa.Column("version", _BIG, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_table")),
        sa.UniqueConstraint("division_code", name=op.f("uq_reason_table_division_code")),
    )
    op.create_table(
        "reason_code",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("words", sa.String(400), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_code")),
        sa.UniqueConstraint("division_code", "code", name=op.f("uq_reason_code_division_code_code")),
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
