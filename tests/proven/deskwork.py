"""What is done at desks beside agreeing in a life of test_life.py, each act held against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from accounts.people.rules import Person
from approvals.reviews import actions, asking, store, turning
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.models import Plan, PlanLine
from core import clock
from core.db import session
from core.money import Money
from tests.proven.oracle import STANDING, Desk, Oracle
from tests.world import CAST, World

if TYPE_CHECKING:
    from tests.proven.raw import Raw

NAMES: Final = tuple(member.username for member in CAST)


class DeskWork:
    """The acts of a desk; `attempt` is the house's."""

    raw: Raw
    world: World
    attempt: Callable[..., bool]
    person: Callable[[str], Person]

    @property
    def oracle(self) -> Oracle:
        """The tables as they are now."""
        return Oracle(self.raw, clock.today())

    def open_desks(self, plan_id: UUID) -> list[Desk]:
        """The desks at which the plan lies."""
        return self.oracle.desks(f"t.plan_id = '{plan_id.hex}' AND t.state = 'open'")

    def worker(self, desk: Desk, *, speaking: bool = True) -> str:
        """Somebody who may work at the desk, whoever acts for another before the others; nobody as an empty name."""
        oracle = self.oracle
        may = oracle.may_speak if speaking else oracle.may_work
        able = [name for name in NAMES if may(self.world.people[name], desk)]
        return min(able, key=lambda name: oracle.behalf(self.world.people[name], desk)[1] is None, default="")

    def workplace(self, plan_id: UUID, *, speaking: bool = True) -> tuple[Desk, str] | None:
        """The first open desk of the plan at which somebody may work, and who."""
        found = ((desk, self.worker(desk, speaking=speaking)) for desk in self.open_desks(plan_id))
        return next((one for one in found if one[1]), None)

    def decide(self, plan_id: UUID, verdict: Verdict, part: int = 100, *, stale: bool = False, by: str = "") -> None:
        """The first line of a desk is judged so, the others are agreed to."""
        places = self.open_desks(plan_id)
        found = (places[0], by) if by and places else self.workplace(plan_id)
        if found is None:
            return
        desk, name = found
        lines = store.lines_of(session().get_one(ReviewTask, UUID(desk.id)))
        said = _said(lines, verdict, part)
        cut = said[0].amount.fen if said and said[0].amount else None
        line_id = lines[0].id if lines else 0
        verdict_said = verdict.value if lines else "agree"
        may = False if stale else self.oracle.may_say(self.world.people[name], desk, verdict_said, line_id, cut)
        digest = "0" * 64 if stale else digest_of(_plan(plan_id))
        who = self.person(name)
        self.attempt(lambda: actions.decide(UUID(desk.id), said, "", digest, by=who), may)

    def set_aside(self, plan_id: UUID) -> None:
        """A line is set aside, so that the rest goes on."""
        self.decide(plan_id, Verdict.ASIDE)

    def send_back(self, plan_id: UUID, step: int = 0, by: str = "") -> None:
        """To an earlier step; without a number to the one before."""
        found = self.workplace(plan_id, speaking=False)
        if found is not None:
            desk, name = found
            name, wanted = by or name, step or desk.step - 1
            may = self.oracle.may_send_back(self.world.people[name], desk, wanted)
            who = self.person(name)
            self.attempt(lambda: turning.send_back(UUID(desk.id), wanted, "请再看", by=who), may)

    def undo(self, plan_id: UUID, by: str = "", which: int = 0) -> None:
        """Whoever acted takes it back: at one of the last desks, or the last; one that waits for others comes first."""
        spoken = f"t.id IN (SELECT task_id FROM {STANDING})"  # noqa: S608  ours
        done = self.oracle.desks(f"t.plan_id = '{plan_id.hex}' AND t.closed_by IS NOT NULL")
        done += self.oracle.desks(f"t.plan_id = '{plan_id.hex}' AND t.state = 'open' AND {spoken}")
        if done:
            desk = done[-1 - which % len(done)]
            names = {key: name for name, key in self.world.people.items()}
            name = by or names[desk.closed_by or self._last_speaker(desk)]
            ask = self.oracle.may_unsay if desk.state == "open" else self.oracle.may_undo
            may = ask(self.world.people[name], desk)
            who = self.person(name)
            self.attempt(lambda: turning.undo(UUID(desk.id), by=who), may)

    def _last_speaker(self, desk: Desk) -> int:
        """Who spoke last at a desk that waits for others."""
        said = f"SELECT person_id FROM {STANDING} WHERE task_id = '{desk.id}' ORDER BY id DESC LIMIT 1"  # noqa: S608  ours
        return int(self.raw.one(said))

    def hand_over(self, plan_id: UUID, to: str = "qin") -> None:
        """One works the desk in place of another."""
        self._ask(plan_id, to, "handed", lambda task_id, other, by: asking.hand_over(task_id, other, "出差", by=by))

    def consult(self, plan_id: UUID, of: str = "qin", *, blocking: bool = True) -> None:
        """Somebody is asked what he thinks."""
        self._ask(plan_id, of, "consulted", lambda task_id, other, by: asking.consult(
            task_id, other, "能付吗", blocking=blocking, by=by))  # fmt: skip

    def _ask(self, plan_id: UUID, other: str, kind: str, act: Callable[[UUID, int, Person], object]) -> None:
        found = self.workplace(plan_id, speaking=False)
        if found is not None:
            (desk, name), asked = found, self.world.people[other]
            may = self.oracle.may_ask(self.world.people[name], desk, asked, kind)
            who = self.person(name)
            self.attempt(lambda: act(UUID(desk.id), asked, who), may)

    def answer(self, plan_id: UUID, by: str = "qin") -> None:
        """Whoever was asked says what he thinks."""
        if desks := self.open_desks(plan_id):
            desk, who = desks[0], self.person(by)
            may = self.oracle.may_answer(who.id, desk)
            self.attempt(lambda: asking.answer(UUID(desk.id), "可以", by=who), may)

    def reclaim(self, plan_id: UUID, by: str = "") -> None:
        """Whoever asked takes it back."""
        if desks := self.open_desks(plan_id):
            desk = desks[0]
            asked = self.raw.rows(f"SELECT asked_by FROM task_seat WHERE task_id = '{desk.id}' ORDER BY id DESC")  # noqa: S608  ours
            names = {key: name for name, key in self.world.people.items()}
            who = self.person(by or (names[asked[0][0]] if asked else "fang"))
            may = self.oracle.may_reclaim(who.id, desk)
            self.attempt(lambda: asking.reclaim(UUID(desk.id), by=who), may)


def _said(lines: Sequence[PlanLine], verdict: Verdict, part: int) -> list[LineOpinion]:
    """The verdict on the first line, agreement with the others."""
    if not lines:
        return []
    cut = part_of(lines[0], part) if verdict is Verdict.CUT else None
    return [LineOpinion(lines[0].id, verdict, cut, "原因"), *(LineOpinion(one.id, Verdict.AGREE) for one in lines[1:])]


def part_of(line: PlanLine, part: int) -> Money:
    """So many per cent of what is on the table."""
    on_table = next(one for one in (line.approved, line.suggested, line.applied) if one is not None)
    return Money(on_table.fen * part // 100)


def _plan(plan_id: UUID) -> Plan:
    return session().get_one(Plan, plan_id, populate_existing=True)
