"""Running the comparison: nightly as a job, or when somebody asks."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from accounts.people.rules import SYSTEM
from approvals.proof.alarms import alarm
from approvals.reconciliation import store
from approvals.reconciliation.models import ReconciliationRow, ReconciliationRun
from core import clock, history, jobs
from core.db import one_snapshot, transaction
from core.history import Actor
from core.jobs import Progress
from core.web import settings

RECONCILE: Final = "reconcile"


def reconcile(division: str, day: date, *, by: Actor) -> int:
    """Compare everything in one snapshot and keep what differs; gives how many places differ."""
    with transaction() as work:
        one_snapshot()
        sides = store.gathered(division)
        found = list(store.differences(division, sides))
        run = ReconciliationRun(
            division_code=division, day=day, at=clock.now(), allotments=len(sides.names), lines=len(sides.places),
            differences=len(found),
        )  # fmt: skip
        work.add(run)
        work.flush()  # the rows point to the run
        work.add_all(
            ReconciliationRow(run_id=run.id, check=one.check, place=one.place, stored=one.stored, found=one.found)
            for one in found[: store.MOST_KEPT]
        )
        said = f"{day} 对账：" + (f"{len(found)} 处不一致" if found else "全部一致")
        history.record("reconciliation", run.id, RECONCILE, said, by=by)
        if found:
            first = f"{found[0].place}（{found[0].check.label}）"
            alarm(f"对账不一致：{len(found)} 处。{first}", "/reconciliation")
    return len(found)


def ask(*, by: Actor) -> UUID:
    """Ask for a comparison now, beside the nightly one."""
    with transaction():
        today = clock.today()
        return jobs.enqueue(RECONCILE, "now", {"day": today.isoformat()}, by=by).id


def reconcile_job(payload: dict[str, Any], _progress: Progress) -> dict[str, object]:
    """The nightly job, for the day that has ended."""
    count = reconcile(settings().division_code, date.fromisoformat(payload["day"]), by=SYSTEM)
    return {"differences": count}
