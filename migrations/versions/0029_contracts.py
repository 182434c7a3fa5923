"""Payment nodes of contracts, agreement by agreement: what was agreed once stays, and a later one stands beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("contract_terms", "contract_node")


def upgrade() -> None:
    """Two tables that only grow."""
    op.create_table(
        "contract_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("created_by", _BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_contract_terms_paper_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_contract_terms_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_terms")),
        sa.UniqueConstraint("paper_id", "number", name=op.f("uq_contract_terms_paper_id_number")),
    )
    op.create_table(
        "contract_node",
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("number", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("share", _BIG, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("is_retention", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(share IS NULL) <> (amount IS NULL)", name=op.f("ck_contract_node_share_or_amount")),
        sa.CheckConstraint("share > 0 AND share <= 10000", name=op.f("ck_contract_node_share")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_contract_node_amount")),
        sa.ForeignKeyConstraint(["terms_id"], ["contract_terms.id"], name=op.f("fk_contract_node_terms_id")),
        sa.PrimaryKeyConstraint("terms_id", "number", name=op.f("pk_contract_node")),
    )
    for table in _TABLES:
        (_on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite)(table)


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
