"""The fixed parts of our workbooks: package description, styles and the names that make headings repeat in print."""

from __future__ import annotations

import re
from typing import Final

from exports.workbooks.cells import clean

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

HEADING: Final = 5
TOTAL_TEXT: Final = 6
TOTAL_MONEY: Final = 7

CONTENT_TYPES: Final = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
)
PACKAGE_LINKS: Final = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
WORKBOOK_LINKS: Final = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)


def _font(bold: bool) -> str:
    return f'<font>{"<b/>" if bold else ""}<sz val="10"/><name val="宋体"/><charset val="134"/></font>'


def _cell_format(number: int, font: int = 0, fill: int = 0, alignment: str = "") -> str:
    """One entry of cellXfs; all cells have the thin border."""
    inner = f"<alignment {alignment}/>" if alignment else ""
    return (
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="1" xfId="0" applyNumberFormat="1"'
        f' applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">{inner}</xf>'
    )


_DATE, _MONEY, _MOMENT, _TEXT, _NUMBER = 164, 165, 166, 49, 1
_MIDDLE: Final = 'horizontal="center" vertical="center" wrapText="1"'
_FORMATS: Final = (
    _cell_format(_NUMBER),
    _cell_format(_DATE),
    _cell_format(_MONEY),
    _cell_format(_TEXT, alignment='vertical="center"'),
    _cell_format(_MOMENT),
    _cell_format(_TEXT, font=1, fill=2, alignment=_MIDDLE),
    _cell_format(_TEXT, font=1),
    _cell_format(_MONEY, font=1),
)
_SIDES: Final = ("left", "right", "top", "bottom")
_EDGES: Final = "".join(f'<{side} style="thin"><color rgb="FF999999"/></{side}>' for side in _SIDES)
STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    f'<numFmt numFmtId="165" formatCode="#,##0.00;[Red]\\-#,##0.00"/>'
    f'<numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    f'<fonts count="2">{_font(False)}{_font(True)}</fonts>'
    f'<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    f'<fill><patternFill patternType="solid"><fgColor rgb="FFEEEEEE"/></patternFill></fill></fills>'
    f'<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{_EDGES}<diagonal/></border></borders>"
    f'<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="{len(_FORMATS)}">{"".join(_FORMATS)}</cellXfs>'
    f'<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def sheet_name(title: str) -> str:
    """A title as a sheet tab: without the seven signs Excel forbids, no quote at either end, at most 31 characters."""
    bare = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip()[:31].strip("' ")
    return bare or "Sheet1"


def workbook_xml(title: str, heading_rows: int) -> str:
    """The workbook with its one sheet and the rows that print at the top of each page (_xlnm.Print_Titles)."""
    name = clean(sheet_name(title)).replace('"', "&quot;")
    quoted = name.replace("'", "''")
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f'<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets>'
        f'<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">'
        f"'{quoted}'!$1:${heading_rows}</definedName></definedNames></workbook>"
    )


def sheet_start(widths: list[float], heading_rows: int) -> str:
    """Frozen headings, column widths, and printing on one page's width."""
    columns = "".join(f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(widths, 1))
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0" tabSelected="1"><pane ySplit="{heading_rows}"'
        f' topLeftCell="A{heading_rows + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def sheet_end(title: str, filtered: str) -> str:
    """Filter, A4 landscape, title above and page numbers below; `&` is doubled, being the code sign there."""
    head = clean(title[:80].replace("&", "&&"))
    return (
        f'</sheetData><autoFilter ref="{filtered}"/>'
        f'<pageMargins left="0.4" right="0.4" top="0.7" bottom="0.6" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        f"<headerFooter><oddHeader>&amp;C{head}</oddHeader>"
        f"<oddFooter>&amp;C第 &amp;P 页 共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    )
