"""Payments and their matches to approved lines: only ever added, never beyond what is approved.

A payment that was matched holds its approval in place: neither a `reverse` posting nor a red ledger row may take
away what is paid. The triggers that compare lock the allotment first, so that two of them see each other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("payment", "payment_match")
_PAID = "(SELECT COALESCE(SUM(amount), 0) FROM payment_match WHERE plan_line_id = NEW.plan_line_id)"
_APPROVED = "(SELECT COALESCE(SUM(approved), 0) FROM ledger_entry WHERE plan_line_id = NEW.plan_line_id)"
_POSTED = (
    "(SELECT COALESCE(SUM(CASE kind WHEN 'post' THEN amount WHEN 'reverse' THEN -amount ELSE 0 END), 0)"
    " FROM posting WHERE plan_line_id = NEW.plan_line_id)"
)
_TAKEN = "(SELECT COALESCE(SUM(amount), 0) FROM payment_match WHERE payment_id = NEW.payment_id)"
_AMOUNT = "(SELECT amount FROM payment WHERE id = NEW.payment_id)"
_SAME_ALLOTMENT = (
    "EXISTS (SELECT 1 FROM ledger_entry e JOIN payment p ON p.division_code = e.division_code"
    " AND p.fiscal_year = e.fiscal_year AND p.bgt_id = e.bgt_id"
    " WHERE p.id = NEW.payment_id AND e.plan_line_id = NEW.plan_line_id)"
)
# Each guard: name, table, when it looks, what is wrong, what it says.
_GUARDS = (
    (
        "payment_match_within", "payment_match", "", (
            (f"NOT {_SAME_ALLOTMENT}", "payment_match joins a payment to a line of another allotment"),
            (f"NOT {_PAID} + NEW.amount BETWEEN 0 AND {_APPROVED}", "payment_match goes beyond what is approved"),
            (
                f"NOT ({_AMOUNT} > 0 AND {_TAKEN} + NEW.amount BETWEEN 0 AND {_AMOUNT}"
                f" OR {_AMOUNT} < 0 AND {_TAKEN} + NEW.amount BETWEEN {_AMOUNT} AND 0)",
                "payment_match goes beyond its payment",
            ),
        ),
    ),
    (
        "posting_keeps_paid", "posting", "NEW.kind = 'reverse' AND NEW.plan_line_id IS NOT NULL", (
            (f"NEW.amount > {_POSTED} - {_PAID}", "posting reverses what is paid or was never posted"),
        ),
    ),
    (
        "ledger_entry_keeps_paid", "ledger_entry", "NEW.approved < 0", (
            (f"{_APPROVED} + NEW.approved < {_PAID}", "ledger_entry takes back what is paid"),
        ),
    ),
)
_LOCKED = {
    "payment_match": "(SELECT allotment_id FROM plan_line WHERE id = NEW.plan_line_id)",
    "posting": "NEW.allotment_id",
    "ledger_entry": "NEW.allotment_id",
}


def upgrade() -> None:
    _create_payment()
    _create_match()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _create_payment() -> None:
    texts = ("purpose", "payee", "payee_bank", "payer", "payer_bank", "pay_cert_no")
    op.create_table(
        "payment",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("fiscal_year", _BIG, nullable=False),
        sa.Column("pay_cert_id", sa.String(length=64), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("bgt_id", sa.String(length=64), nullable=False),
        sa.Column("unit_id", _BIG, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(length=400), nullable=False) for name in texts),
        sa.Column("payee_account", sa.String(length=64), nullable=False),
        sa.Column("payer_account", sa.String(length=64), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.Column("imported_by", _BIG, nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_payment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "division_code", "pay_cert_id", "void", name=op.f("uq_payment_division_code_pay_cert_id_void")
        ),
    )
    for columns in (["division_code", "fiscal_year", "bgt_id"], ["unit_id", "fiscal_year", "paid_on"]):
        op.create_index(op.f(f"ix_payment_{'_'.join(columns)}"), "payment", columns)


def _create_match() -> None:
    op.create_table(
        "payment_match",
        sa.Column("id", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", _BIG, nullable=False),
        sa.Column("plan_line_id", _BIG, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_match_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_match_payment_id")),
        sa.ForeignKeyConstraint(["plan_line_id"], ["plan_line.id"], name=op.f("fk_payment_match_plan_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_match")),
    )
    for column in ("payment_id", "plan_line_id"):
        op.create_index(op.f(f"ix_payment_match_{column}"), "payment_match", [column])


def _guard_on_sqlite() -> None:
    for table in _TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for name, table, when, refusals in _GUARDS:
        only = f"WHEN {when}" if when else ""
        looks = "".join(f"SELECT RAISE(ABORT, '{said}') WHERE {wrong};" for wrong, said in refusals)
        op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON {table} {only} BEGIN {looks} END")


def _guard_on_postgresql() -> None:
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for name, table, when, refusals in _GUARDS:
        looks = "".join(
            f"IF {wrong} THEN RAISE EXCEPTION '{said}' USING ERRCODE = '23514'; END IF;" for wrong, said in refusals
        )
        lock = f"PERFORM 1 FROM allotment WHERE id = {_LOCKED[table]} FOR NO KEY UPDATE;"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
            f" AS $$ BEGIN {lock} {looks} RETURN NEW; END $$"
        )
        only = f"WHEN ({when})" if when else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW {only} EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
