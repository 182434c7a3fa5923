"""Roles of the database: nothing in the schema itself.

Whenever a migration was applied, env.py settles owners' functions, triggers and grants (core/roles.py); this one brings
that to the houses that were built before.
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See above."""


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
