"""The jail: what comes from outside is read by a process of its own, with little memory and time and no network.

`call` is given the name of a reader (`module:function`, bytes in, a small JSON object and bytes out). A reader that
crashes, loops or takes too much ends alone; whoever asked hears why. What comes back is plain data of limited length,
written by a process that a file may have taken over: check it like anything that comes from outside.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from core import jailer
from core.errors import Refused

MEGABYTE: Final = 1024 * 1024
_ROOT: Final = Path(__file__).resolve().parents[1]
# So many files at once in one process of ours; others wait for their turn.
_AT_ONCE: Final = 3
# The jail ends a process that is late; should the jail itself hang, we stop listening so many seconds later.
_GRACE: Final = 10
_log: Final = logging.getLogger(__name__)


class End(StrEnum):
    """Why there is no answer."""

    CRASHED = "crashed"
    TOO_LONG = "too long"
    TOO_LARGE = "too large"
    FAILED = "failed"


class Broken(Exception):  # noqa: N818  a file that gives no answer is no error of ours
    """The file's process gave no answer."""

    def __init__(self, end: End, detail: str) -> None:
        super().__init__(f"{end}: {detail}")
        self.end = end


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take: bytes of memory, seconds of processor time, seconds in all, bytes of its answer."""

    memory: int = 512 * MEGABYTE
    cpu: int = 20
    wall: float = 60.0
    answer: int = 8 * MEGABYTE


class Jail:
    """One warm process beside ours, started when it is first needed and again when it has ended."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._owner = 0
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def call(
        self, reader: str, data: bytes, asked: Mapping[str, object] | None = None, limits: Limits | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Let `reader` look at `data`; what it answers. Raises its `Refused`, or `Broken` when it gave no answer."""
        limits = limits or Limits()
        order = {"reader": reader, "memory": limits.memory, "cpu": limits.cpu, "wall": limits.wall, "size": len(data)}
        with self._turn, self._line(json.dumps(order).encode()) as line:
            line.settimeout(limits.wall + _GRACE)
            try:
                _hand_in(line, asked or {}, data)
                header, content = jailer.receive(line, limits.answer)
            except TimeoutError as late:
                raise Broken(End.TOO_LONG, "the jail is silent") from late
            except (jailer.Torn, OSError) as torn:
                raise Broken(End.CRASHED, str(torn)) from torn
        return _judged(reader, header), content

    def close(self) -> None:
        """End the warm process."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.wait(timeout=_GRACE)
        self._control = self._process = None

    def _line(self, order: bytes) -> socket.socket:
        """A socket to a new process of the jail, whose warm process is started again once if it has gone."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._warm(), [order], [theirs.fileno()])
            except OSError:
                with self._starting:
                    self.close()
                socket.send_fds(self._warm(), [order], [theirs.fileno()])
        return ours

    def _warm(self) -> socket.socket:
        """The socket to the warm process. After a fork of ours the child starts its own."""
        with self._starting:
            if self._control is None or self._owner != os.getpid():
                self._control, self._process = _start()
                self._owner = os.getpid()
            return self._control


def _start() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Same Python, no environment, no open file but one socket, in a session of its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    started: Future[subprocess.Popen[bytes]] = Future()
    with theirs:
        # The kernel ends it together with the thread that started it, and a server's thread may end with its request.
        threading.Thread(target=_keep, args=(theirs.fileno(), started), name="jail's keeper", daemon=True).start()
        return ours, started.result()


def _keep(handle: int, started: Future[subprocess.Popen[bytes]]) -> None:
    """Live as long as the warm process."""
    try:
        process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-c", "from core.jailer import main; main()", str(handle)],
            cwd=_ROOT, env={"LANG": "C.UTF-8"}, pass_fds=[handle], start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as failure:
        started.set_exception(failure)
        return
    started.set_result(process)
    process.wait()


def _hand_in(line: socket.socket, asked: Mapping[str, object], data: bytes) -> None:
    """Give the file in. A process that has ended already is no error here: how it ended is still to be heard."""
    try:
        jailer.send(line, asked, data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _judged(reader: str, header: Mapping[str, Any]) -> dict[str, Any]:
    """The answer itself. Raises what else it can be."""
    match header:
        case {"answer": dict(answer)}:
            return answer
        case {"refused": [*sentences]} if sentences and all(isinstance(one, str) for one in sentences):
            raise Refused(*sentences)
        case {"broke": str(name)}:
            _log.warning("%s failed: %.60r %.2000r", reader, name, header.get("trace", ""))
            raise Broken(End.TOO_LARGE if name == "MemoryError" else End.FAILED, name)
        case {"ended": int(code), "late": bool(late)}:
            _log.warning("%s ended with %s, late: %s", reader, code, late)
            raise Broken(End.TOO_LONG if late or code == -signal.SIGXCPU else End.CRASHED, f"ended with {code}")
    raise Broken(End.CRASHED, "no answer")


JAIL: Final = Jail()
atexit.register(JAIL.close)
# For readers whose libraries are so large that they would leave the others too little of their memory.
ROOMY: Final = Jail()
atexit.register(ROOMY.close)


def walls() -> dict[str, bool]:
    """Which walls stand on this machine: `namespace` (no network), `files` (Landlock), `calls` (seccomp)."""
    answer, _ = JAIL.call("core.jailer:walls", b"")
    return {name: answer.get(name) is True for name in ("namespace", "files", "calls")}
