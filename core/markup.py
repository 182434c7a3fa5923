"""XML that may be kept: well-formed, without DOCTYPE, and, where a browser may meet it, nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from core.errors import Refused
from core.names import refuse

_ACTIVE: Final = re.compile(r"(http://www\.w3\.org/(1999/xhtml|2000/svg|1999/XSL/Transform) .*|html|svg)", re.I)
_GB: Final = re.compile(rb"""<\?xml[^>]*encoding=["'](gb2312|gbk|gb18030)["']""", re.I)
# What a document of Word or Excel may fetch from elsewhere: what a reader clicks, and figures of another workbook.
_FETCHED: Final = ("/hyperlink", "/externalLinkPath", "/xlPathMissing", "/image")


def check_xml(data: bytes, name: str) -> None:
    """A data XML: no DOCTYPE, no page, no drawing, no style sheet. Raises `Refused`."""

    def refuse_active(element: str, *_about: object) -> None:
        if element == "xml-stylesheet" or _ACTIVE.fullmatch(element):
            refuse(name, "是网页或图形，不是数据 XML，请导出为 PDF 后再上传。")

    parser = _parser(data, name)
    parser.StartElementHandler = refuse_active
    parser.ProcessingInstructionHandler = refuse_active
    _parse(parser, data, name)


def check_part(data: bytes, name: str) -> None:
    """A part inside a document, which no browser meets: well-formed and without DOCTYPE. Raises `Refused`."""
    _parse(_parser(data, name), data, name)


def check_relations(data: bytes, name: str) -> None:
    """The links of a document: no template, object or frame that is fetched when somebody opens it."""

    def refuse_fetched(element: str, about: Mapping[str, str]) -> None:
        local = element.rsplit(" ", 1)[-1]
        fetched = local == "Relationship" and about.get("TargetMode", "").lower() == "external"
        if fetched and not about.get("Type", "").endswith(_FETCHED):
            refuse(name, "打开时会从别处装入模板或对象，请另存为 PDF 后再上传。")

    parser = _parser(data, name)
    parser.StartElementHandler = refuse_fetched
    _parse(parser, data, name)


def _parser(data: bytes, name: str) -> expat.XMLParserType:
    def refuse_doctype(*_about: object) -> None:
        refuse(name, "的 XML 含有 DOCTYPE 或实体声明，可能有害，请重新下载原始文件。")

    # Expat knows no GBK, which older tax software writes.
    parser = expat.ParserCreate("utf-8" if _GB.match(data) else None, " ")
    parser.StartDoctypeDeclHandler = refuse_doctype
    return parser


def _parse(parser: expat.XMLParserType, data: bytes, name: str) -> None:
    try:
        parser.Parse(data.decode("gb18030").encode() if _GB.match(data) else data, True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused(f"“{name}”的 XML 内容不完整或格式有误，请重新下载原始文件。") from error
