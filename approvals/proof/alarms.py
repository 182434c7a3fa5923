"""The alarm when the books may be wrong: whoever must know today is told."""

from __future__ import annotations

from typing import Final

from accounts.people.rules import Role
from accounts.people.store import holders
from core import clock, notices
from core.notices import NoticeKind

# Who is told, and whether he sees the page on which he could read on.
_TOLD: Final = {Role.AUDIT_ADMIN: True, Role.TREASURY_APPROVER: False}


def alarm(said: str, link: str) -> None:
    """Tell the audit administrators and the treasury's approvers, inside the caller's transaction."""
    for role, sees in _TOLD.items():
        people = (one.id for one in holders(role, clock.today()))
        notices.tell(people, said, link if sees else "", NoticeKind.ALARM)
