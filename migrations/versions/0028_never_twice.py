"""Nothing is used twice: an invoice number belongs to one live paper of the district, and repeats need a consent.

`number_key` is the normalised number; `repeats_id` names the live paper that a paper repeats, by its number or its
file. A plan with such a paper goes into review only with the bureau's consent to that very pair, which is a row that
nothing changes. Marks and matches of pictures are warnings.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ONCE = sa.text("removed_at IS NULL AND repeats_id IS NULL AND number_key <> ''")
_CONSENTED = (
    "EXISTS (SELECT 1 FROM reuse_request r JOIN reuse_consent c ON c.request_id = r.id"
    " WHERE r.paper_id = a.id AND r.earlier_id = a.repeats_id AND c.granted)"
)
_IN_REVIEW = (
    "EXISTS (SELECT 1 FROM draw d JOIN plan_line l ON l.id = d.plan_line_id JOIN plan p ON p.id = l.plan_id"
    " WHERE d.paper_id = OLD.id AND l.removed_in IS NULL"
    " AND p.state NOT IN ('draft', 'returned', 'void', 'cancelled'))"
)

# Each guard: name, table, event, what must hold, what it says otherwise.
GUARDS = (
    ("repeat_has_consent", "plan", "UPDATE OF state",
     "NEW.state IN ('draft', 'returned', 'void', 'cancelled') OR OLD.state NOT IN ('draft', 'returned') OR NOT EXISTS"
     " (SELECT 1 FROM draw d JOIN plan_line l ON l.id = d.plan_line_id JOIN paper a ON a.id = d.paper_id"
     " JOIN paper e ON e.id = a.repeats_id AND e.removed_at IS NULL"
     f" WHERE l.plan_id = NEW.id AND l.removed_in IS NULL AND a.removed_at IS NULL AND NOT {_CONSENTED})",
     "a paper that was used before needs a consent"),
    ("repeat_stays", "paper", "UPDATE OF number_key, repeats_id",
     "(NEW.number_key = OLD.number_key AND NEW.repeats_id IS NOT DISTINCT FROM OLD.repeats_id)"
     f" OR NOT {_IN_REVIEW}",
     "a paper that a submitted plan draws on keeps what it repeats"),
    ("consent_by_another", "reuse_consent", "INSERT",
     "NOT EXISTS (SELECT 1 FROM reuse_request r JOIN paper a ON a.id = r.paper_id"
     " WHERE r.id = NEW.request_id AND NEW.person_id IN (r.asked_by, a.created_by))",
     "nobody consents to what he asked for"),
)  # fmt: skip
_KEPT = ("reuse_request", "reuse_consent")


def upgrade() -> None:
    """Columns are added, tables made, then the guards: no table is built anew."""
    op.add_column("paper", sa.Column("number_key", sa.String(64), nullable=False, server_default=""))
    op.add_column("paper", sa.Column("repeats_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_paper_number_once", "paper", ["division_code", "number_key"], unique=True, sqlite_where=_ONCE,
        postgresql_where=_ONCE,
    )  # fmt: skip
    op.create_index(op.f("ix_paper_number_key"), "paper", ["number_key"])
    op.create_index(op.f("ix_paper_repeats_id"), "paper", ["repeats_id"])
    op.create_index(op.f("ix_paper_face_amount_paper_date"), "paper", ["face_amount", "paper_date"])
    _create_tables()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _create_tables() -> None:
    op.create_table(
        "reuse_request",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("earlier_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", _BIG, nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_reuse_request_paper_id")),
        sa.ForeignKeyConstraint(["earlier_id"], ["paper.id"], name=op.f("fk_reuse_request_earlier_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_reuse_request_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reuse_request")),
    )
    op.create_index(op.f("ix_reuse_request_paper_id"), "reuse_request", ["paper_id"])
    op.create_table(
        "reuse_consent",
        sa.Column("request_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["reuse_request.id"], name=op.f("fk_reuse_consent_request_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reuse_consent_person_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_reuse_consent")),
    )
    op.create_table(
        "paper_mark",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("number", _BIG, autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_mark_paper_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("paper_id", "number", name=op.f("pk_paper_mark")),
    )
    op.create_table(
        "paper_match",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("apart", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_match_paper_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["paper.id"], name=op.f("fk_paper_match_other_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("paper_id", "other_id", name=op.f("pk_paper_match")),
    )


def _guard_on_sqlite() -> None:
    for name, table, event, must, sentence in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN NOT ({must})"
            f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
    for table in _KEPT:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _guard_on_postgresql() -> None:
    for name, table, event, must, sentence in GUARDS:
        op.execute(
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({must}) THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF;"
            " RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
    for table in _KEPT:
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
