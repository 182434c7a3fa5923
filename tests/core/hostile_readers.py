"""Readers that a file has taken over: each does really what it is called. They run in the jail only."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import Refused

Answer = tuple[Mapping[str, object], bytes]
Asked = Mapping[str, Any]
_seen: list[bytes] = []


def echo(data: bytes, asked: Asked) -> Answer:
    """A reader in good health."""
    return dict(asked), data


def refuse(_data: bytes, _asked: Asked) -> Answer:
    raise Refused("第 1 页是空白页。", "请重新扫描。")


def stumble(_data: bytes, _asked: Asked) -> Answer:
    raise KeyError("no such font")


def crash(_data: bytes, _asked: Asked) -> Answer:
    """A real segmentation fault."""
    return {}, ctypes.string_at(0)


def loop(_data: bytes, _asked: Asked) -> Answer:
    while True:
        pass


def sleep(_data: bytes, asked: Asked) -> Answer:
    time.sleep(asked["seconds"])
    return {}, b""


def allocate(_data: bytes, _asked: Asked) -> Answer:
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def allocate_in_c(_data: bytes, _asked: Asked) -> Answer:
    """As a library does it: how many megabytes there were."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    megabytes = 0
    while library.malloc(1024 * 1024):
        megabytes += 1
    return {"megabytes": megabytes}, b""


def speak_too_much(_data: bytes, asked: Asked) -> Answer:
    return {}, bytes(asked["bytes"])


def babble(_data: bytes, _asked: Asked) -> Answer:
    """No frame at all, on the very socket of the answer."""
    os.write(3, b"\xff" * 100)
    os._exit(0)


def lie(_data: bytes, asked: Asked) -> Answer:
    """A frame of our form with anything in it."""
    text = asked["text"].encode()
    os.write(3, len(text).to_bytes(4, "big") + bytes(4) + text)
    os._exit(0)


def lie_about_a_page(data: bytes, _asked: Asked) -> Answer:
    """Whatever the test wants to have said: a header and what follows it."""
    header, content = json.loads(data)
    return json.loads(header), content.encode()


def remember(data: bytes, _asked: Asked) -> Answer:
    """Leave something for the next file."""
    _seen.append(data)
    return {"seen": len(_seen)}, b""


def environment(_data: bytes, _asked: Asked) -> Answer:
    return {"variables": sorted(os.environ), "handles": _open_handles()}, b""


def _open_handles() -> list[int]:
    found = []
    for handle in range(256):
        with suppress(OSError):
            os.fstat(handle)
            found.append(handle)
    return found


def connect(_data: bytes, asked: Asked) -> Answer:
    """Call a server on the loopback, first as Python does it, then as a library in C."""
    try:
        socket.create_connection(("127.0.0.1", asked["port"]), 5).close()
    except OSError as error:
        return {"reached": _connects_in_c(asked["port"]), "said": str(error)}, b""
    return {"reached": True}, b""


def _connects_in_c(port: int) -> bool:
    library = ctypes.CDLL(None)
    handle = library.socket(2, 1, 0)
    address = (2).to_bytes(2, sys.byteorder) + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    return bool(handle >= 0 and library.connect(handle, address, 16) == 0)


def read_file(_data: bytes, asked: Asked) -> Answer:
    return {"said": _said(Path(asked["path"]).read_bytes)}, b""


def write_file(_data: bytes, asked: Asked) -> Answer:
    return {"said": _said(lambda: Path(asked["path"]).write_bytes(b"mine"))}, b""


def run_program(_data: bytes, _asked: Asked) -> Answer:
    return {"said": _said(lambda: subprocess.run(["/bin/true"], check=True))}, b""


def fork(_data: bytes, _asked: Asked) -> Answer:
    return {"said": _said(os.fork)}, b""


def kill_the_jail(_data: bytes, _asked: Asked) -> Answer:
    return {"said": _said(lambda: os.kill(os.getppid(), 9))}, b""


def take_more_memory(_data: bytes, _asked: Asked) -> Answer:
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    return {"said": _said(lambda: resource.setrlimit(resource.RLIMIT_AS, endless))}, b""


def start_a_thread(_data: bytes, _asked: Asked) -> Answer:
    """What a reader of scans may need."""
    done: list[int] = []
    thread = threading.Thread(target=lambda: done.append(1))
    thread.start()
    thread.join()
    return {"done": done}, b""


def _said(act: Any) -> str:
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "done"
