"""Daily seals over all chains of decisions, only ever added, each naming the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("seal", "seal_leaf")
_FOLLOWS = (
    "NEW.number = (SELECT COALESCE(MAX(number), 0) + 1 FROM seal WHERE division_code = NEW.division_code)"
    " AND NEW.prev_sha256 = COALESCE((SELECT sha256 FROM seal WHERE division_code = NEW.division_code"
    " ORDER BY number DESC LIMIT 1), '')"
)


def upgrade() -> None:
    """The two tables and their guards."""
    op.create_table(
        "seal",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(64), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("leaves", _BIG, nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("prev_sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sm3", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
        sa.UniqueConstraint("division_code", "number", name=op.f("uq_seal_division_code_number")),
    )
    op.create_table(
        "seal_leaf",
        sa.Column("seal_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("position", _BIG, autoincrement=False, nullable=False),
        sa.Column("decision_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_leaf_seal_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_seal_leaf_decision_id")),
        sa.PrimaryKeyConstraint("seal_id", "position", name=op.f("pk_seal_leaf")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_seal_leaf_decision_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    for table in _TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        f"CREATE TRIGGER seal_follows BEFORE INSERT ON seal WHEN NOT ({_FOLLOWS})"
        " BEGIN SELECT RAISE(ABORT, 'a seal names the one before it'); END"
    )


def _on_postgresql() -> None:
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE FUNCTION guard_seal_follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NOT ({_FOLLOWS}) THEN RAISE EXCEPTION 'a seal names the one before it' USING ERRCODE = '23514'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute("CREATE TRIGGER seal_follows BEFORE INSERT ON seal FOR EACH ROW EXECUTE FUNCTION guard_seal_follows()")


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
