"""Answers of forms may be deleted when they are a week old: nobody sends a form again so late.

The database's own clock decides, with a day to spare for a clock that is not the application's.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The same guards under the same names; that of DELETE lets old rows go."""
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    op.execute("DROP TRIGGER form_answer_no_delete")
    op.execute(
        "CREATE TRIGGER form_answer_no_delete BEFORE DELETE ON form_answer"
        " WHEN OLD.at > datetime('now', '-6 days')"
        " BEGIN SELECT RAISE(ABORT, 'form_answer is append-only'); END"
    )


def _on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_young_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN"
        "  IF OLD.at <= (now() AT TIME ZONE 'UTC') - interval '6 days' THEN RETURN OLD; END IF;"
        " END IF;"
        " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    op.execute("DROP TRIGGER form_answer_append_only ON form_answer")
    op.execute(
        "CREATE TRIGGER form_answer_append_only BEFORE UPDATE OR DELETE ON form_answer"
        " FOR EACH ROW EXECUTE FUNCTION refuse_young_change()"
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
