"""The kinds of paper that leave the house, and what their files are called."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

SEAL_LABEL: Final = "日结单"


class DocumentKind(StrEnum):
    """What a document is."""

    DEMAND = "demand"
    APPROVAL = "approval"
    RECEIPT = "receipt"

    @property
    def label(self) -> str:
        """The paper as people call it."""
        return {"demand": "用款计划需求表", "approval": "用款计划批复单", "receipt": "回执"}[self.value]
