"""Binding an authenticator, unbinding it, and resetting another person's."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.people.granting import check_not_self
from accounts.people.passwords import passwords
from accounts.people.rules import Person
from accounts.people.store import get_account, locked
from accounts.people.tenure import Administrator
from accounts.signin import codes, rules
from accounts.signin.models import DynamicCode, LoginSession, RecoveryCode
from accounts.signin.rules import CodeFault
from accounts.signin.spending import barred, count_failure, spend, step_of
from accounts.signin.store import find_code, unbind
from core import clock, history, notices
from core.db import transaction
from core.errors import Refused
from core.waiting import retried
from core.web import settings

PAGE: Final = "/dynamic-codes"
_BOUND: Final = "您已绑定动态口令。要换手机，请先解绑，再重新绑定。"
_WATCH: Final = "不是您本人操作的，请立即联系安全管理员。"


@retried
def begin(password: str, *, by: Person) -> str:
    """The password opens a binding; gives the salt from which the secret follows. Nothing is stored yet.

    Raises `Refused`; a wrong password is counted, and locks, as at the sign-in.
    """
    fits = passwords().fits(password, get_account(by.id).password_hash)
    with transaction():
        account = locked(by.id)
        if find_code(by.id):
            raise Refused(_BOUND)
        trouble = barred(account) or ("" if fits else count_failure(account, "密码"))
        if trouble:
            history.record("person", by.id, "bind_code_failed", f"绑定动态口令失败：{trouble}", by=by)
        else:
            account.failures = 0
    if trouble:
        raise Refused(rules.WRONG_AGAIN)
    return codes.new_salt()


@retried
def bind(salt: str, typed: str, *, by: Person) -> list[str]:
    """The first code of the authenticator binds it; gives the recovery codes, which are kept nowhere else.

    Raises `Refused` when the code is not right, or when an authenticator is bound already.
    """
    key = settings().secret_key
    fresh = codes.new_recovery_codes()
    with transaction() as work:
        locked(by.id)
        if find_code(by.id):
            raise Refused(_BOUND)
        step = step_of(codes.secret_of(key, by.id, salt), rules.normalised(typed), last_used=0)
        if isinstance(step, CodeFault):
            raise Refused("动态口令不正确，还没有绑定。请核对手机时间是否准确，再输入验证器正在显示的 6 位数字。")
        bound = DynamicCode(salt=salt, key_mark=codes.key_mark(key), last_step=step, bound_at=clock.now())
        bound.person_id = by.id
        work.add(bound)
        hashes = (codes.hash_of_recovery(by.id, rules.normalised(one)) for one in fresh)
        work.add_all(RecoveryCode(person_id=by.id, code_hash=hashed) for hashed in hashes)
        _note(by.id, "bind_code", "绑定动态口令", f"您的账号已绑定动态口令。{_WATCH}", by)
    return fresh


@retried
def unbind_own(typed: str, *, by: Person) -> None:
    """A person's own authenticator goes, against one of its codes. Raises `Refused`; a wrong code is counted."""
    with transaction() as work:
        account = locked(by.id)
        trouble, said = spend(work, account, typed)
        if trouble:
            history.record("person", by.id, "unbind_code_failed", f"解绑动态口令失败：{trouble}", by=by)
        else:
            work.flush()
            unbind(work, by.id)
            _note(by.id, "unbind_code", "解绑动态口令", f"您的账号已解绑动态口令。{_WATCH}", by)
    if trouble:
        raise Refused(said)


def reset(person_id: int, *, by: Administrator) -> None:
    """For whoever lost his telephone: his authenticator goes, his sessions end, and he is told. Raises `Refused`."""
    check_not_self(person_id, by.id, "重置自己的动态口令（可用验证器或恢复码自行解绑）")
    with transaction() as work:
        account = locked(person_id)
        if find_code(person_id) is None:
            raise Refused(f"“{account.name}”没有绑定动态口令，不用重置。")
        unbind(work, person_id)
        _end_sessions(work, person_id)
        told = f"{by.name}重置了您的动态口令：验证器和恢复码都已作废，请重新绑定。{_WATCH}"
        _note(person_id, "reset_code", f"重置“{account.name}”的动态口令", told, by)


def _end_sessions(work: Session, person_id: int) -> None:
    """Whoever found the telephone and knew the password may be in."""
    work.execute(delete(LoginSession).where(LoginSession.person_id == person_id))


def _note(person_id: int, action: str, summary: str, told: str, by: Administrator) -> None:
    history.record("person", person_id, action, summary, by=by)
    notices.tell([person_id], told, PAGE)
