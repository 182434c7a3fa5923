"""An import in two steps: the file is kept by its digest and shown as a difference, then confirmed and read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from core import blobs, clock, history
from core.differences import Difference
from core.errors import Missing, Refused
from core.fields import Form
from core.history import Actor
from core.names import safe_name
from core.sheets import LARGEST_FILE, BadTable, Problem

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of a file and the name that it came with."""

    data: bytes
    filename: str


class ImportForm(Form):
    """A form of an import: it also carries what is wrong with the file, row by row."""

    problems: Sequence[Problem] = ()

    @property
    def refused(self) -> bool:
        """Whether something is wrong with what was sent."""
        return bool(self.problems or self.errors)


class UploadForm(ImportForm):
    """The file to import."""

    file = FileField("文件", description="支持 .xlsx、.xls、.csv，按列名或字段代码识别，列的顺序不限。")

    def validate_file(self, field: Any) -> None:
        """A file must be chosen; an empty choice comes as a file without a name."""
        if not field.data:
            raise ValidationError("请选择要导入的文件。")

    def upload(self) -> Upload:
        """What was sent."""
        return Upload(self.file.data.read(), safe_name(self.file.data.filename))


class YearForm(UploadForm):
    """The file of one year; each layout names its own column of the year by `year_field`."""

    year: IntegerField


def year_field(column: str) -> IntegerField:
    """The year that every row of the file must have in this column."""
    return IntegerField(
        "预算年度",
        [InputRequired("请填写预算年度。"), NumberRange(2000, 2100, "请填写四位年度，例如 2026。")],
        description=f"文件中每一行的{column}都须与此一致，用来防止选错文件。",
    )


class ConfirmForm(ImportForm):
    """确认导入: the token alone; which file is meant stands in the address."""


@contextmanager
def problems_on(form: ImportForm) -> Iterator[None]:
    """What is wrong with the file becomes the form's problems; other refusals its sentences."""
    try:
        yield
    except BadTable as bad:
        form.problems = bad.problems
    except Refused as refusal:
        form.form_errors.extend(refusal.sentences)


def choose(form: YearForm, read: Callable[[Upload, int], object], template: str) -> ResponseReturnValue:
    """The first step: choose a file and say the year; a sound one is kept and the part's `preview` shown."""
    if form.validate_on_submit():
        with problems_on(form):
            upload, year = form.upload(), form.year.data or 0
            read(upload, year)
            return redirect(url_for(".preview", year=year, digest=keep(upload), name=upload.filename))
    elif not form.is_submitted():
        form.year.data = clock.today().year
    return render_template(template, form=form), 422 if form.is_submitted() else 200


def confirm(
    digest: str,
    read: Callable[[Upload], object],
    take: Callable[[Upload], ResponseReturnValue],
    template: str,
    **shown: object,
) -> ResponseReturnValue:
    """The second step: show what the kept file would change; confirming hands the same bytes to `take`.

    The page gets what `read` gives as `reading`, `None` where the file is refused, and `shown` beside it. Both may
    raise `BadTable` or `Refused`; the page then says why. Raises `Missing` where no such file is kept.
    """
    form, reading = ConfirmForm(), None
    upload = kept(digest, request.args.get("name", ""))
    with problems_on(form):
        if form.validate_on_submit():
            return take(upload)
        reading = read(upload)
    page = render_template(template, form=form, reading=reading, filename=upload.filename, **shown)
    return page, 422 if form.refused else 200


def keep(upload: Upload) -> str:
    """Put the file where the confirming request finds it again; gives its digest."""
    return blobs.files().put(BytesIO(upload.data), LARGEST_FILE).digest


def kept(digest: str, filename: str) -> Upload:
    """The file of this digest. Raises `Missing`."""
    if not _DIGEST.fullmatch(digest):
        raise Missing()
    return Upload(blobs.files().read(digest), safe_name(filename))


def note(upload: Upload, subject: str, what: str, difference: Difference, *, by: Actor, **details: object) -> None:
    """Keep the imported file for good and add the event, inside the caller's transaction."""
    stored = blobs.files().put(BytesIO(upload.data), LARGEST_FILE)
    blobs.keep(stored, _MEDIA_TYPE)
    told = {"file": upload.filename, "sha256": stored.digest, **difference.counts, **details}
    summary = f"{what}“{upload.filename}”：{difference}"
    history.record(subject, stored.digest, "import", summary, by=by, details=told)
