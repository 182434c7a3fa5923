"""Documents: every paper that was rendered, by the digest of its sheet. Only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KIND = sa.Enum("demand", "approval", name="documentkind", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("unit_id", _BIG, nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("sheet_digest", sa.String(length=64), nullable=False),
        sa.Column("blob_digest", sa.String(length=64), nullable=False),
        sa.Column("page_count", _BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["blob_digest"], ["blob.digest"], name=op.f("fk_document_blob_digest")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_document_plan_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_document_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("kind", "sheet_digest", name=op.f("uq_document_kind_sheet_digest")),
    )
    op.create_index(op.f("ix_document_plan_id"), "document", ["plan_id"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER document_no_{verb.lower()} BEFORE {verb} ON document"
            " BEGIN SELECT RAISE(ABORT, 'document is append-only'); END"
        )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER document_append_only BEFORE UPDATE OR DELETE ON document"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER document_no_truncate BEFORE TRUNCATE ON document"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
