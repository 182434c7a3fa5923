"""The upload of allotments: the file and the year that it is for."""

from __future__ import annotations

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from core.imports import UploadForm


class AllotmentUploadForm(UploadForm):
    """The national table BA_BGT_INFO of one year."""

    year = IntegerField(
        "预算年度",
        [InputRequired("请填写预算年度。"), NumberRange(2000, 2100, "请填写四位年度，例如 2026。")],
        description="文件中每一行的预算年度都须与此一致，用来防止选错文件。",
    )
