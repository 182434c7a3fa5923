"""The base of all forms, and fields for money, files and months that speak Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wtforms
from flask_wtf import FlaskForm
from wtforms.validators import StopValidation

from core.errors import Refused
from core.money import Money

if TYPE_CHECKING:

    class Form(wtforms.Form):
        """Flask-WTF's form (which ships no types): CSRF, and the request's own data."""

        def validate_on_submit(self) -> bool:
            """Whether the form was sent and is well written."""

        def is_submitted(self) -> bool:
            """Whether the form was sent."""

        def hidden_tag(self) -> str:
            """The hidden inputs."""
else:

    class Form(FlaskForm):
        """What WTForms itself says of a wrong date or choice, it says in Chinese."""

        class Meta(FlaskForm.Meta):
            locales = ("zh",)


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
