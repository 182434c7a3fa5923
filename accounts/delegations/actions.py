"""Making a delegation and revoking it: each one transaction with its history and notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from accounts.delegations import rules, store
from accounts.delegations.ending import end_now
from accounts.delegations.rules import Term
from accounts.people.models import Account, Delegation
from accounts.people.rules import Person
from accounts.people.store import get_post, watch_desks
from accounts.people.store import locked as locked_account
from core import clock, history, notices
from core.db import transaction
from core.errors import Refused
from core.versions import check_untouched


@dataclass(frozen=True)
class DelegationDraft:
    """To whom, which post (none: all that review), from when to when, and why."""

    taker: str
    post_id: int | None
    starts_on: date
    ends_on: date
    reason: str


def delegate(draft: DelegationDraft, *, by: Person) -> int:
    """委托: somebody acts for me. Gives the id; raises `Refused` with the sentences of what speaks against it."""
    today = clock.today()
    rules.check_span(draft.starts_on, draft.ends_on, today)
    with transaction() as work:
        giver, taker = _both(by.id, _taker(draft.taker).id)
        rules.check_taker(giver, taker)
        made = _drafted(draft, giver, taker)
        _check_scope(draft, giver, taker, made)
        work.add(made)
        work.flush()  # its id
        watch_desks(made.ends_on, by=by)
        _tell_made(made, by)
        return made.id


def _taker(named: str) -> Account:
    found = store.find_taker(named)
    if not found:
        raise Refused(f"没有用户名或姓名为“{named}”的人员，请核对后重填。")
    if len(found) > 1:
        raise Refused(f"有 {len(found)} 位“{named}”，请填写用户名：{'、'.join(one.username for one in found)}。")
    return found[0]


def _both(giver_id: int, taker_id: int) -> tuple[Account, Account]:
    """Both accounts, held in the order of their ids: whoever gives them posts meanwhile waits."""
    held = {one: locked_account(one) for one in sorted({giver_id, taker_id})}
    return held[giver_id], held[taker_id]


def _drafted(draft: DelegationDraft, giver: Account, taker: Account) -> Delegation:
    post = get_post(draft.post_id) if draft.post_id else None
    return Delegation(
        giver_id=giver.id, taker_id=taker.id, giver=giver, taker=taker, role=post.role if post else None,
        unit=post.unit if post else None, office=post.office if post else None,
        unit_id=post.unit_id if post else None, office_id=post.office_id if post else None,
        starts_on=draft.starts_on, ends_on=draft.ends_on, reason=draft.reason.strip(), made_at=clock.now(),
    )  # fmt: skip


def _check_scope(draft: DelegationDraft, giver: Account, taker: Account, made: Delegation) -> None:
    """Only own posts that review, to somebody who may hold them as well, and to one person at a time."""
    if draft.post_id:
        wanted = store.term_of(get_post(draft.post_id))
        rules.check_role(wanted.role)
        own, lent = store.held_by(giver.id, draft.starts_on), store.lent_terms(giver.id, draft.starts_on)
        rules.check_own(own, lent, wanted)
    held = [*store.held_by(taker.id, draft.starts_on), *store.lent_terms(taker.id, draft.starts_on)]
    rules.check_fits(taker, held, _wanted(made))
    rules.check_single([(one, one.taker.name) for one in store.given_before(giver.id, draft.starts_on)], made)


def _wanted(made: Delegation) -> Sequence[Term]:
    """The posts that the delegation takes in, each for its days."""
    own = [store.term_of(post) for post in store.own_posts(made.giver_id, made.starts_on)]
    days = [Term(*term.seat, made.starts_on, made.ends_on, term.name) for term in own if term.starts_on <= made.ends_on]
    return [term for term in days if made.role is None or term.seat == (made.role, made.unit_id, made.office_id)]


def _tell_made(made: Delegation, by: Person) -> None:
    span = f"{made.starts_on} 至 {made.ends_on}"
    details = {"delegation": made.id, "taker": made.taker_id, "what": made.what, "reason": made.reason}
    said = f"{made.giver.name}将“{made.what}”委托给{made.taker.name}，{span}：{made.reason}"
    for one in (made.giver_id, made.taker_id):
        history.record("person", one, "delegate", said, by=by, details=details)
    told = f"{made.giver.name}委托您代办“{made.what}”，{span}：{made.reason}。期间的待办会出现在您的待办中"
    notices.tell([made.taker_id], told, "/delegations")
    notices.tell([made.giver_id], f"您已将“{made.what}”委托给{made.taker.name}，{span}", "/delegations")


def revoke(delegation_id: int, seen: int, *, by: Person) -> None:
    """撤销委托, by the one who gave it, or 退回 by the one who has it: it counts no more from this moment.

    Raises `Missing` for everybody else; `Conflict` when it was revoked since version `seen`.
    """
    store.get_delegation(delegation_id, by.id)
    with transaction():
        made = store.locked(delegation_id)
        stored = {"委托": made.what, "状态": "已撤销" if made.revoked_at else "有效"}
        editor = partial(history.last_said, "person", made.giver_id, "revoke_delegation")
        check_untouched(made, seen, "这项委托", stored, editor)
        if made.revoked_at is not None or made.ends_on < clock.today():
            raise Refused("这项委托已经结束，不用再撤销。")
        end_now(made, by=by)
