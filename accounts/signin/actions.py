"""Signing in and out, and changing one's password."""

from __future__ import annotations

from sqlalchemy import delete

from accounts.people.models import Account
from accounts.people.rules import Person
from accounts.people.store import find_by_username, get_account
from accounts.signin import rules
from accounts.signin.models import LoginSession
from accounts.signin.passwords import passwords
from accounts.signin.sessions import hash_of, new_key
from core import clock, history
from core.db import transaction
from core.errors import Refused


def sign_in(username: str, password: str) -> str:
    """Give a new session key. Raises `Refused`, with the same sentence and after the same work whatever is wrong."""
    known = find_by_username(username.strip())
    fits = passwords().fits(password, known.password_hash if known else None)
    if known is None:
        raise Refused(rules.WRONG)
    person_id = known.id
    key = new_key() if _let_in(person_id, fits) else None
    if key is None:
        raise Refused(rules.WRONG)
    _open(person_id, key)
    return key


def _let_in(person_id: int, fits: bool) -> bool:
    """Count the failure or clear the count. A locked account stays out even with the right password."""
    now = clock.now()
    with transaction() as work:
        account = work.get_one(Account, person_id, with_for_update=True)
        if not account.active or rules.is_locked(account.locked_until, now):
            return False
        if fits:
            account.failures, account.locked_until = 0, None
            return True
        account.failures, account.locked_until = rules.after_failure(account.failures, now)
        if account.locked_until:
            history.record("person", account.id, "lock", "连续 5 次输错密码，账号锁定 15 分钟", by=account)
    return False


def _open(person_id: int, key: str) -> None:
    """A new key at every sign-in, so that a key planted before is worth nothing."""
    now = clock.now()
    with transaction() as work:
        account = work.get_one(Account, person_id)
        work.add(LoginSession(key_hash=hash_of(key), person_id=person_id, created_at=now, seen_at=now))
        history.record("person", person_id, "sign_in", "登录", by=account)


def sign_out(key: str, *, by: Person) -> None:
    """End one session."""
    with transaction() as work:
        work.execute(delete(LoginSession).where(LoginSession.key_hash == hash_of(key)))
        history.record("person", by.id, "sign_out", "退出登录", by=by)


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
