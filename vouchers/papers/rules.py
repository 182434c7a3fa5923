"""Which papers a plan line needs: the requirement table as data, and what is missing from a line's papers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from core.errors import Refused

YES: Final = "1"
NO: Final = "2"


class Line(Protocol):
    """What a plan line tells us; the feature to the left or right brings its own."""

    @property
    def position(self) -> int: ...
    @property
    def dep_eco_code(self) -> str: ...
    @property
    def dep_eco_name(self) -> str: ...
    @property
    def pro_cat_code(self) -> str: ...
    @property
    def is_gov_pur(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class VoucherKind:
    """A kind of source voucher, such as 11 发票; level 1 groups the kinds."""

    code: str
    name: str
    parent: str
    level: int

    @property
    def short_name(self) -> str:
        """The name without what is in brackets: 发票."""
        return self.name.split("（")[0]


@dataclass(frozen=True, slots=True)
class Requirement:
    """Lines of these economic classes and project categories need a paper of any one of the kinds.

    An empty tuple means every class, or every category. Codes match by their beginning.
    """

    eco_prefixes: tuple[str, ...]
    pro_cats: tuple[str, ...]
    only_gov_pur: bool
    any_of: tuple[str, ...]
    required: bool
    basis: str
    text: str

    def applies_to(self, line: Line) -> bool:
        """Whether the line falls under this requirement."""
        return (
            _begins(line.dep_eco_code, self.eco_prefixes)
            and _begins(line.pro_cat_code, self.pro_cats)
            and (line.is_gov_pur or not self.only_gov_pur)
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One row of a line's checklist."""

    requirement: str
    kinds: tuple[str, ...]
    present: bool
    required: bool
    basis: str

    @property
    def missing(self) -> bool:
        """Whether this row stops the plan."""
        return self.required and not self.present


def checklist(line: Line, papers_kinds: Collection[str], requirements: Iterable[Requirement]) -> list[Check]:
    """What the line needs and what of it is there, in the order of the table, the same papers asked once."""
    asked: dict[frozenset[str], Requirement] = {}
    for requirement in requirements:
        if requirement.applies_to(line):
            same = frozenset(requirement.any_of)
            first = asked.get(same, requirement)
            asked[same] = replace(first, required=first.required or requirement.required)
    return [_check(requirement, papers_kinds) for requirement in asked.values()]


def check_required(
    lines_with_papers: Iterable[tuple[Line, Collection[str]]], requirements: Sequence[Requirement]
) -> None:
    """Raise `Refused` with one sentence for each line that lacks required papers, naming all of them."""
    sentences = []
    for line, papers_kinds in lines_with_papers:
        missing = [check.requirement for check in checklist(line, papers_kinds, requirements) if check.missing]
        if missing:
            sentences.append(f"{_said(line)}缺少：{'、'.join(missing)}。")
    if sentences:
        raise Refused(*sentences)


def parse_kinds(rows: Iterable[Mapping[str, str]]) -> list[VoucherKind]:
    """The kinds from the rows of `defaults/kinds.csv`."""
    return [VoucherKind(row["code"], row["name"], row["parent"], int(row["level"])) for row in rows]


def parse_requirements(rows: Iterable[Mapping[str, str]]) -> list[Requirement]:
    """The table from the rows of `defaults/requirements.csv` or of a bureau's own; row 2 is the first after the head.

    Columns: eco_prefix, pro_cat, kinds (several joined by |), gov_pur (1 only for government procurement, or empty),
    required (1 or 2), basis, text (what the clerk reads).
    """
    return [_requirement(row, number) for number, row in enumerate(rows, start=2)]


def _requirement(row: Mapping[str, str], number: int) -> Requirement:
    any_of = _codes(row["kinds"])
    text = row["text"].strip()
    if not any_of or not text:
        raise Refused(f"凭证要求表第 {number} 行没有填写凭证种类或名称。")
    return Requirement(
        eco_prefixes=_codes(row["eco_prefix"]),
        pro_cats=_codes(row["pro_cat"]),
        only_gov_pur=_flag(row["gov_pur"].strip() or NO, "gov_pur", number),
        any_of=any_of,
        required=_flag(row["required"].strip(), "required", number),
        basis=row["basis"].strip(),
        text=text,
    )


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in cell.split("|") if code.strip())


def _flag(cell: str, column: str, number: int) -> bool:
    if cell not in (YES, NO):
        raise Refused(f"凭证要求表第 {number} 行的 {column} 应填 1（是）或 2（否），现为“{cell}”。")
    return cell == YES


def _begins(code: str, prefixes: tuple[str, ...]) -> bool:
    return not prefixes or code.startswith(prefixes)


def _check(requirement: Requirement, papers_kinds: Collection[str]) -> Check:
    present = any(kind in papers_kinds for kind in requirement.any_of)
    return Check(requirement.text, requirement.any_of, present, requirement.required, requirement.basis)


def _said(line: Line) -> str:
    return f"第 {line.position} 行（{line.dep_eco_code} {line.dep_eco_name}）"
