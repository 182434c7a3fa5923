"""The jobs that send letters. Each attempt is a row; what failed is tried again, by the job and by those after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from accounts.people.rules import SYSTEM
from approvals.proof import outgoing
from approvals.proof.letters import CHECK, SEAL, alarm_letter, seal_letter
from approvals.proof.models import CheckRun, Seal
from approvals.proof.rules import ALARM_MAIL, SEAL_MAIL, SEAL_PDF
from core import blobs, clock, history, jobs, mail
from core.db import session, transaction
from core.history import Actor
from core.jobs import Progress
from core.mail import Letter
from core.web import settings

# The paper gets this long before the letter asks for it, and the letter goes without it after the second time.
PAUSE: Final = timedelta(minutes=2)
_LONGEST_WAIT: Final = timedelta(hours=1)


class Unsent(Exception):  # noqa: N818  the job comes back, and the page tells people why
    """Some letter could not be sent."""


def ask_to_send(seal: Seal, *, by: Actor, after: timedelta = PAUSE) -> None:
    """Ask, in the caller's transaction, that a seal be mailed to whoever has not got it; nothing without addresses."""
    if settings().mail.to:
        job = jobs.enqueue(SEAL_MAIL, seal.number, {"seal_id": seal.id}, by=by)
        job.run_after = clock.now() + after


def send_seal_job(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """Mail the seal, and those before it that could not be sent, to every address that has not got them."""
    seal = session().get_one(Seal, payload["seal_id"])
    if _paper_is_on_its_way(seal):
        with transaction():
            ask_to_send(seal, by=SYSTEM)
        return {"waits": "for the paper"}
    return _send(list(_seal_letters([*outgoing.unsent_before(seal), seal])), progress)


def send_alarm_job(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """Mail what a nightly check found wrong."""
    options = settings()
    run = session().get_one(CheckRun, payload["run_id"])
    letters = [
        Letter(CHECK, run.id, run.id, address, alarm_letter(run, address, options)) for address in _left(CHECK, run.id)
    ]
    return _send(letters, progress)


def ask_to_alarm(run: CheckRun, *, by: Actor) -> None:
    """Ask, in the caller's transaction, that a red check be mailed; nothing without addresses."""
    if settings().mail.to:
        jobs.enqueue(ALARM_MAIL, run.id, {"run_id": run.id}, by=by)


def _paper_is_on_its_way(seal: Seal) -> bool:
    """Whether a paper is being made and worth waiting for."""
    if outgoing.find_sheet(seal.id) or clock.now() > seal.at + _LONGEST_WAIT:
        return False
    return jobs.is_open(SEAL_PDF, seal.number)


def _seal_letters(seals: Sequence[Seal]) -> Iterator[Letter]:
    options = settings()
    for seal in seals:
        left = _left(SEAL, seal.id)
        sheet = outgoing.find_sheet(seal.id) if left else None
        paper = blobs.files().read(sheet.blob_digest) if sheet else None
        for address in left:
            yield Letter(SEAL, seal.id, seal.number, address, seal_letter(seal, address, paper, options))


def _left(about: str, about_id: int) -> list[str]:
    """The addresses that have not got it."""
    tried = mail.attempts(about, [about_id]).get(about_id, {})
    return [address for address in settings().mail.to if address not in tried or tried[address].fault]


def _send(letters: Sequence[Letter], progress: Progress) -> Mapping[str, object]:
    """Send one after the other, each kept as soon as it is gone. Raises `Unsent` when any could not be sent."""
    session().rollback()  # no transaction stays open while a mail server is asked
    failed = 0
    for done, (letter, fault) in enumerate(mail.deliver(settings().mail, letters), 1):
        with transaction():
            mail.record(letter, fault)
            if not fault:
                said = f"已寄 {letter.address}：{letter.message['Subject']}"
                history.record(letter.about, letter.number, "mail", said, by=SYSTEM)
        failed += bool(fault)
        progress.say(done, len(letters))
    if failed:
        raise Unsent(f"{failed} of {len(letters)} letters could not be sent")
    return {"sent": len(letters)}
