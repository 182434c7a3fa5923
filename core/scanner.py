"""The virus scanner of the house: ClamAV's daemon, asked over its socket whether a file is clean (INSTREAM)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_PATIENCE: Final = 60.0
_LONGEST_ANSWER: Final = 1000


class ScannerAway(Exception):  # noqa: N818  the file is neither clean nor infected, it waits
    """The scanner did not say what it thinks of the file: it is away, busy, or limits what it takes."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Where clamd listens: `unix:/path` or `host:port`."""

    place: str

    def scan(self, pieces: Iterable[bytes]) -> str:
        """The name of what was found, or "" for a clean file. Raises `ScannerAway`."""
        try:
            with self._connected() as line:
                line.sendall(b"zINSTREAM\0")
                for piece in pieces:
                    line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(bytes(4))
                return _judged(_answer(line))
        except OSError as failure:
            raise ScannerAway(str(failure)) from failure

    def _connected(self) -> socket.socket:
        kind, _, rest = self.place.partition(":")
        if kind == "unix":
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(_PATIENCE)
            try:
                line.connect(rest)
            except OSError:
                line.close()
                raise
            return line
        host, _, port = self.place.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), _PATIENCE)


def _answer(line: socket.socket) -> str:
    """What it says, up to the zero that ends it."""
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER:
        piece = line.recv(_LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.decode("utf-8", "replace")


def _judged(said: str) -> str:
    """Only the two answers that clamd gives at the end count; an error, a half or nothing is none."""
    if said == "stream: OK\0":
        return ""
    if said.startswith("stream: ") and said.endswith(" FOUND\0"):
        return said.removeprefix("stream: ").removesuffix(" FOUND\0") or "?"
    raise ScannerAway(said.rstrip("\0") or "no answer")
