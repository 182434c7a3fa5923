"""What people are told of limits: one message each, however many desks of theirs are late."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from accounts.people.rules import GRANTS, SYSTEM, Permission, Role
from approvals.limits.rules import Stage
from approvals.reviews.steps import tell_administrators
from core import history, notices
from core.notices import NoticeKind

_SHOWN: Final = 3


@dataclass(frozen=True)
class Delay:
    """What one desk asks for now: a reminder of the people there, a report to those above, or both."""

    task_id: UUID
    plan_id: UUID
    said: str
    stage: Stage | None
    people: Sequence[int]
    names: str
    reported_to: Role | None
    above: Mapping[int, str]


def remind(delays: Sequence[Delay]) -> None:
    """Tell the people at these desks, inside the caller's transaction."""
    _tell_each(((one, one.people) for one in delays), _reminder)


def report(delays: Sequence[Delay]) -> None:
    """Tell those to whom these delays are reported, and keep that; administrators hear where there is nobody."""
    _tell_each(((one, one.above.keys()) for one in delays), _report)
    for one in delays:
        role = one.reported_to.label if one.reported_to else ""
        to = f"{role}{'、'.join(one.above.values())}" if one.above else f"{role}（目前无人）"
        history.record("plan", one.plan_id, "escalate", f"{one.said}，已上报{to}", by=SYSTEM)
        if not one.above:
            tell_administrators(f"{one.said}，应上报{role}，但目前无人任此岗，请设置岗位")


def _tell_each(delays: Iterable[tuple[Delay, Iterable[int]]], said: Callable[[list[Delay]], tuple[str, str]]) -> None:
    """Whoever is told the same is told at once."""
    by_person: dict[int, list[Delay]] = defaultdict(list)
    for delay, people in delays:
        for person_id in people:
            by_person[person_id].append(delay)
    by_text: dict[tuple[str, str], list[int]] = defaultdict(list)
    for person_id, his in by_person.items():
        by_text[said(his)].append(person_id)
    for (text, link), people in by_text.items():
        notices.tell(people, text, link, NoticeKind.LIMIT)


def _reminder(delays: list[Delay]) -> tuple[str, str]:
    if len(delays) == 1:
        return f"{delays[0].said}，请尽快办理", f"/plans/{delays[0].plan_id}"
    counted = Counter(one.stage for one in delays)
    counts = "、".join(f"{stage.label} {counted[stage]} 项" for stage in Stage if counted[stage])
    return f"您有 {len(delays)} 项待办须尽快办理（{counts}）：{_some(delays)}", "/queue"


def _report(delays: list[Delay]) -> tuple[str, str]:
    if len(delays) == 1:
        return f"{delays[0].said}，办理人 {delays[0].names}，请督办", f"/plans/{delays[0].plan_id}"
    people = "、".join(dict.fromkeys(one.names for one in delays))
    watches = all(one.reported_to and Permission.WATCH_LIMITS in GRANTS[one.reported_to] for one in delays)
    link = "/limits" if watches else f"/plans/{delays[0].plan_id}"
    return f"有 {len(delays)} 项待办超时，办理人 {people}，请督办：{_some(delays)}", link


def _some(delays: Sequence[Delay]) -> str:
    more = f"等 {len(delays)} 项" if len(delays) > _SHOWN else ""
    return "；".join(one.said for one in delays[:_SHOWN]) + more
