"""Why a desk is asked: the rule, the values that it looked at, who sits there, and who was left out and why.

Kept with the task as canonical JSON and told to the clerk before submission, to the reviewer, and to the auditor later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.people.signing import signed
from approvals.chains.models import ChainStep
from approvals.reviews.places import Desk
from approvals.reviews.route import Stop, Way, passed_because
from core.digests import canonical


def reason_of(desk: Desk, stop: Stop, way: Way) -> str:
    """Why this desk is asked about its lines, as it is kept with the task."""
    lines = {line.id: line for line in way.lines}
    values = {str(lines[one].position): desk.step.asks.values(lines[one].facts) for one in desk.lines if one in lines}
    told: dict[str, object] = {
        "rule": rule_said(desk.step),
        "asked": sorted(lines[one].position for one in desk.lines if one in lines),
        "carried": sorted(lines[one].position for one in stop.carried),
        "left_out": {str(lines[one].position): why for one, why in stop.left_out.items()},
        "values": {place: looked for place, looked in values.items() if looked},
        "people": [[one.name, one.behalf_name] for one in desk.people],
        "excluded": [list(pair) for pair in desk.left_out],
    }
    return canonical(told)


def reason_passed(step: ChainStep, stop: Stop) -> str:
    """Why nobody is asked at this step, as it is kept with its row."""
    return canonical({"rule": rule_said(step), "passed": passed_because(stop)})


def rule_said(step: ChainStep) -> str:
    """国库复审：财政局 国库复审岗，或签，审核所有行."""
    return f"{step.scope.label} {step.role.label}岗，{step.mode.label}，审核{step.asks.said}"


@dataclass(frozen=True)
class Reason:
    """A kept reason, to be shown."""

    rule: str = ""
    passed: str = ""
    asked: Sequence[int] = ()
    carried: Sequence[int] = ()
    left_out: Mapping[str, str] | None = None
    values: Mapping[str, Mapping[str, Any]] | None = None
    people: Sequence[Sequence[str]] = ()
    excluded: Sequence[Sequence[str]] = ()

    @property
    def names(self) -> str:
        """张三、李四（代王五）."""
        return "、".join(signed(name, behalf) for name, behalf in self.people)


def read_reason(text: str) -> Reason:
    """The reason that a task keeps; an empty one for rows from before reasons were kept."""
    return Reason(**json.loads(text))
