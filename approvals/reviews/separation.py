"""Separation of duties over the whole chain: who made a plan does not decide on it, and nobody decides at two steps.

A person who acts for another counts as both of them; two accounts of one human being count as one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from accounts.people.humans import Named, same_human
from accounts.people.signing import signed
from core.errors import Refused


@dataclass(frozen=True)
class Hands:
    """Through whose hands a plan has gone, by person id.

    `makers` are author, editors and submitters; `acted` gives the step at which each has decided, himself or through
    somebody who acted for him. Both name every account of these people; `seconds` are those that are here only because
    another account of the same person is. `same` gives the accounts of each person that was asked about.
    """

    makers: frozenset[int] = frozenset()
    acted: Mapping[int, int] = field(default_factory=dict)
    seconds: frozenset[int] = frozenset()
    same: Mapping[int, Iterable[int]] = field(default_factory=dict, compare=False)

    def closed(self, same: Mapping[int, Iterable[int]]) -> Hands:
        """The same with all accounts of these people; `same` gives those of each."""
        pairs = [(one, other) for one, others in same.items() for other in others if one != other]
        makers = self.makers | {other for one, other in pairs if one in self.makers}
        acted = {other: self.acted[one] for one, other in pairs if one in self.acted} | dict(self.acted)
        seconds = self.seconds | (makers | acted.keys()) - self.makers - self.acted.keys()
        return Hands(makers, acted, frozenset(seconds), same)

    def after(self, step_no: int, ids: Iterable[int]) -> Hands:
        """The same once these people have decided at the step, as the next step meets them."""
        return replace(self, acted={**dict.fromkeys(ids, step_no), **self.acted}).closed(self.same)

    def barred_at(self, step_no: int) -> frozenset[int]:
        """Who may not decide at the step: the makers, and whoever has decided at another."""
        return self.makers | {one for one, before in self.acted.items() if before != step_no}


@dataclass(frozen=True)
class Actor:
    """Who is about to decide: his own accounts, and those of the person for whom he acts, if any."""

    ids: frozenset[int]
    behalf_ids: frozenset[int] = frozenset()
    behalf_name: str = ""

    @classmethod
    def alone(cls, person_id: int) -> Actor:
        """Somebody with one account who acts for himself."""
        return cls(frozenset({person_id}))


def bar(actor: Actor, step_no: int, hands: Hands) -> str:
    """Why the actor may not decide at the step (H13), as a sentence; empty when he may.

    The same person may act again at his own step in a later round, never at another step, never on his own plan.
    """
    own = _bar(actor.ids, step_no, hands)
    if own or not actor.behalf_ids:
        return own
    other = _bar(actor.behalf_ids, step_no, hands)
    return f"您受{actor.behalf_name}委托办理，委托人与本人适用同样的限制：{other}" if other else ""


_SECOND = "（姓名和电话相同的另一账号视为同一人）"


def _bar(ids: Iterable[int], step_no: int, hands: Hands) -> str:
    ids = set(ids)
    if ids & hands.makers:
        second = _SECOND if ids & hands.makers <= hands.seconds else ""
        return f"这份计划由您填报或送审，不能由您审核（不相容岗位分离）；请由其他持岗人办理。{second}"
    elsewhere = {one for one in ids if hands.acted.get(one, step_no) != step_no}
    if elsewhere:
        second = _SECOND if elsewhere <= hands.seconds else ""
        return f"您已在前面的环节审核过这份计划，同一人不能审核两次；请由其他持岗人办理。{second}"
    return ""


def check_may_decide(actor: Actor, step_no: int, hands: Hands) -> None:
    """Raise `Refused` with the sentence of `bar`."""
    if sentence := bar(actor, step_no, hands):
        raise Refused(sentence)


def left_out_because(person_id: int, step_no: int, hands: Hands, steps: Mapping[int, str]) -> str:
    """Why somebody who holds the post is not asked at the step, for the record; empty when he is."""
    second = "用另一账号" if person_id in hands.seconds else ""
    if person_id in hands.makers:
        return f"{second}填报、修改或送审过本计划"
    before = hands.acted.get(person_id, step_no)
    return "" if before == step_no else f"{second}已在环节“{steps.get(before, before)}”办理过本计划"


class Sits(Named, Protocol):
    """Somebody at a desk, for another if `behalf_id` names one."""

    @property
    def behalf_id(self) -> int | None: ...
    @property
    def behalf_name(self) -> str: ...


SitsT = TypeVar("SitsT", bound=Sits)


def left_out(
    people: Iterable[SitsT], step_no: int, hands: Hands, steps: Mapping[int, str], *, several: bool = False
) -> tuple[list[SitsT], list[tuple[str, str]]]:
    """Who may act at a desk, and who may not although he sits there, with the reason.

    Where `several` must act, a second account of the same person does not count as somebody else.
    """
    able: list[SitsT] = []
    excluded: list[tuple[str, str]] = []
    for one in people:
        reason = _reason(one, step_no, hands, steps)
        if not reason and several and any(same_human(one, other) for other in able):
            reason = "与本环节另一账号为同一人（姓名、电话相同）"
        if reason:
            excluded.append((signed(one.name, one.behalf_name), reason))
        else:
            able.append(one)
    return able, excluded


def _reason(one: Sits, step_no: int, hands: Hands, steps: Mapping[int, str]) -> str:
    own = left_out_because(one.id, step_no, hands, steps)
    if own or one.behalf_id is None:
        return own
    other = left_out_because(one.behalf_id, step_no, hands, steps)
    return f"委托人{one.behalf_name}{other}" if other else ""


def short_of(needed: int, seats: Sequence[tuple[int, int | None]], step_no: int, hands: Hands) -> bool:
    """Whether fewer people may act at a desk than must. `seats` are (who, for whom): a stand-in is no second seat."""
    free = {
        behalf or who
        for who, behalf in seats
        if not any(left_out_because(one, step_no, hands, {}) for one in (who, behalf or who))
    }
    return len(free) < needed
