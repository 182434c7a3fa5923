"""A server on the loopback that takes what robots of groups are sent, and keeps it word for word."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.listening import listening


@dataclass
class Heard:
    """One request."""

    path: str
    content_type: str
    body: dict[str, Any]


@dataclass
class Group:
    """What came in, and how the server answers."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    status: int = 200
    answer: bytes = b'{"errcode":0,"errmsg":"ok"}'
    headers: dict[str, str] = field(default_factory=dict)
    # How long an answer takes, in seconds.
    takes: int = 0
    # Looks at the world at the moment of a request.
    meanwhile: Callable[[], None] | None = None

    @property
    def origin(self) -> str:
        """How the settings name it."""
        return f"http://127.0.0.1:{self.port}"


class _Robot(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Keep it and answer."""
        group = self.server.group
        body = self.rfile.read(int(self.headers["Content-Length"]))
        group.heard.append(Heard(self.path, self.headers["Content-Type"], json.loads(body)))
        if group.meanwhile:
            group.meanwhile()
        time.sleep(group.takes)
        self.send_response(group.status)
        for name, value in group.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(group.answer)))
        self.end_headers()
        self.wfile.write(group.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    group: Group


@contextmanager
def group_server(**ways: Any) -> Iterator[Group]:
    """A running server; `ways` say how it behaves."""
    with _Server(("127.0.0.1", 0), _Robot) as server:
        server.group = Group(port=server.server_address[1], **ways)
        with listening(server, pause=0.05):
            yield server.group
