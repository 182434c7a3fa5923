"""One voice of several takes its words back at a desk that goes on: which opinions, and by which decision.

An opinion stays as it was written; the retraction beside it says that it counts no more, and its person may speak once
more (`attempt`). On SQLite all triggers step aside while the table of opinions is built anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REMARK = sa.text("verdict <> 'agree'")
_SHARED = sa.text("needed > 1")

# Each guard: name, table, what must hold of an inserted row, what it says otherwise.
GUARDS = (
    ("retraction_is_decided", "retraction",
     "EXISTS (SELECT 1 FROM opinion o JOIN review_task t ON t.id = o.task_id JOIN decision d ON d.plan_id = t.plan_id"
     " WHERE o.id = NEW.opinion_id AND t.state = 'open' AND d.plan_id = NEW.plan_id AND d.number = NEW.number"
     " AND d.act = 'undo' AND d.person_id = o.person_id AND d.revision = t.revision AND d.step_no = t.step_no"
     " AND d.number = (SELECT MAX(number) FROM decision WHERE plan_id = d.plan_id))",
     "an opinion is taken back at an open desk, by the decision of whoever gave it"),
    ("opinion_once_at_a_time", "opinion",
     "NOT EXISTS (SELECT 1 FROM opinion o WHERE o.task_id = NEW.task_id AND o.plan_line_id = NEW.plan_line_id"
     " AND o.person_id = NEW.person_id AND NOT EXISTS (SELECT 1 FROM retraction r WHERE r.opinion_id = o.id))",
     "nobody speaks again of what he has not taken back"),
)  # fmt: skip


def upgrade() -> None:
    """The column and the table, then the guards."""
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("opinion", sa.Column("attempt", _BIG, nullable=False, server_default="1"))
        op.drop_constraint(op.f("uq_opinion_task_id_plan_line_id_person_id"), "opinion", type_="unique")
        op.create_unique_constraint(
            op.f("uq_opinion_task_id_plan_line_id_person_id_attempt"), "opinion",
            ["task_id", "plan_line_id", "person_id", "attempt"],
        )  # fmt: skip
        _create_table()
        _guard_on_postgresql()
        return
    kept = op.get_bind().execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in kept:
        op.execute(f"DROP TRIGGER {name}")
    op.drop_index("ix_opinion_remarks", "opinion")
    with op.batch_alter_table("opinion") as batch:
        batch.add_column(sa.Column("attempt", _BIG, nullable=False, server_default="1"))
        batch.drop_constraint(op.f("uq_opinion_task_id_plan_line_id_person_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_opinion_task_id_plan_line_id_person_id_attempt"),
            ["task_id", "plan_line_id", "person_id", "attempt"],
        )
    op.create_index("ix_opinion_remarks", "opinion", ["at"], sqlite_where=_REMARK)
    _create_table()
    for _, sql in kept:
        op.get_bind().exec_driver_sql(sql)
    _guard_on_sqlite()


def _create_table() -> None:
    op.create_table(
        "retraction",
        sa.Column("opinion_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_retraction_opinion_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_retraction_plan_id")),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_retraction")),
    )
    op.create_index(
        "ix_review_task_shared", "review_task", ["state", "role", "unit_id", "office_id"],
        sqlite_where=_SHARED, postgresql_where=_SHARED,
    )  # fmt: skip


def _guard_on_sqlite() -> None:
    for name, table, must, sentence in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN NOT ({must})"
            f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER retraction_no_{verb.lower()} BEFORE {verb} ON retraction"
            " BEGIN SELECT RAISE(ABORT, 'retraction is append-only'); END"
        )


def _guard_on_postgresql() -> None:
    for name, table, must, sentence in GUARDS:
        op.execute(
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({must}) THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF;"
            " RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
    op.execute(
        "CREATE TRIGGER retraction_append_only BEFORE UPDATE OR DELETE ON retraction"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER retraction_no_truncate BEFORE TRUNCATE ON retraction"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """The guards stay."""
    raise NotImplementedError("the guards are never taken down")
