"""会签 and 依次: how many must speak at a desk, who has, and who is still awaited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from approvals.chains.rules import StepMode
from approvals.reviews import steps
from approvals.reviews.models import ReviewTask
from approvals.reviews.separation import Hands, left_out_because
from approvals.reviews.spoken import Said


@dataclass(frozen=True)
class Together:
    """Where several must act at one desk."""

    mode: StepMode
    needed: int
    spoken: Sequence[str]
    awaited: Sequence[str]

    @property
    def said(self) -> str:
        """会签（全部）：须 3 人办理，已办理 1 人（沈思远），还等 何雨桐、秦川."""
        done = f"已办理 {len(self.spoken)} 人" + (f"（{'、'.join(self.spoken)}）" if self.spoken else "")
        waits = f"，还等 {'、'.join(self.awaited)}" if self.awaited else ""
        turn = "；现在轮到第一位" if self.mode is StepMode.IN_ORDER and len(self.awaited) > 1 else ""
        return f"{self.mode.label}：须 {self.needed} 人办理，{done}{waits}{turn}"


def together_at(task: ReviewTask, said: Mapping[int, Sequence[Said]], hands: Hands) -> Together | None:
    """Who has spoken at the desk and who is awaited; None where one person is enough."""
    if task.needed < 2:
        return None
    here = {one.person_id: one.who for line in said.values() for one in line if one.task_id == task.id}
    awaited = [
        one.name
        for one in steps.at_desk(task)
        if one.id not in here and not left_out_because(one.id, task.step_no, hands, {})
    ]
    return Together(task.mode, task.needed, list(here.values()), awaited)
