"""The register: a paper belongs to a unit, says number, date, counterparty and face amount, and lines draw on it.

What live draws take never exceeds the face; a draw is live while its paper, its line and its plan are. A paper may be
registered without a plan, and one whose draft is dropped stays. What a submitted plan draws on keeps what it says.
On SQLite all triggers step aside while the tables are built anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# What is written on a paper, and whether it is there: what people edit, and what a submission freezes.
_SAID = ("kind_code", "name", "number", "paper_date", "counterparty", "face_amount", "removed_at")
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _SAID)
_LIVE = "l.removed_in IS NULL AND p.state NOT IN ('void', 'cancelled')"
_DRAWS = "draw d JOIN plan_line l ON l.id = d.plan_line_id JOIN plan p ON p.id = l.plan_id"


def _drawn(paper: str, besides: str = "") -> str:
    """What live draws take of a paper, in fen."""
    return (
        f"(SELECT COALESCE(SUM(d.amount), 0) FROM {_DRAWS} WHERE d.paper_id = {paper} AND {_LIVE}"
        + (f" AND d.plan_line_id <> {besides})" if besides else ")")
    )


def _covered(own: str) -> str:
    """A draw without an amount takes nothing; one with an amount fits into the face with all others."""
    face = "(SELECT a.face_amount FROM paper a WHERE a.id = NEW.paper_id)"
    return f"NEW.amount IS NULL OR COALESCE(NEW.amount + {_drawn('NEW.paper_id', own)} <= {face}, FALSE)"


_OWN = (
    "EXISTS (SELECT 1 FROM paper a JOIN plan_line l ON l.id = NEW.plan_line_id JOIN plan p ON p.id = l.plan_id"
    f" WHERE a.id = NEW.paper_id AND a.unit_id = p.unit_id AND a.removed_at IS NULL AND {_LIVE})"
)
_NOT_OWN = "a line draws on a paper of its own unit that is still there"
_BEYOND = "the draws of a paper exceed its face amount"

# Each guard: name, table, event, what must hold, what it says otherwise.
GUARDS = (
    ("draw_is_own", "draw", "INSERT", _OWN, _NOT_OWN),
    ("draw_stays_own", "draw", "UPDATE", _OWN, _NOT_OWN),
    ("draw_is_covered", "draw", "INSERT", _covered("NEW.plan_line_id"), _BEYOND),
    ("draw_stays_covered", "draw", "UPDATE", _covered("OLD.plan_line_id"), _BEYOND),
    ("paper_covers_its_draws", "paper", "UPDATE",
     f"NEW.removed_at IS NOT NULL OR {_drawn('NEW.id')} <= COALESCE(NEW.face_amount, 0)", _BEYOND),
    ("paper_facts_stay", "paper", "UPDATE",
     f"({_SAME}) OR NOT EXISTS (SELECT 1 FROM {_DRAWS} WHERE d.paper_id = OLD.id AND {_LIVE}"
     " AND p.state NOT IN ('draft', 'returned'))",
     "a paper that a submitted plan draws on keeps what it says"),
    ("paper_file_stays", "paper", "UPDATE",
     "NEW.blob_digest = OLD.blob_digest AND NEW.unit_id = OLD.unit_id AND (NEW.plan_id IS NOT DISTINCT FROM OLD.plan_id"
     " OR NEW.plan_id IS NULL AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.id = OLD.plan_id))",
     "a voucher keeps its file"),
    ("paper_of_submitted_stays", "paper", "DELETE",
     "NOT EXISTS (SELECT 1 FROM plan p WHERE p.id = OLD.plan_id AND p.revision > 0)"
     f" AND NOT EXISTS (SELECT 1 FROM {_DRAWS} WHERE d.paper_id = OLD.id AND p.revision > 0)",
     "a voucher of a submitted plan stays"),
    ("proven_line_stays", "plan_line", "UPDATE OF plan_id, removed_in",
     "(NEW.plan_id = OLD.plan_id AND (OLD.removed_in IS NULL OR NEW.removed_in IS NOT NULL))"
     " OR NOT EXISTS (SELECT 1 FROM draw d WHERE d.plan_line_id = OLD.id)",
     "a line that papers prove neither moves nor comes back"),
)  # fmt: skip
_EDITED = f"UPDATE OF {', '.join(_SAID)}, version"


def upgrade() -> None:
    """Columns and indexes, then the guards."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER paper_counts_version ON paper")
        _change_tables()
        _guard_on_postgresql()
        return
    kept = op.get_bind().execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in kept:
        op.execute(f"DROP TRIGGER {name}")
    _change_tables()
    renewed = {"paper_counts_version", *(guard[0] for guard in GUARDS)}
    for name, sql in kept:
        if name not in renewed:
            op.get_bind().exec_driver_sql(sql)
    _guard_on_sqlite()


def _change_tables() -> None:
    with op.batch_alter_table("paper") as batch:
        batch.add_column(sa.Column("number", sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("paper_date", sa.Date(), nullable=True))
        batch.add_column(sa.Column("counterparty", sa.String(400), nullable=False, server_default=""))
        batch.add_column(sa.Column("face_amount", sa.BigInteger(), nullable=True))
        batch.alter_column("plan_id", existing_type=sa.Uuid(), nullable=True)
        batch.create_check_constraint(op.f("ck_paper_face_amount"), "face_amount > 0")
        batch.drop_constraint(op.f("fk_paper_plan_id"), type_="foreignkey")
        batch.create_foreign_key(op.f("fk_paper_plan_id"), "plan", ["plan_id"], ["id"], ondelete="SET NULL")
    op.create_index(op.f("ix_paper_created_at_id"), "paper", ["created_at", "id"])
    op.create_index(op.f("ix_paper_number"), "paper", ["number"])
    with op.batch_alter_table("draw") as batch:
        batch.add_column(sa.Column("amount", sa.BigInteger(), nullable=True))
        batch.create_check_constraint(op.f("ck_draw_amount"), "amount > 0")


def _guard_on_sqlite() -> None:
    for name, table, event, must, sentence in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN NOT ({must})"
            f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
    op.execute(
        f"CREATE TRIGGER paper_counts_version BEFORE {_EDITED} ON paper WHEN NEW.version IS NOT OLD.version + 1"
        " BEGIN SELECT RAISE(ABORT, 'an update of paper must count its version on by one'); END"
    )


def _guard_on_postgresql() -> None:
    """The functions are replaced under their triggers; new guards get theirs."""
    for name, table, event, must, sentence in GUARDS:
        row = "OLD" if event == "DELETE" else "NEW"
        # Two draws on one paper come one after the other; what the second looks at is what the first has kept.
        lock = " PERFORM 1 FROM paper WHERE id = NEW.paper_id FOR NO KEY UPDATE;" if table == "draw" else ""
        op.execute(
            f"CREATE OR REPLACE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN{lock}"
            f" IF NOT ({must}) THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF;"
            f" RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
    op.execute(
        f"CREATE TRIGGER paper_counts_version BEFORE {_EDITED} ON paper FOR EACH ROW"
        " WHEN (NEW.version IS DISTINCT FROM OLD.version + 1) EXECUTE FUNCTION refuse_uncounted()"
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
