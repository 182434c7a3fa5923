"""What an administrator does with chains: start a draft, save it, drop it, put it into force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from approvals.chains import store
from approvals.chains.defaults import USUAL, DefaultChain, Thresholds, defaults
from approvals.chains.drafts import ChainDraft, faults, for_kind
from approvals.chains.models import Chain
from budget.plans.kinds import PlanKind
from core import clock, history
from core.db import alone, transaction
from core.differences import changes
from core.errors import Conflict, Overtaken, Refused
from core.history import Actor

DEFAULTS: Final = defaults()


def start_draft(division_code: str, kind: PlanKind, source_id: int | None, *, by: Actor) -> int:
    """A draft for this kind of plan, a copy of a version or empty; gives its id.

    Raises `Refused` when the kind has a draft already, `Missing` for an unknown source.
    """
    with transaction() as work:
        alone(f"chains of {division_code}")
        if found := store.find_draft(division_code, kind):
            who = history.last_said("chain", found.id)
            raise Refused(f"{kind.label}已有一份草稿（{who}起草或修改），请继续编辑那一份，或先删除它。")
        source = store.get_own(source_id, division_code) if source_id else None
        chain = _added(work, division_code, kind, _copied(division_code, kind, source))
        said = f"，以{source.label}为底稿" if source else "，从空白开始"
        history.record("chain", chain.id, "start", f"起草审批流程{chain.label}{said}", by=by)
        return chain.id


def _copied(division_code: str, kind: PlanKind, source: Chain | None) -> ChainDraft:
    """What the draft begins with: all of a version of its own kind; of another kind's, what this kind would meet."""
    if source and source.kind is kind:
        return source.draft
    name = _name_of(division_code, kind)
    return replace(for_kind(kind, source.draft), name=name) if source else ChainDraft(name)


def _name_of(division_code: str, kind: PlanKind) -> str:
    """The name of the kind's chain so far; for the first one that of the kind."""
    known = store.versions(division_code).get(kind)
    return known[0].name if known else f"{kind.short}用款计划"


def _added(work: Session, division_code: str, kind: PlanKind, draft: ChainDraft) -> Chain:
    chain = Chain(
        division_code=division_code, plan_kind=kind.value, version=store.next_version(division_code, kind), saved=1
    )
    taken = store.kind_named(division_code, draft.name, kind)
    chain.fill(replace(draft, name=f"{draft.name}（{kind.short}）") if taken else draft)
    work.add(chain)
    work.flush()  # the history names the row
    return chain


def save_draft(chain_id: int, division_code: str, draft: ChainDraft, seen: int, *, by: Actor) -> None:
    """Make the draft what was typed; what is still wrong with it is said when it is to be put into force.

    Raises `Conflict` with both sides when it was saved since `seen`, `Overtaken` when it is published already,
    `Refused` when another kind's chain bears the name.
    """
    with transaction():
        chain = _locked_draft(chain_id, division_code)
        before = chain.draft
        if chain.saved != seen and before != draft:
            said = [str(one) for one in changes(before.record, draft.record)]
            raise Conflict(f"审批流程{chain.label}", said, chain.saved, _last(chain.id))
        if taken := store.kind_named(division_code, draft.name, chain.kind):
            raise Refused(f"{taken.label}的审批流程已叫“{draft.name}”，请换一个名称。")
        if before == draft:
            return
        chain.fill(draft)
        chain.saved += 1
        told = {"before": _plain(before), "now": _plain(draft)}
        history.record("chain", chain.id, "save", f"修改审批流程{chain.label}草稿", by=by, details=told)


def discard_draft(chain_id: int, division_code: str, seen: int, *, by: Actor) -> None:
    """Drop the draft; the history keeps what it said. Raises `Overtaken` when it was saved or published since."""
    with transaction() as work:
        chain = _locked_draft(chain_id, division_code)
        _check_seen(chain, seen, "删除")
        told = {"now": _plain(chain.draft)}
        history.record("chain", chain.id, "discard", f"删除审批流程{chain.label}草稿", by=by, details=told)
        work.delete(chain)


def publish_draft(chain_id: int, division_code: str, seen: int, *, by: Actor) -> None:
    """Put the draft into force: plans submitted from now on take it, those on their way stay on theirs.

    Raises `Refused` with every fault, `Overtaken` when it was saved since it was seen, or is in force already.
    """
    with transaction() as work:
        chain = _locked_draft(chain_id, division_code)
        _check_seen(chain, seen, "启用")
        _put_into_force(work, chain, by)


def publish_default(division_code: str, given: Thresholds = USUAL, *, by: Actor) -> Sequence[DefaultChain]:
    """Put the default chains of the kinds into force that have no chain of their own yet; gives those."""
    return publish_chains(division_code, defaults(given), by=by)


def publish_chains(division_code: str, chains: Sequence[DefaultChain], *, by: Actor) -> Sequence[DefaultChain]:
    """Put these chains into force, but for kinds that have one already; gives those that were. Raises `Refused`."""
    with transaction() as work:
        alone(f"chains of {division_code}")
        known = store.kinds_published(division_code)
        missing = [one for one in chains if one.plan_kind.value not in known]
        for one in missing:
            _put_into_force(work, _added(work, division_code, one.plan_kind, one.draft), by)
        return missing


def _put_into_force(work: Session, chain: Chain, by: Actor) -> None:
    if wrong := faults(chain.kind, chain.draft):
        raise Refused(*wrong)
    work.flush()  # a draft takes its steps, and is in force from now on
    chain.published_at = clock.now()
    said, told = f"启用审批流程{chain.label}", {"now": _plain(chain.draft)}
    history.record("chain", chain.id, "publish", said, by=by, details=told)


def _locked_draft(chain_id: int, division_code: str) -> Chain:
    chain = store.locked(chain_id, division_code)
    if chain.published_at is not None:
        who = history.last_said("chain", chain.id, "publish")
        raise Overtaken(f"审批流程{chain.label}已由{who}启用，启用后不能再改；请以它为底稿另起草一份。")
    return chain


def _check_seen(chain: Chain, seen: int, verb: str) -> None:
    if chain.saved != seen:
        who = _last(chain.id)
        raise Overtaken(f"草稿在您打开之后又由{who}保存过，没有{verb}；请重新打开，看过现在的内容再{verb}。")


def _last(chain_id: int) -> str:
    return history.last_said("chain", chain_id, "start", "save")


def _plain(draft: ChainDraft) -> dict[str, str]:
    return dict(draft.record)
