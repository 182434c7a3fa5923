"""Says beforehand whether an act at a desk is allowed, from the raw tables and the written rules alone.

Nothing of the house's actions is imported: what they do is held against this.
"""

# ruff: noqa: S608  statements of our own names

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tests.proven.raw import Raw

# Acts after which somebody counts as one who has decided.
DECIDING: Final = ("agree", "return", "approve", "send_back", "answer")
# Opinions that nobody has taken back.
STANDING: Final = "(SELECT * FROM opinion WHERE id NOT IN (SELECT opinion_id FROM retraction)) o"
WITH_MINUS: Final = ("reduction", "adjustment")
# Posts whose holders review plans, and on which side of the counter each stands.
UNIT_SIDE: Final = ("unit_auditor", "unit_head", "department_reviewer")
REVIEWING: Final = (
    *UNIT_SIDE, "office_reviewer", "office_chief", "treasury_reviewer", "treasury_approver", "deputy_director",
    "director",
)  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """A task with its plan."""

    id: str
    plan: str
    revision: int
    step: int
    state: str
    needed: int
    handed_to: int | None
    role: str
    unit: int | None
    office: int | None
    turn: int
    closed_by: int | None
    plan_state: str
    plan_revision: int
    kind: str
    chain: int

    @property
    def waits(self) -> bool:
        """Whether anybody may work there at all."""
        return (self.state, self.plan_state, self.revision) == ("open", "in_review", self.plan_revision)


_DESK: Final = (
    "SELECT t.id, t.plan_id, t.revision, t.step_no, t.state, t.needed, t.handed_to, t.role, t.unit_id, t.office_id,"
    " t.turn, t.closed_by, p.state, p.revision, p.kind, p.chain_id FROM review_task t JOIN plan p ON p.id = t.plan_id"
)


