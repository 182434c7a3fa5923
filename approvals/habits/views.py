"""退回分析: what was returned and cut most often, and what a clerk is told of it before he submits."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from approvals.habits import rules, store
from approvals.habits.rules import SPANS, USUAL_SPAN, months_before, words_of
from approvals.habits.store import COUNTED, Exactly, Wanted
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import WITH_PLUS, PlanState, plus_side
from core import clock
from core.web import page_number, settings

bp: Final = Blueprint("habits", __name__)


@bp.get("/habits")
@requires(Permission.VIEW_PLANS)
def index() -> ResponseReturnValue:
    """Which reasons were given most often, by unit, office and code."""
    months = _months()
    page = store.habits_page(_wanted(months), scope(), page_number())
    return render_template(
        "approvals/habits/index.html", page=page, months=months, wanted=_wanted(months), spans=SPANS, verdicts=COUNTED,
        known=store.known_reasons(settings().division_code), words_of=words_of,
    )  # fmt: skip


@bp.get("/habits/lines")
@requires(Permission.VIEW_PLANS)
def lines() -> ResponseReturnValue:
    """The lines behind one row of the statistics."""
    months, exactly = _months(), _exactly()
    known = store.known_reasons(settings().division_code)
    page = store.lines_page(_wanted(months), exactly, scope(), page_number())
    title = words_of(exactly.code, exactly.words, known)
    return render_template("approvals/habits/lines.html", page=page, months=months, title=title, exactly=exactly)


def _months() -> int:
    asked = request.args.get("months", "")
    return int(asked) if asked in map(str, SPANS) else USUAL_SPAN


def _wanted(months: int) -> Wanted:
    verdict = request.args.get("verdict", "")
    found = next((one for one in COUNTED if one.value == verdict), None)
    return Wanted(months_before(clock.today(), months), found, request.args.get("q", "").strip()[:100])


def _exactly() -> Exactly:
    asked = request.args
    return Exactly(
        asked.get("unit", 0, type=_number), asked.get("office", None, type=_number), asked.get("code", "")[:64],
        asked.get("words", "")[:400],
    )  # fmt: skip


def _number(text: str) -> int:
    """An id as the address carries it; nonsense is the id of nothing."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


@bp.get("/plans/<uuid:plan_id>/habits")
@requires(Permission.WRITE_PLANS)
def panel(plan_id: UUID) -> ResponseReturnValue:
    """What came back and why, and what the unit was sent back for lately: a fragment of the clerk's pages."""
    plan = plans.get_own(plan_id, person().writing())
    kind = "panel" if request.headers.get("X-Fragment") == "1" else "page"
    asks = plan.kind in WITH_PLUS  # who only gives back has no contract to show
    hints = store.hints_for(plan, months_before(clock.today(), USUAL_SPAN)) if asks else ()
    back = store.sent_back(plan.id, plan.division_code) if plan.state is PlanState.RETURNED else ()
    return render_template(
        f"approvals/habits/{kind}.html", plan=plan, hints=hints, said=rules.said_of(hints), back=back, rows=_rows(plan)
    )


def _rows(plan: Plan) -> dict[int, int]:
    """In which row of the entry page each line stands."""
    return {line.line_id or 0: number for number, line in enumerate(plus_side(plan).lines, 1)}
