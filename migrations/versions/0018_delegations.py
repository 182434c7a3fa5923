"""委托: who acts for whom at which posts, from a day to a day."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Only its end may change, and being revoked is for good: who acted for whom must be read the same for ever.
_KEPT = ("giver_id", "taker_id", "role", "unit_id", "office_id", "starts_on", "reason", "made_at")
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT)
_STAYS = f"{_SAME} AND NEW.ends_on <= OLD.ends_on AND OLD.revoked_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("giver_id", _BIG, nullable=False),
        sa.Column("taker_id", _BIG, nullable=False),
        sa.Column("role", sa.String(32), nullable=True),
        sa.Column("unit_id", _BIG, nullable=True),
        sa.Column("office_id", _BIG, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by", _BIG, nullable=True),
        sa.Column("version", _BIG, nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_delegation_ends_after_start")),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("unit_id IS NULL OR office_id IS NULL", name=op.f("ck_delegation_one_place")),
        sa.CheckConstraint(
            "role IS NOT NULL OR (unit_id IS NULL AND office_id IS NULL)", name=op.f("ck_delegation_place_of_a_role")
        ),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"], name=op.f("fk_delegation_giver_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["person.id"], name=op.f("fk_delegation_taker_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_delegation_revoked_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_delegation_unit_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_delegation_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_giver_id"), "delegation", ["giver_id"])
    op.create_index(op.f("ix_delegation_taker_id_ends_on"), "delegation", ["taker_id", "ends_on"])
    # Two accounts of one human being are found by name and telephone, at every decision.
    op.create_index(op.f("ix_person_name_phone"), "person", ["name", "phone"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    stays = _STAYS.replace("IS NOT DISTINCT FROM", "IS")
    op.execute(
        "CREATE TRIGGER delegation_counts_version BEFORE UPDATE ON delegation WHEN NEW.version IS NOT OLD.version + 1"
        " BEGIN SELECT RAISE(ABORT, 'an update of delegation must count its version on by one'); END"
    )
    op.execute(
        f"CREATE TRIGGER delegation_stays BEFORE UPDATE ON delegation WHEN NOT ({stays})"
        " BEGIN SELECT RAISE(ABORT, 'of a delegation only the end may change'); END"
    )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER delegation_counts_version BEFORE UPDATE ON delegation FOR EACH ROW"
        " WHEN (NEW.version IS DISTINCT FROM OLD.version + 1) EXECUTE FUNCTION refuse_uncounted()"
    )
    op.execute(
        "CREATE FUNCTION refuse_changed_delegation() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS"
        " $$ BEGIN RAISE EXCEPTION 'of a delegation only the end may change' USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE TRIGGER delegation_stays BEFORE UPDATE ON delegation FOR EACH ROW"
        f" WHEN (NOT ({_STAYS})) EXECUTE FUNCTION refuse_changed_delegation()"
    )


def downgrade() -> None:
    """The guards are never taken down."""
    raise NotImplementedError("the guards are never taken down")
