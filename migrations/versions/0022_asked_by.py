"""What somebody has asked of others is found by him who asked."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index for the list of what may still be taken back."""
    op.create_index("ix_task_seat_asked_by_closed_at", "task_seat", ["asked_by", "closed_at"])


def downgrade() -> None:
    """The list is read without the index again."""
    op.drop_index("ix_task_seat_asked_by_closed_at", "task_seat")
