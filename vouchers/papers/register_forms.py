"""What the forms of the register take: a file with what stands on it, what to look for, and how much a line draws."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import DateField, FileField, SelectField, StringField
from wtforms.validators import Length, Optional

from core.fields import EditForm, Form, MoneyField, Required
from vouchers.papers.faces import Face
from vouchers.papers.forms import LinesForm
from vouchers.papers.models import Paper
from vouchers.papers.register import Wanted


class FaceForm(Form):
    """What stands on a paper."""

    kind = SelectField("凭证种类", [Required("请选择凭证种类。")], validate_choice=False)
    number = StringField(
        "号码", [Length(max=64, message="号码不能超过 64 个字。")], description="发票号码、合同编号、文号等。"
    )
    on = DateField("日期", [Optional()], description="开票、签订或成文的日期。")
    counterparty = StringField(
        "对方单位", [Length(max=200, message="对方单位不能超过 200 个字。")], description="销售方、乙方或收款人。"
    )
    amount = MoneyField(
        "票面金额（元）", description="发票的价税合计、合同总价、工资表合计；会议纪要、批示等没有金额的，请留空。"
    )

    def face(self) -> Face:
        """The face as typed."""
        return Face(self.number.data or "", self.on.data, self.counterparty.data or "", self.amount.data)


class RegisterForm(FaceForm):
    """A paper that comes into the register."""

    unit = SelectField("单位", coerce=int, validate_choice=False)
    file = FileField("文件")

    def upload(self) -> FileStorage | None:
        """The chosen file; a browser sends one without a name when none was chosen."""
        file = self.file.data
        return file if isinstance(file, FileStorage) and file.filename else None


class EditFaceForm(EditForm, FaceForm):
    """Another face for a paper."""

    def show(self, paper: Paper) -> None:
        """The paper as it is, to be changed."""
        self.see(paper.version)
        self.kind.data, self.number.data, self.on.data = paper.kind_code, paper.number, paper.paper_date
        self.counterparty.data, self.amount.data = paper.counterparty, paper.face_amount


class RemoveForm(EditForm):
    """Taking a paper out of the register, as it was seen."""


class DrawForm(LinesForm):
    """How much a line draws; empty for a paper that is merely attached."""

    amount = MoneyField("使用金额")


def wanted_of(asked: MultiDict[str, str]) -> Wanted:
    """What the address looks for; what means nothing is passed over."""
    return Wanted(
        asked.get("q", "").strip()[:100],
        asked.get("kind", "")[:64],
        _month(asked.get("month", "")),
        asked.get("left") == "1",
        _after(asked.get("after", "")),
    )


def _month(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month has no zone
    except ValueError:
        return None


def _after(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
