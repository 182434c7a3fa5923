"""Signing in and out, and changing one's password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.people.models import Account
from accounts.people.passwords import passwords
from accounts.people.rules import SYSTEM, Person
from accounts.people.store import find_by_username, get_account, locked
from accounts.signin import rules
from accounts.signin.models import LoginSession
from accounts.signin.sessions import hash_of, new_key
from accounts.signin.spending import barred, count_failure, spend
from accounts.signin.store import find_code
from core import clock, history
from core.db import transaction
from core.errors import Refused
from core.waiting import retried
from core.web import settings


@dataclass(frozen=True)
class Awaited:
    """The password was right; the session opens with a code of the person's authenticator only."""

    person_id: int
    # Of the password that was right: when it is changed meanwhile, nothing is awaited any more.
    mark: str


@retried
def sign_in(username: str, password: str, leaving: str | None = None) -> str | Awaited:
    """Give a new session key, or who must give a code first; `leaving` is the key that this browser had and that ends.

    Raises `Refused` with the same sentence, and after the same work, whatever is wrong.
    """
    known = find_by_username(username.strip().lower())
    person_id = known.id if known else None
    fits = passwords().fits(password, known.password_hash if known else None)
    key = new_key()
    with transaction() as work:
        account = work.get(Account, person_id, with_for_update=True) if person_id else None
        trouble = _trouble(account, fits)
        awaited = None if account is None or trouble else _awaited(account)
        if account is None or trouble:
            _note_failure(account, trouble)
        elif awaited:
            history.record("person", account.id, "sign_in_awaited", "登录：密码正确，待输入动态口令", by=SYSTEM)
        else:
            _open(work, account, key, leaving)
    if trouble:
        raise Refused(rules.WRONG)
    return awaited or key


def _awaited(account: Account) -> Awaited | None:
    return Awaited(account.id, hash_of(account.password_hash)) if find_code(account.id) else None


@retried
def sign_in_with_code(awaited: Awaited, typed: str, leaving: str | None = None) -> str:
    """The second half of a sign-in: a dynamic or a recovery code opens the session. Raises `Refused`."""
    key = new_key()
    with transaction() as work:
        account = locked(awaited.person_id)
        over = hash_of(account.password_hash) != awaited.mark
        trouble, said = (rules.OVER, rules.OVER) if over else spend(work, account, typed)
        if trouble:
            _note_failure(account, trouble)
        else:
            _open(work, account, key, leaving)
    if trouble:
        raise Refused(said)
    return key


def _note_failure(account: Account | None, trouble: str) -> None:
    who, subject = (f"“{account.name}”", account.id) if account else ("", "")
    history.record("person", subject, "sign_in_failed", f"{who}登录失败：{trouble}", by=SYSTEM)


def _trouble(account: Account | None, fits: bool) -> str:
    """What the auditor reads of a refused sign-in; counts a wrong password. A lock holds against the right one too."""
    if account is None:
        return "没有这个用户名"
    return barred(account) or ("" if fits else count_failure(account, "密码"))


def _open(work: Session, account: Account, key: str, leaving: str | None) -> None:
    """A new key at every sign-in, so that a key planted before is worth nothing; dead sessions are swept out."""
    now = clock.now()
    account.failures, account.locked_until = 0, None
    dead = LoginSession.created_at < now - timedelta(hours=settings().absolute_hours)
    work.execute(delete(LoginSession).where(dead | (LoginSession.key_hash == hash_of(leaving or ""))))
    work.add(LoginSession(key_hash=hash_of(key), person_id=account.id, created_at=now, seen_at=now))
    history.record("person", account.id, "sign_in", "登录", by=account)


def sign_out(key: str, *, by: Person) -> None:
    """End one session."""
    with transaction() as work:
        work.execute(delete(LoginSession).where(LoginSession.key_hash == hash_of(key)))
        history.record("person", by.id, "sign_out", "退出登录", by=by)


@retried
def confirm(typed: str, *, by: Person) -> None:
    """Use up a dynamic or a recovery code. Raises `Refused`; a wrong one is counted, and locks, as at the sign-in."""
    with transaction() as work:
        trouble, said = spend(work, locked(by.id), typed)
        if trouble:
            history.record("person", by.id, "confirm_failed", f"再次确认失败：{trouble}", by=by)
        else:
            history.record("person", by.id, "confirm", "以动态口令再次确认身份", by=by)
    if trouble:
        raise Refused(said)


def change_password(old: str, new: str, again: str, *, keep: str, by: Person) -> None:
    """Set a new password and end the person's other sessions. Raises `Refused`."""
    if not passwords().fits(old, get_account(by.id).password_hash):
        raise Refused("原密码不正确，请重新输入。")
    rules.check_password(new, again, by.username, old)
    hashed = passwords().hash(new)
    with transaction() as work:
        account = work.get_one(Account, by.id)
        account.password_hash, account.must_change_password = hashed, False
        others = (LoginSession.person_id == by.id) & (LoginSession.key_hash != hash_of(keep))
        work.execute(delete(LoginSession).where(others))
        history.record("person", by.id, "change_password", "修改密码", by=by)
