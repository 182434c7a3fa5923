"""允许重复使用: a clerk asks with his reason, somebody else in the bureau decides; both stay as they were written."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from accounts.people import store as people
from accounts.people.humans import same_human
from accounts.people.models import Account
from accounts.people.rules import Person, Role
from accounts.units.models import Unit
from core import clock, history
from core.db import session, transaction
from core.errors import Missing, Overtaken, Refused
from core.notices import NoticeKind, tell
from core.waiting import retried
from vouchers.papers import twice
from vouchers.papers.holding import held, note_in_register
from vouchers.papers.models import Paper, ReuseConsent, ReuseRequest

# Of the bureau whoever reviews: at the office of the unit, or for all units.
_OF_OFFICE = frozenset({Role.OFFICE_REVIEWER, Role.OFFICE_CHIEF})
_OF_BUREAU = frozenset({Role.TREASURY_REVIEWER, Role.TREASURY_APPROVER, Role.DEPUTY_DIRECTOR, Role.DIRECTOR})


@retried
def ask_reuse(paper_id: UUID, reason: str, *, by: Person) -> int:
    """The clerk asks the bureau to let a paper be used although it repeats another.

    Raises `Missing`, and `Refused` when it repeats none, or has been asked about already.
    """
    if not reason:
        raise Refused("请写明重复使用的理由。")
    with transaction() as work:
        found = held(paper_id, by.writing())
        paper = found.paper
        found.check_open()
        twice.settle(paper)
        if paper.repeats_id is None:
            raise Refused(f"{found.called}没有与其他凭证重复，不用申请，可以直接使用。")
        last = _last_about(paper)
        if last is not None and (last.consent is None or last.consent.granted):
            raise Refused("已经同意过，可以直接使用。" if last.consent else "已经申请过，请等候财政办理。")
        request = ReuseRequest(
            paper_id=paper.id, earlier_id=paper.repeats_id, reason=reason, asked_by=by.id, asked_at=clock.now()
        )
        work.add(request)
        work.flush()  # the notice names it
        note_in_register(found, "ask_reuse", f"申请允许重复使用{found.called}：{reason}", by)
        unit = session().get_one(Unit, paper.unit_id)
        tell(
            _deciders(unit), f"{unit.name}申请允许重复使用凭证“{paper.name}”", f"/reuses/{request.id}", NoticeKind.TASK
        )
        return request.id


def _last_about(paper: Paper) -> ReuseRequest | None:
    query = select(ReuseRequest).where(ReuseRequest.paper_id == paper.id, ReuseRequest.earlier_id == paper.repeats_id)
    return session().scalars(query.order_by(ReuseRequest.id.desc()).limit(1)).first()


def _deciders(unit: Unit) -> list[int]:
    """Who is told: the reviewers of the unit's office, or those of the treasury where it has none."""
    at = (Role.OFFICE_REVIEWER, unit.office_id) if unit.office_id else (Role.TREASURY_REVIEWER, None)
    return [account.id for account in people.holders(at[0], clock.today(), office_id=at[1])]


def decide_reuse(request_id: int, *, granted: bool, reason: str, by: Person) -> None:
    """Consent or refuse, once. Raises `Missing`, `Overtaken`, and `Refused` for whoever had his hands in it."""
    with transaction() as work:
        request = get_request(request_id, by)
        # Two who answer in one moment wait for each other at the paper; nothing changes the request itself.
        paper = session().get_one(Paper, request.paper_id, with_for_update=True)
        work.refresh(request, ["consent"])
        if request.consent is not None:
            raise Overtaken(f"这项申请已由{_name(request.consent.person_id)}办理，请刷新页面。")
        _check_another(by, (request.asked_by, paper.created_by))
        work.add(ReuseConsent(request_id=request.id, granted=granted, reason=reason, person_id=by.id, at=clock.now()))
        said = "同意" if granted else "不同意"
        history.record("paper", paper.id, "decide_reuse", f"{said}重复使用凭证“{paper.name}”：{reason}", by=by)
        tell([request.asked_by], f"财政{said}重复使用凭证“{paper.name}”：{reason}", f"/papers/{paper.id}")


def _check_another(by: Person, makers: tuple[int, ...]) -> None:
    """Two accounts of one human being count as one."""
    own = session().get_one(Account, by.id)
    for maker in makers:
        if maker == by.id or same_human(own, session().get_one(Account, maker)):
            raise Refused("这份凭证由您登记或申请，不能由您同意（不相容岗位分离）；请由其他持岗人办理。")


def _name(person_id: int) -> str:
    return people.names([person_id]).get(person_id, "")


def may_consent(person: Person, unit: Unit) -> bool:
    """Whether the person decides for papers of the unit, by a post of his own."""
    own = [post for post in person.posts if post.behalf_id is None]
    at_office = unit.office_id is not None and any(
        post.role in _OF_OFFICE and post.office_id == unit.office_id for post in own
    )
    return at_office or any(post.role in _OF_BUREAU for post in own)


def get_request(request_id: int, person: Person) -> ReuseRequest:
    """A request that the person may decide on. Raises `Missing` for an absent and a foreign one alike."""
    query = select(ReuseRequest).where(ReuseRequest.id == request_id).options(selectinload(ReuseRequest.consent))
    request = session().scalars(query).first()
    if request is None or not may_consent(person, _unit_of(request.paper_id)):
        raise Missing()
    return request


def _unit_of(paper_id: UUID) -> Unit:
    return session().scalars(select(Unit).join(Paper, Paper.unit_id == Unit.id).where(Paper.id == paper_id)).one()


def requests_for(person: Person, most: int = 100) -> list[ReuseRequest]:
    """What the person may decide on, the open ones first, then the newest."""
    query = (
        select(ReuseRequest)
        .join(Paper, Paper.id == ReuseRequest.paper_id)
        .join(Unit, Unit.id == Paper.unit_id)
        .outerjoin(ReuseConsent)
        .options(selectinload(ReuseRequest.consent))
    )
    if not any(post.role in _OF_BUREAU and post.behalf_id is None for post in person.posts):
        offices = {post.office_id for post in person.posts if post.role in _OF_OFFICE and post.behalf_id is None}
        query = query.where(Unit.office_id.in_(offices))
    order = (ReuseConsent.request_id.is_not(None), ReuseRequest.id.desc())
    return list(session().scalars(query.order_by(*order).limit(most)))
