"""What a step of an approval chain is: who acts, on which lines, and what he may do."""

from __future__ import annotations

from enum import StrEnum


class StepScope(StrEnum):
    """At which place the post of a step is looked for."""

    UNIT = "unit"
    DEPARTMENT = "department"
    LINE_OFFICE = "line_office"
    BUREAU = "bureau"

    @property
    def label(self) -> str:
        """The scope as people read it."""
        return {"unit": "本单位", "department": "主管部门", "line_office": "各行的业务股室", "bureau": "财政局"}[
            self.value
        ]


class AmountField(StrEnum):
    """Which of the three amounts a step sets: none, 建议数 or 核批数."""

    NONE = ""
    SUGGESTED = "suggested"
    APPROVED = "approved"
