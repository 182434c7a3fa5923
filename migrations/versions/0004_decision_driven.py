"""Decisions come first: the log of decisions is a chain, and money and states move only where a decision stands behind.

Each guard is a condition that must hold, the same text for both databases. Autogenerate sees none of them.
"""

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


class Guard(NamedTuple):
    """A trigger before each row: `must` holds or the statement is refused with `sentence`."""

    name: str
    table: str
    event: str
    must: str
    sentence: str


# The pairs of budget/plans/states.py, which a test compares: act, from, to.
PAIRS = (
    ("submit", "draft", "in_review"), ("submit", "returned", "in_review"), ("withdraw", "in_review", "draft"),
    ("withdraw", "in_review", "returned"), ("agree", "in_review", "in_review"), ("agree", "in_review", "returned"),
    ("return", "in_review", "in_review"), ("return", "in_review", "returned"), ("approve", "in_review", "approved"),
    ("suspend", "in_review", "suspended"), ("resume", "suspended", "in_review"), ("void", "draft", "void"),
    ("void", "returned", "void"), ("void", "in_review", "void"), ("void", "suspended", "void"),
    ("cancel", "approved", "cancelled"),
)  # fmt: skip
_PAIRS = " OR ".join(f"(d.act = '{act}' AND OLD.state = '{a}' AND NEW.state = '{b}')" for act, a, b in PAIRS)

_OPEN = "state IN ('draft', 'returned')"
_PLAN_OF_LINE = "SELECT 1 FROM plan_line l JOIN plan p ON p.id = l.plan_id WHERE l.id = NEW.plan_line_id"
_DECIDED = f"EXISTS ({_PLAN_OF_LINE} AND EXISTS (SELECT 1 FROM decision d WHERE d.plan_id = p.id"
_SUM = "(SELECT COALESCE(SUM(amount), 0) FROM posting WHERE plan_line_id = NEW.plan_line_id"
_HELD = (
    f"{_SUM} AND revision = NEW.revision AND kind = 'hold')"
    f" - {_SUM} AND revision = NEW.revision AND kind IN ('release', 'post'))"
)
_UNRESOLVED = (
    "EXISTS (SELECT 1 FROM plan_line l JOIN posting h ON h.plan_line_id = l.id AND h.kind = 'hold'"
    " AND h.revision = OLD.revision WHERE l.plan_id = OLD.id AND h.amount <> (SELECT COALESCE(SUM(r.amount), 0)"
    " FROM posting r WHERE r.plan_line_id = l.id AND r.revision = h.revision AND r.kind IN ('release', 'post')))"
)
_LACKING = "EXISTS (SELECT 1 FROM plan_line l WHERE l.plan_id = NEW.id AND l.removed_in IS NULL AND NOT EXISTS"

