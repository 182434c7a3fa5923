"""The day's seal 日结单 on paper: its digests, its canonical text, and the decisions under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from approvals.reviews.rules import Act
from core import clock
from core.digests import merkle_tops
from exports.facts import Coded

# More decisions than this are not listed: the paper shows the top of their tree instead.
MOST_LISTED: Final = 2000
# So many digests of the tree's top at most.
MOST_TOPS: Final = 32
_SHORT: Final = 16


class Sealing(Protocol):
    """A seal as this sheet needs it."""

    @property
    def number(self) -> int: ...
    @property
    def day(self) -> date: ...
    @property
    def leaves(self) -> int: ...
    @property
    def root(self) -> str: ...
    @property
    def prev_sha256(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def sm3(self) -> str: ...
    @property
    def at(self) -> datetime: ...


class Decided(Protocol):
    """A decision under the seal."""

    @property
    def plan(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def act(self) -> Act: ...
    @property
    def person(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SealedLine:
    """One printed decision."""

    place: int
    plan: str
    number: int
    act: str
    person: str
    at: str
    digest: str


@dataclass(frozen=True, slots=True)
class Top:
    """One knot of the tree's top: which decisions are under it, by their places from 1."""

    first: int
    last: int
    digest: str


@dataclass(frozen=True, slots=True)
class SealSheet:
    """Everything the printed seal says."""

    title: str
    unit: Coded
    bureau: str
    number: str
    day: date
    at: str
    count: int
    root: str
    sha256: str
    sm3: str
    prev_sha256: str
    body: str
    anchor: str
    lines: tuple[SealedLine, ...]
    tops: tuple[Top, ...]

    @property
    def check_text(self) -> str:
        """The QR code is the anchor, as verify.py takes it."""
        return self.anchor


def seal_sheet(seal: Sealing, decided: Sequence[Decided], division: Coded) -> SealSheet:
    """Put a seal on paper. Raises `ValueError` when these are not as many decisions as it covers: that is our fault."""
    if len(decided) != seal.leaves:
        raise ValueError(f"seal {seal.number} covers {seal.leaves} decisions, not {len(decided)}")
    listed = len(decided) <= MOST_LISTED
    return SealSheet(
        title="用款计划审批日结单",
        unit=division,
        bureau=f"{division.name}财政局",
        number=f"第 {seal.number} 号",
        day=seal.day,
        at=f"{clock.local(seal.at):%Y-%m-%d %H:%M:%S}",
        count=seal.leaves,
        root=seal.root,
        sha256=seal.sha256,
        sm3=seal.sm3,
        prev_sha256=seal.prev_sha256,
        body=seal.body,
        anchor=f"{seal.number}:{seal.sha256}",
        lines=tuple(_line(place, one) for place, one in enumerate(decided, 1)) if listed else (),
        tops=() if listed else _tops([one.sha256 for one in decided]),
    )


def _line(place: int, one: Decided) -> SealedLine:
    at = f"{clock.local(one.at):%m-%d %H:%M:%S}"
    return SealedLine(place, one.plan, one.number, one.act.label, one.person, at, one.sha256[:_SHORT])


def _tops(digests: Sequence[str]) -> tuple[Top, ...]:
    """The widest row of the tree that still fits, each knot with the places under it."""
    each, row = merkle_tops(digests, MOST_TOPS)
    return tuple(
        Top(place * each + 1, min((place + 1) * each, len(digests)), digest) for place, digest in enumerate(row)
    )
