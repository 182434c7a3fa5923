"""The sign-in and password forms."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from core.fields import Form


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


class ConfirmForm(Form):
    """密码, once more; where what waits is sent on to, and what it is, in a sentence."""

    confirm_password = PasswordField("密码", [InputRequired("请输入密码。"), Length(max=200)])
    confirm_target = HiddenField()
    confirm_said = HiddenField()
