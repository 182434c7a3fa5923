"""动态口令: the authenticator that a person has bound, and the recovery codes that he has not used."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Both tables; nobody has an authenticator at first."""
    op.create_table(
        "dynamic_code",
        sa.Column("person_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("key_mark", sa.String(64), nullable=False),
        sa.Column("last_step", _BIG, nullable=False),
        sa.Column("bound_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dynamic_code_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_dynamic_code")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("person_id", "code_hash", name=op.f("pk_recovery_code")),
    )


def downgrade() -> None:
    """Nobody is asked for a code any more."""
    op.drop_table("recovery_code")
    op.drop_table("dynamic_code")
