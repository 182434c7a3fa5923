"""How much of a paper a line uses: chosen from the register, changed, given back; and all of a plan as a table."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE
from core.errors import Missing
from vouchers.papers import register, registering, store
from vouchers.papers.draws import plan_of_line
from vouchers.papers.matrix import matrix_of
from vouchers.papers.overview import by_group
from vouchers.papers.panel_answers import panel_answer
from vouchers.papers.register_forms import DrawForm, wanted_of
from vouchers.papers.rules import short_names
from vouchers.papers.serving import wants_fragment


@requires(Permission.VIEW_PLANS)
def matrix(plan_id: UUID) -> ResponseReturnValue:
    """凭证对应表: lines against papers, and what is proven of each line."""
    plan = plans.get_head(plan_id, scope())
    kind = "matrix" if wants_fragment() else "matrix_page"
    return render_template(f"vouchers/papers/{kind}.html", plan=plan, matrix=matrix_of(plan), editable=_editable(plan))


@requires(Permission.WRITE_PLANS)
def choose(plan_id: UUID, line_id: int) -> ResponseReturnValue:
    """从登记簿选用: the papers of the unit on which this line may draw, with what it would need of each."""
    plan = plans.get_head(plan_id, scope())
    table, wanted = matrix_of(plan), wanted_of(request.args)
    line = table.line(line_id)
    if line is None or not _editable(plan):
        raise Missing()
    kinds = store.kinds(plan.division_code, plan.fiscal_year)
    entries = register.usable_for(plan.unit_id, scope(), wanted, line_id)
    return render_template(
        "vouchers/papers/choose.html", plan=plan, line=line, wanted=wanted, groups=by_group(kinds),
        kinds=short_names(kinds),
        offers=[(entry, table.suggested(line_id, entry.paper, entry.left)) for entry in entries],
    )  # fmt: skip


@requires(Permission.WRITE_PLANS)
def draw(paper_id: UUID, line_id: int) -> ResponseReturnValue:
    """The line uses so much of the paper; from the panel by script, or from a page."""
    store.get_visible(paper_id, scope())
    form = DrawForm()
    plan_id = plan_of_line(line_id)

    def act() -> None:
        registering.draw_on(paper_id, line_id, form.amount.data, by=person())

    return panel_answer(plan_id, form, act, paper_id)


@requires(Permission.WRITE_PLANS)
def release(paper_id: UUID, line_id: int) -> ResponseReturnValue:
    """The line uses the paper no more."""
    store.get_visible(paper_id, scope())
    form = DrawForm()
    plan_id = plan_of_line(line_id)

    def act() -> None:
        registering.release(paper_id, line_id, by=person())

    return panel_answer(plan_id, form, act, paper_id)


def _editable(plan: Plan) -> bool:
    return plan.state in EDITABLE and person().writing().covers(plan.unit_id, plan.entered)
