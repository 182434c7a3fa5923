"""When an account locks, how long a session lives, what a password must be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from core.errors import Refused

FAILURES_TO_LOCK: Final = 5
LOCK_FOR: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 10
# A name of two letters stands in half of all passwords by chance; a longer one tells whose it is.
SHORTEST_TELLING: Final = 3
# One sentence for an unknown name, a wrong password, a locked and a deactivated account: none can be told apart.
WRONG: Final = "用户名或密码不正确。连续输错 5 次，账号将锁定 15 分钟。"

WRONG_AGAIN: Final = "密码不正确，没有办理。连续输错 5 次，账号将锁定 15 分钟。"
# So many seconds a password that was given again counts.
FRESH_SECONDS: Final = 300


def is_fresh_until(given: int, now: int) -> bool:
    """Whether a password given again at this second still counts now."""
    return 0 <= now - given < FRESH_SECONDS


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    """Whether the account is still locked."""
    return locked_until is not None and now < locked_until


def after_failure(failures: int, now: datetime) -> tuple[int, datetime | None]:
    """The count and the lock after one more wrong password; the count starts anew with a lock."""
    if failures + 1 >= FAILURES_TO_LOCK:
        return 0, now + LOCK_FOR
    return failures + 1, None


def is_over(created_at: datetime, seen_at: datetime, now: datetime, idle: timedelta, absolute: timedelta) -> bool:
    """Whether a session has ended by idleness or by its absolute age."""
    return now - seen_at > idle or now - created_at > absolute


def check_password(new: str, again: str, username: str, old: str = "") -> None:
    """Raise `Refused` unless the new password may be used (等保2.0 8.1.4.1 a: complexity)."""
    if new != again:
        raise Refused("两次输入的新密码不一致，请重新输入。")
    if len(new) < SHORTEST_PASSWORD:
        raise Refused(f"新密码至少 {SHORTEST_PASSWORD} 位，请加长。")
    if _kinds(new) < 3:
        raise Refused("新密码须包含大写字母、小写字母、数字、符号中的至少三种。")
    if len(username) >= SHORTEST_TELLING and username.lower() in new.lower():
        raise Refused("新密码不能包含用户名。")
    if new == old:
        raise Refused("新密码不能与原密码相同。")


def _kinds(password: str) -> int:
    tests = (str.isupper, str.islower, str.isdecimal, lambda sign: not sign.isalnum())
    return sum(any(test(sign) for sign in password) for test in tests)
