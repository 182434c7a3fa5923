"""审批流程: which chains are in force, and the editor in which a draft is written, looked over and put into force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from approvals.chains import actions, drafts, store
from approvals.chains.forms import ChainForm, SeenForm, StartForm, choices_of, rearranged
from approvals.chains.models import Chain
from approvals.chains.rules import AfterReturn
from budget.plans.kinds import PlanKind
from core import history
from core.differences import Difference, compare
from core.errors import Missing
from core.web import refusals_on, settings

bp: Final = Blueprint("chains", __name__, cli_group="chains")


@dataclass(frozen=True)
class KindRow:
    """The chains of one kind of plan: in force, being written, and no longer in force."""

    kind: PlanKind
    current: Chain | None
    draft: Chain | None
    old: list[Chain]


def _row(kind: PlanKind, found: list[Chain]) -> KindRow:
    published = [chain for chain in found if chain.published_at is not None]
    draft = next((chain for chain in found if chain.published_at is None), None)
    return KindRow(kind, published[0] if published else None, draft, published[1:])


@bp.get("/chains")
@requires(Permission.MANAGE_CHAINS)
def index() -> ResponseReturnValue:
    """Every kind of plan with its chain in force, its draft and its older versions."""
    return _index(StartForm(formdata=None))


def _index(form: StartForm) -> ResponseReturnValue:
    division = settings().division_code
    found = store.versions(division)
    rows = [_row(kind, list(found.get(kind, ()))) for kind in PlanKind]
    saved = {row.draft.id: history.last_said("chain", row.draft.id) for row in rows if row.draft}
    page = render_template(
        "approvals/chains/index.html", rows=rows, running=store.running(division), saved=saved, form=form,
        monthly=next(row for row in rows if row.kind is PlanKind.MONTHLY),
    )  # fmt: skip
    return page, form.status


@bp.post("/chains/start")
@requires(Permission.MANAGE_CHAINS)
def start() -> ResponseReturnValue:
    """A draft: a copy of a version, or an empty one."""
    form = StartForm()
    if form.validate_on_submit():
        with refusals_on(form):
            kind, source = _kind(form.kind.data), form.source.data or ""
            if source and not (source.isdecimal() and len(source) < 19):
                raise Missing()
            chain_id = actions.start_draft(
                settings().division_code, kind, int(source) if source else None, by=person()
            )  # fmt: skip
            flash("草稿已建立。在办计划不受影响；改好以后点“启用”才生效。", "ok")
            return redirect(url_for(".edit", chain_id=chain_id))
    return _index(form)


def _kind(value: str | None) -> PlanKind:
    if value not in set(PlanKind):
        raise Missing()
    return PlanKind(value)


@bp.get("/chains/<int:chain_id>")
@requires(Permission.MANAGE_CHAINS)
def show(chain_id: int) -> ResponseReturnValue:
    """A version as it reads, whether in force, old, or a draft."""
    division = settings().division_code
    chain = store.get_own(chain_id, division)
    return render_template(
        "approvals/chains/show.html", chain=chain, draft=chain.draft, current=_current(chain), form=SeenForm(),
        running=store.running(division).get(chain.id, 0), events=history.of("chain", chain.id),
        other_draft=store.find_draft(division, chain.kind),
    )  # fmt: skip


def _current(chain: Chain) -> Chain | None:
    """The chain in force for plans of this chain's kind; the monthly one where the kind has none."""
    return store.find_published(chain.division_code, chain.plan_kind)


