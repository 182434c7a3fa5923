"""What stands behind the lines of a plan on a page: what still holds, what changed, and the way that the plan takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from approvals.reviews.compared import NOTHING_BEFORE, Compared, compared_since
from approvals.reviews.legs import Leg, legs_of
from approvals.reviews.route import Way
from approvals.reviews.spoken import Carried, carried_of, last_spoken
from approvals.reviews.story import Story
from approvals.reviews.ways import digests_of, way_of
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE


@dataclass(frozen=True)
class Background:
    """`carried` is by line and step: what was said in an earlier round and still holds."""

    way: Way | None = None
    carried: Mapping[int, Mapping[int, Carried]] = field(default_factory=dict)
    compared: Compared = NOTHING_BEFORE
    legs: Sequence[Leg] = ()

    def still(self, line_id: int, before: int) -> list[Carried]:
        """What was said of a line before this submission and still holds, step by step."""
        return [one for one in self.carried.get(line_id, {}).values() if one.revision < before]


_NONE: Final = Background()


def background_of(plan: Plan, story: Story, step_no: int | None = None) -> Background:
    """The background of a plan under review, or decided; with a step, changes since that step last spoke.

    In a number of queries that does not depend on the lines. A plan that is being edited has none.
    """
    if not plan.revision or story.chain is None or plan.state in EDITABLE:
        return _NONE
    chain = story.chain
    way = way_of(plan, chain.steps, chain.after_return, digests_of(plan.id, plan.revision))
    spoken = {line.id: story.said.get(line.id, []) for line in plan.lines}
    compared = compared_since(plan, last_spoken(spoken, plan.revision, step_no))
    return Background(way, carried_of(way, spoken), compared, legs_of(plan, story, way))
