"""The life of every plan told once more from its decisions alone, by code that shares nothing with the actions.

It reads the submitted contents and the decisions' texts in order, and knows what each act does to state and money.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

AFTER: Final = {"suspend": "suspended", "resume": "in_review", "approve": "approved", "void": "void"}
# Year and number of an allotment.
Purse = tuple[int, str]


@dataclass
class Life:
    """One plan as its decisions leave it."""

    state: str = "draft"
    revision: int = 0
    returned_before: bool = False
    lines: dict[int, tuple[Purse, int]] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    unheld: set[int] = field(default_factory=set)
    # What still holds of what each step said: the amount it left each line at; and which of it was said in this round.
    heard: dict[int, dict[int, int]] = field(default_factory=dict)
    fresh: dict[int, set[int]] = field(default_factory=dict)
    # The open step, its desks as (lines, people who must still act), and what was said there of each line: by whom, the
    # verdict, and the amount.
    step: int = 0
    desks: list[tuple[frozenset[int], int]] = field(default_factory=list)
    spoken: dict[int, list[tuple[int, str, int]]] = field(default_factory=dict)

    def amount(self, position: int) -> int:
        """What the line stands at: the last word on it, else what was asked for."""
        told = [amounts[position] for _, amounts in sorted(self.heard.items()) if position in amounts]
        return told[-1] if told else self.lines[position][1]

    def verdicts(self, position: int) -> set[str]:
        """What was said of the line at the open step."""
        return {verdict for _, verdict, _ in self.spoken.get(position, ())}


class Replay:
    """Plans, money and ledger rebuilt. `held` and `posted` are per allotment, `ledger` counts rows of each kind."""

    def __init__(self, contents: Iterable[Mapping[str, Any]]) -> None:
        self.contents = {(row["plan_id"], row["revision"]): row["content"] for row in contents}
        self.lives: dict[str, Life] = {}
        self.held: Counter[Purse] = Counter()
        self.posted: Counter[Purse] = Counter()
        self.ledger: Counter[tuple[str, int, str, int, int]] = Counter()

    def take(self, body: Mapping[str, Any]) -> None:
        """One decision, the next of its plan."""
        life, act = self.lives.setdefault(body["plan_id"], Life()), body["act"]
        if act == "submit":
            self._submit(life, body)
        elif act in ("agree", "return"):
            self._speak(life, body)
        elif act == "withdraw":
            self._let_go(life)
            life.state = "returned" if life.returned_before else "draft"
        elif act == "object":
            _unsay(life, life.step, {line for lines, needed in life.desks if needed for line in lines})
            self._let_go(life)
            life.state, life.returned_before = "returned", True
        elif act == "cancel":
            self._book(life, body["plan_id"], -1)
            life.state = "cancelled"
        elif act in AFTER:
            self._move_on(life, body, act)
        _turn(life, body)

    def _submit(self, life: Life, body: Mapping[str, Any]) -> None:
        content = json.loads(self.contents[(body["plan_id"], body["revision"])])
        year, before, digests = content["plan"]["fiscal_year"], life.lines, life.digests
        life.lines = {line["position"]: ((year, line["allotment"]), line["applied"]) for line in content["lines"]}
        life.digests = {line["position"]: _digest(line) for line in content["lines"]}
        kept: dict[int, dict[int, int]] = {}
        for now, was in body["facts"].get("was", []):
            same, money = digests.get(was) == life.digests[now], before.get(was) == life.lines[now]
            for step, amounts in life.heard.items():
                if was in amounts and (same or (money and step < body["facts"].get("resumes", 0))):
                    kept.setdefault(step, {})[now] = amounts[was]
        life.heard, life.fresh, life.spoken, life.desks = kept, {}, {}, []
        life.state, life.revision = "in_review", body["revision"]
        life.unheld = _unheld(life.lines, content["plan"]["kind"])
        self._hold(life, 1)

    def _speak(self, life: Life, body: Mapping[str, Any]) -> None:
        """A desk is done when all who must have spoken, or at one line returned; the step, when its desks are."""
        said = _hear(life, body)
        place = next((n for n, (lines, needed) in enumerate(life.desks) if lines == said and needed), None)
        if place is not None:
            lines, needed = life.desks[place]
            if body["act"] == "return" and needed > 1:  # not all who must have spoken of the other lines
                _unsay(life, life.step, lines)
            life.desks[place] = (lines, 0 if body["act"] == "return" else needed - 1)
        open_still = any(needed for _, needed in life.desks) if life.desks else set(life.spoken) < set(life.lines)
        if open_still:
            return
        if any("return" in life.verdicts(position) for position in life.spoken):
            self._let_go(life)
            life.state, life.returned_before = "returned", True
        else:
            self._drop(life)

    def _drop(self, life: Life) -> None:
        """Lines set aside leave the plan, and their money is free."""
        for position in [position for position in life.spoken if "aside" in life.verdicts(position)]:
            purse, applied = life.lines.pop(position)
            if position not in life.unheld:
                self.held[purse] -= applied

    def _move_on(self, life: Life, body: Mapping[str, Any], act: str) -> None:
        if act == "void" and life.state in ("in_review", "suspended"):
            self._let_go(life)
        if act == "approve":
            _hear(life, body)
            self._drop(life)
            self._let_go(life)
            self._book(life, body["plan_id"], 1)
        life.state = AFTER[act]

    def _let_go(self, life: Life) -> None:
        self._hold(life, -1)

    def _hold(self, life: Life, sign: int) -> None:
        for position, (purse, applied) in life.lines.items():
            if position not in life.unheld:
                self.held[purse] += sign * applied

    def _book(self, life: Life, plan_id: str, sign: int) -> None:
        for position, (purse, applied) in life.lines.items():
            approved = sign * life.amount(position)
            self.posted[purse] += approved
            self.ledger[(plan_id, position, purse[1], sign * applied, approved)] += 1


def _hear(life: Life, body: Mapping[str, Any]) -> frozenset[int]:
    """Note what a desk said at its step; gives the lines that it spoke of."""
    if body["step_no"] != life.step:
        life.step, life.spoken = body["step_no"], {}
    for position, verdict, amount, _reason in body["opinions"]:
        life.spoken.setdefault(position, []).append((body["person_id"], verdict, amount))
        _weigh(life, position)
    return frozenset(position for position, *_ in body["opinions"])


def _weigh(life: Life, position: int) -> None:
    """What is heard of a line at the open step: the last word, and nothing once anybody returned it or set it aside."""
    heard, fresh = life.heard.setdefault(life.step, {}), life.fresh.setdefault(life.step, set())
    heard.pop(position, None)
    if life.spoken[position] and life.verdicts(position) <= {"agree", "cut"}:
        heard[position] = life.spoken[position][-1][2]
        fresh.add(position)


def _take_back(life: Life, person_id: int, said: frozenset[int]) -> None:
    """Somebody's words at an open desk are unsaid: one more must speak there, the others' words are what is heard."""
    for position in said:
        life.spoken[position] = [one for one in life.spoken[position] if one[0] != person_id]
        _weigh(life, position)
        if not life.spoken[position]:
            del life.spoken[position]
    place = next(n for n, (lines, needed) in enumerate(life.desks) if lines == said and needed)
    life.desks[place] = (said, life.desks[place][1] + 1)


def _turn(life: Life, body: Mapping[str, Any]) -> None:
    """What an act takes back of the open step, and the step that it opens."""
    if "unsaid" in body["facts"]:
        _take_back(life, body["person_id"], frozenset(body["facts"]["unsaid"]))
    if "opens" in body["facts"]:
        _open(life, *body["facts"]["opens"], act=body["act"])


def _open(life: Life, step: int, desks: Iterable[tuple[int, list[int]]], *, act: str) -> None:
    """The desks of a step that is asked now. What was sent back is unsaid from there on, what was undone at its desk.

    A desk that is opened again while others of its step are still open joins them.
    """
    opened = [(frozenset(lines), needed) for needed, lines in desks]
    asked = {position for lines, _ in opened for position in lines}
    joins = act in ("send_back", "undo") and step == life.step
    life.desks = [*opened, *(desk for desk in life.desks if joins and not desk[0] & asked)]
    life.spoken = {place: said for place, said in life.spoken.items() if joins and place not in asked}
    life.step = step
    if act == "undo":
        _unsay(life, step, asked)
    if act == "send_back":
        for number in [number for number in life.fresh if number >= step]:
            _unsay(life, number, set(life.fresh[number]))


def _unsay(life: Life, step: int, positions: Set[int]) -> None:
    """What was said of these lines at a step in this round counts no more."""
    for position in positions & life.fresh.get(step, set()):
        life.heard[step].pop(position, None)
        life.fresh[step].discard(position)


def _digest(line: Mapping[str, Any]) -> str:
    """What makes a line the same line: all of it but its place."""
    return json.dumps({name: value for name, value in line.items() if name != "position"}, sort_keys=True)


def _unheld(lines: Mapping[int, tuple[Purse, int]], kind: str) -> set[int]:
    """Lines that hold nothing: those below zero, and in an adjustment those that these pay for, in their order."""
    found = {position for position, (_, applied) in lines.items() if applied < 0}
    if kind != "adjustment":
        return found
    freed: Counter[Purse] = Counter()
    for position in found:
        purse, applied = lines[position]
        freed[purse] -= applied
    for position in sorted(set(lines) - found):
        purse, applied = lines[position]
        if applied <= freed[purse]:
            freed[purse] -= applied
            found.add(position)
    return found
