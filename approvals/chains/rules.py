"""What a step of an approval chain is: who acts, on which lines, what he may do, and what comes of delay."""

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
    """Which of the three amounts a step sets: none (it may not cut then), 建议数 or 核批数."""

    NONE = ""
    SUGGESTED = "suggested"
    APPROVED = "approved"

    @property
    def label(self) -> str:
        """What the step sets, as people read it."""
        return {"": "不核减", "suggested": "可核减，形成建议数", "approved": "可核减，形成核批数"}[self.value]


class StepMode(StrEnum):
    """How many of the people at a desk must act."""

    ANY = "any"
    ALL = "all"
    SOME = "some"
    IN_ORDER = "in_order"

    @property
    def label(self) -> str:
        """The mode as people read it."""
        return {"any": "或签（任一人）", "all": "会签（全部）", "some": "会签（若干人）", "in_order": "依次审核"}[
            self.value
        ]


class OnLimit(StrEnum):
    """What happens when the time limit runs out; nothing is ever approved by silence."""

    REMIND = "remind"
    ESCALATE = "escalate"

    @property
    def label(self) -> str:
        """The consequence as people read it."""
        return {"remind": "催办", "escalate": "上报"}[self.value]


class AfterReturn(StrEnum):
    """Which steps are asked again about a line that was returned and changed."""

    EVERY_STEP = "every_step"
    FROM_RETURN = "from_return"

    @property
    def label(self) -> str:
        """The rule as people read it."""
        return {
            "every_step": "修改过的行从第一个环节起重新审核",
            "from_return": "金额和指标未变的行直接回到退回它的环节，否则从第一个环节起重新审核",
        }[self.value]
