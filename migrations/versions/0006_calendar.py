"""Working days, filing windows by department, permits, closed years.

A closed year takes no plan, decision, posting or ledger row any more: triggers refuse them on both databases. On
PostgreSQL each of these rows shares a lock that closing a year takes alone, so that none slips in beside a closing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Each guarded table with the query that finds division and year of a new row.
GUARDED = {
    "plan": "SELECT NEW.division_code AS division_code, NEW.fiscal_year AS year",
    "decision": "SELECT division_code, fiscal_year AS year FROM plan WHERE id = NEW.plan_id",
    "posting": "SELECT division_code, fiscal_year AS year FROM allotment WHERE id = NEW.allotment_id",
    "ledger_entry": "SELECT NEW.division_code AS division_code, NEW.fiscal_year AS year",
}


def upgrade() -> None:
    _add_calendar()
    _add_permits()
    _widen_windows()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _id() -> sa.Column:
    return sa.Column("id", _BIG, sa.Identity(always=False), nullable=False)


def _add_calendar() -> None:
    op.create_table(
        "calendar_year",
        _id(),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("division_code", "year", name=op.f("uq_calendar_year_division_code_year")),
    )
    op.create_table(
        "special_day",
        _id(),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_work", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_day")),
        sa.UniqueConstraint("division_code", "day", name=op.f("uq_special_day_division_code_day")),
    )
    op.create_table(
        "fiscal_year",
        _id(),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column(
            "state", sa.Enum("open", "closed", name="yearstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", _BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_fiscal_year_closed_when")),
        sa.CheckConstraint("state = 'closed' OR reason <> ''", name=op.f("ck_fiscal_year_reopened_why")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_year")),
        sa.UniqueConstraint("division_code", "year", name=op.f("uq_fiscal_year_division_code_year")),
    )


def _add_permits() -> None:
    op.create_table(
        "month_rule",
        _id(),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("fiscal_year", _BIG, nullable=False),
        sa.Column("opens_day", _BIG, nullable=False),
        sa.Column("closes_day", _BIG, nullable=False),
        sa.Column("closes_minute", _BIG, nullable=False),
        sa.Column(
            "moves", sa.Enum("next", "previous", name="moving", native_enum=False, length=32), nullable=False
        ),
        sa.Column("last_supplement_day", _BIG, nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.CheckConstraint("opens_day BETWEEN 1 AND 28", name=op.f("ck_month_rule_opens_day")),
        sa.CheckConstraint("closes_day BETWEEN opens_day AND 28", name=op.f("ck_month_rule_closes_day")),
        sa.CheckConstraint("closes_minute BETWEEN 1 AND 1439", name=op.f("ck_month_rule_closes_minute")),
        sa.CheckConstraint("last_supplement_day BETWEEN 1 AND 31", name=op.f("ck_month_rule_last_supplement_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_rule")),
        sa.UniqueConstraint("division_code", "fiscal_year", name=op.f("uq_month_rule_division_code_fiscal_year")),
    )
    op.create_table(
        "filing_permit",
        _id(),
        sa.Column("division_code", sa.String(length=64), nullable=False),
        sa.Column("unit_id", _BIG, nullable=False),
        sa.Column("fiscal_year", _BIG, nullable=False),
        sa.Column("month", _BIG, nullable=False),
        sa.Column(
            "kind", sa.Enum("late", "supplement", name="permitkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.DateTime(), nullable=False),
        sa.Column("granted_by", _BIG, nullable=False),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_by", _BIG, nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_why", sa.Text(), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_filing_permit_month")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_filing_permit_reason")),
        sa.CheckConstraint("valid_until > granted_at", name=op.f("ck_filing_permit_valid_until")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_filing_permit_unit_id")),
        sa.ForeignKeyConstraint(["granted_by"], ["person.id"], name=op.f("fk_filing_permit_granted_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_filing_permit_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_permit")),
    )
    op.create_index(
        op.f("ix_filing_permit_unit_id_fiscal_year_month"), "filing_permit", ["unit_id", "fiscal_year", "month"]
    )


def _widen_windows() -> None:
    """The table has no triggers, so rebuilding it on SQLite loses none."""
    with op.batch_alter_table("filing_window") as batch:
        batch.add_column(sa.Column("department_code", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("version", _BIG, nullable=False, server_default="1"))
        batch.drop_constraint(op.f("uq_filing_window_division_code_fiscal_year_month"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_filing_window_month"),
            ["division_code", "fiscal_year", "month", "department_code"],
        )
    with op.batch_alter_table("filing_window") as batch:
        for column in ("department_code", "by_hand", "version"):
            batch.alter_column(column, server_default=None)


def _guard_on_sqlite() -> None:
    for table, where in GUARDED.items():
        op.execute(
            f"CREATE TRIGGER {table}_of_open_year BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM ({where}) AS told JOIN fiscal_year USING (division_code, year)"
            " WHERE fiscal_year.state = 'closed')"
            " BEGIN SELECT RAISE(ABORT, 'the fiscal year is closed'); END"
        )
    op.execute(
        "CREATE TRIGGER fiscal_year_no_delete BEFORE DELETE ON fiscal_year"
        " BEGIN SELECT RAISE(ABORT, 'a fiscal year is reopened, not deleted'); END"
    )


def _guard_on_postgresql() -> None:
    for table, where in GUARDED.items():
        op.execute(
            f"""
            CREATE FUNCTION {table}_of_open_year() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE told record;
            BEGIN
              {where.replace(" AS year", " AS year INTO told", 1)};
              PERFORM pg_advisory_xact_lock_shared(hashtext('fiscal year ' || told.division_code || ' ' || told.year));
              IF EXISTS (SELECT 1 FROM fiscal_year AS one WHERE one.division_code = told.division_code
                         AND one.year = told.year AND one.state = 'closed') THEN
                RAISE EXCEPTION 'the fiscal year is closed' USING ERRCODE = '23514';
              END IF;
              RETURN NEW;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_of_open_year BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_of_open_year()"
        )
    op.execute(
        "CREATE FUNCTION keep_fiscal_year() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'a fiscal year is reopened, not deleted' USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE TRIGGER fiscal_year_no_delete BEFORE DELETE ON fiscal_year"
        " FOR EACH ROW EXECUTE FUNCTION keep_fiscal_year()"
    )
    op.execute(
        "CREATE TRIGGER fiscal_year_no_truncate BEFORE TRUNCATE ON fiscal_year"
        " FOR EACH STATEMENT EXECUTE FUNCTION keep_fiscal_year()"
    )


def downgrade() -> None:
    raise NotImplementedError("the guards are never taken down")
