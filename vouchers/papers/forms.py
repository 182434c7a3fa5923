"""What the forms of the voucher pages take: files with their kind and lines, and a row of the requirement table."""

from __future__ import annotations

from uuid import UUID

from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from core.fields import EditForm, Form, MoneyField, Required
from vouchers.papers.faces import Face
from vouchers.papers.models import VoucherRequirement
from vouchers.papers.rules import Requirement, codes_of


def line_number(text: str) -> int:
    """The id of a line as a form or an address carries it; 0, the id of no line, for anything else."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else 0


def paper_number(text: str) -> UUID | None:
    """The id of a paper as an address carries it; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


class LinesForm(Form):
    """Which lines a paper proves; whether they are lines of its plan is for the action to say."""

    lines = SelectMultipleField("对应的行", coerce=line_number, validate_choice=False)
    line = HiddenField()  # the line that the panel is about; it comes back to the same panel
    plan = HiddenField()  # the plan that the panel is about: a paper of the register may be in several

    def line_ids(self) -> frozenset[int]:
        """The ticked lines."""
        return frozenset(self.lines.data or ())

    def plan_id(self) -> UUID | None:
        """The plan that the panel is about."""
        try:
            return UUID(self.plan.data or "")
        except ValueError:
            return None

    def chosen(self) -> int | None:
        """The line that the panel is about."""
        return line_number(self.line.data or "") or None


class UploadForm(LinesForm):
    """Files of one kind, for some lines."""

    kind = SelectField("凭证种类", [Required("请选择凭证种类。")], validate_choice=False)
    file = MultipleFileField("文件")

    def files(self) -> list[FileStorage]:
        """The chosen files; a browser sends one without a name when none was chosen."""
        return [file for file in self.file.data or () if isinstance(file, FileStorage) and file.filename]


class EditLinesForm(EditForm, LinesForm):
    """Other lines for a paper, or none because it goes."""


class KindForm(EditLinesForm):
    """Another kind for a paper."""

    kind = SelectField("凭证种类", [Required("请选择凭证种类。")], validate_choice=False)


class ConfirmForm(EditLinesForm):
    """What stands on a paper, as read by a machine and looked over by the clerk; `draw` for the only line it proves."""

    number = StringField("号码", [Length(max=64, message="号码不能超过 64 个字。")])
    on = DateField("日期", [Optional()])
    counterparty = StringField("对方单位", [Length(max=200, message="对方单位不能超过 200 个字。")])
    amount = MoneyField("票面金额")
    draw = MoneyField("使用金额")

    def face(self) -> Face:
        """As typed."""
        return Face(self.number.data or "", self.on.data, self.counterparty.data or "", self.amount.data)

    def typed(self) -> dict[str, str]:
        """Word for word."""
        fields = (self.number, self.on, self.counterparty, self.amount, self.draw)
        return {field.name: (field.raw_data or [""])[0] for field in fields}


class ReuseForm(LinesForm):
    """Why a paper that repeats another should be let be used."""

    reason = TextAreaField(
        "理由", [Required("请写明重复使用的理由。"), Length(max=1000, message="理由不能超过 1000 个字。")]
    )


class ConsentForm(Form):
    """What the bureau says to that."""

    YES = "yes"
    NO = "no"
    granted = StringField("办理意见", [Required("请选择是否同意。")])  # the page writes the two buttons
    reason = TextAreaField("说明", [Required("请写明说明。"), Length(max=1000, message="说明不能超过 1000 个字。")])


class RequirementForm(Form):
    """One row of the requirement table."""

    eco = StringField(
        "部门经济分类",
        [Length(max=400, message="经济分类不能超过 400 个字。")],
        description="科目代码的前几位，多个用“|”隔开，如 30201|30202；不填表示全部。",
    )
    pro_cats = StringField(
        "项目类别",
        [Length(max=400, message="项目类别不能超过 400 个字。")],
        description="如 31|32；不填表示全部。",
    )
    only_gov_pur = BooleanField("只用于政府采购")
    text = StringField(
        "附件名称",
        [Required("请填写附件名称。"), Length(max=100, message="附件名称不能超过 100 个字。")],
        description="经办人看到的名称，如“合同或协议”。",
    )
    any_of = SelectMultipleField("凭证种类", validate_choice=False)  # the page writes the boxes, by group
    required = BooleanField("必附：缺少时不能送审（不勾选则只作提示）", default=True)
    basis = TextAreaField("依据", [Length(max=1000, message="依据不能超过 1000 个字。")])

    def draft(self) -> Requirement:
        """The row as typed."""
        return Requirement(
            eco_prefixes=codes_of(self.eco.data or ""),
            pro_cats=codes_of(self.pro_cats.data or ""),
            only_gov_pur=bool(self.only_gov_pur.data),
            any_of=tuple(self.any_of.data or ()),
            required=bool(self.required.data),
            basis=(self.basis.data or "").strip(),
            text=(self.text.data or "").strip(),
        )


class EditRequirementForm(EditForm, RequirementForm):
    """A row that is already in the table."""

    def show(self, row: VoucherRequirement) -> None:
        """The stored row, to be changed."""
        self.see(row.version)
        self.eco.data, self.pro_cats.data, self.text.data = row.eco_prefixes, row.pro_cats, row.text
        self.only_gov_pur.data, self.basis.data = row.only_gov_pur, row.basis
        self.any_of.data, self.required.data = list(codes_of(row.any_of)), row.required


class DeleteForm(EditForm):
    """Taking a row out of the table, as it was seen."""
