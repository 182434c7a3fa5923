"""催办 on the plan's page, and the page 超时与催办."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import allowed, person, requires
from approvals.limits import actions, rules, store
from approvals.limits.rules import Stage
from approvals.limits.store import Asked
from budget.calendar.store import special_days
from core import clock
from core.fields import Form
from core.web import page_number, settings

bp: Final = Blueprint("limits", __name__)


@bp.app_template_test("today")
def is_today(moment: datetime | None) -> bool:
    """Whether a stored moment is of this day, for the fragment on the plan's page."""
    return moment is not None and clock.local(moment).date() == clock.today()


class NudgeForm(Form):
    """Nothing but the form's key."""


@bp.post("/plans/<uuid:plan_id>/nudge")
@requires(Permission.WRITE_PLANS)
def nudge(plan_id: UUID) -> ResponseReturnValue:
    """催办. A refusal is a page of its own that says when and by whom it was done."""
    form = NudgeForm()
    if form.validate_on_submit():
        actions.nudge(plan_id, by=person())
        flash("已催办，审核人会收到消息。", "ok")
    return redirect(url_for("reviews.show", plan_id=plan_id))


@bp.get("/limits")
@requires(Permission.WATCH_LIMITS)
def index() -> ResponseReturnValue:
    """Late desks by step and office, and one by one."""
    asked, now, today, me = _asked(), clock.now(), clock.today(), person()
    page = store.late_page(asked, me, now, today, page_number())
    first = min((clock.local(row.task.due_at).date() for row in page.items), default=today)
    special = special_days(settings().division_code, first, today)
    over = {row.task.id: rules.days_over(clock.local(row.task.due_at).date(), today, special) for row in page.items}
    return render_template(
        "approvals/limits/index.html",
        page=page,
        over=over,
        asked=asked,
        stages=(Stage.OVERDUE, Stage.REVIEW),
        groups=store.groups(asked, me, now, today),
        opens=allowed(Permission.VIEW_PLANS),
    )


def _asked() -> Asked:
    chosen, office = request.args.get("stage", ""), request.args.get("office", "")
    stage = Stage.REVIEW if chosen == Stage.REVIEW.value else Stage.OVERDUE
    office_id = int(office) if office.isascii() and office.isdecimal() and len(office) < 18 else None
    return Asked(stage, request.args.get("step", "")[:50], office_id)
