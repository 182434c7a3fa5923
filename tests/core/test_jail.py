"""What reads a file from outside is alone: it may crash, loop, swell or turn hostile, and nothing else notices."""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core import confine, jail
from core.errors import Refused
from core.jail import Broken, End, Jail, Limits
from tests.listening import listening

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def cell() -> Iterator[Jail]:
    found = Jail()
    yield found
    found.close()


def asked(cell: Jail, reader: str, data: bytes = b"", limits: Limits | None = None, **more: object) -> dict[str, Any]:
    answer, _ = cell.call(f"tests.core.hostile_readers:{reader}", data, more, limits)
    return answer


def end_of(cell: Jail, reader: str, limits: Limits | None = None, **more: object) -> End:
    with pytest.raises(Broken) as caught:
        asked(cell, reader, b"", limits, **more)
    return caught.value.end


def test_a_reader_answers_works(cell: Jail) -> None:
    data = os.urandom(3 * MEGABYTE)
    answer, back = cell.call("tests.core.hostile_readers:echo", data, {"页": 1})
    assert (answer, back) == ({"页": 1}, data)


def test_a_refusal_comes_out_as_it_is(cell: Jail) -> None:
    with pytest.raises(Refused) as caught:
        asked(cell, "refuse")
    assert caught.value.sentences == ("第 1 页是空白页。", "请重新扫描。")


SPOILT: list[tuple[str, Limits, End]] = [
    ("crash", Limits(), End.CRASHED),
    ("loop", Limits(cpu=1), End.TOO_LONG),
    ("allocate", Limits(memory=256 * MEGABYTE), End.TOO_LARGE),
    ("stumble", Limits(), End.FAILED),
    ("babble", Limits(), End.CRASHED),
    ("no_such_reader", Limits(), End.CRASHED),
]


@pytest.mark.parametrize(("reader", "limits", "end"), SPOILT)
def test_a_spoilt_reader_ends_alone_and_the_next_file_is_read(
    cell: Jail, reader: str, limits: Limits, end: End
) -> None:
    assert end_of(cell, reader, limits) is end
    assert asked(cell, "echo", next="file") == {"next": "file"}


def test_a_reader_that_sleeps_is_ended_by_the_clock(cell: Jail) -> None:
    began = time.monotonic()
    assert end_of(cell, "sleep", Limits(wall=0.3), seconds=60) is End.TOO_LONG
    assert time.monotonic() - began < 8


def test_a_library_in_c_gets_no_more_memory_either(cell: Jail) -> None:
    assert asked(cell, "allocate_in_c", limits=Limits(memory=256 * MEGABYTE))["megabytes"] < 256


def test_a_slow_file_holds_up_no_other(cell: Jail) -> None:
    asked(cell, "echo")
    slow = threading.Thread(target=end_of, args=(cell, "sleep", Limits(wall=3)), kwargs={"seconds": 60})
    slow.start()
    for _ in range(3):
        assert asked(cell, "echo") == {}
        assert slow.is_alive()
    slow.join()


def test_an_answer_that_is_too_long_is_not_read(cell: Jail) -> None:
    limits = Limits(answer=1000)
    assert asked(cell, "speak_too_much", limits=limits, bytes=1000) == {}
    assert end_of(cell, "speak_too_much", limits, bytes=1001) is End.CRASHED
    assert end_of(cell, "echo", text="长" * 30_000) is End.CRASHED


LIES = [
    "nothing",
    "[]",
    "{}",
    '{"answer": 1}',
    '{"refused": []}',
    '{"refused": [1]}',
    '{"broke": []}',
    '{"ended": "x", "late": 1}',
    '{"answer": ' + "[" * 3000 + "]" * 3000 + "}",
]


@pytest.mark.parametrize("text", LIES)
def test_an_answer_of_another_form_is_none(cell: Jail, text: str) -> None:
    assert end_of(cell, "lie", text=text) is End.CRASHED


