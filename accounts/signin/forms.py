"""The forms of the sign-in, of passwords and of dynamic codes."""

from __future__ import annotations

from typing import Any, Final

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from core.fields import Form, Required


class SignInForm(Form):
    """用户名 and 密码."""

    username = StringField("用户名", [InputRequired("请输入用户名。"), Length(max=64)])
    password = PasswordField("密码", [InputRequired("请输入密码。"), Length(max=200)])


class PasswordForm(Form):
    """原密码 and the new one twice."""

    old = PasswordField("原密码", [InputRequired("请输入原密码。"), Length(max=200)])
    new = PasswordField(
        "新密码",
        [InputRequired("请输入新密码。"), Length(max=200)],
        description="至少 10 位，含大写字母、小写字母、数字、符号中的至少三种。",
    )
    again = PasswordField("再输一次新密码", [InputRequired("请再次输入新密码。"), Length(max=200)])


class CodeField(StringField):
    """动态口令; it is never sent back, for it was wrong or is used."""

    def __init__(self, hint: str, **options: Any) -> None:
        checks = [Required("请输入动态口令。"), Length(max=64, message="动态口令是 6 位数字。")]
        super().__init__("动态口令", checks, description=hint, **options)

    def _value(self) -> str:
        return ""


_HINT: Final = "验证器上正在显示的 6 位数字；手机不在身边时输入一个恢复码。"


class CodeForm(Form):
    """动态口令, or one of the recovery codes."""

    code = CodeField(_HINT)


class FirstCodeForm(Form):
    """The first 动态口令 of an authenticator that is being bound."""

    code = CodeField("扫码后，验证器上显示的 6 位数字。")


class BeginForm(Form):
    """密码, before an authenticator is bound."""

    password = PasswordField("登录密码", [InputRequired("请输入登录密码。"), Length(max=200)])


class ConfirmForm(Form):
    """动态口令 before an act; where what waits is sent on to, and what it is, in a sentence."""

    confirm_code = CodeField(_HINT)
    confirm_target = HiddenField()
    confirm_said = HiddenField()
