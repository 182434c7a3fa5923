"""The plain values that paper, workbook and national table are all made from; no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Coded:
    """One element of a national code table (财办〔2023〕12号, 要素代码): its code with its name."""

    code: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Code and name as they stand in one printed cell: 2080501 行政单位离退休."""
        return f"{self.code} {self.name}".strip()


BLANK: Final = Coded()

BASIC: Final = "基本支出"
PROJECT: Final = "项目支出"


def expenditure_kind(category: Coded) -> str:
    """基本支出 or 项目支出 from 项目类别: 1 人员类 and 21 公用经费 are basic, all others project (exp_type)."""
    return BASIC if category.code.startswith("1") or category.code.startswith("21") else PROJECT


def yes_no(flag: bool) -> str:
    """A truth value as code table 是否 (yes_no) writes it: 1 是, 2 否."""
    return "1" if flag else "2"