def test_nothing_of_one_file_is_left_for_the_next(cell: Jail) -> None:
    assert [asked(cell, "remember", b"mine") for _ in range(2)] == [{"seen": 1}, {"seen": 1}]


def test_no_secret_goes_in(cell: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YK_SECRET_KEY", "secret")
    own = Jail()
    found = asked(own, "environment")
    own.close()
    assert set(found["variables"]) <= {"LANG", "LC_CTYPE"}
    assert found["handles"] == [0, 1, 2, 3]


class _Answers(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"hello")


def test_no_network_is_reached_by_python_or_by_c(cell: Jail) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Answers) as server, listening(server, 0.05):
        assert asked(cell, "connect", port=server.server_address[1])["reached"] is False


def test_without_any_wall_python_at_least_opens_no_socket() -> None:
    code = "from core import confine; confine.forget_sockets(); import urllib.request as u; u.urlopen('http://[::1]:9')"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "no network here" in ran.stderr


def test_the_walls_say_whether_they_stand(cell: Jail, tmp_path: Path) -> None:
    """On a kernel without Landlock files can be read, and `walls` says so."""
    secret = tmp_path / "secret_key"
    secret.write_text("secret")
    stands = jail.walls()
    assert asked(cell, "read_file", path=str(secret)) == {"said": "PermissionError" if stands["files"] else "done"}
    calls = {"said": "PermissionError" if stands["calls"] else "done"}
    assert asked(cell, "kill_the_jail") == calls
    assert asked(cell, "fork") == calls


@pytest.mark.parametrize("reader", ["run_program", "write_file", "take_more_memory"])
def test_no_program_is_started_no_file_written_no_limit_lifted(cell: Jail, tmp_path: Path, reader: str) -> None:
    mine = tmp_path / "mine"
    assert asked(cell, reader, path=str(mine))["said"] in ("PermissionError", "OSError", "ValueError")
    assert not mine.exists() or not mine.read_bytes()


def test_a_library_may_use_threads_and_find_fonts(cell: Jail) -> None:
    assert asked(cell, "start_a_thread") == {"done": [1]}
    assert asked(cell, "read_file", path="/usr/share/doc/fontconfig/copyright")["said"] in ("done", "FileNotFoundError")


def test_a_jail_that_was_killed_is_built_again() -> None:
    own = Jail()
    assert asked(own, "echo") == {}
    assert own._process is not None
    first = own._process.pid
    os.kill(first, signal.SIGKILL)
    own._process.wait()
    assert asked(own, "echo") == {}
    assert own._process.pid != first
    own.close()


def test_the_jail_outlives_the_request_that_built_it() -> None:
    """The kernel ends a child with its parent's thread; a server may have a thread for each request."""
    own = Jail()
    builder = threading.Thread(target=asked, args=(own, "echo"))
    builder.start()
    builder.join()
    assert own._process is not None
    with pytest.raises(subprocess.TimeoutExpired):
        own._process.wait(timeout=0.3)
    assert asked(own, "echo") == {}
    own.close()


def test_the_jail_ends_with_whoever_built_it() -> None:
    code = (
        "import os, signal\nfrom core.jail import JAIL\nJAIL.call('tests.core.hostile_readers:echo', b'')\n"
        "print(JAIL._process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert until(lambda: not Path(f"/proc/{int(ran.stdout)}").exists())


def until(ready: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        if ready():
            return True
        time.sleep(0.05)
    return False


def test_the_filter_names_each_call_once() -> None:
    for machine in confine._MACHINES.values():
        assert len(set(machine.forbidden)) == len(machine.forbidden)
        steps = confine._program(machine)
        assert steps[-1] == (6, 0, 0, 0x7FFF0000)
        assert all(at + max(yes, no) + 1 < len(steps) for at, (what, yes, no, _) in enumerate(steps) if what != 6)


