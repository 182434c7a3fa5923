"""Counting right and wrong passwords and codes of an account, and using a code up; all inside a caller's transaction.

The caller holds the row of the account, so that of two who send the same code at once the second finds it used.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from accounts.people.models import Account
from accounts.signin import codes, rules
from accounts.signin.models import DynamicCode, RecoveryCode
from accounts.signin.rules import CodeFault
from accounts.signin.store import codes_left, find_code
from core import clock, history
from core.web import settings

_LOCKED: Final = "账号锁定中"


def barred(account: Account) -> str:
    """Why nothing that is typed for this account counts just now, as the auditor reads it; empty when it does."""
    if not account.active:
        return "账号已停用"
    return _LOCKED if rules.is_locked(account.locked_until, clock.now()) else ""


def count_failure(account: Account, what: str) -> str:
    """One more wrong password or code (`what`); gives that as the auditor reads it, and whether it was one too many."""
    account.failures, account.locked_until = rules.after_failure(account.failures, clock.now())
    return f"连续 5 次输错{what}，账号锁定 15 分钟" if account.locked_until else f"{what}不正确"


def spend(work: Session, account: Account, typed: str) -> tuple[str, str]:
    """Use up what was typed: a dynamic code, or a recovery code, of the locked account.

    Gives what the auditor and what the person reads of a refusal, both empty when it counted. A wrong code is counted
    as a wrong password is, and a lock holds against a right one too; one that was right before is no guess.
    """
    closed = barred(account)
    if closed:
        return closed, CodeFault.WRONG.said
    fault = _use(work, account, rules.normalised(typed))
    if fault is CodeFault.WRONG:
        return count_failure(account, "动态口令"), fault.said
    if fault:
        return fault.noted, fault.said
    account.failures = 0
    return "", ""


def _use(work: Session, account: Account, code: str) -> CodeFault | None:
    bound = find_code(account.id)
    if bound is None:
        return CodeFault.UNBOUND
    if rules.is_dynamic(code):
        return _use_step(bound, code)
    hashed = codes.hash_of_recovery(account.id, code)
    known = work.get(RecoveryCode, (account.id, hashed), populate_existing=True)
    if known is None:
        return CodeFault.WRONG
    left = codes_left(account.id) - 1
    work.delete(known)
    history.record("person", account.id, "use_recovery_code", f"用了一个恢复码，还剩 {left} 个", by=account)
    return None


def _use_step(bound: DynamicCode, code: str) -> CodeFault | None:
    key = settings().secret_key
    if bound.key_mark != codes.key_mark(key):
        return CodeFault.KEY_CHANGED
    step = step_of(codes.secret_of(key, bound.person_id, bound.salt), code, bound.last_step)
    if isinstance(step, CodeFault):
        return step
    bound.last_step = step
    return None


def step_of(secret: str, code: str, last_used: int) -> int | CodeFault:
    """The half minute that a normalised code uses up now, or why it uses none."""
    around = rules.steps_around(int(clock.now().timestamp()))
    found = codes.matching(secret, code, around) if rules.is_dynamic(code) else []
    return rules.judge_step(found, last_used)
