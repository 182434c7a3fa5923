"""Signing in and out, and changing one's password."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.people.models import Account
from accounts.people.passwords import passwords
from accounts.people.rules import SYSTEM, Person
from accounts.people.store import find_by_username, get_account
from accounts.signin import rules
from accounts.signin.models import LoginSession
from accounts.signin.sessions import hash_of, new_key
from core import clock, history
from core.db import transaction
from core.errors import Refused
from core.waiting import retried
from core.web import settings


@retried
def sign_in(username: str, password: str, leaving: str | None = None) -> str:
    """Give a new session key; `leaving` is the key that this browser had and that ends now.

    Raises `Refused` with the same sentence, and after the same work, whatever is wrong.
    """
    known = find_by_username(username.strip().lower())
    person_id = known.id if known else None
    fits = passwords().fits(password, known.password_hash if known else None)
    key = new_key()
    with transaction() as work:
        account = work.get(Account, person_id, with_for_update=True) if person_id else None
        trouble = _trouble(account, fits)
        if account is None or trouble:
            who = f"“{account.name}”" if account else ""
            history.record("person", person_id or "", "sign_in_failed", f"{who}登录失败：{trouble}", by=SYSTEM)
        else:
            _open(work, account, key, leaving)
    if trouble:
        raise Refused(rules.WRONG)
    return key


def _trouble(account: Account | None, fits: bool) -> str:
    """What the auditor reads of a refused sign-in; counts a wrong password. A lock holds against the right one too."""
    now = clock.now()
    if account is None:
        return "没有这个用户名"
    if not account.active:
        return "账号已停用"
    if rules.is_locked(account.locked_until, now):
        return "账号锁定中"
    if fits:
        return ""
    account.failures, account.locked_until = rules.after_failure(account.failures, now)
    return "连续 5 次输错密码，账号锁定 15 分钟" if account.locked_until else "密码不正确"


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
def confirm(password: str, *, by: Person) -> None:
    """Look at the password once more. Raises `Refused`; a wrong one is counted, and locks, as at the sign-in."""
    fits = passwords().fits(password, get_account(by.id).password_hash)
    with transaction() as work:
        account = work.get_one(Account, by.id, with_for_update=True)
        trouble = _trouble(account, fits)
        if trouble:
            history.record("person", by.id, "confirm_failed", f"再次确认失败：{trouble}", by=by)
        else:
            account.failures = 0
            history.record("person", by.id, "confirm", "再次确认密码", by=by)
    if trouble:
        raise Refused(rules.WRONG_AGAIN)


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
