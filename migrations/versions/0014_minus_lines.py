"""Minus lines: reductions and adjustments take from an approved line; months of a line; plans entered by finance; epochs.

A minus line names the approved line that it takes from (`source_line_id`). It holds nothing; its approval reverses what
was posted on its source and writes a red row against the source's row. What is paid is compared with all of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The pairs of budget/plans/states.py, which a test compares: act, from, to.
PAIRS = (
    ("submit", "draft", "in_review"), ("submit", "returned", "in_review"), ("withdraw", "in_review", "draft"),
    ("withdraw", "in_review", "returned"), ("agree", "in_review", "in_review"), ("agree", "in_review", "returned"),
    ("return", "in_review", "in_review"), ("return", "in_review", "returned"), ("approve", "in_review", "approved"),
    ("suspend", "in_review", "suspended"), ("resume", "suspended", "in_review"), ("void", "draft", "void"),
    ("void", "returned", "void"), ("void", "in_review", "void"), ("void", "suspended", "void"),
    ("cancel", "approved", "cancelled"), ("object", "in_review", "returned"), ("object", "suspended", "returned"),
)  # fmt: skip
_PAIRS = " OR ".join(f"(d.act = '{act}' AND OLD.state = '{a}' AND NEW.state = '{b}')" for act, a, b in PAIRS)
_STARTS = " OR ".join(sorted({f"(NEW.act = '{act}' AND p.state = '{start}')" for act, start, _ in PAIRS}))

_PLAN_OF_LINE = "SELECT 1 FROM plan_line l JOIN plan p ON p.id = l.plan_id WHERE l.id = NEW.plan_line_id"
_DECIDED = f"EXISTS ({_PLAN_OF_LINE} AND EXISTS (SELECT 1 FROM decision d WHERE d.plan_id = p.id"
# The line whose money it is: a minus line's source, any other line itself; and all lines that move that money.
_SOURCE = "(SELECT COALESCE(l.source_line_id, l.id) FROM plan_line l WHERE l.id = NEW.plan_line_id)"
_MOVERS = f"(SELECT m.id FROM plan_line m WHERE m.id = {_SOURCE} OR m.source_line_id = {_SOURCE})"
_POSTED = (
    "(SELECT COALESCE(SUM(CASE kind WHEN 'post' THEN amount WHEN 'reverse' THEN -amount ELSE 0 END), 0)"
    f" FROM posting WHERE plan_line_id IN {_MOVERS})"
)
_APPROVED = f"(SELECT COALESCE(SUM(approved), 0) FROM ledger_entry WHERE plan_line_id IN {_MOVERS})"
_PAID = f"(SELECT COALESCE(SUM(amount), 0) FROM payment_match WHERE plan_line_id = {_SOURCE})"
_LIVE_LINES = "FROM plan_line l WHERE l.plan_id = NEW.id AND l.removed_in IS NULL"
_HOLD = "EXISTS (SELECT 1 FROM posting h WHERE h.plan_line_id = {line}.id AND h.kind = 'hold' AND h.revision = NEW.revision)"
# What the plan's own minus lines free of this allotment, less all that its other lines ask without a hold.
_UNCOVERED = (
    "(SELECT SUM(u.applied) FROM plan_line u WHERE u.plan_id = NEW.id AND u.removed_in IS NULL"
    f" AND u.allotment_id = l.allotment_id AND (u.applied < 0 OR NOT {_HOLD.format(line='u')})) > 0"
)
_SUBMITTED = "NEW.state <> 'in_review' OR OLD.state NOT IN ('draft', 'returned')"
_MINUS_IS_SOUND = (
    "l.applied < 0 AND EXISTS (SELECT 1 FROM plan_line s JOIN plan sp ON sp.id = s.plan_id WHERE s.id = l.source_line_id"
    " AND s.allotment_id = l.allotment_id AND s.source_line_id IS NULL AND s.removed_in IS NULL"
    " AND sp.state = 'approved' AND sp.unit_id = NEW.unit_id AND sp.fiscal_year = NEW.fiscal_year)"
)
_PLUS_IS_SOUND = "l.applied > 0 AND l.source_line_id IS NULL"
_CONTENT = (
    "plan_id", "position", "allotment_id", "applied", "purpose", "pay_date", "payee", "note", "removed_in", "month",
    "source_line_id",
)  # fmt: skip
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _CONTENT)

# Each guard: name, table, event, what must hold, what it says otherwise. Those of 0004 with the same name make way.
GUARDS = (
    ("hold_is_decided", "posting", "INSERT", f"NEW.kind <> 'hold' OR ({_DECIDED} AND d.revision = NEW.revision"
     " AND (d.act = 'submit' AND p.revision = NEW.revision - 1 OR d.act = 'approve' AND p.revision = NEW.revision"
     " AND p.state = 'in_review' AND p.kind = 'adjustment')) AND l.applied = NEW.amount))",
     "money is held by a submission only, line by line"),
    ("release_is_decided", "posting", "INSERT", f"NEW.kind <> 'release' OR ({_DECIDED} AND d.revision = NEW.revision"
     " AND (d.act IN ('withdraw', 'void', 'approve', 'object') OR d.act = 'return' AND NOT EXISTS"
     " (SELECT 1 FROM review_task t WHERE t.plan_id = p.id AND t.revision = d.revision AND t.state = 'open')))))",
     "money is released by a decision only"),
    ("reverse_is_decided", "posting", "INSERT", f"NEW.kind <> 'reverse' OR ({_DECIDED} AND d.revision = NEW.revision"
     " AND (l.source_line_id IS NULL AND d.act = 'cancel' OR l.source_line_id IS NOT NULL"
     " AND d.act = 'approve' AND l.approved = -NEW.amount))))", "money is taken back by a decision only"),
    ("reverse_is_covered", "posting", "INSERT", f"NEW.kind <> 'reverse' OR {_POSTED} >= NEW.amount",
     "no more is taken back than was posted"),
    ("decision_fits_the_state", "decision", "INSERT",
     f"EXISTS (SELECT 1 FROM plan p WHERE p.id = NEW.plan_id AND ({_STARTS}))",
     "the act is not possible in the state of the plan"),
    ("plan_moves_by_decision", "plan", "UPDATE", "NEW.state = OLD.state OR EXISTS (SELECT 1 FROM decision d"
     " WHERE d.plan_id = NEW.id AND d.revision = NEW.revision AND d.number ="
     f" (SELECT MAX(number) FROM decision WHERE plan_id = NEW.id) AND ({_PAIRS}))",
     "the state of a plan moves by a decision only"),
    ("plan_holds_all_lines", "plan", "UPDATE", f"{_SUBMITTED} OR NOT EXISTS (SELECT 1 {_LIVE_LINES} AND l.applied > 0"
     f" AND NOT {_HOLD.format(line='l')} AND (NEW.kind <> 'adjustment' OR {_UNCOVERED}))",
     "every line of a submitted plan holds its money"),
    ("plan_stays_entered", "plan", "UPDATE", "NEW.entered = OLD.entered AND (NEW.entered OR NEW.kind <> 'entered')",
     "who enters a plan stays"),
    ("plan_lines_fit_its_kind", "plan", "UPDATE", f"{_SUBMITTED} OR NOT EXISTS (SELECT 1 {_LIVE_LINES} AND NOT"
     f" (CASE NEW.kind WHEN 'reduction' THEN {_MINUS_IS_SOUND} WHEN 'adjustment' THEN ({_MINUS_IS_SOUND}) OR"
     f" ({_PLUS_IS_SOUND}) ELSE {_PLUS_IS_SOUND} END))", "the lines do not fit the kind of plan"),
    ("adjustment_sums_to_zero", "plan", "UPDATE", f"{_SUBMITTED} OR NEW.kind <> 'adjustment' OR"
     f" (SELECT SUM(l.applied) {_LIVE_LINES}) = 0", "an adjustment takes as much as it gives"),
    ("plan_is_in_the_ledger", "plan", "UPDATE", "NEW.state <> 'approved' OR OLD.state = 'approved' OR NOT EXISTS"
     f" (SELECT 1 {_LIVE_LINES} AND NOT EXISTS (SELECT 1 FROM ledger_entry e JOIN posting h"
     " ON h.plan_line_id = e.plan_line_id AND h.revision = NEW.revision WHERE e.plan_line_id = l.id"
     " AND e.approved = l.approved AND (l.source_line_id IS NULL AND h.kind = 'post' OR l.source_line_id IS NOT NULL"
     " AND h.kind = 'reverse' AND h.amount = -l.approved)))", "every line of an approved plan stands in the ledger"),
    ("line_content_is_frozen", "plan_line", "UPDATE", f"({_SAME}) OR EXISTS (SELECT 1 FROM plan p"
     " WHERE p.id = OLD.plan_id AND p.state IN ('draft', 'returned'))", "a line of a submitted plan is frozen"),
    ("ledger_is_gapless", "ledger_entry", "INSERT", "NEW.number = (SELECT COALESCE(MAX(number), 0) + 1 FROM ledger_entry"
     " WHERE division_code = NEW.division_code AND fiscal_year = NEW.fiscal_year AND epoch = NEW.epoch)",
     "ledger numbers have no gaps"),
    ("ledger_epoch_is_current", "ledger_entry", "INSERT", "NOT EXISTS (SELECT 1 FROM ledger_entry WHERE"
     " division_code = NEW.division_code AND fiscal_year = NEW.fiscal_year AND epoch > NEW.epoch)",
     "an epoch of the ledger that is over gets no more numbers"),
    ("ledger_is_decided", "ledger_entry", "INSERT", "EXISTS (SELECT 1 FROM decision d JOIN plan p"
     " ON p.id = d.plan_id JOIN plan_line l ON l.plan_id = p.id WHERE p.id = NEW.plan_id AND l.id = NEW.plan_line_id"
     " AND d.revision = p.revision AND l.month = NEW.month AND CASE WHEN l.source_line_id IS NOT NULL THEN"
     " NEW.reverses_id IS NOT NULL AND d.act = 'approve' AND l.approved = NEW.approved WHEN NEW.reverses_id IS NULL THEN"
     " d.act = 'approve' AND l.approved = NEW.approved ELSE d.act = 'cancel' AND l.approved = -NEW.approved END)",
     "the ledger is written by an approval, and taken back by a decision"),
    ("red_row_names_its_row", "ledger_entry", "INSERT", "NEW.reverses_id IS NULL OR EXISTS (SELECT 1 FROM"
     f" ledger_entry e WHERE e.id = NEW.reverses_id AND e.reverses_id IS NULL AND e.plan_line_id = {_SOURCE}"
     " AND e.approved + NEW.approved + (SELECT COALESCE(SUM(r.approved), 0) FROM ledger_entry r"
     " WHERE r.reverses_id = e.id) >= 0)", "a red row reverses no more than is left of one row"),
)  # fmt: skip

_SAME_ALLOTMENT = (
    "EXISTS (SELECT 1 FROM ledger_entry e JOIN payment p ON p.division_code = e.division_code"
    " AND p.fiscal_year = e.fiscal_year AND p.bgt_id = e.bgt_id"
    " WHERE p.id = NEW.payment_id AND e.plan_line_id = NEW.plan_line_id)"
)
_TAKEN = "(SELECT COALESCE(SUM(amount), 0) FROM payment_match WHERE payment_id = NEW.payment_id)"
_AMOUNT = "(SELECT amount FROM payment WHERE id = NEW.payment_id)"
# Those of 0007, now with the minus lines: name, table, when it looks, which allotment it locks, what is wrong.
PAID_GUARDS = (
    ("payment_match_within", "payment_match", "", "(SELECT allotment_id FROM plan_line WHERE id = NEW.plan_line_id)", (
        (f"NOT {_SAME_ALLOTMENT}", "payment_match joins a payment to a line of another allotment"),
        (f"NEW.plan_line_id <> {_SOURCE}", "payment_match joins a payment to a minus line"),
        (f"NOT {_PAID} + NEW.amount BETWEEN 0 AND {_APPROVED}", "payment_match goes beyond what is approved"),
        (f"NOT ({_AMOUNT} > 0 AND {_TAKEN} + NEW.amount BETWEEN 0 AND {_AMOUNT}"
         f" OR {_AMOUNT} < 0 AND {_TAKEN} + NEW.amount BETWEEN {_AMOUNT} AND 0)",
         "payment_match goes beyond its payment"),
    )),
    ("posting_keeps_paid", "posting", "NEW.kind = 'reverse' AND NEW.plan_line_id IS NOT NULL", "NEW.allotment_id", (
        (f"NEW.amount > {_POSTED} - {_PAID}", "posting reverses what is paid or was never posted"),
    )),
    ("ledger_entry_keeps_paid", "ledger_entry", "NEW.approved < 0", "NEW.allotment_id", (
        (f"{_APPROVED} + NEW.approved < {_PAID}", "ledger_entry takes back what is paid"),
    )),
)  # fmt: skip

# The magnitudes: a plus line is only ever lowered, a minus line is agreed to as it stands or not at all.
SUGGESTED = "suggested IS NULL OR suggested = applied OR (suggested >= 0 AND suggested < applied)"
APPROVED = (
    "approved IS NULL OR approved = COALESCE(suggested, applied)"
    " OR (approved >= 0 AND approved < COALESCE(suggested, applied))"
)


def upgrade() -> None:
    """Columns and indexes, then the guards. On SQLite all triggers step aside while the tables are built anew."""
    if op.get_bind().dialect.name == "postgresql":
        _change_tables()
        _guard_on_postgresql()
        return
    kept = op.get_bind().execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in kept:
        op.execute(f"DROP TRIGGER {name}")
    _change_tables()
    renewed = {guard[0] for guard in (*GUARDS, *PAID_GUARDS)}
    for name, sql in kept:
        if name not in renewed:
            op.get_bind().exec_driver_sql(sql)
    _guard_on_sqlite()


def _change_tables() -> None:
    op.add_column("plan", sa.Column("entered", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("plan_line") as batch:
        batch.add_column(sa.Column("month", _BIG, nullable=True))
        batch.add_column(sa.Column("source_line_id", _BIG, nullable=True))
        batch.drop_constraint(op.f("ck_plan_line_suggested"), type_="check")
        batch.drop_constraint(op.f("ck_plan_line_approved"), type_="check")
        batch.create_check_constraint(op.f("ck_plan_line_suggested"), SUGGESTED)
        batch.create_check_constraint(op.f("ck_plan_line_approved"), APPROVED)
        batch.create_check_constraint(op.f("ck_plan_line_month"), "month BETWEEN 1 AND 12")
        batch.create_foreign_key(op.f("fk_plan_line_source_line_id"), "plan_line", ["source_line_id"], ["id"])
    _fill_months()
    with op.batch_alter_table("plan_line") as batch:
        batch.alter_column("month", existing_type=_BIG, nullable=False)
    op.create_index(op.f("ix_plan_line_source_line_id"), "plan_line", ["source_line_id"])
    with op.batch_alter_table("ledger_entry") as batch:
        batch.add_column(sa.Column("epoch", _BIG, nullable=False, server_default="1"))
        batch.drop_constraint(op.f("uq_ledger_entry_reverses_id"), type_="unique")
        batch.drop_constraint(op.f("uq_ledger_entry_division_code_fiscal_year_number"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_ledger_entry_division_code_fiscal_year_epoch_number"),
            ["division_code", "fiscal_year", "epoch", "number"],
        )
    op.create_index(op.f("ix_ledger_entry_reverses_id"), "ledger_entry", ["reverses_id"])
    _once("uq_ledger_entry_red_line", "ledger_entry", ["plan_line_id"], "reverses_id IS NOT NULL")
    op.drop_index("uq_posting_once", table_name="posting")
    columns = ["plan_line_id", "revision", "kind"]
    _once("uq_posting_once", "posting", columns, "kind IN ('hold', 'release', 'post', 'reverse')")


def _fill_months() -> None:
    """Every line so far is of its plan's month; the guard that freezes lines looks away for this one statement."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("ALTER TABLE plan_line DISABLE TRIGGER USER")
    op.execute("UPDATE plan_line SET month = (SELECT p.month FROM plan p WHERE p.id = plan_line.plan_id)")
    if postgresql:
        op.execute("ALTER TABLE plan_line ENABLE TRIGGER USER")


def _once(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=True, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
    )


def _guard_on_sqlite() -> None:
    for name, table, event, must, sentence in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN NOT ({must})"
            f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
    for name, table, when, _, refusals in PAID_GUARDS:
        only = f"WHEN {when}" if when else ""
        looks = "".join(f"SELECT RAISE(ABORT, '{said}') WHERE {wrong};" for wrong, said in refusals)
        op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON {table} {only} BEGIN {looks} END")


def _guard_on_postgresql() -> None:
    """The functions are replaced under their triggers; new guards get theirs."""
    for name, table, event, must, sentence in GUARDS:
        op.execute(
            f"CREATE OR REPLACE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({must}) THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF;"
            " RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
    for name, _, _, locked, refusals in PAID_GUARDS:
        looks = "".join(
            f"IF {wrong} THEN RAISE EXCEPTION '{said}' USING ERRCODE = '23514'; END IF;" for wrong, said in refusals
        )
        lock = f"PERFORM 1 FROM allotment WHERE id = {locked} FOR NO KEY UPDATE;"
        op.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            f" SET search_path FROM CURRENT AS $$ BEGIN {lock} {looks} RETURN NEW; END $$"
        )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
