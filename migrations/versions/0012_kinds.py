"""Supplements (追加计划) say why they come outside the window."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The reason; the guard that freezes a submitted plan's header covers it from now on."""
    op.add_column("plan", sa.Column("reason", sa.String(400), nullable=False, server_default=""))
    must = "OLD.state IN ('draft', 'returned') OR NEW.reason = OLD.reason"
    said = "a submitted plan is frozen"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER plan_reason_is_frozen BEFORE UPDATE ON plan WHEN NOT ({must})"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION guard_plan_reason_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NOT ({must}) THEN RAISE EXCEPTION '{said}' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER plan_reason_is_frozen BEFORE UPDATE ON plan"
        " FOR EACH ROW EXECUTE FUNCTION guard_plan_reason_is_frozen()"
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