@bp.route("/chains/<int:chain_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_CHAINS)
def edit(chain_id: int) -> ResponseReturnValue:
    """The editor. A button that adds, moves or removes a step changes the page only; 保存 writes."""
    chain = store.find_own(chain_id, settings().division_code)
    if chain is None:
        return _lost(chain_id)
    if request.method == "GET":
        if chain.published_at is not None:
            return redirect(url_for(".show", chain_id=chain_id))
        return _editor(chain, ChainForm.showing(chain.kind, chain.draft, chain.saved))
    do = request.form.get("do", "save")
    if do != "save":
        typed, place = rearranged(request.form, do)
        return _editor(chain, ChainForm(formdata=typed), place)[0]
    form = ChainForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.save_draft(chain_id, chain.division_code, form.draft(), form.seen.data or 0, by=person())
            flash("草稿已保存。", "ok")
            return redirect(url_for(".edit", chain_id=chain_id))
    return _editor(chain, form)


def _lost(chain_id: int) -> ResponseReturnValue:
    """Somebody dropped the draft while it was written elsewhere: what was typed stays on the page. Raises `Missing`."""
    form, gone = ChainForm(), history.last("chain", chain_id, ("discard",))
    if gone is None or not form.is_submitted():
        raise Missing()
    who = history.last_said("chain", chain_id, "discard")
    form.form_errors = [f"这份草稿刚刚由{who}删除，没有保存。您填写的内容还在本页；请另起草一份，再照此填写。"]
    form.overtaken = True
    stub = Chain(
        id=chain_id, division_code=settings().division_code, plan_kind=_kind(form.kind.data).value, version=0, saved=0,
        name=form.name.data or "", after_return=AfterReturn.EVERY_STEP, steps=[],
    )  # fmt: skip
    return _editor(stub, form)


def _editor(chain: Chain, form: ChainForm, place: int = -1) -> tuple[str, int]:
    """The page of the editor; `place` is the step to look at, which stands open."""
    stored = chain.draft
    page = render_template(
        "approvals/chains/edit.html", chain=chain, form=form, at=place, kinds=choices_of(chain.kind),
        funds=store.funds_in_use(chain.division_code), faults=drafts.faults(chain.kind, stored),
        hints=drafts.hints(stored), touched=form.is_submitted(),
    )  # fmt: skip
    return page, form.status


@bp.route("/chains/<int:chain_id>/publish", methods=["GET", "POST"])
@requires(Permission.MANAGE_CHAINS)
def publish(chain_id: int) -> ResponseReturnValue:
    """启用: what it says, what is wrong or worth a look, how it differs from what is in force; then the button."""
    division = settings().division_code
    chain, form = store.get_own(chain_id, division), SeenForm()
    if chain.published_at is not None and not form.is_submitted():
        return redirect(url_for(".show", chain_id=chain_id))
    if form.validate_on_submit():
        with refusals_on(form):
            actions.publish_draft(chain_id, division, form.seen.data or 0, by=person())
            flash(f"审批流程{chain.label}已启用，此后送审的{chain.kind.label}按它审核。", "ok")
            return redirect(url_for(".index"))
    form.see(chain.saved)
    current = _current(chain)
    page = render_template(
        "approvals/chains/publish.html", chain=chain, draft=chain.draft, form=form, current=current,
        faults=drafts.faults(chain.kind, chain.draft), gaps=store.gaps(division, chain.draft),
        hints=drafts.hints(chain.draft), differs=_differs(current, chain),
        running=store.running(division).get(current.id, 0) if current else 0,
    )  # fmt: skip
    return page, form.status


def _differs(current: Chain | None, chain: Chain) -> Difference | None:
    return compare(current.draft.records, chain.draft.records, removes=True) if current else None


@bp.post("/chains/<int:chain_id>/discard")
@requires(Permission.MANAGE_CHAINS)
def discard(chain_id: int) -> ResponseReturnValue:
    """Drop a draft."""
    division = settings().division_code
    chain, form = store.get_own(chain_id, division), SeenForm()
    if form.validate_on_submit():
        actions.discard_draft(chain_id, division, form.seen.data or 0, by=person())
        flash(f"已删除审批流程{chain.label}的草稿。", "ok")
        return redirect(url_for(".index"))
    raise Missing()
