"""The invoices as PDF with a text layer, laid out as the tax offices' forms are, and other papers."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from io import BytesIO

import segno
from pypdfium2 import PdfDocument
from weasyprint import HTML, Attachment

from core.pdfs import open_pdf
from tests.vouchers.corpus.facts import Issued
from vouchers.readers.rules import Item

STYLE = """<meta charset="utf-8"><style>
@page { size: 210mm 140mm; margin: 6mm } body { font: 9pt "Noto Serif CJK SC", serif; margin: 0; color: #111 }
h1 { text-align: center; color: #803; font-size: 17pt; margin: 1mm 0 0; font-weight: normal }
i { font-style: normal; color: #803 }
.q { position: absolute; left: 2mm; top: 1mm } .q svg { width: 20mm; height: 20mm }
.r { position: absolute; right: 0; top: 2mm; line-height: 1.6 } table { width: 100%; border-collapse: collapse }
.p { margin-top: 14mm } td { border: .5pt solid #803; padding: 1mm 1.5mm; vertical-align: top }
@page roll { size: 76mm 140mm } .roll { page: roll } .roll h1 { font-size: 12pt }
.v { width: 4mm; text-align: center; line-height: 1.1 } .n { text-align: right } .b td { border-width: 0 .5pt }
</style>"""
_PAGE = '<section style="break-after: page">{}</section>'


def digital_page(invoice: Issued) -> str:
    """数电票: buyer left, seller right, upright titles beside them."""
    parties = "".join(
        f'<td class=v><i>{title}</i></td><td style="width:47%"><i>名称：</i>{escape(name)}'
        f"<br><br><i>统一社会信用代码/纳税人识别号：</i>{number}</td>"
        for title, (name, number) in (("购买方信息", invoice.buyer), ("销售方信息", invoice.seller))
    )
    return f"""<div class=q>{_code(invoice)}</div><h1>{invoice.title}</h1><div class=r><i>发票号码：</i>{invoice.number}
<br><i>开票日期：</i>{invoice.day:%Y年%m月%d日}</div><table class=p><tr>{parties}</tr></table>
{_rows(invoice, "项目名称")}{_sum(invoice)}<table><tr><td class=v><i>备注</i></td>
<td style="height:12mm">{invoice.remark}</td></tr>
</table><p><i>开票人：</i>李雪蓉</p>"""


def older_page(invoice: Issued) -> str:
    """The VAT invoices before: buyer above, seller below, labels with their letters set apart."""
    seller, buyer = (
        f"<table{' class=p' if title == '购买方' else ''}><tr><td class=v><i>{title}</i></td><td>"
        f"<i>名　　　　称：</i>{escape(name)}<br><i>纳税人识别号：</i>{number}<br>"
        f"<i>地 址、电 话：</i>青山县文化路18号 0571-88771512<br>"
        f"<i>开户行及账号：</i>中国农业银行青山支行 19055101040012345</td></tr></table>"
        for title, (name, number) in (("销售方", invoice.seller), ("购买方", invoice.buyer))
    )
    day = f"{invoice.day:%Y} 年 {invoice.day:%m} 月 {invoice.day:%d} 日"
    return f"""<div class=q>{_code(invoice)}</div><h1>{invoice.title}</h1><div class=r><i>发票代码：</i>{invoice.code}
<br><i>发票号码：</i>{invoice.number}<br><i>开票日期：</i>{day}<br><i>校 验 码：</i>{invoice.check}</div>{buyer}
{_rows(invoice, "货物或应税劳务、服务名称")}{_sum(invoice)}{seller}
<p><i>收款人：</i>汪生舟　　<i>复核：</i>施丽华　　<i>开票人：</i>李雪蓉</p>"""


def invoice_page(invoice: Issued) -> str:
    """The page as the kind of invoice asks for."""
    return digital_page(invoice) if invoice.digital else older_page(invoice)


def invoice_pdf(*invoices: Issued, attached: bytes = b"") -> bytes:
    """A PDF with a page for each invoice, and the data of the first beside it."""
    html = HTML(string=STYLE + "".join(_PAGE.format(invoice_page(invoice)) for invoice in invoices))
    beside = [Attachment(string=attached.decode(), name="invoice.xml")] if attached else []
    pdf: bytes = html.write_pdf(attachments=beside)
    return pdf


def paper_pdf(body: str) -> bytes:
    """Any other paper."""
    pdf: bytes = HTML(string=STYLE.replace("210mm 140mm", "A4") + body).write_pdf()
    return pdf


def form_pdfs(pages: Iterable[str], font: str = "Noto Serif CJK SC") -> list[bytes]:
    """Bills of their own forms, in a type of choice: a PDF each, drawn in one go."""
    html = STYLE.replace("Noto Serif CJK SC", font) + "".join(_PAGE.format(page) for page in pages)
    with open_pdf(HTML(string=html).write_pdf()) as document:
        return [_taken_out(document, number) for number in range(len(document))]


def _taken_out(document: PdfDocument, number: int) -> bytes:
    out = BytesIO()
    single = PdfDocument.new()
    single.import_pages(document, [number])
    single.save(out)
    single.close()
    return out.getvalue()


CONTRACT = "<h1>课桌椅采购合同</h1>" + "".join(
    f"<p>第{number}条　甲方向乙方采购学生课桌椅，合同价款人民币 120,000.00 元，乙方于验收后开具发票。</p>"
    for number in range(1, 60)
)
TRAIN = """<h1>电子发票（铁路电子客票）</h1>
<p><i>发票号码：</i>26339132621000219582　　　　　<i>开票日期：</i>2026年04月23日</p>
<p>青山站 G7391 杭州东站</p><p>2026年04月20日 08:15开 03车07F号 二等座</p><p><i>票价：</i>￥56.00</p>
<p>购买方名称：青山县第三实验小学　　　　　　　统一社会信用代码：12330106470101234X</p>"""
FISCAL = """<h1>浙江省政府非税收入票据（电子）</h1><p>票据代码：33060126　　　　　　　　票据号码：0012345678</p>
<p>交款人：青山县第三实验小学　　　　　　　　开票日期：2026-05-06</p>
<table><tr><td>考试考务费<td>12<td>50.00<td>600.00</table>
<p>金额合计（大写）陆佰元整　　　　　　（小写）600.00</p><p>收款单位（章）：青山县教育考试院</p>"""


def _code(invoice: Issued) -> str:
    svg: str = segno.make(invoice.qr_text, error="m").svg_inline(scale=2, border=0)
    return svg


def _rows(invoice: Issued, head: str) -> str:
    titles = (head, "规格型号", "单位", "数量", "单价", "金额", "税率", "税额")
    cells = "".join(f"<td><i>{title}</i></td>" for title in titles)
    total = (
        f"<tr><td><i>合　　计</i></td>{'<td></td>' * 4}<td class=n>¥{invoice.net.plain}</td><td></td>"
        f"<td class=n>¥{invoice.tax.plain}</td></tr>"
    )
    return f"<table class=b><tr>{cells}</tr>{''.join(_row(item) for item in invoice.items)}{total}</table>"


def _row(item: Item) -> str:
    cells = (item.name, item.spec, item.unit, item.quantity, item.price)
    amounts = (item.net.plain if item.net else "", item.rate, item.tax.plain if item.tax else "")
    left = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<tr>{left}{''.join(f'<td class=n>{amount}</td>' for amount in amounts)}</tr>"


def _sum(invoice: Issued) -> str:
    capitals = invoice.total.capitals.replace("元", "圆").replace("负", "（负数）")
    return f"""<table><tr><td style="width:30%"><i>价税合计（大写）</i></td><td>⊗{capitals}</td>
<td><i>（小写）</i>¥{invoice.total.plain}</td></tr></table>"""


_LYING = {
    90: ("140mm 210mm", "translate(0, 198mm) rotate(-90deg)"),
    180: ("210mm 140mm", "translate(198mm, 128mm) rotate(180deg)"),
    270: ("140mm 210mm", "translate(128mm, 0) rotate(90deg)"),
}


def lying_pdf(invoice: Issued, degrees: int) -> bytes:
    """An invoice drawn askew, and its page turned clockwise by so many degrees that it is shown upright."""
    size, move = _LYING[degrees]
    place = "position: absolute; left: 0; top: 0; width: 198mm; height: 128mm; transform-origin: 0 0"
    body = f'<div style="{place}; transform: {move}">{invoice_page(invoice)}</div>'
    return _turned(HTML(string=STYLE.replace("210mm 140mm", size) + body).write_pdf(), degrees)


def _turned(pdf: bytes, degrees: int) -> bytes:
    out = BytesIO()
    with open_pdf(pdf) as document:
        for page in document:
            page.set_rotation(degrees)
            page.close()
        document.save(out)
    return out.getvalue()
