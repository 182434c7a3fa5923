"""Papers that are no invoices: tables, contracts, minutes, forms. What stands on them is the clerk's to enter."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO

from openpyxl import Workbook

from core.files import FileKind
from tests.vouchers.corpus.pdfs import paper_pdf

_NAMES = ("王芳", "李强", "张敏", "刘洋", "陈静", "杨磊")


def payroll() -> bytes:
    """工资发放表"""
    rows = [(n, name, 4200 + n * 150, 1800, -630, 5370 + n * 150) for n, name in enumerate(_NAMES, start=1)]
    return _workbook("工资发放表", ("序号", "姓名", "岗位工资", "绩效工资", "代扣社保", "实发"), rows)


def allowances() -> bytes:
    """补贴发放花名册: numbers of cards and persons masked."""
    rows = [(n, name, "4201**********1234", "6228****5678", 600) for n, name in enumerate(_NAMES, start=1)]
    return _workbook("困难学生资助发放花名册", ("序号", "姓名", "身份证号", "一卡通账号", "金额"), rows)


def cost_list() -> bytes:
    """费用清单"""
    return _workbook("费用清单", ("品名", "数量", "单价", "金额"), [("A4 复印纸", 20, 25, 500), ("墨盒", 4, 180, 720)])


def asset_card() -> bytes:
    """固定资产入账单"""
    return _workbook("固定资产卡片", ("资产编号", "名称", "原值"), [("TY2026000123", "激光打印机", 2380)])


def contributions() -> bytes:
    """社会保险费缴费核定单"""
    return paper_pdf(
        "<h1>社会保险费缴费核定单</h1><p>单位名称：青山县第三实验小学　核定日期：2026年03月05日</p>"
        "<table><tr><td>险种<td>人数<td>缴费基数<td>应缴金额</tr><tr><td>基本养老保险<td>68<td>412000.00<td>65920.00</tr></table>"
    )


def contract() -> bytes:
    """A contract that speaks of invoices on every page."""
    clauses = "".join(
        f"<p>第{number}条　乙方于验收合格后 5 个工作日内开具增值税普通发票，发票号码应书面告知甲方。</p>"
        for number in range(1, 25)
    )
    return paper_pdf(
        "<h1>课桌椅采购合同</h1><p>合同编号：QS-2026-017</p><p>甲方：青山县第三实验小学</p>"
        "<p>乙方：青山县宏达办公家具有限公司</p><p>合同价款：人民币壹拾贰万元整（¥120,000.00）</p>"
        f"<p>付款方式：签订后付 30%，验收后付 65%，质保金 5% 一年后支付。</p>{clauses}<p>签订日期：2026年02月10日</p>"
    )


def minutes() -> bytes:
    """会议纪要"""
    return _document("青山县第三实验小学校长办公会会议纪要", "会议研究同意采购学生课桌椅，预算 12 万元。")


def travel() -> bytes:
    """差旅审批单"""
    return paper_pdf("<h1>差旅审批单</h1><p>出差人：张小明　事由：参加省级教研活动　时间：2026年4月20日至22日</p>")


def acceptance() -> bytes:
    """验收单"""
    return paper_pdf("<h1>货物验收单</h1><p>供货单位：青山县宏达办公家具有限公司</p><p>课桌椅 40 套，验收合格。</p>")


def progress() -> bytes:
    """工程进度款申请表"""
    return paper_pdf("<h1>工程进度款支付申请表</h1><p>本期应付 350,000.00 元</p><p>施工、监理、业主三方签章</p>")


def procurement() -> bytes:
    """政府采购计划备案"""
    return paper_pdf("<h1>政府采购计划备案表</h1><p>备案编号：QSCG-2026-0042　预算金额 120,000.00 元</p>")


def leave() -> bytes:
    """人员增减变动审批表"""
    return _document("人员增减变动审批表", "新增 2 人，减少 1 人，自 2026 年 3 月起执行。")


OTHERS: dict[str, tuple[str, FileKind, Callable[[], bytes]]] = {
    "工资发放表": ("01", FileKind.XLSX, payroll),
    "人员变动审批表": ("02", FileKind.DOCX, leave),
    "缴费核定单": ("03", FileKind.PDF, contributions),
    "费用清单": ("12", FileKind.XLSX, cost_list),
    "验收单": ("13", FileKind.PDF, acceptance),
    "合同": ("14", FileKind.PDF, contract),
    "会议纪要": ("16", FileKind.DOCX, minutes),
    "差旅审批单": ("24", FileKind.PDF, travel),
    "政府采购备案": ("31", FileKind.PDF, procurement),
    "资产卡片": ("35", FileKind.XLSX, asset_card),
    "工程进度款申请": ("44", FileKind.PDF, progress),
    "补贴花名册": ("51", FileKind.XLSX, allowances),
}


def _workbook(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    book, out = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in ((title,), head, *rows):
        sheet.append(list(row))
    book.save(out)
    return out.getvalue()


def _document(*paragraphs: str) -> bytes:
    """A docx of plain paragraphs."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>" for words in paragraphs)
    kinds = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("[Content_Types].xml", kinds)
        box.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")
    return out.getvalue()
