"""What may be delegated, to whom and for how long; pure as rules are, each refusal a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from accounts.people.humans import Named, same_human
from accounts.people.rules import DELEGABLE, Role, incompatibility
from accounts.people.spans import Lasting, overlap
from core.errors import Refused

# A longer absence is a change of post: the security administrator gives that.
MOST_DAYS: Final = 90


@dataclass(frozen=True)
class Term:
    """A post with the days on which it is held, in one's own right or for another (`behalf` names whom)."""

    role: Role
    unit_id: int | None
    office_id: int | None
    starts_on: date
    ends_on: date | None
    name: str = ""
    behalf: str = ""

    @property
    def seat(self) -> tuple[Role, int | None, int | None]:
        """Where one sits with it."""
        return self.role, self.unit_id, self.office_id


class Human(Named, Protocol):
    """Somebody's account, as far as it matters here."""

    @property
    def active(self) -> bool: ...


def check_span(starts_on: date, ends_on: date, today: date) -> None:
    """A delegation lies ahead, ends after it starts, and does not last for ever. Raises `Refused` with every fault."""
    sentences = []
    if starts_on < today:
        sentences.append(f"起始日期不能早于今天（{today}）：已经过去的日子不能补办委托。")
    if ends_on < starts_on:
        sentences.append("截止日期早于起始日期，请检查两个日期。")
    elif (ends_on - starts_on).days >= MOST_DAYS:
        sentences.append(f"一次委托最多 {MOST_DAYS} 天；更长时间不在岗，请安全管理员办理离岗交接或授予岗位。")
    if sentences:
        raise Refused(*sentences)


def check_role(role: Role) -> None:
    """Only posts that review may be delegated. Raises `Refused`."""
    if role not in DELEGABLE:
        raise Refused(f"“{role.label}”岗不能委托：只有审核岗位可以委托，填报和管理岗位请安全管理员另行授予。")


def check_own(own: Sequence[Term], lent: Iterable[Term], wanted: Term) -> None:
    """Nobody delegates what he himself holds by delegation only, or does not hold. Raises `Refused`."""
    if any(term.seat == wanted.seat for term in own):
        return
    for term in lent:
        if term.seat == wanted.seat:
            told = f"“{term.name}”是{term.behalf}委托给您的，受托的岗位不能再委托给别人"
            raise Refused(f"{told}；请由{term.behalf}另行委托。")
    raise Refused("这个岗位不是您的，请选择您自己的岗位。")


def check_taker(giver: Human, taker: Human) -> None:
    """The other is somebody else, and can sign in. Raises `Refused`."""
    if giver.id == taker.id:
        raise Refused("不能委托给自己，请选择另一位同事。")
    if same_human(giver, taker):
        raise Refused("不能委托给自己的另一账号（姓名和电话相同），请选择另一位同事。")
    if not taker.active:
        raise Refused(f"“{taker.name}”的账号已停用，不能受托。")


def check_fits(taker: Human, held: Sequence[Term], wanted: Sequence[Term]) -> None:
    """What the other holds, or acts for, goes together with what he is to act for. Raises `Refused`, clash by clash."""
    if not wanted:
        raise Refused("您在这段时间没有可以委托的审核岗位。")
    clashes = (clash for post in wanted for clash in _clashes(taker, held, post))
    if sentences := list(dict.fromkeys(clashes)):
        raise Refused(*sentences)


def _clashes(taker: Human, held: Sequence[Term], wanted: Term) -> Iterator[str]:
    for post in held:
        if not overlap(post, wanted):
            continue
        already = f"受{post.behalf}委托代办" if post.behalf else "任"
        if post.seat == wanted.seat:
            yield f"“{taker.name}”这段时间已{already}“{post.name}”，一人不能在同一岗位办理两次，请选择另一位同事。"
        elif reason := incompatibility(post.role, wanted.role, post.unit_id == wanted.unit_id):
            yield f"“{taker.name}”这段时间{already}“{post.name}”，不能代办“{wanted.name}”：{reason}"


class Given(Lasting, Protocol):
    """A delegation that was made before."""

    @property
    def role(self) -> Role | None: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def office_id(self) -> int | None: ...
    @property
    def what(self) -> str: ...


def check_single(before: Iterable[tuple[Given, str]], wanted: Given) -> None:
    """One post is delegated to one person at a time. `before` comes with the names. Raises `Refused`."""
    for given, name in before:
        if overlap(given, wanted) and _same_scope(given, wanted):
            raise Refused(
                f"“{given.what}”在 {given.starts_on} 至 {given.ends_on} 已委托给{name}，"
                "同一岗位同一时间只能委托一人；需要换人请先撤销原委托。"
            )


def _same_scope(one: Given, other: Given) -> bool:
    pairs = ((one.role, other.role), (one.unit_id, other.unit_id), (one.office_id, other.office_id))
    return all(first is None or second is None or first == second for first, second in pairs)
