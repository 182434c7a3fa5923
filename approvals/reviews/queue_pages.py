"""待办队列: what waits for a reviewer and what he has done, by filters that stand in the address, and saved views."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from accounts.units.store import names_by_code, offices
from approvals.reviews import queue, saved_views
from approvals.reviews.desk import bp as bp  # exported: the next pages take it from here, with all routes on it
from approvals.reviews.filters import args_of, choices, query_of, wanted_from, window_label
from approvals.reviews.forms import EmptyForm
from approvals.reviews.limits import limits_now
from approvals.reviews.queue_forms import ViewForm
from approvals.reviews.rules import Light
from approvals.reviews.tallies import Tally
from approvals.reviews.waiting import QueueFilter
from core import recall
from core.fields import Form
from core.paging import PER_PAGE, Page
from core.web import page_number, refusals_on, settings

_LIGHTS: Final = (Light.RED, Light.AMBER, Light.GREEN)


@bp.get("/queue", endpoint="queue")
@requires(Permission.REVIEW_PLANS)
def queue_page() -> ResponseReturnValue:
    """待办 and 已办; without a word in the address, the view that the person wants first."""
    if not request.args and (first := _first_view()):
        return redirect(f"{url_for('.queue')}?{first}")
    return page_of(wanted_from(request.args), ViewForm(formdata=None))


def _first_view() -> str:
    return next((one.query for one in saved_views.views_of(person()) if one.opens_first), "")


def page_of(wanted: QueueFilter, form: Form) -> str:
    """One page of the queue; `form` tells what a form on it was refused."""
    with recall.remembering():  # the frame of the page counts what waits, and so does the page
        return _page(wanted, form)


def _page(wanted: QueueFilter, form: Form) -> str:
    me, limits, page = person(), limits_now(), page_number()
    items, more = queue.queue_page(me, wanted, page=page, size=PER_PAGE, limits=limits)
    waiting = queue.open_count(me)
    found = queue.tally_of(me, wanted, limits)
    total = queue.done_total(me, wanted, limits) if wanted.done else found.total
    seen = (page - 1) * PER_PAGE + len(items) + more
    return render_template(
        "approvals/reviews/queue.html",
        form=form,
        wanted=wanted,
        args=args_of(wanted),
        query=query_of(wanted),
        items=items,
        paging=Page(items, page, max(total, seen)),
        open_count=waiting,
        many=waiting >= queue.MOST_COUNTED,
        light=lambda due: limits.light(due).value,
        left=limits.left,
        views=saved_views.views_of(me),
        sample=queue.SAMPLE,
        **_choices(found, wanted),
    )


def _choices(found: Tally, wanted: QueueFilter) -> dict[str, Any]:
    """What each filter of the page may be set to, with how many tasks that leaves."""
    months = sorted({*found.by["year_month"], wanted.year_month} - {None})  # type: ignore[type-var]  # numbers
    codes = {str(code) for code in (*found.by["department"], wanted.department) if code}
    named = names_by_code(settings().division_code, codes)
    desks = [(one.id, one.name) for one in offices(settings().division_code)]
    return {
        "windows": choices(found, wanted, "year_month", [(one, window_label(int(str(one)))) for one in months]),
        "departments": choices(found, wanted, "department", [(one, named.get(one, one)) for one in sorted(codes)]),
        "offices": choices(found, wanted, "office_id", desks),
        "lights": choices(found, wanted, "light", [(one, one.label) for one in _LIGHTS]),
        "guaranteed": choices(found, wanted, "guaranteed", [(True, "三保")]),
        "total": found.total,
    }


@bp.post("/queue/views")
@requires(Permission.REVIEW_PLANS)
def save_view() -> ResponseReturnValue:
    """保存为视图."""
    form = ViewForm()
    wanted = wanted_from(MultiDict(parse_qsl(form.query.data or "")))
    if form.validate_on_submit():
        with refusals_on(form):
            name = form.name.data or ""
            saved_views.save_view(name, query_of(wanted), opens_first=bool(form.opens_first.data), by=person())
            flash(f"已保存视图“{name.strip()}”。", "ok")
            return redirect(f"{url_for('.queue')}?{query_of(wanted) or 'all=1'}")
    return page_of(wanted, form), form.status


@bp.get("/queue/views")
@requires(Permission.REVIEW_PLANS)
def view_list() -> ResponseReturnValue:
    """我的视图: rename them, choose the first, take them away."""
    return _views_page(EmptyForm(formdata=None))


def _views_page(form: Form) -> str:
    return render_template("approvals/reviews/saved_views.html", form=form, views=saved_views.views_of(person()))


@bp.post("/queue/views/<int:view_id>/rename")
@requires(Permission.REVIEW_PLANS)
def rename_view(view_id: int) -> ResponseReturnValue:
    """Another name for a view."""
    form = ViewForm()
    if form.validate_on_submit():
        with refusals_on(form):
            saved_views.rename_view(view_id, form.name.data or "", by=person())
            flash("视图名称已修改。", "ok")
            return redirect(url_for(".view_list"))
    return _views_page(form), form.status


@bp.post("/queue/views/<int:view_id>/first")
@requires(Permission.REVIEW_PLANS)
def open_view_first(view_id: int) -> ResponseReturnValue:
    """The queue opens with this view, or with everything again."""
    form = EmptyForm()
    if form.validate_on_submit():
        with refusals_on(form):
            saved_views.open_first(view_id, by=person())
            flash("已修改打开待办时先用的视图。", "ok")
            return redirect(url_for(".view_list"))
    return _views_page(form), form.status


@bp.post("/queue/views/<int:view_id>/remove")
@requires(Permission.REVIEW_PLANS)
def remove_view(view_id: int) -> ResponseReturnValue:
    """Take a view away; the plans stay where they are."""
    form = EmptyForm()
    if form.validate_on_submit():
        with refusals_on(form):
            name = saved_views.remove_view(view_id, by=person())
            flash(f"已删除视图“{name}”。", "ok")
            return redirect(url_for(".view_list"))
    return _views_page(form), form.status
