"""State and revision of a plan from its decisions alone, folded by the bodies' own words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

Rows = Sequence[tuple[Any, ...]]
_ENDS: Final = {
    "approve": "approved", "suspend": "suspended", "resume": "in_review", "void": "void", "cancel": "cancelled",
}  # fmt: skip


def folded(decisions: Rows) -> tuple[str, int]:
    """State and revision, from the decisions alone: each tells which desks it opens."""
    state, revision, returned, desks = "draft", 0, False, _Desks()
    for _, _, step, act, _, _, body, *_ in decisions:
        told = json.loads(body)
        desks.hear(step, act, told)
        if act == "submit":
            state, revision = "in_review", revision + 1
        elif act in ("agree", "return"):
            gone = not desks.waiting
            state, returned = ("returned", True) if gone else (state, returned)
        elif act == "withdraw":
            state = "returned" if returned else "draft"
        elif act == "object":
            state, returned = "returned", True
        else:
            state = _ENDS.get(act, state)
    return state, revision


class _Desks:
    """The desks that are open, as the decisions tell: at which step, how many must still speak, and on which lines."""

    def __init__(self) -> None:
        self.step, self.waiting = 0, list[tuple[int, list[int]]]()

    def hear(self, step: int, act: str, told: dict[str, Any]) -> None:
        """One decision: a desk has spoken, then others are opened."""
        lines = [line for line, *_ in told["opinions"]]
        if act in ("agree", "return"):
            place = next(place for place, (_, at) in enumerate(self.waiting) if at == lines)
            needed, _ = self.waiting.pop(place)
            if act == "agree" and needed > 1:
                self.waiting.append((needed - 1, lines))
        if unsaid := told["facts"].get("unsaid"):
            needed, lines = next(one for one in self.waiting if one[1] == unsaid)
            self.waiting.remove((needed, lines))
            self.waiting.append((needed + 1, lines))
        if "opens" in told["facts"]:
            at, desks = told["facts"]["opens"]
            opened = [(needed, lines) for needed, lines in desks]
            others = self.waiting if act == "undo" and at == step and at == self.step else []
            self.step, self.waiting = at, [*others, *opened]
