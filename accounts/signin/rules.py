"""When an account locks, how long a session lives, what a password must be, and which dynamic code counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.errors import Refused

FAILURES_TO_LOCK: Final = 5
LOCK_FOR: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 10
# A name of two letters stands in half of all passwords by chance; a longer one tells whose it is.
SHORTEST_TELLING: Final = 3
# One sentence for an unknown name, a wrong password, a locked and a deactivated account: none can be told apart.
WRONG: Final = "用户名或密码不正确。连续输错 5 次，账号将锁定 15 分钟。"
# The second page of the sign-in was left open too long, or the password was changed meanwhile.
OVER: Final = "登录已超时，请重新输入用户名和密码。"
WRONG_AGAIN: Final = "密码不正确，没有办理。连续输错 5 次，账号将锁定 15 分钟。"
# So many seconds a code counts that was given before an act.
FRESH_SECONDS: Final = 300
# So long the second page of the sign-in may be answered, and a binding that was begun may be ended.
WAITING_SECONDS: Final = 300
BINDING_SECONDS: Final = 600
# RFC 6238: a code for each half minute; one beside the present one is taken, for clocks differ and people type slowly.
STEP_SECONDS: Final = 30
_NEIGHBOURS: Final = (-1, 0, 1)
_CODE: Final = re.compile(r"[0-9]{6}")
RECOVERY_CODES: Final = 8
# Of so few recovery codes on the person is told to bind anew.
FEW_CODES: Final = 2


class CodeFault(StrEnum):
    """Why a dynamic or a recovery code does not count."""

    WRONG = "wrong"
    USED = "used"
    KEY_CHANGED = "key_changed"
    UNBOUND = "unbound"

    @property
    def noted(self) -> str:
        """What the auditor reads."""
        return {
            "wrong": "动态口令不正确", "used": "动态口令已经用过", "key_changed": "系统密钥已更换，动态口令失效",
            "unbound": "没有绑定动态口令",
        }[self.value]  # fmt: skip

    @property
    def said(self) -> str:
        """What the person reads, and what he can do."""
        return {
            "wrong": "动态口令不正确。请核对手机时间是否准确，再输入。连续输错 5 次，账号将锁定 15 分钟。",
            "used": "这个动态口令已经用过。请等验证器显示下一个（每 30 秒换一个）再输入。",
            "key_changed": "系统密钥已更换，验证器显示的口令不再有效。请用恢复码，或请安全管理员重置后重新绑定。",
            "unbound": "您还没有绑定动态口令。请先绑定，再回到本页输入。",
        }[self.value]


def normalised(typed: str) -> str:
    """A code as it is compared, whatever keyboard it came from: no full-width signs, spaces or hyphens; capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum())


def is_dynamic(code: str) -> bool:
    """Whether a normalised code is one of an authenticator, and not a recovery code."""
    return _CODE.fullmatch(code) is not None


def step_at(second: int) -> int:
    """The number of the half minute in which a second lies, counted from 1970."""
    return second // STEP_SECONDS


def steps_around(second: int) -> tuple[int, ...]:
    """The half minutes whose codes are taken at this second."""
    return tuple(step_at(second) + one for one in _NEIGHBOURS)


def judge_step(matching: Iterable[int], last_used: int) -> int | CodeFault:
    """Which of the half minutes that a code fits is used up by it: none up to the last used one counts again."""
    steps = sorted(matching)
    if not steps:
        return CodeFault.WRONG
    return next((step for step in steps if step > last_used), CodeFault.USED)


def is_fresh_until(given: int, now: int, seconds: int = FRESH_SECONDS) -> bool:
    """Whether what was given at one second still counts at another."""
    return 0 <= now - given < seconds


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    """Whether the account is still locked."""
    return locked_until is not None and now < locked_until


def after_failure(failures: int, now: datetime) -> tuple[int, datetime | None]:
    """The count and the lock after one more wrong password or code; the count starts anew with a lock."""
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
