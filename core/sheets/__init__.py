"""Workbooks in: a file of unknown honesty becomes rows of text under known columns, or a list of problems.

`read_table(data, filename, layout)` is the way in. Inside, from bottom to top: `layout` (what is expected, what
came out, what is wrong), `cells` (one value), `headings` (which column is which), `rows` (all values), `trial`
(a first reading in a child process), `workbooks` (the file itself), `tables` (the whole).
"""

from core.sheets.layout import BadTable, Column, Kind, Layout, Problem, Row, Table
from core.sheets.tables import LARGEST_FILE, read_table

__all__ = ["LARGEST_FILE", "BadTable", "Column", "Kind", "Layout", "Problem", "Row", "Table", "read_table"]
