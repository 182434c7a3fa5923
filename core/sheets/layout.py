"""The nouns of an import: the expected columns, the rows that came out, the problems in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from core.errors import Refused

Parsed = TypeVar("Parsed")
Kind = Literal["text", "money", "code", "date", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    """One expected column: its field code, its Chinese name, and what its cells may hold."""

    code: str
    name_zh: str
    required: bool = False
    kind: Kind = "text"
    max_length: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """One expected sheet. `key` is the code of the column whose values must be unique, if any."""

    name: str
    columns: tuple[Column, ...]
    key: str | None = None

    def column(self, code: str) -> Column:
        """The column with this field code; asking for another is a programming mistake."""
        return next(column for column in self.columns if column.code == code)

    def problem(self, row: int, code: str, text: str) -> Problem:
        """A problem of one cell, named as the clerk sees it."""
        return Problem(row, self.column(code).name_zh, text)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data: `number` as Excel counts it, `values` by field code, `extra` by the header found.

    Every code of the layout is in `values`; an empty cell and an absent column are "". Money is plain yuan
    ("1234.50") whatever unit the file used, a date is ISO, a flag is "1" or "2".
    """

    number: int
    values: dict[str, str]
    extra: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one sheet."""

    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file: in which row, in which column, in a sentence."""

    row: int | None
    column: str | None
    text: str

    def __str__(self) -> str:
        place = (f"第 {self.row} 行" if self.row else "") + (f"“{self.column}”" if self.column else "")
        return f"{place}：{self.text}" if place else self.text


class BadTable(Refused):
    """The file cannot be taken over. `problems` holds everything that is wrong, in the order of the rows."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(*map(str, problems))
        self.problems = tuple(problems)

    @classmethod
    def because(cls, text: str) -> BadTable:
        """The whole file is wrong, not a row of it."""
        return cls([Problem(None, None, text)])


def check_problems(problems: Iterable[Problem]) -> None:
    """Raise all problems at once, ordered by row; silent when there are none."""
    found = sorted(problems, key=lambda problem: problem.row or 0)
    if found:
        raise BadTable(found)


def parse_with(parse: Callable[[], Parsed], others: Iterable[Problem]) -> Parsed:
    """What `parse` gives, when neither it nor `others` finds a problem; otherwise all problems of both at once."""
    found = list(others)
    try:
        parsed = parse()
    except BadTable as bad:
        check_problems([*bad.problems, *found])
        raise
    check_problems(found)
    return parsed
