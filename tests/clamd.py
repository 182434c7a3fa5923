"""A small server of ClamAV's protocol on the loopback: INSTREAM as clamd speaks it, with one known virus, EICAR."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.listening import listening

# Spelt apart, so that no scanner takes this file away.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"


@dataclass
class Clamd:
    """What came in, and how it answers."""

    place: str = ""
    files: list[bytes] = field(default_factory=list)
    # StreamMaxLength.
    most: int = 25 * 1024 * 1024
    # Said instead of a verdict; "hang up" says nothing.
    says: str = ""


class _Talk(socketserver.StreamRequestHandler):
    server: _Tcp | _Unix

    def handle(self) -> None:
        """One session: the command up to its zero, then pieces with their lengths, then a length of zero."""
        assert self.rfile.read(10) == b"zINSTREAM\0"
        clamd, data = self.server.clamd, b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            data += self.rfile.read(length)
            if len(data) > clamd.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        clamd.files.append(data)
        if clamd.says != "hang up":
            found = "stream: Eicar-Signature FOUND" if EICAR in data else "stream: OK"
            self.wfile.write((clamd.says or found).encode() + b"\0")


class _Tcp(socketserver.ThreadingTCPServer):
    clamd: Clamd


class _Unix(socketserver.ThreadingUnixStreamServer):
    clamd: Clamd


@contextmanager
def running_clamd(path: Path | None = None) -> Iterator[Clamd]:
    """The server while the block runs, on a socket file or on a port of the loopback."""
    clamd = Clamd()
    server = _Unix(str(path), _Talk) if path else _Tcp(("127.0.0.1", 0), _Talk)
    server.clamd = clamd
    clamd.place = f"unix:{path}" if path else f"127.0.0.1:{server.socket.getsockname()[1]}"
    with listening(server, 0.02):
        yield clamd