POSTING = (
    Guard("posting_names_its_line", "posting", "INSERT", "NEW.kind = 'grant' OR EXISTS (SELECT 1 FROM plan_line l"
          " WHERE l.id = NEW.plan_line_id AND l.allotment_id = NEW.allotment_id)",
          "a posting names a line of its own allotment"),
    Guard("posting_is_possible", "posting", "INSERT", "NEW.amount BETWEEN -100000000000000 AND 100000000000000",
          "an amount beyond all budgets"),
    Guard("hold_is_decided", "posting", "INSERT", f"NEW.kind <> 'hold' OR ({_DECIDED} AND d.act = 'submit'"
          " AND d.revision = NEW.revision) AND p.revision = NEW.revision - 1 AND l.applied = NEW.amount))",
          "money is held by a submission only, line by line"),
    Guard("release_is_decided", "posting", "INSERT", f"NEW.kind <> 'release' OR ({_DECIDED} AND"
          " d.revision = NEW.revision AND (d.act IN ('withdraw', 'void', 'approve') OR d.act = 'return' AND NOT EXISTS"
          " (SELECT 1 FROM review_task t WHERE t.plan_id = p.id AND t.revision = d.revision AND t.state = 'open')))))",
          "money is released by a decision only"),
    Guard("post_is_decided", "posting", "INSERT", f"NEW.kind <> 'post' OR ({_DECIDED} AND d.act = 'approve'"
          " AND d.revision = NEW.revision) AND l.approved = NEW.amount))",
          "money is posted by an approval only, as approved"),
    Guard("hold_is_resolved_once", "posting", "INSERT",
          f"NEW.kind NOT IN ('release', 'post') OR {_HELD} >= NEW.amount", "a hold is resolved once"),
    Guard("reverse_is_decided", "posting", "INSERT", f"NEW.kind <> 'reverse' OR ({_DECIDED} AND d.act = 'cancel'"
          " AND d.revision = NEW.revision)))", "money is taken back by a decision only"),
    Guard("reverse_is_covered", "posting", "INSERT", "NEW.kind <> 'reverse' OR"
          f" {_SUM} AND kind = 'post') - {_SUM} AND kind = 'reverse') >= NEW.amount",
          "no more is taken back than was posted"),
)  # fmt: skip
DECISION = (
    Guard("decision_follows", "decision", "INSERT",
          "NEW.number = (SELECT COALESCE(MAX(number), 0) + 1 FROM decision WHERE plan_id = NEW.plan_id)",
          "decisions of a plan are numbered without gaps"),
    Guard("decision_is_chained", "decision", "INSERT", "NEW.number = 1 OR EXISTS (SELECT 1 FROM decision d"
          " WHERE d.plan_id = NEW.plan_id AND d.number = NEW.number - 1"
          " AND NEW.body LIKE '%\"prev\":{\"sha256\":\"' || d.sha256 || '\",\"sm3\":\"' || d.sm3 || '\"}%')",
          "a decision names the one before it"),
    Guard("decision_is_on_content", "decision", "INSERT", "EXISTS (SELECT 1 FROM plan_revision r JOIN plan p"
          " ON p.id = r.plan_id WHERE r.plan_id = NEW.plan_id AND r.revision = NEW.revision AND r.digest = NEW.digest"
          " AND p.revision = CASE NEW.act WHEN 'submit' THEN NEW.revision - 1 ELSE NEW.revision END)",
          "a decision is on the content that stands"),
    Guard("decision_fits_the_state", "decision", "INSERT", "EXISTS (SELECT 1 FROM plan p WHERE p.id = NEW.plan_id AND ("
          + " OR ".join(sorted({f"(NEW.act = '{act}' AND p.state = '{start}')" for act, start, _ in PAIRS})) + "))",
          "the act is not possible in the state of the plan"),
    Guard("decision_by_another", "decision", "INSERT", "NEW.act NOT IN ('agree', 'return', 'approve') OR NOT EXISTS"
          " (SELECT 1 FROM plan_editor e WHERE e.plan_id = NEW.plan_id AND e.person_id = NEW.person_id)",
          "nobody decides on his own plan"),
    Guard("decision_by_somebody_active", "decision", "INSERT",
          "EXISTS (SELECT 1 FROM person WHERE id = NEW.person_id AND active)", "a disabled person decides nothing"),
    Guard("opinion_at_an_open_desk", "opinion", "INSERT",
          "EXISTS (SELECT 1 FROM review_task t JOIN plan_line l ON l.plan_id = t.plan_id WHERE t.id = NEW.task_id"
          " AND t.state = 'open' AND l.id = NEW.plan_line_id)",
          "an opinion is given at an open desk"),
    Guard("task_stays_closed", "review_task", "UPDATE", "OLD.state = 'open' OR NEW.state = OLD.state",
          "a closed desk stays closed"),
    Guard("revision_follows", "plan_revision", "INSERT", "EXISTS (SELECT 1 FROM plan p WHERE p.id = NEW.plan_id"
          " AND p.revision = NEW.revision - 1 AND p.state IN ('draft', 'returned'))", "revisions follow one another"),
)  # fmt: skip
_LIVE = "('in_review', 'suspended')"
_REVIEWED = "state = 'in_review'"
PLAN = (
    Guard("plan_begins_as_draft", "plan", "INSERT", "NEW.state = 'draft' AND NEW.revision = 0", "a plan begins as draft"),
    Guard("plan_moves_by_decision", "plan", "UPDATE", "NEW.state = OLD.state OR EXISTS (SELECT 1 FROM decision d"
          " WHERE d.plan_id = NEW.id AND d.revision = NEW.revision AND d.number ="
          f" (SELECT MAX(number) FROM decision WHERE plan_id = NEW.id) AND ({_PAIRS}))",
          "the state of a plan moves by a decision only"),
    Guard("plan_keeps_its_name", "plan", "UPDATE", "NEW.division_code = OLD.division_code AND NEW.unit_id = OLD.unit_id"
          " AND NEW.fiscal_year = OLD.fiscal_year AND NEW.author_id = OLD.author_id AND (OLD.revision = 0 OR"
          " (NEW.number = OLD.number AND NEW.month = OLD.month AND NEW.kind = OLD.kind))", "what a plan is stays"),
    Guard("plan_remark_is_frozen", "plan", "UPDATE",
          f"OLD.{_OPEN} OR (NEW.remark = OLD.remark AND NEW.contact_phone = OLD.contact_phone)",
          "a submitted plan is frozen"),
    Guard("plan_revision_counts", "plan", "UPDATE", "NEW.revision = OLD.revision OR"
          f" (NEW.revision = OLD.revision + 1 AND NEW.state = 'in_review' AND OLD.{_OPEN})", "revisions are counted"),
    Guard("plan_leaves_no_hold", "plan", "UPDATE",
          f"OLD.state NOT IN {_LIVE} OR NEW.state IN {_LIVE} OR NOT {_UNRESOLVED}", "a hold would be left behind"),
    Guard("plan_holds_all_lines", "plan", "UPDATE", f"NEW.state <> 'in_review' OR OLD.state NOT IN ('draft', 'returned')"
          f" OR NOT {_LACKING} (SELECT 1 FROM posting h WHERE h.plan_line_id = l.id AND h.kind = 'hold'"
          " AND h.revision = NEW.revision))", "every line of a submitted plan holds its money"),
    Guard("plan_is_out_of_the_ledger", "plan", "UPDATE", f"NEW.state <> 'cancelled' OR OLD.state = 'cancelled' OR NOT"
          f" {_LACKING} (SELECT 1 FROM ledger_entry e JOIN posting h ON h.plan_line_id = e.plan_line_id"
          " AND h.kind = 'reverse' AND h.amount = l.approved WHERE e.plan_line_id = l.id AND e.approved = -l.approved"
          " AND e.reverses_id IS NOT NULL))", "every line of a cancelled plan is taken back in the ledger"),
    Guard("plan_is_in_the_ledger", "plan", "UPDATE", f"NEW.state <> 'approved' OR OLD.state = 'approved' OR NOT {_LACKING}"
          " (SELECT 1 FROM ledger_entry e JOIN posting h ON h.plan_line_id = e.plan_line_id AND h.kind = 'post'"
          " AND h.revision = NEW.revision WHERE e.plan_line_id = l.id AND e.approved = l.approved))",
          "every line of an approved plan stands in the ledger"),
    Guard("plan_stays", "plan", "DELETE", "OLD.revision = 0", "a submitted plan stays"),
)  # fmt: skip
_CONTENT = ("plan_id", "position", "allotment_id", "applied", "purpose", "pay_date", "payee", "note", "removed_in")
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _CONTENT)
_REMOVABLE = "NOT EXISTS (SELECT 1 FROM plan p WHERE p.id = OLD.plan_id AND p.revision > 0)"


