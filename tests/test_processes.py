"""The server and its worker as processes: they start from nothing, work together, and end together."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(ready: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it becomes so within the time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if ready():
            return True
        time.sleep(0.1)
    return False


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def workers_of(parent: int) -> list[int]:
    """The processes that were started as workers of this server."""
    asked = ["pgrep", "-f", f"work --parent {parent}$"]
    return [int(line) for line in subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    command = [sys.executable, "-m", "serve", "--port", str(port), "--data", str(tmp_path), "--no-demo"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert until(lambda: answers(port)), server.stdout
    yield server, port
    server.kill()
    server.wait()
    if server.stdout:
        server.stdout.close()


def test_the_server_starts_with_its_worker_works(served: tuple[subprocess.Popen[str], int]) -> None:
    server, _ = served
    assert until(lambda: len(workers_of(server.pid)) == 1)


def test_the_worker_ends_with_a_server_that_was_killed(served: tuple[subprocess.Popen[str], int]) -> None:
    server, _ = served
    (worker,) = workers_of(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    assert until(lambda: not workers_of(server.pid)), f"worker {worker} lives on"


def test_a_taken_port_is_said_at_once(served: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    _, port = served
    command = [sys.executable, "-m", "serve", "--port", str(port), "--data", str(tmp_path / "other")]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 1
    assert f"端口 {port} 不能使用" in second.stderr
    assert not (tmp_path / "other").exists()


def test_the_worker_looks_after_limits_by_itself(served: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    def looked() -> bool:
        with closing(sqlite3.connect(tmp_path / "usage_plans.db")) as books:
            found = books.execute("SELECT state FROM job WHERE kind = 'watch_limits'").fetchall()
            return found == [("done",)]

    assert until(looked)
