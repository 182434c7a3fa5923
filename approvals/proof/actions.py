"""Sealing: one Merkle root over every decision since the last seal, chained to that seal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import insert

from accounts.people.rules import SYSTEM
from approvals.proof import mailing, outgoing, store
from approvals.proof.models import Seal, SealLeaf
from approvals.proof.rules import REPLAY, SEAL_MAIL, SEAL_PDF, VERIFY
from core import clock, history, jobs
from core.db import alone, transaction
from core.digests import canonical, merkle_root, moment, sha256, sm3
from core.errors import Refused
from core.history import Actor
from core.jobs import Progress
from core.waiting import retried
from core.web import settings

SEAL: Final = "seal"
# The version of the canonical form of a seal; docs/proof.md has it with test vectors.
FORM: Final = 1


@retried
def seal_day(division_code: str, day: date, *, by: Actor) -> int:
    """Seal everything decided and not sealed yet; gives the number of the seal.

    What is committed while this runs falls into the next seal. A day without decisions is sealed too: nothing
    can be put into it later. Then the seal is printed and mailed by jobs.
    """
    with transaction() as work:
        alone(f"seal {division_code}")
        found, last = store.unsealed(division_code), store.last_seal(division_code)
        row = _row(division_code, day, [digest for _, digest in found], last)
        seal_id = work.scalars(insert(Seal).returning(Seal.id), [row]).one()
        if found:
            leaves = [
                {"seal_id": seal_id, "position": place, "decision_id": found_id}
                for place, (found_id, _) in enumerate(found)
            ]
            work.execute(insert(SealLeaf), leaves)
        said = f"第 {row['number']} 号封存：{day:%Y-%m-%d}，{len(found)} 项决定，摘要 {row['sha256']}"
        history.record("seal", row["number"], "seal", said, by=by)
        jobs.enqueue(SEAL_PDF, row["number"], {"seal_id": seal_id}, by=by)
        mailing.ask_to_send(work.get_one(Seal, seal_id), by=by)
    return int(row["number"])


def _row(division_code: str, day: date, digests: list[str], last: Seal | None) -> dict[str, Any]:
    now, root = clock.now(), merkle_root(digests)
    number = last.number + 1 if last else 1
    body = canonical(
        {
            "v": FORM,
            "division": division_code,
            "number": number,
            "day": day.isoformat(),
            "leaves": len(digests),
            "root": root,
            "prev": {"sha256": last.sha256 if last else "", "sm3": last.sm3 if last else ""},
            "at": moment(now),
        }
    )
    return {
        "division_code": division_code,
        "number": number,
        "day": day,
        "leaves": len(digests),
        "root": root,
        "prev_sha256": last.sha256 if last else "",
        "body": body,
        "sha256": sha256(body),
        "sm3": sm3(body),
        "at": now,
    }


def seal_job(payload: dict[str, Any], _progress: Progress) -> dict[str, object]:
    """The daily job: seal the day that has ended."""
    return {"number": seal_day(settings().division_code, date.fromisoformat(payload["day"]), by=SYSTEM)}


@retried
def mail_again(division_code: str, number: int, *, by: Actor) -> None:
    """Ask that a seal be mailed to the addresses that have not got it. Raises `Missing`, or `Refused` without any."""
    with transaction():
        seal = outgoing.get_seal(division_code, number)
        if not settings().mail.to:
            raise Refused("没有配置寄送地址，请系统管理员设置 YK_SEAL_MAIL_TO。")
        if not jobs.is_open(SEAL_MAIL, number):
            mailing.ask_to_send(seal, by=by, after=timedelta())


@retried
def check_now(*, by: Actor) -> None:
    """Ask for both checks now, beside the nightly ones."""
    today = {"day": clock.today().isoformat()}
    with transaction():
        for kind in (VERIFY, REPLAY):
            if not jobs.is_open(kind, "now"):
                jobs.enqueue(kind, "now", today, by=by)
