"""What a line would draw on a paper if nobody says otherwise, and what its papers prove of it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from core.money import Money
from vouchers.papers.matrix import LineRow, Matrix, PaperColumn
from vouchers.papers.models import Paper

INVOICE, OTHER, CONTRACT = uuid4(), uuid4(), uuid4()


def column(paper_id: UUID, kind: str, face: int | None, drawn: int = 0, number: str = "") -> PaperColumn:
    amount = None if face is None else Money.yuan(face)
    paper = Paper(id=paper_id, kind_code=kind, name="发票.pdf", number=number, face_amount=amount)
    return PaperColumn(paper, "发票", Money.yuan(drawn))


def table(cells: dict[UUID, Money | None], *columns: PaperColumn, asked: int = 100, takes: bool = False) -> Matrix:
    """One line that asks for so much, and the papers."""
    return Matrix([LineRow(1, 1, "电费", Money.yuan(asked), cells, Money(0), takes)], columns)


@pytest.mark.parametrize(
    ("left", "others", "wanted"),
    [
        (500, {}, 100),  # the line asks for no more
        (30, {}, 30),  # there is no more
        (500, {OTHER: 60}, 40),  # another invoice proves the rest
        (500, {CONTRACT: 60}, 100),  # a contract proves the same money again
        (500, {OTHER: 100}, None),  # nothing is lacking
        (0, {}, None),  # nothing is left
    ],
)
def test_the_smaller_of_left_and_lacking(left: int, others: dict[UUID, int], wanted: int | None) -> None:
    columns = [column(INVOICE, "11", 500), column(OTHER, "11", 100), column(CONTRACT, "14", 100)]
    found = table({key: Money.yuan(yuan) for key, yuan in others.items()}, *columns)
    expected = None if wanted is None else Money.yuan(wanted)
    assert found.suggested(1, columns[0].paper, Money.yuan(left)) == expected


def test_its_own_draw_counts_as_left() -> None:
    own = column(INVOICE, "11", 80, drawn=80)
    assert table({INVOICE: Money.yuan(80)}, own).suggested(1, own.paper, own.left) == Money.yuan(80)


def test_nothing_is_proposed_without_a_face_for_a_minus_line_or_an_absent_one() -> None:
    plain, paper = column(INVOICE, "11", None), column(OTHER, "11", 90)
    assert plain.left is None
    assert table({}, plain).suggested(1, plain.paper, plain.left) is None
    assert table({}, paper, takes=True).suggested(1, paper.paper, paper.left) is None
    assert table({}, paper).suggested(2, paper.paper, paper.left) is None
    assert table({}, paper, takes=True).uncovered == Money(0)


def test_a_long_number_is_told_by_its_end() -> None:
    numbers = ("", "HT-2026-018", "26420000000000000777")
    assert [column(INVOICE, "11", 1, number=one).short for one in numbers] == ["发票.pdf", "HT-2026-018", "…00000777"]
