"""What the virus scanner said of each stored file."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row for each file that was scanned; it goes with its file."""
    op.create_table(
        "scan",
        sa.Column("blob_digest", sa.String(64), nullable=False),
        sa.Column("found", sa.String(400), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_digest"], ["blob.digest"], name=op.f("fk_scan_blob_digest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("blob_digest", name=op.f("pk_scan")),
    )


def downgrade() -> None:
    """Nobody knows what was scanned."""
    op.drop_table("scan")
