"""Sheets as HTML, for the PDF and for the print view: no request, no app, nothing fetched from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from exports.documents.approval_sheet import ApprovalSheet
from exports.documents.demand_sheet import DemandSheet
from exports.documents.line_facts import date_text

_TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
_NAMES: Final[dict[type, str]] = {
    DemandSheet: "exports/documents/demand_sheet.html",
    ApprovalSheet: "exports/documents/approval_sheet.html",
}


def qr_code(text: str) -> str:
    """A QR code (GB/T 18284—2000) as an SVG data URI, level M so that a stamp over a corner does no harm."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=1, border=2)


def _environment() -> Environment:
    """Templates that escape everything and stop at a name they do not know."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(qr_code=qr_code, date_text=date_text)
    return environment


_ENVIRONMENT: Final = _environment()


def sheet_html(sheet: DemandSheet | ApprovalSheet, nonce: str = "") -> str:
    """A whole HTML page. `nonce` lets the inline style pass the web pages' content security policy."""
    return _ENVIRONMENT.get_template(_NAMES[type(sheet)]).render(sheet=sheet, nonce=nonce)
