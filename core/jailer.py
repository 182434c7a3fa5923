"""The warm process of the jail: it has loaded the readers, and gives every file a process of its own.

It is started by `core.jail` with an empty environment and one socket, never imports the application, and ends when that
socket closes. A file's process is a fork that reads one file, answers once and is gone, so nothing of a file stays.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from core import confine
from core.errors import Refused

Reader = Callable[[bytes, Mapping[str, Any]], tuple[Mapping[str, object], bytes]]

_HEAD: Final = struct.Struct(">II")
LONGEST_HEADER: Final = 64 * 1024
LONGEST_ORDER: Final = 4096
_TRACE: Final = 2000
_LINE: Final = 3  # the socket of a file's process
# What stands around this process; a file's process adds to it.
_walls: Final[dict[str, bool]] = {}


class Torn(Exception):  # noqa: N818  a thing that happens to a line
    """The other side ended in the middle, or what it says is no frame."""


def send(line: socket.socket, header: Mapping[str, object], data: bytes = b"") -> None:
    """One frame: two lengths, a JSON object, plain bytes."""
    text = json.dumps(header).encode()
    line.sendall(_HEAD.pack(len(text), len(data)) + text)
    line.sendall(data)


def receive(line: socket.socket, most: int) -> tuple[dict[str, Any], bytes]:
    """The next frame, whose bytes are `most` at most. Raises `Torn`; what is too long is not read."""
    text_length, data_length = _HEAD.unpack(_exactly(line, _HEAD.size))
    if text_length > LONGEST_HEADER or data_length > most:
        raise Torn("a frame is too long")
    try:
        header = json.loads(_exactly(line, text_length))
    except (ValueError, RecursionError) as nonsense:
        raise Torn("a header is no JSON") from nonsense
    if not isinstance(header, dict):
        raise Torn("a header is no object")
    return header, _exactly(line, data_length)


def _exactly(line: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        piece = line.recv(min(length - len(found), 1024 * 1024))
        if not piece:
            raise Torn("the other side has gone")
        found += piece
    return bytes(found)


def walls(_data: bytes, _asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """Which walls stand around the process that answers this."""
    return _walls, b""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A file's process, the socket to whoever asked, and until when it may take."""

    pid: int
    line: socket.socket
    ends: float


def main() -> None:
    """Serve until the application has gone."""
    control = socket.socket(fileno=os.dup(int(sys.argv[1])))  # a small number, which select can take
    os.close(int(sys.argv[1]))
    confine.die_with_parent()
    _walls["namespace"] = confine.cut_network()
    cells: dict[int, _Cell] = {}
    while True:
        ready = select.select([control.fileno(), *cells], [], [], _pause(cells.values()))[0]
        for handle in set(ready) & cells.keys():
            _bury(handle, cells.pop(handle))
        for cell in cells.values():
            if cell.ends <= time.monotonic():
                os.kill(cell.pid, signal.SIGKILL)
        if control.fileno() in ready and not _take(control, cells):
            break
    for cell in cells.values():
        os.kill(cell.pid, signal.SIGKILL)


def _pause(cells: Iterable[_Cell]) -> float | None:
    ends = [cell.ends for cell in cells]
    return max(0.0, min(ends) - time.monotonic()) if ends else None


def _bury(handle: int, cell: _Cell) -> None:
    """Say how the process ended; whoever has his answer already does not listen any more."""
    os.close(handle)
    _, status = os.waitpid(cell.pid, 0)
    late = cell.ends <= time.monotonic()
    cell.line.setblocking(False)
    with cell.line:
        try:
            send(cell.line, {"ended": os.waitstatus_to_exitcode(status), "late": late})
        except OSError:
            return


def _take(control: socket.socket, cells: dict[int, _Cell]) -> bool:
    """The next order, with the socket of whoever asks. False when there will be none."""
    text, handles, *_ = socket.recv_fds(control, LONGEST_ORDER, 1)
    if not text:
        return False
    order = json.loads(text)
    line = socket.socket(fileno=handles[0])
    try:
        reader = _reader(order["reader"])
    except (ImportError, AttributeError):  # our own mistake, which must not end the jail of the others
        traceback.print_exc()
        line.close()
        return True
    pid = os.fork()
    if pid == 0:
        _live(line, reader, order)
    cells[os.pidfd_open(pid)] = _Cell(pid, line, time.monotonic() + order["wall"])
    return True


def _reader(name: str) -> Reader:
    """The function, from a module that is loaded once and warmed before the first fork."""
    module_name, function = name.split(":")
    fresh = module_name not in sys.modules
    module = importlib.import_module(module_name)
    if fresh and hasattr(module, "warm"):
        module.warm()
    gc.freeze()  # what is loaded stays shared between all processes
    reader: Reader = getattr(module, function)
    return reader


def _live(line: socket.socket, reader: Reader, order: Mapping[str, Any]) -> NoReturn:
    """A file's whole life."""
    try:
        os.dup2(line.fileno(), _LINE)
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        os.closerange(_LINE + 1, 65536)
        alone = socket.socket(fileno=_LINE)
        _confine(order["memory"], order["cpu"])
        asked, data = receive(alone, order["size"])
        _answer(alone, reader, data, asked)
    finally:
        os._exit(0)


def _confine(memory: int, cpu: int) -> None:
    confine.die_with_parent()
    confine.limit(memory, cpu)
    _walls["files"] = confine.lock_files(confine.readable())
    _walls["calls"] = confine.forbid_calls()
    if not (_walls["namespace"] or _walls["calls"]):
        confine.forget_sockets()


def _answer(line: socket.socket, reader: Reader, data: bytes, asked: Mapping[str, Any]) -> None:
    """The reader's answer, its refusal, or what broke it."""
    try:
        header, content = reader(data, asked)
        send(line, {"answer": header}, content)
    except Refused as refusal:
        send(line, {"refused": list(refusal.sentences)})
    except Exception as error:  # a hostile file makes libraries raise almost anything
        send(line, {"broke": type(error).__name__, "trace": traceback.format_exc()[-_TRACE:]})
