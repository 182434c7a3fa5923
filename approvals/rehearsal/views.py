"""试看 and 演练: a chain tried out on one plan, or on those of a month, without anything being written."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import requires
from approvals.chains import store as chains
from approvals.chains.models import Chain
from approvals.rehearsal import store
from approvals.rehearsal.playing import rehearse as played
from approvals.reviews import deciding
from approvals.reviews.ahead import Ahead, ahead_of
from approvals.reviews.ways import way_of
from budget.plans.models import Plan
from budget.plans.rules import PlanKind
from core.web import settings

bp: Final = Blueprint("rehearsal", __name__)
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@bp.get("/chains/<int:chain_id>/preview")
@requires(Permission.MANAGE_CHAINS)
def preview(chain_id: int) -> ResponseReturnValue:
    """Who would get one plan by this version, and who gets it by the one in force."""
    chain = chains.get_own(chain_id, settings().division_code)
    current, kinds = _current(chain), _kinds(chain)
    number = request.args.get("plan", "").strip()
    plan = store.find_by_number(chain.division_code, number) if number else None
    page = render_template(
        "approvals/rehearsal/preview.html", chain=chain, current=current, kinds=kinds, plan=plan, number=number,
        newest=store.newest(chain.division_code, kinds), ahead=_ahead(plan, chain),
        today=_ahead(plan, current) if current and current.id != chain.id else None,
    )  # fmt: skip
    return page, 404 if number and plan is None else 200


def _ahead(plan: Plan | None, chain: Chain) -> list[Ahead]:
    """The chain's steps as a plan meets them that nobody has seen yet."""
    if plan is None or not chain.steps:
        return []
    hands = replace(deciding.hands_of(plan), acted={})
    return ahead_of(plan, chain.steps, way_of(plan, chain.steps, chain.after_return, {}, spoken=False), hands)


def _current(chain: Chain) -> Chain | None:
    return chains.find_published(chain.division_code, chain.plan_kind)


def _kinds(chain: Chain) -> list[PlanKind]:
    """Which kinds of plan run on such a chain: its own, and on the monthly one those that have none."""
    if chain.kind is not PlanKind.MONTHLY:
        return [chain.kind]
    own = chains.kinds_published(chain.division_code)
    return [kind for kind in PlanKind if kind is PlanKind.MONTHLY or kind.value not in own]


@bp.get("/chains/<int:chain_id>/rehearsal")
@requires(Permission.MANAGE_CHAINS)
def rehearse(chain_id: int) -> ResponseReturnValue:
    """The submitted plans of a month, the last one if none is chosen, against this version."""
    chain = chains.get_own(chain_id, settings().division_code)
    current, kinds = _current(chain), _kinds(chain)
    months = store.months(chain.division_code, kinds)
    year, month = _asked([(year, month) for year, month, _ in months])
    return render_template(
        "approvals/rehearsal/rehearsal.html", chain=chain, current=current, kinds=kinds, months=months,
        year=year, month=month, most=store.MOST,
        found=played(chain, current, year, month, kinds) if months else None,
    )  # fmt: skip


def _asked(known: list[tuple[int, int]]) -> tuple[int, int]:
    """The month in the address if it has plans, else the newest that has."""
    found = _MONTH.fullmatch(request.args.get("month", ""))
    asked = (int(found[1]), int(found[2])) if found else (0, 0)
    return asked if asked in known else (known[0] if known else asked)
