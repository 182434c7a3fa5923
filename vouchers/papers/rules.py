"""Which papers a plan line needs: the requirement table as data, and what is missing from a line's papers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from budget.plans.rules import PlanState
from core.errors import Refused

# The job that draws the pages of a paper.
DRAW_PAGES: Final = "draw_pages"
# The job that looks whether its pages are known already.
MARK_PAPER: Final = "mark_paper"
# The job that reads what stands on it.
READ_PAPER: Final = "read_paper"
# The kind of paper that an invoice is registered as.
INVOICE: Final = "11"
# Whether anything was read on a paper.
READ: Final = "read"
NOTHING: Final = "nothing"
YES: Final = "1"
NO: Final = "2"
_EXPLANATION: Final = re.compile(r"（[^（）]*）$")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")


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
class LineFacts:
    """A line with what its allotment says, as the requirements need it."""

    position: int
    dep_eco_code: str
    dep_eco_name: str
    pro_cat_code: str
    is_gov_pur: bool


@dataclass(frozen=True, slots=True)
class VoucherKind:
    """A kind of source voucher, such as 11 发票; level 1 groups the kinds."""

    code: str
    name: str
    parent: str
    level: int

    @property
    def short_name(self) -> str:
        """The name without the explanation at its end: 发票."""
        return _EXPLANATION.sub("", self.name)


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


class RequirementTable:
    """The requirements of a year; what lines of one class, category and way of procurement need is found once."""

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        self._requirements = tuple(requirements)
        self._classes: dict[str, list[Requirement]] = {}
        self._asked: dict[tuple[str, str, bool], tuple[Requirement, ...]] = {}

    def asked_of(self, line: Line) -> tuple[Requirement, ...]:
        """What the line needs, in the order of the table, the same papers asked once."""
        alike = (line.dep_eco_code, line.pro_cat_code, line.is_gov_pur)
        if alike not in self._asked:
            self._asked[alike] = self._find(line)
        return self._asked[alike]

    def _find(self, line: Line) -> tuple[Requirement, ...]:
        asked: dict[frozenset[str], Requirement] = {}
        for requirement in self._of_class(line.dep_eco_code):
            if requirement.applies_to(line):
                same = frozenset(requirement.any_of)
                first = asked.setdefault(same, requirement)
                if requirement.required and not first.required:
                    asked[same] = replace(first, required=True)
        return tuple(asked.values())

    def _of_class(self, eco_code: str) -> list[Requirement]:
        """Those of the class; few are left to be asked about category and procurement."""
        if eco_code not in self._classes:
            self._classes[eco_code] = [r for r in self._requirements if _begins(eco_code, r.eco_prefixes)]
        return self._classes[eco_code]

    def checklist(self, line: Line, papers_kinds: Collection[str]) -> list[Check]:
        """What the line needs and what of it is there."""
        return [_check(requirement, papers_kinds) for requirement in self.asked_of(line)]


def checklist(line: Line, papers_kinds: Collection[str], requirements: Iterable[Requirement]) -> list[Check]:
    """The checklist of a single line."""
    return RequirementTable(requirements).checklist(line, papers_kinds)


def check_required(
    lines_with_papers: Iterable[tuple[Line, Collection[str]]], requirements: Iterable[Requirement]
) -> None:
    """Raise `Refused` with one sentence for each line that lacks required papers, naming all of them."""
    table = RequirementTable(requirements)
    sentences = []
    for line, papers_kinds in lines_with_papers:
        missing = [check.requirement for check in table.checklist(line, papers_kinds) if check.missing]
        if missing:
            sentences.append(f"{_said(line)}缺少：{'、'.join(missing)}。")
    if sentences:
        raise Refused(*sentences)


class StoredLine(Protocol):
    """A stored line as the question needs it whether its papers may change."""

    @property
    def returned(self) -> bool: ...


def is_open(state: PlanState, line: StoredLine) -> bool:
    """Whether the papers of this line may change: any in a draft, the returned ones in a returned plan."""
    return state is PlanState.DRAFT or (state is PlanState.RETURNED and line.returned)


class ClosedLine(Refused):
    """The line was not returned, so its papers stay as they were decided on."""

    def __init__(self, position: int) -> None:
        super().__init__(f"第 {position} 行没有被退回，它的凭证不能改动。")


def short_names(kinds: Iterable[VoucherKind]) -> dict[str, str]:
    """What people call each kind, by its code."""
    return {kind.code: kind.short_name for kind in kinds}


def check_kind(code: str, kinds: Iterable[VoucherKind]) -> None:
    """A paper is of one of the kinds of the year, not of a group. Raises `Refused`."""
    if code not in {kind.code for kind in kinds if kind.level > 1}:
        raise Refused("请从列表中选择凭证种类。")


def record_of(row: Requirement, kinds: Iterable[VoucherKind]) -> dict[str, str]:
    """The row in the words of the page, to show two versions of it side by side."""
    names = short_names(kinds)
    return {
        "附件名称": row.text,
        "部门经济分类": "、".join(row.eco_prefixes),
        "项目类别": "、".join(row.pro_cats),
        "凭证种类": "、".join(names.get(code, code) for code in row.any_of),
        "必附": "是" if row.required else "否",
        "只用于政府采购": "是" if row.only_gov_pur else "否",
        "依据": row.basis,
    }


def check_requirement(requirement: Requirement, kinds: Iterable[VoucherKind]) -> None:
    """A row of the table must be able to mean something. Raises `Refused` with every fault at once."""
    sentences = list(_faults(requirement, {kind.code: kind for kind in kinds if kind.level > 1}))
    if sentences:
        raise Refused(*sentences)


def _faults(requirement: Requirement, kinds: Mapping[str, VoucherKind]) -> Iterator[str]:
    for label, codes in (("经济分类", requirement.eco_prefixes), ("项目类别", requirement.pro_cats)):
        wrong = [code for code in codes if not _DIGITS.fullmatch(code)]
        if wrong:
            yield f"{label}“{'、'.join(wrong)}”应为 1 至 9 位数字，可以只写前几位，多个用“|”隔开。"
    if not requirement.text:
        yield "请填写附件名称，经办人照它准备附件。"
    if not requirement.any_of:
        yield "请至少选择一种凭证。"
    unknown = [code for code in requirement.any_of if code not in kinds]
    if unknown:
        yield f"凭证种类“{'、'.join(unknown)}”不在本年度的种类表中。"


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
    any_of = codes_of(row["kinds"])
    text = row["text"].strip()
    if not any_of or not text:
        raise Refused(f"凭证要求表第 {number} 行没有填写凭证种类或名称。")
    return Requirement(
        eco_prefixes=codes_of(row["eco_prefix"]),
        pro_cats=codes_of(row["pro_cat"]),
        only_gov_pur=_flag(row["gov_pur"].strip() or NO, "gov_pur", number),
        any_of=any_of,
        required=_flag(row["required"].strip(), "required", number),
        basis=row["basis"].strip(),
        text=text,
    )


def codes_of(cell: str) -> tuple[str, ...]:
    """The codes of a cell such as 30101|30102; people also write commas, 、 and blanks between them."""
    return tuple(dict.fromkeys(code for code in re.split(r"[|,，、;；\s]+", cell) if code))


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
