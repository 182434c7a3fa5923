"""Letters over the wire: encrypted from the first byte, and kept so that no crash makes a second letter look new."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from core import mail
from core.db import transaction
from core.mail import Letter
from core.settings import Mail
from tests.smtp import certified, mail_server

A = "shenji@audit.example"


def letter() -> Letter:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "seals@bureau.example", A, "日结单"
    message["Message-ID"] = "<seal-1@bureau.example>"
    message.set_content("摘要\n.\n..完\n")
    return Letter("seal", 1, 1, A, message)


def test_a_server_that_is_encrypted_from_the_first_byte_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with certified(tmp_path) as (trust, known), mail_server(trust=trust, implicit=True) as box:
        options = Mail(to=(A,), host="localhost", port=box.port, sender="seals@bureau.example", tls="ssl")
        ((_, fault),) = mail.deliver(options, [letter()])
        assert fault.startswith("邮件服务器的证书或加密有问题")
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        ((_, fault),) = mail.deliver(options, [letter()])
    assert fault == ""
    assert (box.addresses, box.encrypted) == ([A], [True])


def test_a_letter_arrives_as_it_was_written() -> None:
    with mail_server() as box:
        options = Mail(to=(A,), host="localhost", port=box.port, sender="seals@bureau.example", tls="off")
        assert [fault for _, fault in mail.deliver(options, [letter()])] == [""]
    assert box.letters[0][1].get_content().splitlines() == ["摘要", ".", "..完"]


def test_a_letter_that_was_sent_but_not_kept_goes_again_under_the_same_name() -> None:
    """As after a crash between the server's answer and the commit."""
    with mail_server() as box:
        options = Mail(to=(A,), host="localhost", port=box.port, sender="seals@bureau.example", tls="off")
        for _ in range(2):
            next(iter(mail.deliver(options, [letter(), letter()])))
    assert [one["Message-ID"] for _, one in box.letters] == ["<seal-1@bureau.example>"] * 2


def test_a_letter_is_kept_as_sent_once(app: Flask) -> None:
    with transaction():
        mail.record(letter(), "邮箱已满")
        mail.record(letter(), "")
        mail.record(letter(), "邮箱已满")  # what another worker met does not undo it
    assert mail.attempts("seal", [1])[1][A].fault == ""
    with pytest.raises(IntegrityError), transaction():
        mail.record(letter(), "")