def _of(which: str, state: str) -> str:
    return f"EXISTS (SELECT 1 FROM plan p WHERE p.id = {which}.plan_id AND p.{state})"


def _link(which: str) -> str:
    return (
        "NOT EXISTS (SELECT 1 FROM plan_line l JOIN plan p ON p.id = l.plan_id"
        f" WHERE l.id = {which}.plan_line_id AND p.state NOT IN ('draft', 'returned'))"
    )


CONTENT = (
    Guard("line_is_new_in_a_draft", "plan_line", "INSERT", _of("NEW", _OPEN), "a submitted plan gets no new line"),
    Guard("line_content_is_frozen", "plan_line", "UPDATE", f"({_SAME}) OR {_of('OLD', _OPEN)}",
          "a line of a submitted plan is frozen"),
    Guard("line_amounts_are_decided", "plan_line", "UPDATE", "(NEW.suggested IS NOT DISTINCT FROM OLD.suggested AND"
          " NEW.approved IS NOT DISTINCT FROM OLD.approved) OR (NEW.suggested IS NULL AND NEW.approved IS NULL AND"
          f" {_of('OLD', _OPEN)}) OR {_of('OLD', _REVIEWED)}",
          "amounts are set by the desks only"),
    Guard("line_stays", "plan_line", "DELETE", _REMOVABLE, "a submitted line stays"),
    Guard("link_is_new_in_a_draft", "draw", "INSERT", _link("NEW"), "vouchers of a submitted plan are frozen"),
    Guard("link_is_frozen", "draw", "UPDATE", f"{_link('OLD')} AND {_link('NEW')}", "vouchers of a submitted plan are frozen"),
    Guard("link_stays", "draw", "DELETE", _link("OLD"), "vouchers of a submitted plan are frozen"),
    Guard("paper_file_stays", "paper", "UPDATE", "NEW.blob_digest = OLD.blob_digest AND NEW.unit_id = OLD.unit_id"
          " AND NEW.plan_id = OLD.plan_id", "a voucher keeps its file"),
    Guard("paper_of_submitted_stays", "paper", "DELETE", _REMOVABLE, "a voucher of a submitted plan stays"),
    Guard("ledger_is_gapless", "ledger_entry", "INSERT", "NEW.number = (SELECT COALESCE(MAX(number), 0) + 1"
          " FROM ledger_entry WHERE division_code = NEW.division_code AND fiscal_year = NEW.fiscal_year)",
          "ledger numbers have no gaps"),
    Guard("ledger_is_decided", "ledger_entry", "INSERT", "EXISTS (SELECT 1 FROM decision d JOIN plan p"
          " ON p.id = d.plan_id JOIN plan_line l ON l.plan_id = p.id WHERE p.id = NEW.plan_id AND l.id = NEW.plan_line_id"
          " AND d.revision = p.revision AND (NEW.reverses_id IS NULL AND d.act = 'approve' AND l.approved = NEW.approved"
          " OR NEW.reverses_id IS NOT NULL AND d.act = 'cancel' AND l.approved = -NEW.approved))",
          "the ledger is written by an approval, and taken back by its cancellation"),
    Guard("red_row_names_its_row", "ledger_entry", "INSERT", "NEW.reverses_id IS NULL OR EXISTS (SELECT 1 FROM"
          " ledger_entry e WHERE e.id = NEW.reverses_id AND e.plan_line_id = NEW.plan_line_id"
          " AND e.approved = -NEW.approved AND e.reverses_id IS NULL)", "a red row reverses one row in full"),
    Guard("numbers_only_grow", "number_head", "UPDATE", "NEW.last >= OLD.last AND NEW.series = OLD.series"
          " AND NEW.fiscal_year = OLD.fiscal_year AND NEW.division_code = OLD.division_code", "numbers only grow"),
    Guard("number_head_stays", "number_head", "DELETE", "OLD.last = 0", "numbers only grow"),
    Guard("allotment_begins_empty", "allotment", "INSERT", "NEW.granted = 0 AND NEW.held = 0 AND NEW.posted = 0",
          "balances move by postings only"),
)  # fmt: skip
GUARDS = (*POSTING, *DECISION, *PLAN, *CONTENT)

