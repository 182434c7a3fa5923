"""凭证登记簿: the papers of a unit, or of all units for the bureau, one by one, and how a paper comes into it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission, may
from accounts.people.store import names
from accounts.signin.guard import allowed, person, requires, scope
from accounts.units.store import units
from core import clock, history
from core.errors import Refused
from core.web import large_upload, refusals_on, settings
from vouchers.papers import actions, contract_pages, contracts, register, registering, store
from vouchers.papers.draws import may_describe
from vouchers.papers.models import Paper
from vouchers.papers.overview import by_group
from vouchers.papers.register_forms import EditFaceForm, RegisterForm, RemoveForm, wanted_of
from vouchers.papers.registering import NewPaper
from vouchers.papers.rules import VoucherKind, short_names

bp: Final = Blueprint("register", __name__, url_prefix="/register")
bp.add_url_rule("/<uuid:paper_id>/nodes", view_func=contract_pages.nodes, methods=["GET", "POST"])


@bp.get("")
@requires(Permission.VIEW_PLANS)
def index() -> ResponseReturnValue:
    """The papers that the person may see, newest first, with what is left of each."""
    wanted, kinds = wanted_of(request.args), _kinds()
    page = register.page_of(scope(), wanted)
    return render_template(
        "vouchers/register/index.html", page=page, wanted=wanted, groups=by_group(kinds),
        kinds=short_names(kinds), may_add=bool(_units()),
        several=len(scope().read_unit_ids) != 1, consents=may(person(), Permission.REVIEW_PLANS),
    )  # fmt: skip


@bp.get("/<uuid:paper_id>")
@requires(Permission.VIEW_PLANS)
def show(paper_id: UUID) -> ResponseReturnValue:
    """One paper: what stands on it, its pages, which lines draw on it, and what is left."""
    paper = store.get_visible(paper_id, scope())
    kinds = short_names(_kinds())
    return render_template(
        "vouchers/register/show.html", entry=register.entry_of(paper), paper=paper,
        kind=kinds.get(paper.kind_code, paper.kind_code), drawings=register.drawings_of(paper.id, scope()),
        events=history.of("paper", paper.id), people=names({paper.created_by}), may_edit=_may_edit(paper),
        remove=RemoveForm(seen=paper.version), contract=contracts.standing_of(paper, clock.today()),
        may_agree=contract_pages.may_write(paper),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@large_upload
@requires(Permission.WRITE_PLANS)
def add() -> ResponseReturnValue:
    """A file comes into the register with what stands on it, without a plan."""
    form, own = RegisterForm(), _units()
    form.unit.choices = list(own.items())
    if form.validate_on_submit():
        with refusals_on(form):
            return _registered(form)
    return render_template("vouchers/register/new.html", form=form, groups=by_group(_kinds()), units=own), form.status


def _registered(form: RegisterForm) -> ResponseReturnValue:
    upload = form.upload()
    if upload is None:
        raise Refused("请选择要登记的文件。")
    new = NewPaper(form.kind.data, upload.filename or "", upload.stream, form.face())
    paper_id = registering.register_paper(form.unit.data, new, limit=settings().upload_limit, by=person())
    flash("凭证已登记，可在填报计划时“从登记簿选用”。", "ok")
    return redirect(url_for(".show", paper_id=paper_id))


@bp.route("/<uuid:paper_id>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_PLANS)
def edit(paper_id: UUID) -> ResponseReturnValue:
    """Say anew what stands on a paper."""
    paper = store.get_visible(paper_id, scope())
    form = EditFaceForm()
    if not form.is_submitted():
        if not _may_edit(paper):
            return redirect(url_for(".show", paper_id=paper_id))
        form.show(paper)
    if form.validate_on_submit():
        with refusals_on(form):
            registering.describe_paper(
                paper_id, form.face(), kind_code=form.kind.data, seen=form.seen.data, by=person()
            )
            flash("已保存。", "ok")
            return redirect(url_for(".show", paper_id=paper_id))
    return render_template(
        "vouchers/register/edit.html", form=form, paper=paper, groups=by_group(_kinds())
    ), form.status


@bp.post("/<uuid:paper_id>/remove")
@requires(Permission.WRITE_PLANS)
def remove(paper_id: UUID) -> ResponseReturnValue:
    """Take a paper out of the register."""
    paper = store.get_visible(paper_id, scope())
    form = RemoveForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.remove_paper(paper_id, seen=form.seen.data, by=person())
            flash(f"凭证“{paper.name}”已移除。", "ok")
            return redirect(url_for(".index"))
    for sentence in form.form_errors:
        flash(sentence, "bad")
    return redirect(url_for(".show", paper_id=paper_id))


def _kinds() -> list[VoucherKind]:
    return store.kinds(settings().division_code, clock.today().year)


def _units() -> dict[int, str]:
    """The units for which the person registers papers."""
    own = person().writing().unit_ids if allowed(Permission.WRITE_PLANS) else frozenset()
    return {unit.id: unit.name for unit in units(settings().division_code) if unit.id in own} if own else {}


def _may_edit(paper: Paper) -> bool:
    return allowed(Permission.WRITE_PLANS) and may_describe(paper, person().writing())
