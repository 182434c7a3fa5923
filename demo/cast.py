"""The people of the demonstration, all invented, at every post of the default chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from accounts.people.models import Account, Post
from accounts.people.passwords import passwords
from accounts.people.rules import Person, Role
from accounts.people.store import find_by_username, find_person
from accounts.units.models import Office, Unit
from core import clock

# One password for everybody: this is a demonstration, and its accounts hold nothing real.
DEMO_PASSWORD: Final = "Demo-2026!pass"  # noqa: S105  shown to whoever starts the demonstration


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the cast: username, name, role, and the code of the unit or office."""

    username: str
    name: str
    role: Role
    unit: str = ""
    office: str = ""


CAST: Final = (
    Member("clerk1", "林晓敏", Role.UNIT_CLERK, unit="301004"),
    Member("auditor1", "何雨桐", Role.UNIT_AUDITOR, unit="301004"),
    Member("clerk2", "周建国", Role.UNIT_CLERK, unit="602001"),
    Member("auditor2", "郑海燕", Role.UNIT_AUDITOR, unit="602001"),
    Member("clerk3", "吴思齐", Role.UNIT_CLERK, unit="405002"),
    Member("auditor3", "孙明远", Role.UNIT_AUDITOR, unit="405002"),
    Member("dept1", "焦文静", Role.DEPARTMENT_REVIEWER, unit="301"),
    Member("office03", "严立", Role.OFFICE_REVIEWER, office="03"),
    Member("office04", "沈思远", Role.OFFICE_REVIEWER, office="04"),
    Member("office05", "韩雪", Role.OFFICE_REVIEWER, office="05"),
    Member("office06", "秦川", Role.OFFICE_REVIEWER, office="06"),
    Member("office07", "冯凯", Role.OFFICE_REVIEWER, office="07"),
    Member("office08", "朱丽华", Role.OFFICE_REVIEWER, office="08"),
    Member("treasury1", "方芸", Role.TREASURY_REVIEWER),
    Member("treasury2", "罗正", Role.TREASURY_APPROVER),
    Member("leader1", "唐振华", Role.DEPUTY_DIRECTOR),
    Member("leader2", "高志远", Role.DIRECTOR),
    Member("audit1", "石坚", Role.AUDITOR),
    Member("sysadmin", "席文", Role.SYSTEM_ADMIN),
    Member("secadmin", "安然", Role.SECURITY_ADMIN),
    Member("logadmin", "纪明", Role.AUDIT_ADMIN),
    Member("chief03", "魏东升", Role.OFFICE_CHIEF, office="03"),
    Member("chief04", "余文博", Role.OFFICE_CHIEF, office="04"),
    Member("chief05", "丁晓岚", Role.OFFICE_CHIEF, office="05"),
    Member("chief06", "彭国平", Role.OFFICE_CHIEF, office="06"),
    Member("chief07", "苏建华", Role.OFFICE_CHIEF, office="07"),
    Member("chief08", "范丽娟", Role.OFFICE_CHIEF, office="08"),
)


def add_cast(work: Session, units: Mapping[str, Unit], offices: Mapping[str, Office], since: date) -> None:
    """Write everybody with an open post, inside the caller's transaction."""
    hashed = passwords().hash(DEMO_PASSWORD)
    for number, member in enumerate(CAST, 1):
        account = Account(
            username=member.username, name=member.name, phone=f"0719-86500{number:02d}", password_hash=hashed,
            must_change_password=False, created_at=clock.now(),
        )  # fmt: skip
        unit, office = units.get(member.unit), offices.get(member.office)
        account.posts.append(
            Post(
                role=member.role,
                unit_id=unit.id if unit else None,
                office_id=office.id if office else None,
                starts_on=since,
            )
        )
        work.add(account)


def member(username: str, day: date) -> Person:
    """Somebody of the cast with the posts in force."""
    account = find_by_username(username)
    person = find_person(account.id, day) if account else None
    if person is None:
        raise LookupError(username)
    return person


def sign_in_lines(units: Mapping[str, Unit], offices: Mapping[str, Office]) -> Iterator[str]:
    """Who may sign in and as what, to print after loading."""
    for one in CAST:
        place = units.get(one.unit) or offices.get(one.office)
        yield f"{one.username:<10} {one.name}  {place.name if place else '财政局'}  {one.role.label}"
