"""A mail server on the loopback that keeps what it is given: just enough SMTP to be refused by and to talk TLS to."""

from __future__ import annotations

import base64
import socketserver
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.listening import listening


@dataclass
class Box:
    """What came in, and how the server behaves."""

    port: int = 0
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    # Addresses that are refused, each with the answer.
    refused: dict[str, str] = field(default_factory=dict)
    # The one login that is taken, as user and password; None asks for none.
    login: tuple[str, str] | None = None
    # With one, the server offers STARTTLS.
    trust: ssl.SSLContext | None = None
    # Whether it speaks TLS from the first byte.
    implicit: bool = False
    # Hang up after so many letters.
    breaks_after: int | None = None

    @property
    def addresses(self) -> list[str]:
        """Who got a letter, in order."""
        return [address for address, _ in self.letters]


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server

    def handle(self) -> None:
        """Answer command after command."""
        self.box, self.address, self.encrypted = self.server.box, "", False
        if self.box.implicit and not self.wrap():
            return
        self.say("220 sink")
        while line := self.rfile.readline():
            command = line.decode().strip()
            if not self.answer(command.split(" ")[0].split(":")[0].upper(), command):
                return

    def finish(self) -> None:
        """The connection may have become another one."""
        super().finish()
        self.request.close()

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")

    def answer(self, verb: str, command: str) -> bool:
        """Whether the talk goes on."""
        if verb == "QUIT":
            self.say("221 bye")
            return False
        talk: dict[str, Any] = {
            "EHLO": self.greet, "STARTTLS": self.encrypt, "AUTH": lambda: self.sign_in(command),
            "RCPT": lambda: self.name(command), "DATA": self.take,
        }  # fmt: skip
        said = talk.get(verb, lambda: "250 ok")()
        if said is None:
            return False
        self.say(said)
        return True

    def greet(self) -> str:
        offers = ["250-sink"]
        offers += ["250-STARTTLS"] if self.box.trust and not self.encrypted else []
        offers += ["250-AUTH PLAIN"] if self.box.login else []
        return "\r\n".join([*offers, "250 8BITMIME"])

    def encrypt(self) -> str | None:
        if not self.box.trust:
            return "502 no"
        self.say("220 go")
        if not self.wrap():
            return None
        line = self.rfile.readline().decode()  # the client greets again
        return self.greet() if line.upper().startswith("EHLO") else None

    def wrap(self) -> bool:
        """Speak TLS from here on; not with somebody who does not trust us."""
        assert self.box.trust
        try:
            self.request = self.box.trust.wrap_socket(self.request, server_side=True, do_handshake_on_connect=False)
            self.request.do_handshake()
        except (ssl.SSLError, ConnectionError):
            return False
        self.rfile, self.wfile, self.encrypted = self.request.makefile("rb"), self.request.makefile("wb", 0), True
        return True

    def sign_in(self, command: str) -> str:
        user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")[1:]
        if (user, password) != self.box.login:
            return "535 5.7.8 wrong password"
        self.box.signed_in.append(user)
        return "235 welcome"

    def name(self, command: str) -> str:
        self.address = command[command.index("<") + 1 : command.index(">")]
        return self.box.refused.get(self.address, "250 ok")

    def take(self) -> str | None:
        if self.box.breaks_after == len(self.box.letters):
            return None
        self.say("354 go on")
        content = b""
        while (line := self.rfile.readline()) != b".\r\n":
            content += line.removeprefix(b".") if line.startswith(b"..") else line
        self.box.letters.append((self.address, message_from_bytes(content, policy=policy.default)))
        self.box.encrypted.append(self.encrypted)
        return "250 kept"


class _Server(socketserver.ThreadingTCPServer):
    """Listens on a free port."""

    daemon_threads = True
    box: Box


@contextmanager
def mail_server(**ways: Any) -> Iterator[Box]:
    """A running server; `ways` say how it behaves."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = Box(port=server.server_address[1], **ways)
        with listening(server, pause=0.05):
            yield server.box


@contextmanager
def certified(folder: Path) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """A certificate for localhost that nobody has signed but itself."""
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    yield context, folder / "cert.pem"
