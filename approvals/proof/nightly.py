"""The nightly checks as jobs: each leaves a row, green or red, and a red one raises the alarm."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from accounts.people.rules import SYSTEM
from approvals.proof import comparing, mailing, rows
from approvals.proof.alarms import alarm
from approvals.proof.checking import check_files, check_rows
from approvals.proof.models import CheckRun
from approvals.proof.rules import Check
from core import blobs, clock, history
from core.db import session, transaction
from core.jobs import Progress
from core.waiting import is_busy
from core.web import settings

# So many sentences of one run are kept word for word; the count is of all.
MOST_KEPT: Final = 200
_log: Final = logging.getLogger(__name__)

# What a check has looked at, how many faults it has found, and the sentences about them.
Found = tuple[str, int, list[str]]


def verify_job(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """The nightly verify: chains, seals, opinions, ledger and files. No anchor is known in here."""
    return _run(Check.VERIFY, payload, lambda: _verified(progress))


def replay_job(payload: dict[str, Any], _progress: Progress) -> Mapping[str, object]:
    """The nightly replay: plans, balances and ledger, told once more from the decisions."""
    return _run(Check.REPLAY, payload, _replayed)


def _verified(progress: Progress) -> Found:
    checker = check_rows({})
    count = check_files(blobs.files(), checker.found, lambda done, total: progress.say(done, total, "正在核对文件"))
    looked_at = f"决定 {len(checker.digests)} 项，封存 {len(checker.seal_digests)} 次，文件 {count} 个"
    return looked_at, checker.found.counts.total(), list(checker.found.lines())


def _replayed() -> Found:
    faults = comparing.differences()
    looked_at = f"计划 {sum(1 for _ in rows.plans())} 份，指标 {sum(1 for _ in rows.allotments())} 条"
    return looked_at, len(faults), faults


def _run(check: Check, payload: Mapping[str, Any], look: Callable[[], Found]) -> Mapping[str, object]:
    """Look, keep what was found, and raise the alarm. A check that breaks is red: what it read may be why."""
    try:
        looked_at, faults, said = look()
    except Exception as failure:
        if is_busy(failure):
            raise
        _log.exception("the %s broke", check.value)
        looked_at, faults, said = "", 1, [f"核对没有做完（{type(failure).__name__}），数据可能已损坏，请查看服务器日志"]
    finally:
        session().rollback()
    day = date.fromisoformat(payload["day"])
    return {"faults": _keep(check, day, looked_at, faults, said)}


def _keep(check: Check, day: date, looked_at: str, faults: int, said: list[str]) -> int:
    with transaction() as work:
        run = CheckRun(
            division_code=settings().division_code, check=check, day=day, at=clock.now(), looked_at=looked_at,
            faults=faults, said="\n".join(said[:MOST_KEPT]),
        )  # fmt: skip
        work.add(run)
        work.flush()  # its id is in the history
        result = f"{faults} 处问题" if faults else "通过"
        history.record("check", run.id, check.value, f"{day} {check.label}：{result}", by=SYSTEM)
        if faults:
            alarm(f"{check.label}未通过：{faults} 处问题。{said[0].strip()}", "/seals")
            mailing.ask_to_alarm(run, by=SYSTEM)
    return faults
