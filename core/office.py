"""Documents made of parts: OFD, xlsx and docx, which are zips, and the older formats of Word and Excel."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from core.errors import Refused
from core.markup import check_part, check_relations
from core.names import is_program, refuse, refuse_password
from core.zips import check_zip

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKERS: Final = {"OFD.xml": "ofd", "xl/workbook.xml": "xlsx", "word/document.xml": "docx"}
_STREAMS: Final = {"Workbook": "xls", "Book": "xls", "WordDocument": "doc"}
_DDE: Final = tuple("ddeLink".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_WITH_MACROS: Final = re.compile(rb"macroenabled|vbaproject", re.I)


def check_package(data: bytes, name: str) -> str:
    """What the zip is: ofd, xlsx or docx, which differ in one member. Raises `Refused` for whatever may do harm."""
    try:
        check_zip(data)
    except Refused as refusal:
        raise Refused(f"“{name}”：{refusal}") from refusal
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        members = box.namelist()
        found = [kind for marker, kind in _MARKERS.items() if marker in members]
        if len(found) != 1:
            refuse(name, "是压缩包或不支持的文档，请解压后逐个上传，文档请另存为 PDF、xlsx 或 docx。")
        for member in members:
            _check_member(box, member, name)
    return found[0]


def _check_member(box: zipfile.ZipFile, member: str, name: str) -> None:
    """No macro in any guise, no program, and every XML part is plain."""
    lower = member.lower()
    if lower.endswith("vbaproject.bin") or "/macrosheets/" in lower:
        _refuse_macros(name)
    if lower.endswith((".xml", ".rels")):
        _check_markup(box.read(member), lower, name)
        return
    with box.open(member) as opened:
        head = opened.read(len(OLE))
    if is_program(member, head) or (head == OLE and _has_stream(box.read(member), "\x01Ole10Native")):
        refuse(name, "里夹带了程序或其他文件，请另存为 PDF 后再上传。")


def _check_markup(content: bytes, member: str, name: str) -> None:
    if member == "[content_types].xml" and _WITH_MACROS.search(content.replace(b"\0", b"")):
        _refuse_macros(name)
    if any(word in content for word in _DDE):
        refuse(name, "会启动其他程序（DDE 链接），请去掉链接或另存为 PDF 后再上传。")
    check = check_relations if member.endswith(".rels") else check_part
    check(content, name)


def _refuse_macros(name: str) -> None:
    refuse(name, "含有宏，不能上传，请另存为不含宏的 xlsx、docx 或 PDF。")


def check_ole(data: bytes, name: str) -> str:
    """What of Word and Excel 97 it is: doc, xls, or "" for neither; a protected xlsx hides in the same container."""
    if _has_stream(data, "EncryptedPackage"):
        refuse_password(name)
    if _has_stream(data, "_VBA_PROJECT"):
        _refuse_macros(name)
    if _has_stream(data, "\x01Ole10Native"):
        refuse(name, "里夹带了程序或其他文件，请另存为 PDF 后再上传。")
    found = {kind for stream, kind in _STREAMS.items() if _has_stream(data, stream)}
    return found.pop() if len(found) == 1 else ""


def _has_stream(data: bytes, stream: str) -> bool:
    """Whether the directory names the stream; its entries of 128 bytes are aligned and begin with the name."""
    entry = f"{stream}\0".encode("utf-16-le")
    at = data.find(entry)
    while at >= 0 and at % 128:
        at = data.find(entry, at + 1)
    return at >= 0
