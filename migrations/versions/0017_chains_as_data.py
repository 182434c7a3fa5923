"""Chains as data: drafts and published versions, what a step asks, which lines a task is about and why it is there.

The rows of a published chain never change. Opinions are bound to the digest of their line; beside each decision lies
what the decider saw. The guards of earlier migrations with the same name make way; the others are kept as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UUID = sa.Uuid()

# The pairs of budget/plans/states.py, which a test compares: act, from, to.
PAIRS = (
    ("submit", "draft", "in_review"), ("submit", "returned", "in_review"), ("withdraw", "in_review", "draft"),
    ("withdraw", "in_review", "returned"), ("agree", "in_review", "in_review"), ("agree", "in_review", "returned"),
    ("return", "in_review", "in_review"), ("return", "in_review", "returned"), ("approve", "in_review", "approved"),
    ("send_back", "in_review", "in_review"), ("undo", "in_review", "in_review"),
    ("consult", "in_review", "in_review"), ("answer", "in_review", "in_review"),
    ("hand_over", "in_review", "in_review"), ("reclaim", "in_review", "in_review"),
    ("suspend", "in_review", "suspended"), ("resume", "suspended", "in_review"), ("void", "draft", "void"),
    ("void", "returned", "void"), ("void", "in_review", "void"), ("void", "suspended", "void"),
    ("cancel", "approved", "cancelled"), ("object", "in_review", "returned"), ("object", "suspended", "returned"),
)  # fmt: skip
_STARTS = " OR ".join(sorted({f"(NEW.act = '{act}' AND p.state = '{start}')" for act, start, _ in PAIRS}))
_PAIRS = " OR ".join(f"(d.act = '{act}' AND OLD.state = '{a}' AND NEW.state = '{b}')" for act, a, b in PAIRS)
_PLAN_OF_LINE = "SELECT 1 FROM plan_line l JOIN plan p ON p.id = l.plan_id WHERE l.id = NEW.plan_line_id"
_DECIDED = f"EXISTS ({_PLAN_OF_LINE} AND EXISTS (SELECT 1 FROM decision d WHERE d.plan_id = p.id"
_OPEN_DESKS = "(SELECT 1 FROM review_task t WHERE t.plan_id = p.id AND t.revision = d.revision AND t.state = 'open')"


def _set_aside(line: str, revision: str) -> str:
    """Whether a closed desk of this round has set the line aside."""
    return (
        "EXISTS (SELECT 1 FROM opinion o JOIN review_task t ON t.id = o.task_id"
        f" WHERE o.plan_line_id = {line} AND o.verdict = 'aside' AND t.revision = {revision} AND t.state = 'done')"
    )


_CONTENT = (
    "plan_id", "position", "allotment_id", "applied", "purpose", "pay_date", "payee", "note", "month",
    "source_line_id",
)  # fmt: skip
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _CONTENT)
_STAYS_IN = "NEW.removed_in IS NOT DISTINCT FROM OLD.removed_in"
_LEAVES = (
    "OLD.removed_in IS NULL AND EXISTS (SELECT 1 FROM plan p WHERE p.id = OLD.plan_id AND p.state = 'in_review'"
    f" AND p.revision = NEW.removed_in AND {_set_aside('OLD.id', 'p.revision')})"
)


def _draft(which: str) -> str:
    return f"EXISTS (SELECT 1 FROM chain c WHERE c.id = {which}.chain_id AND c.published_at IS NULL)"


# Each guard: name, table, event, what must hold, what it says otherwise.
GUARDS = (
    ("decision_fits_the_state", "decision", "INSERT",
     f"EXISTS (SELECT 1 FROM plan p WHERE p.id = NEW.plan_id AND ({_STARTS}))",
     "the act is not possible in the state of the plan"),
    ("decision_by_another", "decision", "INSERT", "NEW.act NOT IN ('agree', 'return', 'approve', 'send_back', 'answer')"
     " OR NOT EXISTS (SELECT 1 FROM plan_editor e WHERE e.plan_id = NEW.plan_id"
     " AND (e.person_id = NEW.person_id OR e.person_id = NEW.behalf_id))", "nobody decides on his own plan"),
    ("plan_moves_by_decision", "plan", "UPDATE", "NEW.state = OLD.state OR EXISTS (SELECT 1 FROM decision d"
     " WHERE d.plan_id = NEW.id AND d.revision = NEW.revision AND d.number ="
     f" (SELECT MAX(number) FROM decision WHERE plan_id = NEW.id) AND ({_PAIRS}))",
     "the state of a plan moves by a decision only"),
    ("release_is_decided", "posting", "INSERT", f"NEW.kind <> 'release' OR ({_DECIDED} AND d.revision = NEW.revision"
     " AND (d.act IN ('withdraw', 'void', 'approve', 'object') OR d.act = 'return' AND NOT EXISTS"
     f" {_OPEN_DESKS} OR d.act = 'agree' AND {_set_aside('NEW.plan_line_id', 'NEW.revision')}))))",
     "money is released by a decision only"),
    ("line_content_is_frozen", "plan_line", "UPDATE", f"({_SAME}) AND ({_STAYS_IN} OR {_LEAVES}) OR EXISTS"
     " (SELECT 1 FROM plan p WHERE p.id = OLD.plan_id AND p.state IN ('draft', 'returned'))",
     "a line of a submitted plan is frozen"),
    ("opinion_at_an_open_desk", "opinion", "INSERT",
     "EXISTS (SELECT 1 FROM review_task t JOIN task_line l ON l.task_id = t.id WHERE t.id = NEW.task_id"
     " AND t.state = 'open' AND l.plan_line_id = NEW.plan_line_id)",
     "an opinion is given at an open desk"),
    ("task_line_of_an_open_desk", "task_line", "INSERT",
     "EXISTS (SELECT 1 FROM review_task t JOIN plan_line l ON l.plan_id = t.plan_id WHERE t.id = NEW.task_id"
     " AND t.state = 'open' AND l.id = NEW.plan_line_id)", "a desk is asked while it is open"),
    ("task_stays_closed", "review_task", "UPDATE", "OLD.state = 'open' OR NEW.state = OLD.state OR OLD.state = 'done'"
     " AND NEW.state = 'revoked' AND EXISTS (SELECT 1 FROM decision d WHERE d.plan_id = NEW.plan_id"
     " AND d.act IN ('send_back', 'undo') AND d.number = (SELECT MAX(number) FROM decision WHERE plan_id = d.plan_id))",
     "a closed desk stays closed"),
    ("task_keeps_its_place", "review_task", "UPDATE",
     "NEW.plan_id = OLD.plan_id AND NEW.revision = OLD.revision AND NEW.step_no = OLD.step_no AND NEW.turn = OLD.turn"
     " AND NEW.role = OLD.role AND NEW.unit_id IS NOT DISTINCT FROM OLD.unit_id"
     " AND NEW.office_id IS NOT DISTINCT FROM OLD.office_id AND NEW.why = OLD.why", "a desk stays where it was opened"),
    ("published_chain_stays", "chain", "UPDATE", "OLD.published_at IS NULL",
     "a published chain stays as it is"),
    ("published_chain_is_kept", "chain", "DELETE", "OLD.published_at IS NULL", "a published chain is kept"),
    ("chain_begins_as_draft", "chain", "INSERT", "NEW.published_at IS NULL", "a chain begins as a draft"),
    ("step_joins_a_draft", "chain_step", "INSERT", _draft("NEW"), "a published chain gets no new step"),
    ("step_of_a_draft_changes", "chain_step", "UPDATE", f"{_draft('OLD')} AND {_draft('NEW')}",
     "a step of a published chain stays as it is"),
    ("step_leaves_a_draft", "chain_step", "DELETE", _draft("OLD"), "a step of a published chain stays"),
)  # fmt: skip
APPEND_ONLY = ("task_line", "revision_line", "decision_view")


def upgrade() -> None:
    """Columns and tables, then the guards. On SQLite all triggers step aside while the tables are built anew."""
    if op.get_bind().dialect.name == "postgresql":
        _change_tables()
        _guard_on_postgresql()
        return
    kept = op.get_bind().execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in kept:
        op.execute(f"DROP TRIGGER {name}")
    _change_tables()
    renewed = {guard[0] for guard in GUARDS}
    for name, sql in kept:
        if name not in renewed:
            op.get_bind().exec_driver_sql(sql)
    _guard_on_sqlite()


def _change_tables() -> None:
    _change_chains()
    _change_tasks()
    _change_opinions()
    op.add_column("decision", sa.Column("behalf_id", _BIG, nullable=True))
    _create_tables()
    op.execute(
        "INSERT INTO task_line (task_id, plan_line_id) SELECT t.id, l.id FROM review_task t"
        " JOIN plan_line l ON l.plan_id = t.plan_id AND (l.removed_in IS NULL OR l.removed_in > t.revision)"
        " LEFT JOIN allotment a ON a.id = l.allotment_id WHERE t.office_id IS NULL OR t.office_id = a.office_id"
    )


def _change_chains() -> None:
    op.add_column("chain", sa.Column("after_return", sa.String(32), nullable=False, server_default="every_step"))
    op.add_column("chain", sa.Column("saved", _BIG, nullable=False, server_default="1"))
    for column in (
        sa.Column("condition", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("mode", sa.String(32), nullable=False, server_default="any"),
        sa.Column("needed", _BIG, nullable=False, server_default="1"),
        sa.Column("may_return", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("may_hold", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("on_limit", sa.String(32), nullable=False, server_default="remind"),
        sa.Column("escalate_to", sa.String(32), nullable=True),
        sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("chain_step", column)


def _change_tasks() -> None:
    with op.batch_alter_table("review_task") as batch:
        batch.add_column(sa.Column("turn", _BIG, nullable=False, server_default="1"))
        batch.add_column(sa.Column("mode", sa.String(32), nullable=False, server_default="any"))
        batch.add_column(sa.Column("needed", _BIG, nullable=False, server_default="1"))
        batch.add_column(sa.Column("why", sa.Text(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("handed_to", _BIG, nullable=True))
        batch.add_column(sa.Column("nudged_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("warned_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("escalated_at", sa.DateTime(), nullable=True))
        batch.drop_constraint(op.f("uq_review_task_plan_id_revision_step_no_office_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_review_task_plan_id_revision_step_no_office_id_turn"),
            ["plan_id", "revision", "step_no", "office_id", "turn"],
        )
        batch.create_foreign_key(op.f("fk_review_task_handed_to"), "person", ["handed_to"], ["id"])
    op.create_index(op.f("ix_review_task_state_due_at"), "review_task", ["state", "due_at"])


def _change_opinions() -> None:
    with op.batch_alter_table("opinion") as batch:
        batch.add_column(sa.Column("line_digest", sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("code", sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("behalf_id", _BIG, nullable=True))
        batch.drop_constraint(op.f("uq_opinion_task_id_plan_line_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_opinion_task_id_plan_line_id_person_id"), ["task_id", "plan_line_id", "person_id"]
        )
        batch.create_foreign_key(op.f("fk_opinion_behalf_id"), "person", ["behalf_id"], ["id"])


def _create_tables() -> None:
    op.create_table(
        "task_line",
        sa.Column("task_id", _UUID, nullable=False),
        sa.Column("plan_line_id", _BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["review_task.id"], name=op.f("fk_task_line_task_id")),
        sa.ForeignKeyConstraint(["plan_line_id"], ["plan_line.id"], name=op.f("fk_task_line_plan_line_id")),
        sa.PrimaryKeyConstraint("task_id", "plan_line_id", name=op.f("pk_task_line")),
    )
    op.create_index(op.f("ix_task_line_plan_line_id"), "task_line", ["plan_line_id"])
    op.create_table(
        "task_seat",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("task_id", _UUID, nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("asked_by", _BIG, nullable=True),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["review_task.id"], name=op.f("fk_task_seat_task_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_seat_person_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_task_seat_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_seat")),
    )
    op.create_index(op.f("ix_task_seat_task_id"), "task_seat", ["task_id"])
    op.create_index(op.f("ix_task_seat_person_id_closed_at"), "task_seat", ["person_id", "closed_at"])
    op.create_table(
        "revision_line",
        sa.Column("plan_id", _UUID, nullable=False),
        sa.Column("revision", _BIG, autoincrement=False, nullable=False),
        sa.Column("plan_line_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("allotment_id", _BIG, nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_revision_line_plan_id")),
        sa.ForeignKeyConstraint(["plan_line_id"], ["plan_line.id"], name=op.f("fk_revision_line_plan_line_id")),
        sa.PrimaryKeyConstraint("plan_id", "revision", "plan_line_id", name=op.f("pk_revision_line")),
    )
    op.create_table(
        "decision_view",
        sa.Column("plan_id", _UUID, nullable=False),
        sa.Column("number", _BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_decision_view_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_decision_view")),
    )


def _guard_on_sqlite() -> None:
    for name, table, event, must, sentence in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN NOT ({must})"
            f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _guard_on_postgresql() -> None:
    """The functions are replaced under their triggers; new guards get theirs."""
    for name, table, event, must, sentence in GUARDS:
        row = "OLD" if event == "DELETE" else "NEW"
        op.execute(
            f"CREATE OR REPLACE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({must}) THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF;"
            f" RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
    for table in APPEND_ONLY:
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
