"""An OFD as tax software makes them: a template behind, a seal stamped on, clips, figures, an annotation."""

from __future__ import annotations

import zipfile
from io import BytesIO

from PIL import Image, ImageDraw

from tests.vouchers.corpus.ofds import HEAD, NS


def der(tag: int, content: bytes) -> bytes:
    """One part of DER."""
    size = len(content)
    head = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")
    return bytes([tag]) + head + content


def signed(form: str, picture: bytes) -> bytes:
    """A signature with its seal, as much of GB/T 38540 as says where the picture is; nobody signed it."""
    about = der(0x30, der(0x16, b"ES") + der(0x02, b"\x04") + der(0x16, b"maker"))
    drawn = der(0x30, der(0x16, form.encode()) + der(0x04, picture) + der(0x02, b"\x1e") + der(0x02, b"\x14"))
    seal = der(0x30, der(0x30, about + der(0x16, b"1") + drawn) + der(0x30, b""))
    return der(0x30, der(0x30, der(0x02, b"\x04") + seal + der(0x03, b"\0\1\2")) + der(0x03, b"\0" * 70))


def a_red_ring() -> bytes:
    """A seal of 30 × 20 mm on transparent ground."""
    image = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((8, 8, 292, 192), outline=(220, 0, 0, 255), width=14)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def ofd_of(objects: str, *, template: str = "", annotation: str = "", seal: bytes = b"") -> bytes:
    """A page with these objects, over a template, under an annotation and a seal at 60 50."""
    parts: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {NS}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        f"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 100 80"
        '</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:TemplatePage ID="70" '
        'BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Page.xml"/>'
        "</ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations></ofd:Document>",
        "Doc_0/PublicRes.xml": f'<ofd:Res {NS} BaseLoc="Res"><ofd:ColorSpaces><ofd:ColorSpace ID="3" Type="CMYK"/>'
        '</ofd:ColorSpaces><ofd:DrawParams><ofd:DrawParam ID="4" LineWidth="2"><ofd:StrokeColor Value="0 0 255"/>'
        '</ofd:DrawParam><ofd:DrawParam ID="5" Relative="4"><ofd:FillColor Value="0 255 0"/></ofd:DrawParam>'
        '</ofd:DrawParams><ofd:Fonts><ofd:Font ID="6" FontName="宋体"/></ofd:Fonts></ofd:Res>',
        "Doc_0/Page.xml": f'<ofd:Page {NS}><ofd:Template TemplateID="70" ZOrder="Background"/><ofd:Content>'
        f'<ofd:Layer ID="2">{objects}</ofd:Layer></ofd:Content></ofd:Page>',
        "Doc_0/Tpls/Tpl_0/Content.xml": f'<ofd:Page {NS}><ofd:Content><ofd:Layer ID="71">{template}</ofd:Layer>'
        "</ofd:Content></ofd:Page>",
        "Doc_0/Annots/Annotations.xml": f'<ofd:Annotations {NS}><ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annot.xml'
        "</ofd:FileLoc></ofd:Page></ofd:Annotations>",
        "Doc_0/Annots/Page_0/Annot.xml": f'<ofd:PageAnnot {NS}><ofd:Annot ID="80" Type="Stamp"><ofd:Appearance '
        f'Boundary="0 0 100 80">{annotation}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>',
    }
    if seal:
        parts["Doc_0/Signs/Signatures.xml"] = (
            f'<ofd:Signatures {NS}><ofd:Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/></ofd:Signatures>'
        )
        parts["Doc_0/Signs/Sign_0/Signature.xml"] = (
            f'<ofd:Signature {NS}><ofd:SignedInfo><ofd:StampAnnot ID="1" PageRef="1" Boundary="60 50 30 20"/>'
            "</ofd:SignedInfo><ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>"
        )
        parts["Doc_0/Signs/Sign_0/SignedValue.dat"] = seal
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for path, content in parts.items():
            box.writestr(path, content if isinstance(content, bytes) else HEAD + content)
    return out.getvalue()
