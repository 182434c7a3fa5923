"""What administrators do with people (系统管理员) and with their posts (安全管理员)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.people import granting, store
from accounts.people.models import Account, Post
from accounts.people.passwords import first_password, passwords
from accounts.people.rules import ADMINISTRATORS, Person, Role, System, check_compatible
from core import clock, history
from core.db import transaction
from core.errors import Refused

Administrator = Person | System


@dataclass(frozen=True)
class PostDraft:
    """A post as it is asked for: the place by the unit's code or the office's id."""

    role: Role
    starts_on: date
    ends_on: date | None = None
    unit_code: str = ""
    office_id: int | None = None


def add_person(username: str, name: str, phone: str, *, by: Administrator) -> tuple[int, str]:
    """A new account without posts; gives its id and the first password, which is kept nowhere else."""
    password = first_password()
    hashed = passwords().hash(password)
    with transaction() as work:
        account = _add_account(work, username, name, phone, hashed, by)
        return account.id, password


def _add_account(work: Session, username: str, name: str, phone: str, hashed: str, by: Administrator) -> Account:
    granting.check_username(username)
    account = Account(username=username, name=name, phone=phone, password_hash=hashed, created_at=clock.now())
    work.add(account)
    try:
        work.flush()
    except IntegrityError as taken:
        raise Refused(f"用户名“{username}”已有人使用，请换一个。") from taken
    history.record("person", account.id, "add", f"新增人员“{name}”（{username}）", by=by)
    return account


def edit_person(person_id: int, name: str, phone: str, *, by: Administrator) -> None:
    """Correct the name or the telephone number."""
    with transaction():
        account = store.locked(person_id)
        before = {"name": account.name, "phone": account.phone}
        account.name, account.phone = name, phone
        history.record("person", person_id, "edit", f"修改“{name}”的姓名或电话", by=by, details=before)


def deactivate(person_id: int, *, by: Administrator) -> None:
    """The person is out at his next request; the account stays, as do his decisions."""
    granting.check_not_self(person_id, by.id, "停用自己的账号")
    with transaction():
        account = store.locked(person_id)
        leaving = store.find_person(person_id, clock.today())
        for role in leaving.roles() if leaving else ():
            granting.check_replaceable(role, _others(role, person_id))
        account.active = False
        history.record("person", person_id, "deactivate", f"停用“{account.name}”的账号", by=by)


def _others(role: Role, person_id: int) -> int:
    """How many others hold this administrator's role today; enough for every other role."""
    if role not in ADMINISTRATORS:
        return 1
    return sum(holder.id != person_id for holder in store.holders(role, clock.today()))


def reactivate(person_id: int, *, by: Administrator) -> None:
    """The account may sign in again, with the posts that are still in force."""
    with transaction():
        account = store.locked(person_id)
        account.active = True
        history.record("person", person_id, "reactivate", f"恢复“{account.name}”的账号", by=by)


def unlock(person_id: int, *, by: Administrator) -> None:
    """Lift the lock after wrong passwords before its time."""
    with transaction():
        account = store.locked(person_id)
        account.failures, account.locked_until = 0, None
        history.record("person", person_id, "unlock", f"解锁“{account.name}”的账号", by=by)


def reset_password(person_id: int, *, by: Administrator) -> str:
    """A new first password, shown once; open sessions can do nothing until it has been typed and changed."""
    granting.check_not_self(person_id, by.id, "重置自己的密码（请用“修改密码”）")
    password = first_password()
    hashed = passwords().hash(password)
    with transaction():
        account = store.locked(person_id)
        account.password_hash, account.must_change_password = hashed, True
        account.failures, account.locked_until = 0, None
        history.record("person", person_id, "reset_password", f"重置“{account.name}”的密码", by=by)
    return password


def grant_post(username: str, draft: PostDraft, division_code: str, *, by: Administrator) -> int:
    """Give a person a post. Raises `Refused` when the place does not fit or the post clashes with one he holds."""
    with transaction() as work:
        known = store.find_by_username(username)
        if known is None:
            raise Refused(f"没有用户名为“{username}”的人员，请先由系统管理员新增。")
        account = store.locked(known.id)
        granting.check_not_self(account.id, by.id, "给自己授予岗位")
        if not account.active:
            raise Refused(f"“{account.name}”的账号已停用，不能授予岗位。")
        return _add_post(work, account, draft, division_code, by).id


def _add_post(work: Session, account: Account, draft: PostDraft, division_code: str, by: Administrator) -> Post:
    unit, office = store.find_place(division_code, draft.unit_code, draft.office_id)
    if draft.unit_code and unit is None:
        raise Refused(f"没有代码为“{draft.unit_code}”的单位，请核对后重填。")
    granting.check_place(draft.role, unit, office)
    granting.check_term(draft.starts_on, draft.ends_on)
    held = list(account.posts)
    post = Post(role=draft.role, unit=unit, office=office, starts_on=draft.starts_on, ends_on=draft.ends_on)
    post.unit_id, post.office_id = unit.id if unit else None, office.id if office else None
    check_compatible(held, post)
    account.posts.append(post)
    work.flush()  # the post's id
    term = f"{draft.starts_on} 起" + (f"至 {draft.ends_on}" if draft.ends_on else "")
    summary = f"授予“{account.name}”岗位：{post.place_name}{draft.role.label}，{term}"
    history.record("person", account.id, "grant_post", summary, by=by, details={"post": post.id})
    return post


def end_post(post_id: int, last_day: date, *, by: Administrator) -> None:
    """The last day of a post; one that has not begun is withdrawn altogether."""
    today = clock.today()
    with transaction() as work:
        post = store.get_post(post_id)
        account = store.locked(post.person_id)
        granting.check_not_self(account.id, by.id, "终止自己的岗位")
        what = f"“{account.name}”的岗位：{post.place_name}{post.role.label}"
        if post.starts_on > today:
            work.delete(post)
            history.record("person", account.id, "withdraw_post", f"撤销尚未开始的{what}", by=by)
            return
        granting.check_last_day(post, last_day, today)
        granting.check_replaceable(post.role, _others(post.role, account.id))
        post.ends_on = last_day
        history.record("person", account.id, "end_post", f"终止{what}，最后任职日 {last_day}", by=by)


def add_holder(username: str, name: str, draft: PostDraft, division_code: str, *, by: Administrator) -> str:
    """A new person with a first post in one go, for the command line; gives the first password."""
    password = first_password()
    hashed = passwords().hash(password)
    with transaction() as work:
        account = _add_account(work, username, name, "", hashed, by)
        _add_post(work, account, draft, division_code, by)
    return password


def start_house(division_code: str, *, by: Administrator) -> dict[str, str]:
    """The first system and the first security administrator of an empty house; gives password by username."""
    firsts = {"admin": Role.SYSTEM_ADMIN, "security": Role.SECURITY_ADMIN}
    given = {username: first_password() for username in firsts}
    hashes = {username: passwords().hash(password) for username, password in given.items()}
    with transaction() as work:
        if store.count_accounts():
            raise Refused("系统里已有人员，请用 flask people add 写明用户名、姓名和岗位新增，或在“人员”页面办理。")
        for username, role in firsts.items():
            account = _add_account(work, username, role.label, "", hashes[username], by)
            _add_post(work, account, PostDraft(role, clock.today()), division_code, by)
    return given
