"""Granting one unit an exception from the windows, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.people.rules import Person, Role
from accounts.people.store import holders
from accounts.units.models import Unit
from accounts.units.store import units_by_code
from budget.calendar.rules import check_version
from budget.calendar.store import check_year_open
from budget.windows import rules, store
from budget.windows.models import FilingPermit
from budget.windows.rules import PermitKind
from core import clock, history, notices
from core.db import alone, transaction
from core.errors import Overtaken, Refused
from core.waiting import retried


@dataclass(frozen=True)
class Wish:
    """An exception as it was typed."""

    unit_code: str
    year: int
    month: int
    kind: PermitKind
    reason: str
    valid_until: datetime


@retried
def grant_permit(division_code: str, wish: Wish, *, by: Person) -> int:
    """Let one unit file for a month outside its window until a moment. Raises `Refused` with every fault."""
    rules.check_month(wish.year, wish.month)
    rules.check_reason(wish.reason)
    with transaction() as work:
        check_year_open(division_code, wish.year)
        unit = _unit(division_code, wish.unit_code)
        alone(f"permits {unit.id}")
        _check_until(division_code, unit, wish)
        permit = FilingPermit(
            division_code=division_code, unit_id=unit.id, fiscal_year=wish.year, month=wish.month, kind=wish.kind,
            reason=wish.reason.strip(), valid_until=wish.valid_until, granted_by=by.id, granted_at=clock.now(),
        )  # fmt: skip
        work.add(permit)
        work.flush()
        said = f"准予{unit.name}{_what(permit)}，有效至 {_until(permit)}：{permit.reason}"
        history.record("permit", permit.id, "grant", said, by=by)
        _tell(permit, f"财政已准予贵单位{_what(permit)}，{_until(permit)} 前可以送审：{permit.reason}")
        return permit.id


def _unit(division_code: str, code: str) -> Unit:
    unit = units_by_code(division_code).get(code.strip())
    if unit is None or not unit.is_leaf or not unit.enabled:
        raise Refused(f"没有启用的末级单位“{code}”，请从列表中选择单位代码。")
    return unit


def _check_until(division_code: str, unit: Unit, wish: Wish) -> None:
    if wish.valid_until <= clock.now():
        raise Refused("有效期须晚于现在，请填写以后的时间。")
    last = store.last_supplement(division_code, wish.year)
    if wish.kind is PermitKind.SUPPLEMENT and wish.valid_until > last:
        raise Refused(
            f"{wish.year}年追加计划最迟 {clock.local(last):%m月%d日 %H:%M} 申报（月度规则），有效期不能更晚。"
        )
    known = store.find_permit(unit.id, wish.year, wish.month, wish.kind)
    if known is not None and known.valid_until >= wish.valid_until:
        raise Refused(f"{unit.name}已有同样的例外，有效至 {_until(known)}，不必再准予；需要改短请先撤销。")


@retried
def revoke_permit(division_code: str, permit_id: int, why: str, seen: int, *, by: Person) -> None:
    """End an exception now; what was submitted under it stays. Raises `Refused`, `Conflict`."""
    rules.check_reason(why)
    with transaction():
        permit = store.get_permit(division_code, permit_id)
        alone(f"permits {permit.unit_id}")
        if permit.revoked_at is not None:
            by_whom = history.last_said("permit", permit.id, "revoke")
            raise Overtaken(f"这项例外刚刚已被{by_whom}撤销，不用再次撤销。")
        check_version("这项例外", seen, permit.version, {"": {"撤销原因": ""}}, {"": {"撤销原因": why}})
        permit.revoked_at, permit.revoked_by, permit.revoked_why = clock.now(), by.id, why.strip()
        said = f"撤销{permit.unit.name}{_what(permit)}的例外：{permit.revoked_why}"
        history.record("permit", permit.id, "revoke", said, by=by)
        _tell(permit, f"财政已撤销贵单位{_what(permit)}的例外：{permit.revoked_why}")


def _what(permit: FilingPermit) -> str:
    return f"{permit.fiscal_year}年{permit.month}月计划{permit.kind.label}"


def _until(permit: FilingPermit) -> str:
    return f"{clock.local(permit.valid_until):%Y年%m月%d日 %H:%M}"


def _tell(permit: FilingPermit, text: str) -> None:
    clerks = [one.id for one in holders(Role.UNIT_CLERK, clock.today(), unit_id=permit.unit_id)]
    notices.tell(clerks, text, f"/plans?year={permit.fiscal_year}&month={permit.month}")
