"""The invoices as data: 数电票 XML, the XML of older electronic invoices, and both in a zip."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

from tests.vouchers.corpus.facts import Issued
from vouchers.readers.rules import Item

_LABELS = {"31": ("电子发票", "增值税专用发票"), "32": ("电子发票", "普通发票")}


def digital_xml(invoice: Issued) -> bytes:
    """The EInvoice of the tax office's platform."""
    form, tax = _LABELS[invoice.kind]
    blue = "N" if invoice.total.fen < 0 else "Y"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>{invoice.number}</EIid><EInvoiceTag>SWEI3200</EInvoiceTag><Version>0.31</Version><InherentLabel>
<InIssuType><LabelCode>{blue}</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>
<EInvoiceType><LabelCode>01</LabelCode><LabelName>{form}</LabelName></EInvoiceType>
<GeneralOrSpecialVAT><LabelCode>02</LabelCode><LabelName>{tax}</LabelName></GeneralOrSpecialVAT></InherentLabel></Header>
<EInvoiceData><SellerInformation><SellerIdNum>{invoice.seller[1]}</SellerIdNum><SellerName>{escape(invoice.seller[0])}</SellerName>
<SellerAddr>青山县工业园区创业路320号</SellerAddr></SellerInformation><BuyerInformation><BuyerIdNum>{invoice.buyer[1]}</BuyerIdNum>
<BuyerName>{escape(invoice.buyer[0])}</BuyerName></BuyerInformation><BasicInformation>
<TotalAmWithoutTax>{invoice.net.plain}</TotalAmWithoutTax><TotalTaxAm>{invoice.tax.plain}</TotalTaxAm>
<TotalTax-includedAmount>{invoice.total.plain}</TotalTax-includedAmount>
<TotalTax-includedAmountInChinese>{invoice.total.capitals}</TotalTax-includedAmountInChinese>
<Drawer>李雪蓉</Drawer><RequestTime>{invoice.day} 09:30:12</RequestTime></BasicInformation>
{"".join(_digital_row(item) for item in invoice.items)}
<AdditionalInformation><Remark>{invoice.remark}</Remark></AdditionalInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>{invoice.number}</InvoiceNumber><IssueTime>{invoice.day} 09:30:13</IssueTime>
<TaxBureauCode>13300000000</TaxBureauCode><TaxBureauName>国家税务总局浙江省税务局</TaxBureauName></TaxSupervisionInfo>
</EInvoice>""".encode()


def _digital_row(item: Item) -> str:
    net, tax = item.net, item.tax
    assert net is not None
    assert tax is not None
    return (
        f"<IssuItemInformation><ItemName>{escape(item.name)}</ItemName><SpecMod>{item.spec}</SpecMod><MeaUnits>{item.unit}"
        f"</MeaUnits><Quantity>{item.quantity}</Quantity><UnPrice>{item.price}</UnPrice><Amount>{net.plain}</Amount>"
        f"<TaxRate>{item.rate}</TaxRate><ComTaxAm>{tax.plain}</ComTaxAm><TotaltaxIncludedAmount>{(net + tax).plain}"
        f"</TotaltaxIncludedAmount></IssuItemInformation>"
    )


def older_xml(invoice: Issued) -> bytes:
    """The invoice data inside the OFD of an older electronic invoice."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<eInvoice xmlns:fp="urn:e-invoice" Version="1.0"><fp:DocID>01</fp:DocID><fp:InvoiceCode>{invoice.code}</fp:InvoiceCode>
<fp:InvoiceNo>{invoice.number}</fp:InvoiceNo><fp:TypeCode>0</fp:TypeCode><fp:IssueDate>{invoice.day:%Y年%m月%d日}</fp:IssueDate>
<fp:Buyer><fp:BuyerName>{escape(invoice.buyer[0])}</fp:BuyerName><fp:BuyerTaxID>{invoice.buyer[1]}</fp:BuyerTaxID></fp:Buyer>
<fp:Seller><fp:SellerName>{escape(invoice.seller[0])}</fp:SellerName><fp:SellerTaxID>{invoice.seller[1]}</fp:SellerTaxID></fp:Seller>
<fp:TaxInclusiveTotalAmount>{invoice.total.plain}</fp:TaxInclusiveTotalAmount><fp:Note>{invoice.remark}</fp:Note>
<fp:TaxTotalAmount>{invoice.tax.plain}</fp:TaxTotalAmount>
<fp:TaxExclusiveTotalAmount>{invoice.net.plain}</fp:TaxExclusiveTotalAmount><fp:GraphCode>{invoice.qr_text}</fp:GraphCode>
<fp:GoodsInfos>{"".join(_older_row(item) for item in invoice.items)}</fp:GoodsInfos></eInvoice>""".encode()


def _older_row(item: Item) -> str:
    assert item.net is not None
    assert item.tax is not None
    return (
        f"<fp:GoodsInfo><fp:Item>{escape(item.name)}</fp:Item><fp:Specification>{item.spec}</fp:Specification>"
        f"<fp:MeasurementDimension>{item.unit}</fp:MeasurementDimension><fp:Price>{item.price}</fp:Price>"
        f"<fp:Quantity>{item.quantity}</fp:Quantity><fp:Amount>{item.net.plain}</fp:Amount><fp:TaxScheme>{item.rate}"
        f"</fp:TaxScheme><fp:TaxAmount>{item.tax.plain}</fp:TaxAmount></fp:GoodsInfo>"
    )


def invoice_xml(invoice: Issued) -> bytes:
    """The data as the kind of invoice has it."""
    return digital_xml(invoice) if invoice.digital else older_xml(invoice)


def zipped(**files: bytes) -> bytes:
    """A zip of files; a double underscore in a name stands for its dot."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in files.items():
            box.writestr(name.replace("__", "."), content)
    return out.getvalue()
