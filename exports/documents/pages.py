"""Sheets as HTML, for the PDF and for the print view: no request, no app, nothing fetched from outside."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from exports.documents.approval_sheet import ApprovalSheet
from exports.documents.demand_sheet import DemandSheet
from exports.documents.line_facts import date_text
from exports.documents.receipt_sheet import ReceiptSheet
from exports.documents.seal_sheet import SealSheet

_TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
_NAMES: Final[dict[type, str]] = {
    DemandSheet: "exports/documents/demand_sheet.html",
    ApprovalSheet: "exports/documents/approval_sheet.html",
    ReceiptSheet: "exports/documents/receipt.html",
    SealSheet: "exports/documents/seal_sheet.html",
}
STYLE: Final = _TEMPLATES.parent / "static" / "sheet.css"


def qr_code(text: str) -> str:
    """A QR code (GB/T 18284—2000) as an SVG data URI, level M so that a stamp over a corner does no harm."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=1, border=2)


def breakable(words: str, longest: int = 24) -> str:
    """Words without a blank may break after so many signs: far cheaper than to let every word break anywhere."""
    return re.sub(rf"([!-~]{{{longest}}})(?=[!-~])", "\\1\u200b", words)


def _environment() -> Environment:
    """Templates that escape everything and stop at a name they do not know."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(qr_code=qr_code, date_text=date_text, breakable=breakable)
    return environment


_ENVIRONMENT: Final = _environment()


def sheet_html(*sheets: DemandSheet | ApprovalSheet | ReceiptSheet | SealSheet, stylesheet: str = "") -> str:
    """A whole HTML page of one or several sheets of one kind; a browser needs the address of the stylesheet."""
    first = sheets[0]
    author = first.unit.name if isinstance(first, DemandSheet) else first.bureau
    page = _ENVIRONMENT.get_template("exports/documents/sheet.html")
    return page.render(sheets=sheets, author=author, template=_NAMES[type(first)], stylesheet=stylesheet)


def sheet_digest(html: str) -> str:
    """What the paper says. The same words are never rendered twice; a new look alone makes no new paper."""
    return hashlib.sha256(html.encode()).hexdigest()
