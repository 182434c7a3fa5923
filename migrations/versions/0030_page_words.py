"""Pages keep their words with their places, for the viewer to search."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A plain column, which disturbs no trigger."""
    op.add_column("paper_page", sa.Column("words", sa.Text(), nullable=True))


def downgrade() -> None:
    """Without the words the viewer cannot search, and nothing else is missing."""
    op.drop_column("paper_page", "words")
