"""What administrators do with people (系统管理员) and with their posts (安全管理员)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.people import granting, store
from accounts.people.models import Account
from accounts.people.passwords import first_password, passwords
from accounts.people.rules import Role
from accounts.people.tenure import Administrator as Administrator
from accounts.people.tenure import PostDraft as PostDraft
from accounts.people.tenure import end, give_post, others_holding
from core import clock, history
from core.db import transaction
from core.errors import Refused
from core.versions import check_seen


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


def edit_person(person_id: int, name: str, phone: str, seen: int, *, by: Administrator) -> None:
    """Correct the name or the telephone number. Raises `Conflict` when somebody else did since version `seen`."""
    with transaction():
        account = store.locked(person_id)
        before = {"name": account.name, "phone": account.phone}
        stored, typed = ({"姓名": one[0], "联系电话": one[1]} for one in ((account.name, account.phone), (name, phone)))
        editor = partial(history.last_said, "person", person_id, "edit")
        check_seen(account, seen, f"“{account.name}”的资料", stored, typed, editor)
        account.name, account.phone = name, phone
        history.record("person", person_id, "edit", f"修改“{name}”的姓名或电话", by=by, details=before)


def deactivate(person_id: int, *, by: Administrator) -> None:
    """The person is out at his next request; the account stays, as do his decisions."""
    granting.check_not_self(person_id, by.id, "停用自己的账号")
    with transaction():
        account = store.locked(person_id)
        leaving = store.find_person(person_id, clock.today())
        for role in leaving.roles() if leaving else ():
            granting.check_replaceable(role, others_holding(role, person_id))
        account.active = False
        store.watch_desks(clock.today() - timedelta(days=1), by=by)
        history.record("person", person_id, "deactivate", f"停用“{account.name}”的账号", by=by)


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
        return give_post(work, account, draft, division_code, by).id


def end_post(post_id: int, last_day: date, seen: int, *, by: Administrator) -> None:
    """The last day of a post; one that has not begun is withdrawn altogether.

    Raises `Conflict` when somebody else has said another last day since version `seen`.
    """
    with transaction() as work:
        account = store.locked(store.get_post(post_id).person_id)
        post = store.locked_post(post_id)
        stored, typed = ({"最后任职日": str(day or "")} for day in (post.ends_on, last_day))
        ender = partial(history.last_said, "person", account.id, "end_post")
        check_seen(post, seen, "这个岗位", stored, typed, ender)
        end(work, account, post, last_day, by)


def add_holder(username: str, name: str, draft: PostDraft, division_code: str, *, by: Administrator) -> str:
    """A new person with a first post in one go, for the command line; gives the first password."""
    password = first_password()
    hashed = passwords().hash(password)
    with transaction() as work:
        account = _add_account(work, username, name, "", hashed, by)
        give_post(work, account, draft, division_code, by)
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
            give_post(work, account, PostDraft(role, clock.today()), division_code, by)
    return given
