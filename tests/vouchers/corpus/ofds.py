"""The invoices as OFD packages: words with their places, a QR picture, tags and the data inside."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

import segno

from tests.vouchers.corpus.facts import Issued

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SIZE = 3.175


class _Canvas:
    """Collects objects; positions in millimetres."""

    def __init__(self) -> None:
        self.objects: list[str] = []

    def text(self, x: str, y: str, words: str) -> int:
        """Words from a place on; gives the id of their object."""
        number = 100 + len(self.objects)
        steps = " ".join(str(_SIZE if ord(char) > 255 else _SIZE / 2) for char in words[:-1])
        self.objects.append(
            f'<ofd:TextObject ID="{number}" Boundary="{x} {y} 80 6" Font="5" Size="{_SIZE}">'
            f'<ofd:TextCode X="0" Y="{_SIZE}" DeltaX="{steps}">{escape(words)}</ofd:TextCode></ofd:TextObject>'
        )
        return number


def invoice_ofd(
    invoice: Issued, *, tags: bool = True, data: bytes = b"", told: bool = False, code: bool = True
) -> bytes:
    """The package; each of its sources can be left out so that the others are read alone."""
    canvas = _Canvas()
    ids = _draw(canvas, invoice)
    parts = {
        "OFD.xml": f"<ofd:OFD {NS}><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>"
        f"{_told(invoice) if told else ''}</ofd:DocInfo>"
        f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 140"
        f"</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
        f'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        f"{'<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>' if data else ''}"
        f"{'<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>' if tags else ''}</ofd:Document>",
        "Doc_0/PublicRes.xml": f'<ofd:Res {NS} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="91" Type="Image">'
        f"<ofd:MediaFile>qr.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>",
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {NS}><ofd:Content><ofd:Layer ID="2">{"".join(canvas.objects)}'
        f"{_picture() if code else ''}</ofd:Layer></ofd:Content></ofd:Page>",
        "Doc_0/Tags/CustomTags.xml": f'<ofd:CustomTags {NS}><ofd:CustomTag TypeID="0"><ofd:FileLoc>CustomTag.xml'
        f"</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>",
        "Doc_0/Tags/CustomTag.xml": _tags(ids),
        "Doc_0/Attachs/Attachments.xml": f'<ofd:Attachments {NS}><ofd:Attachment ID="8" Name="data">'
        f"<ofd:FileLoc>original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>",
    }
    picture = BytesIO()
    segno.make(invoice.qr_text, error="m").save(picture, kind="png", scale=4, border=0)
    return _packed(parts, {"Doc_0/Attachs/original_invoice.xml": data, "Doc_0/Res/qr.png": picture.getvalue()})


def _draw(canvas: _Canvas, invoice: Issued) -> dict[str, int]:
    """The page, and which object holds which value."""
    canvas.text("65", "10", invoice.title)
    if invoice.code:
        canvas.text("145", "4", f"发票代码：{invoice.code}")
    ids = {"InvoiceNumber": _labelled(canvas, "145", "10", "发票号码：", invoice.number)}
    ids["IssueTime"] = _labelled(canvas, "145", "16", "开票日期：", f"{invoice.day:%Y年%m月%d日}")
    for x, side, (name, number) in (("8", "Buyer", invoice.buyer), ("112", "Seller", invoice.seller)):
        ids[f"{side}Name"] = _labelled(canvas, x, "34", "名称：", name)
        ids[f"{side}IdNum"] = _labelled(canvas, x, "42", "纳税人识别号：", number)
    canvas.text("8", "54", "项目名称")
    for row, item in enumerate(invoice.items):
        cells = (item.name, item.spec, item.unit, item.quantity, item.price, item.net, item.rate, item.tax)
        for x, cell in zip(("8", "66", "86", "98", "112", "138", "164", "182"), cells, strict=True):
            canvas.text(x, str(60 + 5 * row), str(cell).replace(",", ""))
    canvas.text("14", "90", "合 计")
    ids["TotalAmWithoutTax"] = canvas.text("136", "90", f"¥{invoice.net.plain}")
    ids["TotalTaxAm"] = canvas.text("180", "90", f"¥{invoice.tax.plain}")
    canvas.text("8", "98", f"价税合计（大写）⊗{invoice.total.capitals.replace('元', '圆').replace('负', '（负数）')}")
    canvas.text("136", "98", "（小写）")
    ids["TotalTax-includedAmount"] = canvas.text("150", "98", f"¥{invoice.total.plain}")
    if invoice.remark:
        canvas.text("14", "106", invoice.remark)
    return ids


def _labelled(canvas: _Canvas, x: str, y: str, label: str, value: str) -> int:
    canvas.text(x, y, label)
    return canvas.text(str(int(x) + 1 + 3 * len(label) + len(label) // 4), y, value)


def _tags(ids: dict[str, int]) -> str:
    tags = "".join(f'<ofd:{k}><ofd:ObjectRef PageRef="1">{v}</ofd:ObjectRef></ofd:{k}>' for k, v in ids.items())
    return f"<EInvoice {NS}><EInvoiceData>{tags}</EInvoiceData></EInvoice>"


def _told(invoice: Issued) -> str:
    said = {"发票号码": invoice.number, "合计金额": invoice.net.plain, "合计税额": invoice.tax.plain}
    said |= {"开票日期": f"{invoice.day:%Y年%m月%d日}", "销售方纳税人识别号": invoice.seller[1]}
    datas = "".join(f'<ofd:CustomData Name="{name}">{value}</ofd:CustomData>' for name, value in said.items())
    return f"<ofd:CustomDatas>{datas}</ofd:CustomDatas>"


def _picture() -> str:
    return '<ofd:ImageObject ID="90" Boundary="8 4 20 20" CTM="20 0 0 20 0 0" ResourceID="91"/>'


def _packed(parts: dict[str, str], contents: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for path, xml in parts.items():
            box.writestr(path, HEAD + xml)
        for path, content in contents.items():
            if content:
                box.writestr(path, content)
    return out.getvalue()