# SQLite: OR IGNORE silences a CHECK inside a trigger, so the movement is looked at once more when it is done.
_BALANCE = " AND ".join(
    f"{column} = (SELECT COALESCE(SUM(CASE kind {cases} ELSE 0 END), 0) FROM posting WHERE allotment_id = {{id}})"
    for column, cases in (
        ("{row}granted", "WHEN 'grant' THEN amount"),
        ("{row}held", "WHEN 'hold' THEN amount WHEN 'release' THEN -amount WHEN 'post' THEN -amount"),
        ("{row}posted", "WHEN 'post' THEN amount WHEN 'reverse' THEN -amount"),
    )
)


def upgrade() -> None:
    """Columns, one resolution per hold as an index, and the guards."""
    for name, kind in (("body", sa.Text()), ("sha256", sa.String(64)), ("sm3", sa.String(64))):
        op.add_column("decision", sa.Column(name, kind, nullable=False, server_default=""))
    op.create_index(op.f("ix_decision_sha256"), "decision", ["sha256"])
    _let_rows_be_reversed()
    op.add_column("plan", sa.Column("review_on", sa.Date(), nullable=True))
    once = sa.text("kind IN ('hold', 'release', 'post')")
    op.create_index(
        "uq_posting_once", "posting", ["plan_line_id", "revision", "kind"], unique=True, postgresql_where=once,
        sqlite_where=once,
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


_LOWERED = (
    "(reverses_id IS NULL AND 0 <= approved AND approved <= suggested AND suggested <= applied)"
    " OR (reverses_id IS NOT NULL AND applied <= suggested AND suggested <= approved AND approved <= 0)"
)


def _let_rows_be_reversed() -> None:
    """Red rows in the ledger. SQLite builds the table anew, and its append-only triggers with it."""
    red = op.f("fk_ledger_entry_reverses_id")
    with op.batch_alter_table("ledger_entry") as batch:
        batch.add_column(sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch.create_foreign_key(red, "ledger_entry", ["reverses_id"], ["id"])
        batch.drop_constraint(op.f("uq_ledger_entry_plan_line_id"), type_="unique")
        batch.drop_constraint(op.f("ck_ledger_entry_only_lowered"), type_="check")
        batch.create_check_constraint(op.f("ck_ledger_entry_only_lowered"), _LOWERED)
        batch.create_unique_constraint(op.f("uq_ledger_entry_reverses_id"), ["reverses_id"])
    black = sa.text("reverses_id IS NULL")
    op.create_index(
        "uq_ledger_entry_plan_line_id", "ledger_entry", ["plan_line_id"], unique=True, sqlite_where=black,
        postgresql_where=black,
    )  # fmt: skip
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_entry_no_{verb.lower()} BEFORE {verb} ON ledger_entry"
                " BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END"
            )


def _on_sqlite() -> None:
    for guard in GUARDS:
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} WHEN NOT ({guard.must})"
            f" BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END"
        )
    sums = _BALANCE.format(row="NEW.", id="NEW.id")
    op.execute(
        "CREATE TRIGGER balances_follow_postings BEFORE UPDATE OF granted, held, posted ON allotment"
        f" WHEN NOT ({sums}) BEGIN SELECT RAISE(ABORT, 'balances move by postings only'); END"
    )
    op.execute("DROP TRIGGER posting_moves_money")
    moved = _BALANCE.format(row="a.", id="NEW.allotment_id")
    op.execute(
        f"CREATE TRIGGER posting_moves_money AFTER INSERT ON posting BEGIN {_MOVE}"
        " SELECT RAISE(ABORT, 'the allotment does not have so much') WHERE NOT EXISTS (SELECT 1 FROM allotment a WHERE"
        f" a.id = NEW.allotment_id AND a.held >= 0 AND a.posted >= 0 AND a.held + a.posted <= a.granted AND {moved});"
        " END"
    )


