"""What arrives may be endless, called anything, and sent forever: it is named safely, cut off, or waited for aside."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import IO, Any, cast
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient

import serve
from core.errors import Refused
from serve import SERVING, server_of
from tests.stored import local
from tests.vouchers.samples import LIMIT, a_pdf, add, draft, papers
from tests.world import World
from vouchers.papers.actions import add_paper

SignIn = Callable[[str], FlaskClient]
MEGABYTE = 1024 * 1024

NAMES = [
    ("../../etc/passwd", "passwd.pdf"),
    ("..\\..\\windows\\system32\\evil.exe", "evil.exe.pdf"),
    ("/etc/cron.d/evil", "evil.pdf"),
    ("C:\\发票.pdf", "发票.pdf"),
    ("发票\0.exe", "发票.exe.pdf"),
    ("发票\u202efdp.exe", "发票fdp.exe.pdf"),
    ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ("票" * 300 + ".pdf", "票" * 78 + ".pdf"),
    ("CON.pdf", "_CON.pdf"),
    ("aux", "_aux.pdf"),
    ("发票.pdf. .", "发票.pdf"),
    (".pdf", "pdf.pdf"),
    ("..", "未命名.pdf"),
    ("", "未命名.pdf"),
    ("十二月办公用品采购发票", "十二月办公用品采购发票.pdf"),
    ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
    ('a";filename="b.html', "a_;filename=_b.html.pdf"),
    ("发票\U0001f9fe%2f%00.pdf", "发票\U0001f9fe%2f%00.pdf"),
]


@pytest.mark.only_on("sqlite")
def test_whatever_a_file_is_called_it_is_stored_and_sent_under_a_safe_name(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    ids = [add(world, plan_id, lines, a_pdf(), name) for name, _ in NAMES]
    called = {paper.id: paper.name for paper in papers(plan_id)}
    client = sign_in("lin")
    for paper_id, (given, wanted) in zip(ids, NAMES, strict=True):
        assert called[paper_id] == wanted, given
        sent = client.get(f"/papers/{paper_id}/file").headers["Content-Disposition"]
        assert sent.isascii()
        assert sent.isprintable()
        assert re.fullmatch(r"""attachment; filename="[\w .()-]+\.pdf"; filename\*=UTF-8''[\w.%~-]+\.pdf""", sent, re.A)


class Endless:
    """200 MB and more, which nobody holds: each read is given what it asks for."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int) -> bytes:
        self.given += size
        return bytes(size)


@pytest.mark.only_on("sqlite")
def test_a_file_without_end_is_cut_off_at_the_limit(world: World) -> None:
    plan_id, lines = draft(world)
    endless = Endless()
    with pytest.raises(Refused, match="超过 50 MB"):
        add_paper(plan_id, "11", "发票.pdf", cast("IO[bytes]", endless), lines, limit=LIMIT, by=world.person("lin"))
    assert endless.given <= LIMIT + 1
    assert papers(plan_id) == []
    assert not list(local().folder.rglob("*"))


def _page(_environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"here"]


@pytest.fixture
def served() -> Iterator[int]:
    """A page behind waitress with the very settings of `serve`."""
    server = server_of(_page, host="127.0.0.1", port=0)
    runner = threading.Thread(target=server.run, daemon=True)
    runner.start()
    yield int(server.effective_port)
    server.close()
    server.task_dispatcher.shutdown()
    runner.join(10)


def test_300_uploads_that_drip_leave_room_for_others(served: int) -> None:
    """Waitress reads bodies beside its threads, so a slow upload costs a connection and no thread."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n"
    with ExitStack() as open_lines:
        lines = [open_lines.enter_context(socket.create_connection(("127.0.0.1", served))) for _ in range(300)]
        for line in lines:
            line.sendall(head)
        for _ in range(3):
            for line in lines:
                line.sendall(b"x")
            began = time.monotonic()
            with urlopen(f"http://127.0.0.1:{served}/", timeout=30) as answer:
                assert answer.read() == b"here"
            assert time.monotonic() - began < 30


def test_a_silent_upload_is_cut_off_in_a_minute() -> None:
    assert SERVING["channel_timeout"] <= 60
    assert SERVING["cleanup_interval"] <= 30


def test_an_upload_that_drips_is_cut_off_and_a_slow_line_is_not(served: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte a minute is never silence; the time is made short here, the rule is the same."""
    monkeypatch.setattr(serve, "GRACE", 0.3)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n"
    with ExitStack() as lines:
        dripping, slow = (lines.enter_context(socket.create_connection(("127.0.0.1", served), 10)) for _ in range(2))
        for line in (dripping, slow):
            line.sendall(head)
        for _ in range(8):
            slow.sendall(b"x" * 5000)
            time.sleep(0.1)
            with suppress(OSError):  # it is closed in the middle
                dripping.sendall(b"x")
        slow.sendall(b"x" * 10000)
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        with suppress(ConnectionResetError):
            assert dripping.recv(100) == b""


def test_a_request_that_drips_in_before_its_body_is_cut_off_too(served: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "GRACE", 0.2)
    with socket.create_connection(("127.0.0.1", served), 10) as line, suppress(ConnectionError):
        for letter in b"GET / HTTP/1.1\r\nHost: localhost":
            line.sendall(bytes([letter]))
            time.sleep(0.02)
        assert line.recv(100) == b""
