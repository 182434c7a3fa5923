"""Pages on which finance grants units exceptions from the windows, and takes them back."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.people.store import names
from accounts.signin.guard import person, requires
from accounts.units.store import units
from budget.windows import permitting, store
from budget.windows.forms import PermitForm, RevokeForm
from core import clock
from core.web import page_number, refusals_on, settings

bp: Final = Blueprint("permits", __name__)


@bp.get("/permits")
@requires(Permission.GRANT_PERMITS)
def index() -> ResponseReturnValue:
    """The exceptions of a year, the newest first."""
    this_year = clock.today().year
    years = [this_year - 1, this_year, this_year + 1]
    asked = request.args.get("year", "")
    year = int(asked) if asked in {str(known) for known in years} else this_year
    page = store.permits_page(settings().division_code, year, page_number())
    known = names({*(one.granted_by for one in page.items), *(one.revoked_by or 0 for one in page.items)})
    return render_template(
        "budget/windows/permits.html", page=page, year=year, years=years, names=known, now=clock.now()
    )


@bp.route("/permits/new", methods=["GET", "POST"])
@requires(Permission.GRANT_PERMITS)
def grant() -> ResponseReturnValue:
    """准予例外: one unit, one month, until when, and why."""
    division, form = settings().division_code, PermitForm()
    if not form.is_submitted():
        form.year.data = clock.today().year
    if form.validate_on_submit():
        with refusals_on(form):
            wish = form.wish()
            permitting.grant_permit(division, wish, by=person())
            flash("已准予，并已通知单位经办。", "ok")
            return redirect(url_for(".index", year=wish.year))
    leaves = [unit for unit in units(division) if unit.is_leaf and unit.enabled]
    page = render_template(
        "budget/windows/grant.html", form=form, units=leaves,
        last=store.last_supplement(division, clock.today().year),
    )  # fmt: skip
    return page, form.status


@bp.route("/permits/<int:permit_id>/revoke", methods=["GET", "POST"])
@requires(Permission.GRANT_PERMITS)
def revoke(permit_id: int) -> ResponseReturnValue:
    """撤销例外, with a reason."""
    division = settings().division_code
    permit = store.get_permit(division, permit_id)
    form = RevokeForm(seen=permit.version)
    if form.validate_on_submit():
        with refusals_on(form):
            permitting.revoke_permit(division, permit_id, form.why.data or "", form.seen.data or 0, by=person())
            flash("已撤销，并已通知单位经办；已送审的计划不受影响。", "ok")
            return redirect(url_for(".index", year=permit.fiscal_year))
    return render_template("budget/windows/revoke.html", form=form, permit=permit), form.status
