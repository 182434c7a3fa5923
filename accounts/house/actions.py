"""What a person does with his notices."""

from __future__ import annotations

from accounts.people.rules import Person
from core import notices
from core.db import transaction


def read_notices(*, by: Person) -> None:
    """All of the person's messages are read; his own list is no history of the house."""
    with transaction():
        notices.mark_read(by.id)
