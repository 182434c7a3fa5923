"""Several months in one plan: spreading basic spending over the months, and what was asked for elsewhere already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from budget.allotments.rules import SpendingKind
from budget.plans.drafts import Line, LineDraft, draft_of
from budget.plans.states import PlanState
from core.errors import Refused

LAST_MONTH: Final = 12


@dataclass(frozen=True)
class Spread:
    """What 按月分编 adds, and what it leaves alone."""

    through: int
    added: tuple[LineDraft, ...]
    present: int
    projects: int

    @property
    def said(self) -> str:
        """已按月分编至 3 月，增加 4 行，请核对金额。项目支出 1 行没有分编：…"""
        told = f"已按月分编至 {self.through} 月，增加 {len(self.added)} 行，请核对金额。" if self.added else ""
        if self.present:
            told += f"{self.present} 行的相应月份已经编过，没有重复增加。"
        if self.projects:
            told += f"项目支出 {self.projects} 行没有分编：项目按当月进度逐月申报。"
        return told


def spread(lines: Sequence[tuple[Line, SpendingKind | None]], state: PlanState, month: int, through: int) -> Spread:
    """For each line of basic spending of the plan's month one line more for every month up to `through`.

    A month that has a line of the same allotment and purpose already gets none. Raises `Refused`.
    """
    _check_spread(state, month, through)
    own = [(line, kind) for line, kind in lines if line.month == month and line.source_line_id is None]
    basic = [line for line, kind in own if kind is SpendingKind.BASIC]
    if not basic:
        raise Refused(
            "本月没有可以分编的行：只有人员、公用等基本支出可以按月分编，请先选好指标；项目支出按当月进度逐月申报。"
        )
    known = {(line.allotment_id, line.purpose, line.month) for line, _ in lines}
    wanted = [(line, later) for later in range(month + 1, through + 1) for line in basic]
    added = tuple(
        replace(draft_of(line), line_id=None, pay_date=None, note="", month=later)
        for line, later in wanted
        if (line.allotment_id, line.purpose, later) not in known
    )
    return Spread(through, added, len(wanted) - len(added), len(own) - len(basic))


def _check_spread(state: PlanState, month: int, through: int) -> None:
    if state is PlanState.RETURNED:
        raise Refused("被退回的计划不能增加新行，也就不能按月分编；以后月份的用款请另填一份计划。")
    if month == LAST_MONTH:
        raise Refused("12 月是本年度最后一个月，没有以后的月份可以分编。")
    if not month < through <= LAST_MONTH:
        raise Refused(f"请选择按月分编到哪个月，{month + 1} 月至 12 月。")


@dataclass(frozen=True)
class Declared:
    """A line of another plan of the unit: for which month it asks money of which allotment."""

    allotment_id: int
    month: int
    number: str
    position: int


def hints(lines: Iterable[Line], declared: Sequence[Declared]) -> list[str]:
    """第 1、3 行：1 月、2 月已在 YK-202601-0001 第 4、5 行编过。 A hint only: more may well be needed."""
    own: dict[tuple[int | None, int], list[int]] = {}
    for line in lines:
        if line.source_line_id is None:
            own.setdefault((line.allotment_id, line.month), []).append(line.position)
    groups: dict[tuple[int, str], list[Declared]] = {}
    for one in declared:
        if (one.allotment_id, one.month) in own:
            groups.setdefault((one.allotment_id, one.number), []).append(one)
    return [
        f"第 {_listed({place for one in group for place in own[one.allotment_id, one.month]})} 行："
        f"{'、'.join(f'{month} 月' for month in sorted({one.month for one in group}))}已在 {number} "
        f"第 {_listed({one.position for one in group})} 行编过，请核对是否重复。"
        for (_, number), group in groups.items()
    ]


def _listed(numbers: set[int]) -> str:
    return "、".join(map(str, sorted(numbers)))
