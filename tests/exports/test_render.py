"""Paper is read back from the PDF: every line, the totals, the words, the pages."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from core.money import Money
from exports.documents.approval_sheet import approval_sheet
from exports.documents.demand_sheet import demand_sheet
from exports.documents.line_facts import LineFacts
from exports.documents.pages import sheet_html
from exports.documents.render import render_pdf
from tests.exports.cast import APPROVAL, DIGEST, PLAN, SALARY, WORKS, long_plan


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page without blanks and line breaks."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return ["".join(document[n].get_textpage().get_text_bounded().split()) for n in range(len(document))]
    finally:
        document.close()


def demand_pages(lines: list[LineFacts]) -> list[str]:
    return pages_of(render_pdf(sheet_html(demand_sheet(PLAN, lines))))


def test_demand_sheet_prints_title_lines_totals_and_capitals() -> None:
    (page,) = demand_pages([SALARY, WORKS])
    for text in (
        "十堰市张湾区2026年5月用款计划需求表",
        "201001十堰市张湾区汉江路街道办事处中心小学",
        "5月在职人员基本工资",
        "第三期进度款",
        "420303260001P00000002",
        "3,900,000.01",
        "小计：基本支出（1条）1,000,000.10",
        "人民币壹佰贰拾伍万元壹角伍分1,250,000.15",
        "单位负责人（签章）",
        "分管领导意见",
        "第1页共1页",
        DIGEST[:32],
    ):
        assert text in page


def test_an_amount_of_many_billions_stays_in_one_piece() -> None:
    html = sheet_html(demand_sheet(PLAN, [replace(SALARY, granted=Money(12345678901234))]))
    document = pypdfium2.PdfDocument(render_pdf(html))
    assert "123,456,789,012.34" in document[0].get_textpage().get_text_bounded()
    document.close()


def test_long_plan_repeats_its_headings_and_loses_no_line() -> None:
    pages = demand_pages(long_plan(200))
    assert len(pages) > 5
    for number, page in enumerate(pages, 1):
        assert "指标总金额" in page
        assert f"第{number}页共{len(pages)}页" in page
    whole = "".join(pages)
    assert all(f"用途第{number}条" in whole for number in range(1, 201))


@pytest.mark.parametrize("count", [1, 2, 3, *range(7, 15)])
def test_signatures_never_stand_alone(count: int) -> None:
    last = demand_pages(long_plan(count))[-1]
    assert f"用途第{count}条" in last
    assert "合计（大写）" in last
    assert "分管领导意见" in last


def test_approval_sheet_prints_cut_reason_note_and_hands() -> None:
    (page,) = pages_of(render_pdf(sheet_html(approval_sheet(APPROVAL, [WORKS]))))
    assert "批复的用款计划当月有效。" in page
    for text in ("用款计划批复单", "50,000.05", "超出序时进度", "贰拾万元整", "国库股经办：李娟", "（盖章）"):
        assert text in page


def test_same_sheet_gives_the_same_bytes() -> None:
    html = sheet_html(demand_sheet(PLAN, [SALARY]))
    assert render_pdf(html) == render_pdf(html)


def test_pdf_carries_its_title() -> None:
    document = pypdfium2.PdfDocument(render_pdf(sheet_html(demand_sheet(PLAN, [SALARY]))))
    assert "用款计划需求表" in document.get_metadata_value("Title")
    document.close()


def test_what_people_typed_stays_text() -> None:
    nasty = replace(SALARY, purpose='<img src="file:///etc/passwd"><b>&amp;\x0b{{ 7*7 }}', note="堃喆赟")
    (page,) = demand_pages([nasty])
    assert '<imgsrc="file:///etc/passwd"><b>&amp;' in page
    assert "{{7*7}}" in page
    assert "堃喆赟" in page


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.svg", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_sheet_fetches_nothing(address: str, caplog: pytest.LogCaptureFixture) -> None:
    render_pdf(f'<img src="{address}">')
    assert "a sheet may not fetch" in caplog.text
