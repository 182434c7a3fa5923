"""年终注销: what is unpaid by unit, the button that drafts the plans, and the drafts to submit."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from budget.reductions import lapsing, rules, store
from budget.reductions.forms import LapseForm
from core import clock, keys
from core.errors import Missing
from core.money import Money
from core.web import refusals_on, settings

bp: Final = Blueprint("lapses", __name__, url_prefix="/year-end")

# So many drafts are handed in at once.
_AT_ONCE: Final = 100


@bp.get("")
@requires(Permission.LAPSE_PLANS)
def index() -> ResponseReturnValue:
    """The year in the address, else this one, or in January to March the last."""
    asked, today = request.args.get("year", ""), clock.today()
    usual = today.year if today.month > 3 else today.year - 1
    known = {str(year): year for year in (today.year - 1, today.year)}
    return _page(known.get(asked, usual), LapseForm(formdata=None))


@bp.post("/<int:year>")
@requires(Permission.LAPSE_PLANS)
@keys.by_itself
def lapse(year: int) -> ResponseReturnValue:
    """One draft for each unit with anything unpaid, each in a transaction of its own; again makes nothing twice."""
    if not 2000 <= year <= 2100:
        raise Missing()
    form = LapseForm()
    if form.validate_on_submit():
        with refusals_on(form):
            rules.check_lapse_day(year, clock.today())
            units = [one.unit_id for one in store.unit_rests(settings().division_code, year) if one.free]
            made = [keys.piece(key, partial(lapsing.lapse_unit, key, year, by=person())) for key in units]
            flash(f"已为 {len([one for one in made if one])} 个单位生成年终注销草稿，请核对后送审。", "ok")
            return redirect(url_for(".index", year=year))
    return _page(year, form), form.status


def _page(year: int, form: LapseForm) -> str:
    division, today = settings().division_code, clock.today()
    rests, drafts = store.unit_rests(division, year), store.drafts_of_finance(division, year)
    return render_template(
        "budget/reductions/lapse.html",
        year=year,
        years=(today.year - 1, today.year),
        form=form,
        rests=rests,
        rest=Money.total(one.rest for one in rests),
        free=Money.total(one.free for one in rests),
        drafts=drafts[:_AT_ONCE],
        more=len(drafts) - len(drafts[:_AT_ONCE]),
        drafted=Money.total(total for _, _, total in drafts),
    )
