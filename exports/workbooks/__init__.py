"""How a workbook is written: typed cells, fixed parts, rows streamed into a zip; shared by ledgers and exchange."""
