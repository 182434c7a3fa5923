"""Form keys: the answer of each form that was sent, stored with its effect. Only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "form_answer",
        sa.Column("person_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", _BIG, nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "form_key", name=op.f("pk_form_answer")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER form_answer_no_{verb.lower()} BEFORE {verb} ON form_answer"
            " BEGIN SELECT RAISE(ABORT, 'form_answer is append-only'); END"
        )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER form_answer_append_only BEFORE UPDATE OR DELETE ON form_answer"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER form_answer_no_truncate BEFORE TRUNCATE ON form_answer"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
