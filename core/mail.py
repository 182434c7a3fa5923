"""Mail to addresses outside of the house: every attempt is a row, and a message reaches an address once."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from sqlalchemy import Index, select, text
from sqlalchemy.orm import Mapped

from core import clock
from core.db import Code, Id, Long, Model, Name, session
from core.settings import Mail

# How long the server may be silent. With it a job of a few addresses ends before its lease does.
_PATIENCE: Final = 20
_SENT: Final = text("fault = ''")
# How a fault begins that would meet every letter.
UNREACHABLE: Final = "连不上邮件服务器"


class Mailing(Model):
    """One attempt to send one message to one address; no fault when the server took it. Only ever added."""

    __tablename__ = "mailing"
    __table_args__ = (
        Index(
            "uq_mailing_sent", "about", "about_id", "address",
            unique=True, sqlite_where=_SENT, postgresql_where=_SENT,
        ),
        Index(None, "about", "about_id"),
    )  # fmt: skip

    id: Mapped[Id]
    about: Mapped[Code]
    about_id: Mapped[int]
    address: Mapped[Name]
    at: Mapped[datetime]
    fault: Mapped[Long]


@dataclass(frozen=True)
class Letter:
    """One message for one address about one thing; `number` is how the history calls the thing."""

    about: str
    about_id: int
    number: int
    address: str
    message: EmailMessage


def attempts(about: str, ids: Collection[int]) -> Mapping[int, Mapping[str, Mailing]]:
    """By thing and address, the attempt that counts: the one that succeeded, else the newest."""
    query = select(Mailing).where(Mailing.about == about, Mailing.about_id.in_(ids)).order_by(Mailing.id)
    found: dict[int, dict[str, Mailing]] = defaultdict(dict)
    for row in session().scalars(query):
        before = found[row.about_id].get(row.address)
        if before is None or before.fault:
            found[row.about_id][row.address] = row
    return found


def record(letter: Letter, fault: str) -> None:
    """Keep what became of a letter, inside the caller's transaction."""
    row = Mailing(about=letter.about, about_id=letter.about_id, address=letter.address, at=clock.now(), fault=fault)
    session().add(row)


def deliver(options: Mail, letters: Iterable[Letter]) -> Iterator[tuple[Letter, str]]:
    """Hand each letter to the server, all over one connection; gives each with what went wrong, '' for nothing."""
    try:
        server = _connected(options)
    except (OSError, ValueError) as failure:  # a name that is no host's is a ValueError
        yield from ((letter, _words(failure, options)) for letter in letters)
        return
    try:
        for letter in letters:
            yield letter, _hand_over(server, letter, options)
        with suppress(OSError):
            server.quit()
    finally:
        server.close()


def _connected(options: Mail) -> smtplib.SMTP:
    """A connection that is encrypted as the settings say, and signed in. Never less than they say."""
    if not options.host or not options.sender:
        raise ValueError("没有配置邮件服务器或发件人（YK_SMTP_HOST、YK_SMTP_FROM）")
    trusted = ssl.create_default_context()
    here = socket.gethostname()  # given, so that nothing asks a name server who is not there
    server: smtplib.SMTP
    if options.tls == "ssl":
        server = smtplib.SMTP_SSL(options.host, options.port, here, timeout=_PATIENCE, context=trusted)
    else:
        server = smtplib.SMTP(options.host, options.port, here, timeout=_PATIENCE)
    try:
        if options.tls == "starttls":
            server.starttls(context=trusted)
        if options.user:
            server.login(options.user, options.password)
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, letter: Letter, options: Mail) -> str:
    try:
        server.send_message(letter.message, options.sender, [letter.address])
    except (OSError, ValueError) as failure:
        return _words(failure, options)
    return ""


_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (smtplib.SMTPAuthenticationError, "邮件服务器不接受用户名或密码"),
    (smtplib.SMTPRecipientsRefused, "邮件服务器拒收这个地址"),
    (smtplib.SMTPSenderRefused, "邮件服务器拒绝这个发件人"),
    (smtplib.SMTPNotSupportedError, "邮件服务器不支持所要求的加密或登录方式"),
    (smtplib.SMTPServerDisconnected, "邮件服务器断开了连接"),
    (smtplib.SMTPException, "邮件服务器没有收下"),
    (ssl.SSLError, "邮件服务器的证书或加密有问题"),
    (OSError, UNREACHABLE),
)


def _words(failure: Exception, options: Mail) -> str:
    """What went wrong, as the auditor and the administrator read it."""
    said = next((words for kind, words in _KINDS if isinstance(failure, kind)), "")
    place = f" {options.host}:{options.port}" if said == UNREACHABLE else ""
    return f"{said}{place}：{_detail(failure)}"[:500] if said else str(failure)[:500]


def _detail(failure: Exception) -> str:
    """What the server said itself."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return "；".join(f"{code} {_text(said)}" for code, said in failure.recipients.values())
    if isinstance(failure, smtplib.SMTPResponseException):
        return f"{failure.smtp_code} {_text(failure.smtp_error)}"
    return str(failure)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
