"""The kinds of jobs of proof, which stand left of the exports that do one of them, and the nightly checks."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# What follows each seal: it is printed (to the right, in the exports) and mailed.
SEAL_PDF: Final = "seal_pdf"
SEAL_MAIL: Final = "seal_mail"
# Every night, each with the day that has ended.
VERIFY: Final = "verify"
REPLAY: Final = "replay"
# When one of them is red.
ALARM_MAIL: Final = "alarm_mail"


class Check(StrEnum):
    """What is checked every night."""

    VERIFY = VERIFY
    REPLAY = REPLAY

    @property
    def label(self) -> str:
        """The check as people call it."""
        return {"verify": "证据核验", "replay": "重放核对"}[self.value]

    @property
    def meaning(self) -> str:
        """What it looks at."""
        return {
            "verify": "决定链、封存、意见、台账和凭证文件与各自的摘要相符",
            "replay": "由决定重新推算的计划状态、指标余额和台账与库中数据一致",
        }[self.value]
