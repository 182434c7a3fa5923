"""What people do in a life of test_life.py: an act is tried, then all promises are looked at and the moves counted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from accounts.people.rules import Person
from approvals.chains import store as chains
from approvals.proof.comparing import differences
from approvals.reviews import actions, aside
from approvals.reviews.rules import Verdict
from budget.plans.actions import save_plan
from budget.plans.models import Plan
from budget.plans.rules import PlanDraft, draft_of, minus_lines, plus_lines
from budget.plans.states import TRANSITIONS, PlanState
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from core import clock
from core.db import db, session
from core.errors import Missing, Refused
from tests.budget.paying import take, voucher
from tests.proven.deskwork import part_of
from tests.proven.invariants import Seen, broken
from tests.proven.raw import Raw, connected
from tests.proven.stage import Stage
from tests.proven.ways import Ways
from tests.world import NOW, World

MOVES: Final = {(row.act.value, row.start.value, row.end.value) for row in TRANSITIONS}
LIVE: Final = ("in_review", "suspended")
# What lives shall reach beside the rows of the table of states, each counted in the tables.
REACHED: Final = {
    "lines moved out": "SELECT COUNT(DISTINCT o.plan_line_id) FROM opinion o JOIN plan_line l ON l.id = o.plan_line_id"
    " WHERE o.verdict = 'aside' AND l.removed_in IS NOT NULL",
    "steps that words of an earlier round passed over": "SELECT COUNT(*) FROM review_task WHERE state = 'skipped'"
    " AND revision > 1",
    "steps whose condition no line met": "SELECT COUNT(*) FROM review_task WHERE state = 'skipped' AND revision = 1",
    "desks of several": "SELECT COUNT(*) FROM review_task WHERE needed > 1 AND state = 'done'",
    "desks of several, one after the other": "SELECT COUNT(*) FROM review_task WHERE needed > 1 AND state = 'done'"
    " AND mode = 'in_order'",
    "words taken back while others were awaited": "SELECT COUNT(*) FROM retraction",
    "acts for another": "SELECT COUNT(*) FROM decision WHERE id > {begun} AND behalf_id IS NOT NULL",
    "returned lines asked from the return on": "SELECT COUNT(*) FROM decision WHERE id > {begun} AND act = 'submit'"
    " AND body LIKE '%\"resumes\":%'",
}


class House(Ways):
    """A house of its own for one life, and the people in it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.closing, self.seen = stage, ExitStack(), Seen()
        url = stage.fresh()
        self.closing.callback(stage.prepared.drop, url)
        self.raw: Raw = connected(stage.engine, url)
        self.closing.callback(self.raw.close)
        self.closing.enter_context(stage.app(url).app_context())
        chains._KNOWN.pop(db.engine, None)  # another file under the same address: what was read before is of no use
        self.closing.callback(db.engine.dispose)
        self.closing.callback(db.session.remove)
        self.closing.enter_context(clock.stopped(NOW))
        self.world: World = stage.prepared.world
        self.known: dict[str, Person] = {}
        self.begun = self.last = self.raw.one("SELECT MAX(id) FROM decision")
        self.stamp: object = None
        self.states: dict[str, str] = {}
        self.look()

    def person(self, username: str) -> Person:
        """The member of the cast, asked for once."""
        if username not in self.known:
            self.known[username] = self.world.person(username)
        return self.known[username]

    def attempt(self, act: Callable[[], object], may: bool | None = None) -> bool:
        """Do it; a refusal is an answer, and anything else a failure. `may` is what the oracle has said of it."""
        said = ""
        try:
            act()
        except (Refused, Missing) as refusal:
            self.stage.tally.refused += 1
            said = f"refused: {refusal}"
        session().rollback()
        self.look()
        if may is not None and may is bool(said):
            raise AssertionError(f"the oracle says {may}, it was {said or 'done'}")
        self.stage.tally.predicted += may is not None
        return not said

    def look(self) -> None:
        """Every promise holds, and the decisions alone give the same tables. Nothing written: nothing new to see."""
        stamp = self.raw.stamp()
        if stamp == self.stamp:
            return
        self.stamp, before = stamp, self.states
        self.states = dict(self.raw.rows("SELECT id, state FROM plan"))
        moves = self.raw.rows(f"SELECT id, act, plan_id FROM decision WHERE id > {self.last} ORDER BY id")  # noqa: S608  a number of ours
        for key, act, plan in moves:
            move = (act, before.get(plan, "draft"), self.states[plan])
            if move not in MOVES:
                raise AssertionError(f"no such row in the table of states: {move}")
            self.stage.tally.moves[move] += 1
            self.last = key
        faults = [*broken(self.raw, self.seen), *(f"replay: {one}" for one in differences())]
        session().rollback()
        if faults:
            raise AssertionError("\n".join(faults))

    def count(self, *states: str) -> int:
        """How many plans are in these states."""
        return sum(state in states for state in self.states.values())

    def plan_in(self, which: int, *states: str) -> UUID:
        """One of the plans in these states; a precondition has seen that there is one."""
        query = select(Plan.id).where(Plan.state.in_(states)).order_by(Plan.number)
        found = session().scalars(query).all()
        return found[which % len(found)]

    def close(self) -> None:
        """Count what was reached, and tear the house down."""
        tally = self.stage.tally
        new = f"FROM decision WHERE id > {self.begun}"
        tally.runs += 1
        tally.approved += bool(self.raw.one(f"SELECT COUNT(*) {new} AND act = 'approve'"))
        for name, query in REACHED.items():
            tally.reached[name] += self.raw.one(query.format(begun=self.begun))
        tally.again += bool(self.raw.one(f"SELECT COUNT(*) {new} AND act = 'submit' AND revision > 1"))
        self.closing.close()

    def maker(self, plan: Plan) -> Person:
        """Who writes the plan: the unit's clerk, or the office that entered it."""
        return self.person("shen" if plan.entered else "lin")

    def submit(self, plan_id: UUID, *, stale: bool = False) -> None:
        plan = _plan(plan_id)
        seen, by = plan.version - int(stale), self.maker(plan)
        self.attempt(lambda: actions.submit(plan_id, seen, by=by))

    def withdraw(self, plan_id: UUID) -> None:
        by = self.maker(_plan(plan_id))
        self.attempt(lambda: actions.withdraw(plan_id, by=by))

    def correct(self, plan_id: UUID, part: int = 90) -> None:
        """What was returned is changed, and the plan is handed in again."""
        plan = _plan(plan_id)
        by, seen, reason = self.maker(plan), plan.version, plan.reason
        lines = [replace(draft_of(line), applied=part_of(line, part)) if line.returned else draft_of(line)
                 for line in plus_lines(plan.lines)]  # fmt: skip
        takings = [Taking(line.source_line_id or 0, -part_of(line, part if line.returned else 100), line.purpose)
                   for line in minus_lines(plan.lines)]  # fmt: skip
        if takings:
            self.attempt(lambda: save_minus(plan_id, takings, reason, seen, by=by))
            seen = _plan(plan_id).version
        if lines:
            self.attempt(lambda: save_plan(plan_id, PlanDraft(tuple(lines), reason=reason), seen, by=by))
        self.submit(plan_id)

    def agree(self, plan_id: UUID) -> None:
        self.decide(plan_id, Verdict.AGREE)

    def give_back(self, plan_id: UUID) -> None:
        self.decide(plan_id, Verdict.RETURN)

    def cut(self, plan_id: UUID, part: int = 60) -> None:
        self.decide(plan_id, Verdict.CUT, part)

    def approve(self, plan_id: UUID) -> None:
        """Desk after desk agrees, to the end."""
        for _ in range(9):
            if self.states[plan_id.hex] == "in_review":
                self.agree(plan_id)

    def suspend(self, plan_id: UUID, days: int = 2) -> None:
        self._aside(plan_id, lambda task_id, by: aside.suspend(
            task_id, "库款不足", clock.today() + timedelta(days=days), by=by))  # fmt: skip

    def resume(self, plan_id: UUID) -> None:
        self._aside(plan_id, lambda task_id, by: aside.resume(task_id, "", by=by))

    def _aside(self, plan_id: UUID, act: Callable[[UUID, Person], object]) -> None:
        oracle = self.oracle
        for desk in self.open_desks(plan_id)[:1]:
            sits = (name for name in self.world.people if oracle.behalf(self.world.people[name], desk)[0])
            able = (name for name in sits if desk.handed_to in (None, self.world.people[name]))
            if name := next(able, ""):
                by = self.person(name)
                self.attempt(lambda desk=desk, by=by: act(UUID(desk.id), by))  # type: ignore[misc]  # bound here

    def void(self, plan_id: UUID) -> None:
        """By the treasury while it is under review, else by whoever writes it."""
        plan = _plan(plan_id)
        live = plan.state in (PlanState.IN_REVIEW, PlanState.SUSPENDED)
        act, by = (aside.void_filed, self.person("luo")) if live else (aside.void_own, self.maker(plan))
        self.attempt(lambda: act(plan_id, "重复填报", by=by))

    def objection(self, plan_id: UUID) -> None:
        self.attempt(lambda: aside.object_to(plan_id, "不是我单位申请的", by=self.person("he")))

    def cancel(self, plan_id: UUID) -> None:
        self.attempt(lambda: aside.cancel(plan_id, "批错了", by=self.person("luo")))

    def pay(self, _plan_id: UUID, key: str = "V1", yuan: int = 100, allotment: str = "A2") -> None:
        """The bank has paid from an allotment; what is approved there takes it."""
        self.attempt(lambda: take(voucher(key, f"{yuan}.00", allotment)))


def _plan(plan_id: UUID) -> Plan:
    return session().get_one(Plan, plan_id, populate_existing=True)