def _on_postgresql() -> None:
    for guard in GUARDS:
        answer = "OLD" if guard.event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION guard_{guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({guard.must}) THEN RAISE EXCEPTION '{guard.sentence}' USING ERRCODE = '23514'; END IF;"
            f" RETURN {answer}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table}"
            f" FOR EACH ROW EXECUTE FUNCTION guard_{guard.name}()"
        )
    op.execute(
        "CREATE FUNCTION guard_balances() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'balances move by postings only' USING ERRCODE = '23514'; END $$"
    )
    # Inside the posting's own trigger the depth is 1; anybody else comes from depth 0.
    op.execute(
        "CREATE TRIGGER balances_follow_postings BEFORE UPDATE OF granted, held, posted ON allotment"
        " FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION guard_balances()"
    )


_MOVE = """
UPDATE allotment SET
  granted = granted + CASE NEW.kind WHEN 'grant' THEN NEW.amount ELSE 0 END,
  held = held + CASE NEW.kind WHEN 'hold' THEN NEW.amount
                              WHEN 'release' THEN -NEW.amount WHEN 'post' THEN -NEW.amount ELSE 0 END,
  posted = posted + CASE NEW.kind WHEN 'post' THEN NEW.amount WHEN 'reverse' THEN -NEW.amount ELSE 0 END
WHERE id = NEW.allotment_id;
"""


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
