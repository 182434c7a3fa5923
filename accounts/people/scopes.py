"""Which rows a person may see, and which plans he may write."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Writing:
    """Which plans a person may write: those that his units file, and, when he enters, those that finance enters."""

    unit_ids: frozenset[int] = frozenset()
    enters: bool = False

    def covers(self, unit_id: int, entered: bool) -> bool:
        """Whether a plan of this unit, entered by finance or not, is his to write."""
        return self.enters if entered else unit_id in self.unit_ids


@dataclass(frozen=True)
class Scope:
    """Which rows a person may see; every list, page, file and export asks for it.

    `unit_ids` are seen whole, drafts included; `predecessor_ids` (units that went into those), `department_codes`,
    `office_ids` and `whole_bureau` open what has been submitted; `enters` opens what finance enters for units, drafts
    included; `lent_plans` are those that he is asked about just now. An empty scope sees nothing.
    """

    unit_ids: frozenset[int] = frozenset()
    department_codes: frozenset[str] = frozenset()
    office_ids: frozenset[int] = frozenset()
    whole_bureau: bool = False
    predecessor_ids: frozenset[int] = frozenset()
    enters: bool = False
    lent_plans: frozenset[UUID] = frozenset()

    @property
    def read_unit_ids(self) -> frozenset[int]:
        """The units whose allotments and ledger are seen."""
        return self.unit_ids | self.predecessor_ids
