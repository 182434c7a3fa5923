"""The base of all forms, and fields for money, files and months that speak Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import wtforms
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, StopValidation

from core.errors import Conflict, Refused
from core.money import Money

if TYPE_CHECKING:

    class Form(wtforms.Form):
        """Flask-WTF's form (which ships no types): CSRF, and the request's own data."""

        form_key: wtforms.HiddenField

        def validate_on_submit(self) -> bool:
            """Whether the form was sent and is well written."""

        def is_submitted(self) -> bool:
            """Whether the form was sent."""

        def hidden_tag(self) -> str:
            """The hidden inputs."""

        overtaken: bool
        busy: bool
        conflict: Conflict | None

        def meet(self, conflict: Conflict) -> None:
            """Remember a conflict."""

        @property
        def status(self) -> int:
            """The status of the page that shows this form."""
else:

    class Form(FlaskForm):
        """What WTForms itself says of a wrong date or choice, it says in Chinese."""

        class Meta(FlaskForm.Meta):
            locales = ("zh",)

        # Sent twice, a form has one effect (core/keys.py). No browser may bring an old page's key into a new one.
        form_key = wtforms.HiddenField(default=lambda: uuid4().hex, render_kw={"id": False, "autocomplete": "off"})

        # Somebody else was faster than whoever sent this form; with a conflict, both sides can be shown.
        overtaken = False
        # Nothing is wrong with what was sent; it may be sent once more as it is.
        busy = False
        conflict: Conflict | None = None

        def meet(self, conflict: Conflict) -> None:
            """Remember a conflict, so that the page can show both sides and offer the way on."""
            self.conflict, self.overtaken = conflict, True

        @property
        def status(self) -> int:
            """The status of the page that shows this form."""
            if self.busy:
                return 503
            return 409 if self.overtaken else 422 if self.is_submitted() else 200


class EditForm(Form):
    """A form over a versioned row: `seen` is the version that the page was made from (core/versions.py)."""

    seen = wtforms.IntegerField(
        "版本", [InputRequired("页面不完整，请刷新后再办理。")], widget=wtforms.widgets.HiddenInput()
    )

    def meet(self, conflict: Conflict) -> None:
        """Show both sides; whoever sends the form once more has seen them."""
        super().meet(conflict)
        self.see(conflict.version)

    def see(self, version: int) -> None:
        """The version that the page shows from here on, whatever was sent."""
        self.seen.data, self.seen.raw_data = version, None


class MoneyField(wtforms.Field):
    """An amount in yuan, read strictly; what was typed is shown again when it is no amount."""

    widget = wtforms.widgets.TextInput()

    def __init__(self, label: str = "", validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.typed: str | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the text, read the amount; empty is None."""
        if not valuelist:
            return
        self.typed = valuelist[0].strip()
        try:
            self.data = Money.parse(self.typed) if self.typed else None
        except Refused as refusal:
            self.data = None
            raise ValueError(str(refusal)) from refusal

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else str(self.data)


class Required:
    """Something must be there; the sentence is the caller's."""

    field_flags = {"required": True}  # noqa: RUF012  WTForms reads a plain dict here

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: wtforms.Form, field: wtforms.Field) -> None:  # noqa: ARG002  WTForms' signature
        """Stop at the first empty value."""
        if field.data is None or field.data == "":
            field.errors = [error for error in field.errors if not str(error).startswith("不是有效的")]
            raise StopValidation(self.sentence)