class Oracle:
    """The tables of one moment, and what may be done then."""

    def __init__(self, raw: Raw, today: date) -> None:
        self.raw, self.today = raw, today.isoformat()

    def desks(self, where: str) -> list[Desk]:
        """Tasks by a condition, in the order of their steps."""
        return [Desk(*row) for row in self.raw.rows(f"{_DESK} WHERE {where} ORDER BY t.step_no, t.turn, t.office_id")]

    def _any(self, query: str) -> bool:
        return bool(self.raw.rows(f"{query} LIMIT 1"))

    def behalf(self, person: int, desk: Desk) -> tuple[bool, int | None]:
        """Whether he sits at the desk, and for whom: nobody where he holds the post himself or was given the task."""
        place = f"r.role = '{desk.role}' AND r.unit_id IS NOT DISTINCT FROM {_sql(desk.unit)}"
        place += f" AND r.office_id IS NOT DISTINCT FROM {_sql(desk.office)} AND r.starts_on <= '{self.today}'"
        place += f" AND (r.ends_on IS NULL OR r.ends_on >= '{self.today}')"
        if self._any(f"SELECT 1 FROM post r WHERE r.person_id = {person} AND {place}"):
            return True, None
        givers = self.raw.rows(
            "SELECT d.giver_id FROM delegation d JOIN post r ON r.person_id = d.giver_id"
            " JOIN person g ON g.id = d.giver_id AND g.active"
            f" WHERE d.taker_id = {person} AND d.revoked_at IS NULL AND d.starts_on <= '{self.today}'"
            f" AND d.ends_on >= '{self.today}' AND (d.role IS NULL OR d.role = r.role)"
            " AND (d.unit_id IS NULL OR d.unit_id = r.unit_id) AND (d.office_id IS NULL OR d.office_id = r.office_id)"
            f" AND {place} ORDER BY r.id"
        )
        if givers:
            return True, givers[0][0]
        return desk.handed_to == person, None

    def barred(self, people: Iterable[int], desk: Desk) -> bool:
        """Whether one of them made the plan, or has decided on it at another step."""
        makers = {row[0] for row in self.raw.rows(
            f"SELECT author_id FROM plan WHERE id = '{desk.plan}' UNION SELECT person_id FROM plan_editor"
            f" WHERE plan_id = '{desk.plan}' UNION SELECT person_id FROM decision"
            f" WHERE plan_id = '{desk.plan}' AND act = 'submit'")}  # fmt: skip
        acted = self.raw.rows(
            f"SELECT person_id, behalf_id FROM decision WHERE plan_id = '{desk.plan}' AND step_no <> {desk.step}"
            f" AND act IN {DECIDING}"
        )
        elsewhere = {one for row in acted for one in row if one is not None}
        return any(one in makers or one in elsewhere for one in people)

    def may_work(self, person: int, desk: Desk) -> bool:
        """Whether the person may do anything at the desk."""
        sits, behalf = self.behalf(person, desk)
        hands = {person, behalf or person}
        return desk.waits and sits and desk.handed_to in (None, person) and not self.barred(hands, desk)

    def unspoken(self, person: int, desk: Desk) -> bool:
        """Whether neither he nor the one for whom he acts has spoken at the desk."""
        if desk.needed < 2:
            return True
        spoken = self.raw.rows(f"SELECT person_id, behalf_id FROM {STANDING} WHERE task_id = '{desk.id}'")
        hands = {person, self.behalf(person, desk)[1] or person}
        return not hands & {one for row in spoken for one in row}

    def may_speak(self, person: int, desk: Desk) -> bool:
        """Whether the person may give opinions there now."""
        waiting = f"SELECT 1 FROM task_seat WHERE task_id = '{desk.id}' AND blocking AND closed_at IS NULL"
        return self.may_work(person, desk) and self.unspoken(person, desk) and not self._any(waiting)

    def may_say(self, person: int, desk: Desk, verdict: str, line: int, cut: int | None) -> bool | None:
        """The same with this verdict on one of the desk's lines; None where other things speak for or against it."""
        if not self.may_speak(person, desk):
            return False
        sets, returns = self.raw.rows(
            f"SELECT amount_field, may_return FROM chain_step WHERE chain_id = {desk.chain} AND number = {desk.step}"
        )[0]
        if verdict in ("return", "aside") and not returns:
            return False
        if verdict in ("cut", "aside") and desk.kind in WITH_MINUS:
            return False
        if verdict == "cut":
            on_table = self.raw.one(f"SELECT COALESCE(approved, suggested, applied) FROM plan_line WHERE id = {line}")
            if not sets or cut is None or not 0 < cut < on_table:
                return False
        if verdict == "aside" or self._hindered(desk):
            return None
        return True

    def _hindered(self, desk: Desk) -> bool:
        """Whether an allotment is frozen, or what is taken from may be paid meanwhile: no rule of the desk."""
        frozen = (
            "SELECT 1 FROM plan_line l JOIN allotment a ON a.id = l.allotment_id"
            f" WHERE l.plan_id = '{desk.plan}' AND l.removed_in IS NULL AND (a.deleted OR NOT a.executable)"
        )
        return desk.kind in WITH_MINUS or self._any(frozen)

    def may_send_back(self, person: int, desk: Desk, step: int) -> bool:
        """To an earlier step that was worked in this round."""
        done = f"t.plan_id = '{desk.plan}' AND t.revision = {desk.revision} AND t.state = 'done' AND t.step_no = {step}"
        returns = self.raw.one(
            f"SELECT may_return FROM chain_step WHERE chain_id = {desk.chain} AND number = {desk.step}"
        )
        return self.may_work(person, desk) and bool(returns) and step < desk.step and bool(self.desks(done))

    def may_undo(self, person: int, desk: Desk) -> bool:
        """Whoever closed the desk, while nobody at a later one has begun, and no line has left."""
        sits, _ = self.behalf(person, desk)
        mine = (desk.state, desk.closed_by, desk.plan_state, desk.revision)
        if not sits or mine != ("done", person, "in_review", desk.plan_revision):
            return False
        others = self.desks(f"t.plan_id = '{desk.plan}' AND t.revision = {desk.revision}")
        later = [one for one in others if one.step > desk.step]
        newer = any((one.step, one.office) == (desk.step, desk.office) and one.turn > desk.turn for one in others)
        begun = any(
            one.state == "open" and self._any(f"SELECT 1 FROM {table} WHERE task_id = '{one.id}'")
            for one in later for table in (STANDING, "task_seat")
        )  # fmt: skip
        aside = self._any(f"SELECT 1 FROM {STANDING} WHERE task_id = '{desk.id}' AND verdict = 'aside'")
        return not (newer or begun or aside or any(one.state == "done" for one in later))

    def may_unsay(self, person: int, desk: Desk) -> bool:
        """Whoever has spoken at a desk that waits for others; one after the other, while the next has not begun.

        Not when another has spoken of a line since, that he had cut.
        """
        said = self.raw.rows(
            f"SELECT id, person_id, plan_line_id, verdict FROM {STANDING} WHERE task_id = '{desk.id}' ORDER BY id"
        )
        mine = {line: key for key, who, line, _ in said if who == person}
        if not (desk.waits and self.behalf(person, desk)[0] and mine):
            return False
        if self.raw.one(f"SELECT mode FROM review_task WHERE id = '{desk.id}'") == "in_order":
            asked = self.raw.rows(f"SELECT asked_by FROM task_seat WHERE task_id = '{desk.id}'")
            silent = {who for (who,) in asked if who is not None} - {who for _, who, *_ in said}
            if silent or said[-1][1] != person:
                return False
        cut = {line for _, who, line, verdict in said if who == person and verdict == "cut"}
        return not any(who != person and line in cut and key > mine[line] for key, who, line, _ in said)

    def may_ask(self, person: int, desk: Desk, other: int, kind: str) -> bool | None:
        """Whether he may ask the other for an opinion (`consulted`), or hand the task over to him (`handed`).

        None where the other's posts decide: who holds which beside which is told elsewhere.
        """
        if not (self.may_work(person, desk) and self.unspoken(person, desk)) or other == person:
            return False
        roles = {row[0] for row in self.raw.rows(f"SELECT role FROM post WHERE person_id = {other}")}
        sits, behalf = self.behalf(other, desk)
        reviewing = bool(roles & set(REVIEWING)) or (sits and behalf is not None)
        hands = {other, behalf or other}
        if not reviewing or person in hands or self.barred(hands, desk):
            return False
        asked = "SELECT 1 FROM task_seat WHERE task_id = '{}' AND person_id = {} AND kind = '{}' AND closed_at IS NULL"
        if kind == "consulted":
            return not self._any(asked.format(desk.id, other, kind))
        given = self._any(asked.format(desk.id, person, "handed"))
        own = self.behalf(person, desk)[1] is None
        if desk.needed > 1 or not own or given or desk.handed_to == other:
            return False
        return True if roles == {desk.role} else None

    def may_answer(self, person: int, desk: Desk) -> bool:
        """Whoever is asked, as long as the desk is open."""
        asked = f"SELECT 1 FROM task_seat WHERE task_id = '{desk.id}' AND person_id = {person} AND kind = 'consulted'"
        hands = {person, self.behalf(person, desk)[1] or person}
        return desk.waits and self._any(f"{asked} AND closed_at IS NULL") and not self.barred(hands, desk)

    def may_reclaim(self, person: int, desk: Desk) -> bool:
        """Whoever has asked, as long as somebody he asked has not answered."""
        mine = f"SELECT 1 FROM task_seat WHERE task_id = '{desk.id}' AND asked_by = {person} AND closed_at IS NULL"
        return desk.waits and self._any(mine)


def _sql(value: int | None) -> str:
    return "NULL" if value is None else str(value)


def facts_of(body: str) -> dict[str, Any]:
    """The facts that a decision tells."""
    found: dict[str, Any] = json.loads(body)["facts"]
    return found
