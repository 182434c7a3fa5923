"""A server of the standard library's kind, running on a thread of its own as long as somebody needs it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listening(server: socketserver.BaseServer, pause: float = 0.5) -> Iterator[None]:
    """The server answers inside the block and is closed behind it; it looks every `pause` seconds for its end."""
    runner = threading.Thread(target=server.serve_forever, args=(pause,), daemon=True)
    runner.start()
    try:
        yield
    finally:
        server.shutdown()
        runner.join()
        server.server_close()
