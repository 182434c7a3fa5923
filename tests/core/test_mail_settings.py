"""The way to the mail server, as the environment says it."""

from __future__ import annotations

import pytest

from core.settings import Mail

A, B = "shenji@audit.example", "zongjian@bureau.example"
ENVIRONMENT = {
    "YK_SEAL_MAIL_TO": f" {A} ,{B},{A},", "YK_SMTP_HOST": "mail.example", "YK_SMTP_USER": "yk@bureau.example",
    "YK_SMTP_PASSWORD": "secret", "YK_SMTP_TLS": "ssl",
}  # fmt: skip


def test_the_environment_says_where_to_mail() -> None:
    mail = Mail.from_environment(ENVIRONMENT)
    assert mail == Mail(
        to=(A, B), host="mail.example", port=465, sender="yk@bureau.example", user="yk@bureau.example",
        password="secret", tls="ssl",
    )  # fmt: skip
    assert "secret" not in repr(mail)
    assert Mail.from_environment({}) == Mail()
    more = {**ENVIRONMENT, "YK_SMTP_PORT": "2525", "YK_SMTP_FROM": "seals@bureau.example", "YK_SMTP_TLS": "off"}
    assert (Mail.from_environment(more).port, Mail.from_environment(more).sender) == (2525, "seals@bureau.example")


@pytest.mark.parametrize(
    "wrong", [{"YK_SEAL_MAIL_TO": "no address"}, {"YK_SEAL_MAIL_TO": "a@b.example\nBcc: x@y.example"},
              {"YK_SMTP_TLS": "maybe"}, {"YK_SMTP_FROM": "nobody"}, {"YK_SMTP_PORT": "smtp"}],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"YK_|smtp"):
        Mail.from_environment(ENVIRONMENT | wrong)
