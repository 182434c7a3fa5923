"""The upload of allotments: the file and the year that it is for."""

from __future__ import annotations

from core.imports import YearForm, year_field


class AllotmentUploadForm(YearForm):
    """The national table BA_BGT_INFO of one year."""

    year = year_field("预算年度")
