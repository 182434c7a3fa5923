"""Guards in the database: postings move the balances, and what was decided is only ever added.

Autogenerate sees no triggers: these are written and tested by hand, once for each database.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("history", "posting", "opinion", "decision", "plan_revision", "ledger_entry")

_MOVE = """
UPDATE allotment SET
  granted = granted + CASE NEW.kind WHEN 'grant' THEN NEW.amount ELSE 0 END,
  held = held + CASE NEW.kind WHEN 'hold' THEN NEW.amount
                              WHEN 'release' THEN -NEW.amount WHEN 'post' THEN -NEW.amount ELSE 0 END,
  posted = posted + CASE NEW.kind WHEN 'post' THEN NEW.amount WHEN 'reverse' THEN -NEW.amount ELSE 0 END
WHERE id = NEW.allotment_id;
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    op.execute(f"CREATE TRIGGER posting_moves_money AFTER INSERT ON posting BEGIN {_MOVE} END")
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION move_money() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {_MOVE} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER posting_moves_money AFTER INSERT ON posting FOR EACH ROW EXECUTE FUNCTION move_money()"
    )
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
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
    raise NotImplementedError("the guards are never taken down")
