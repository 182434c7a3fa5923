"""The real thing on loopback: server processes with their workers, and people who speak HTTP to them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from tests.world import NOW, PASSWORD

ROOT: Final = Path(__file__).resolve().parents[2]
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_BOUNDARY: Final = "----proven-boundary-7f3a"
PATIENCE: Final = 60.0


class Gone(Exception):  # noqa: N818  it says what the server is
    """The server went away before it answered: whether it did the work is not known."""


@dataclass
class Served:
    """One server process on its own port; its worker is a child of it."""

    process: subprocess.Popen[bytes]
    port: int
    seconds: float = 0.0

    def workers(self) -> list[int]:
        """The worker processes of this server."""
        asked = ["pgrep", "-f", f"work --parent {self.process.pid}$"]
        return [int(line) for line in subprocess.run(asked, capture_output=True, check=False).stdout.split()]

    def kill(self) -> None:
        """End it and its worker as a power cut would."""
        workers = self.workers()
        self.process.kill()
        self.process.wait()
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        until(lambda: not any(map(lives, workers)), 30)


@dataclass
class Site:
    """A data folder, a database, and the servers that share them."""

    data: Path
    url: str
    extra: Mapping[str, str] = field(default_factory=dict)
    servers: list[Served] = field(default_factory=list)
    shift: float = field(default_factory=lambda: (NOW - datetime.now(UTC)).total_seconds())
    began: float = 0.0  # the shift of the clock while people worked

    def __post_init__(self) -> None:
        self.began = self.shift

    def start(self, port: int | None = None) -> Served:
        """One more server; comes back when it answers."""
        port = port or free_port()
        command = [sys.executable, "-m", "serve", "--port", str(port), "--data", str(self.data), "--no-demo"]
        began = time.monotonic()
        with (self.data.parent / f"server-{port}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self._env(), stdout=log, stderr=log)
        served = Served(process, port)
        self.servers.append(served)
        if not until(lambda: process.poll() is not None or answers(port), PATIENCE) or process.poll() is not None:
            raise AssertionError(f"the server does not start:\n{self.said()}")
        served.seconds = time.monotonic() - began
        return served

    def audit(self) -> list[str]:
        """What `audit replay` and `audit verify` find wrong, each in a process of its own."""
        command = [sys.executable, "-m", "flask", "--app", "app", "audit"]
        ran = [
            subprocess.run([*command, what], cwd=ROOT, env=self._env(), capture_output=True, check=False)
            for what in ("replay", "verify")
        ]
        return [f"{one.stdout.decode()}{one.stderr.decode()}" for one in ran if one.returncode]

    def _env(self) -> dict[str, str]:
        path = os.pathsep.join((str(Path(__file__).parent / "shifted"), str(ROOT)))
        return {
            **os.environ, "YK_DATABASE_URL": self.url, "YK_TEST_CLOCK_SHIFT": str(self.shift), "PYTHONPATH": path,
            "YK_TRUSTED_HOSTS": "127.0.0.1", "YK_DATA": str(self.data), **self.extra,
        }  # fmt: skip

    def said(self) -> str:
        """What the servers wrote, its end."""
        logs = sorted(self.data.parent.glob("server-*.log"))
        return "\n".join(log.read_text(errors="replace")[-6000:] for log in logs)

    def stop(self) -> None:
        """End every server that was started here; their workers follow."""
        for served in self.servers:
            if served.process.poll() is None:
                served.process.send_signal(signal.SIGKILL)
                served.process.wait()
        workers = [worker for served in self.servers for worker in served.workers()]
        until(lambda: not any(map(lives, workers)), 30)


def lives(pid: int) -> bool:
    """Whether the process is there and no corpse."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(ready: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Whether it becomes so within the time; it looks again after each pause."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if ready():
            return True
        time.sleep(pause)
    return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether the health probe answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    location: str
    body: bytes = b""


class Visitor:
    """A browser of one person: keeps its cookies, its token and its connection."""

    def __init__(self, port: int, username: str) -> None:
        self.port, self.username = port, username
        self.cookies: dict[str, str] = {}
        self.token = ""
        self._connection: http.client.HTTPConnection | None = None

    def sign_in(self) -> None:
        """Through the page, as people do."""
        self.get("/sign-in")
        answer = self.post("/sign-in", username=self.username, password=PASSWORD)
        assert answer.status == 302, (self.username, answer.status, answer.text[-800:])
        self.get("/password")  # the signed-in session has a token of its own

    def get(self, path: str) -> Answer:
        """Read a page; its token is used from here on."""
        answer = self._ask("GET", path, b"", {})
        found = _TOKEN.search(answer.text)
        if found:
            self.token = found[1]
        return answer

    def post(self, path: str, **fields: object) -> Answer:
        """Send a form, with a key of its own as every form has."""
        sent = {"csrf_token": self.token, "form_key": uuid4().hex, **fields}
        body = urlencode(sent, doseq=True).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, name: str, data: bytes, **fields: str) -> Answer:
        """Send one file with its form."""
        fields = {"csrf_token": self.token, "form_key": uuid4().hex, **fields}
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        parts.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + data + b"\r\n")
        parts.append(f"--{_BOUNDARY}--\r\n".encode())
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return self._ask("POST", path, b"".join(parts), {"Content-Type": kind})

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            self._connection.request(method, path, body, {**headers, "Cookie": cookies})
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as lost:
            self.hang_up()
            raise Gone from lost
        if (response.getheader("Connection") or "").lower() == "close":
            self.hang_up()
        self._keep(response)
        text = content.decode(errors="replace") if "html" in (response.getheader("Content-Type") or "") else ""
        return Answer(response.status, text, response.getheader("Location") or "", content)

    def _keep(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or ():
            name, value = line.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value

    def hang_up(self) -> None:
        """The next request opens a connection of its own."""
        if self._connection:
            self._connection.close()
        self._connection = None
