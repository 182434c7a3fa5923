"""Messages beyond the page: what they are about, how each person wants them, robots of groups, and their posts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SENT = sa.text("fault = ''")


def upgrade() -> None:
    """Two columns, three tables and their guards."""
    op.add_column("notice", sa.Column("kind", sa.String(32), nullable=False, server_default="news"))
    op.add_column("notice", sa.Column("told", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_notice_kind_created_at"), "notice", ["kind", "created_at"])
    op.create_table(
        "notice_way",
        sa.Column("person_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_way")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(400), nullable=False),
        sa.Column("kinds", sa.String(400), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_post",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", _BIG, nullable=False),
        sa.Column("told", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_post_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_post")),
    )
    op.create_index(op.f("ix_webhook_post_webhook_id_id"), "webhook_post", ["webhook_id", "id"])
    op.create_index(
        "uq_webhook_post_sent", "webhook_post", ["webhook_id", "told"],
        unique=True, sqlite_where=_SENT, postgresql_where=_SENT,
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER webhook_post_no_{verb.lower()} BEFORE {verb} ON webhook_post"
            " BEGIN SELECT RAISE(ABORT, 'webhook_post is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER webhook_counts_version BEFORE UPDATE ON webhook WHEN NEW.version IS NOT OLD.version + 1"
        " BEGIN SELECT RAISE(ABORT, 'an update of webhook must count its version on by one'); END"
    )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER webhook_post_append_only BEFORE UPDATE OR DELETE ON webhook_post"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER webhook_post_no_truncate BEFORE TRUNCATE ON webhook_post"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER webhook_counts_version BEFORE UPDATE ON webhook"
        " FOR EACH ROW WHEN (NEW.version IS DISTINCT FROM OLD.version + 1) EXECUTE FUNCTION refuse_uncounted()"
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
