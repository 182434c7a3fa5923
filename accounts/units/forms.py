"""The form about one unit."""

from __future__ import annotations

from wtforms import BooleanField, StringField
from wtforms.validators import Length

from core.fields import EditForm, Required


class UnitForm(EditForm):
    """What may be changed by hand; everything else comes with the import."""

    name = StringField(
        "单位名称",
        [Required("请填写单位名称。"), Length(max=100, message="单位名称最多 100 个字。")],
        [lambda text: (text or "").strip()],
        description="更名后，在办计划显示新名称；已送审的内容、意见、台账和批复单保留原名称。",
    )
    enabled = BooleanField("启用", description="停用后不能新建和送审计划；还有计划在审核中或已挂起时不能停用。")
