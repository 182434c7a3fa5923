"""The kinds of paper that leave the house, and what their files are called."""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document is."""

    DEMAND = "demand"
    APPROVAL = "approval"

    @property
    def label(self) -> str:
        """The paper as people call it."""
        return {"demand": "用款计划需求表", "approval": "用款计划批复单"}[self.value]
