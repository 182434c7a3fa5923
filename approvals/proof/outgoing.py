"""Reading what leaves the house of a seal (its paper, its letters), and what the nightly checks found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from approvals.proof.letters import SEAL
from approvals.proof.models import CheckRun, Seal, SealLeaf, SealSheet
from approvals.proof.rules import Check
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.plans.models import Plan
from core import clock, mail
from core.db import session
from core.errors import Missing
from core.mail import Mailing

# A letter that could not be sent is tried again with those of the following nights, for so long.
GIVEN_UP: Final = timedelta(days=7)


@dataclass(frozen=True)
class Sealed:
    """One decision as the paper of its seal lists it."""

    plan: str
    number: int
    act: Act
    person: str
    at: datetime
    sha256: str


def get_seal(division_code: str, number: int) -> Seal:
    """The seal of this number. Raises `Missing`."""
    query = select(Seal).where(Seal.division_code == division_code, Seal.number == number)
    seal = session().scalars(query).first()
    if seal is None:
        raise Missing()
    return seal


def find_sheet(seal_id: int) -> SealSheet | None:
    """The printed paper of a seal."""
    return session().get(SealSheet, seal_id)


def sealed(seal_id: int) -> list[Sealed]:
    """The decisions under a seal, in their places."""
    query = (
        select(Plan.number, Decision.number, Decision.act, Decision.person_name, Decision.at, Decision.sha256)
        .join(SealLeaf, SealLeaf.decision_id == Decision.id)
        .join(Plan, Plan.id == Decision.plan_id)
        .where(SealLeaf.seal_id == seal_id)
        .order_by(SealLeaf.position)
    )
    return [Sealed(*row) for row in session().execute(query)]


@dataclass(frozen=True)
class Posted:
    """What became of the letters of one seal: who has it, who could not be reached and why, who was not tried."""

    sent: Sequence[Mailing]
    failed: Sequence[Mailing]
    untried: Sequence[str]


def posted(seals: Collection[Seal], addresses: Sequence[str]) -> dict[int, Posted]:
    """What became of the letters of these seals to these addresses, by seal."""
    tried = mail.attempts(SEAL, [seal.id for seal in seals])
    return {seal.id: _posted(tried.get(seal.id, {}), addresses) for seal in seals}


def _posted(tried: Mapping[str, Mailing], addresses: Sequence[str]) -> Posted:
    return Posted(
        sent=[one for one in tried.values() if not one.fault],
        failed=[one for one in tried.values() if one.fault and one.address in addresses],
        untried=[address for address in addresses if address not in tried],
    )


def unsent_before(seal: Seal) -> Sequence[Seal]:
    """Earlier seals of which some letter has failed, and not long ago, oldest first."""
    tried = select(Mailing.about_id).where(Mailing.about == SEAL, Mailing.fault != "")
    query = select(Seal).where(
        Seal.division_code == seal.division_code,
        Seal.number < seal.number,
        Seal.at > clock.now() - GIVEN_UP,
        Seal.id.in_(tried),
    )
    return session().scalars(query.order_by(Seal.number)).all()


def newest_checks(division_code: str) -> dict[Check, CheckRun | None]:
    """The newest run of each check."""
    return {check: _newest(division_code, check) for check in Check}


def _newest(division_code: str, check: Check) -> CheckRun | None:
    query = select(CheckRun).where(CheckRun.division_code == division_code, CheckRun.check == check)
    return session().scalars(query.order_by(CheckRun.id.desc()).limit(1)).first()
