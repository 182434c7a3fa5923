"""Files that no browser shows (OFD, invoice XML, workbooks, Word texts), laid out as PDF pages, which PDFium draws."""
