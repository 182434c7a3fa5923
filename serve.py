"""The embedded server: prepares the data folder, loads the demo, serves the pages, keeps one worker beside them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import waitress.server
from flask_migrate import upgrade
from waitress.channel import HTTPChannel

from accounts.units.store import offices_by_code, units_by_code
from app import create_app
from core import clock
from core.settings import Settings
from demo.cast import DEMO_PASSWORD, sign_in_lines
from demo.load import load_demo

# A slow upload costs a connection and no thread, so there are many; one that says nothing for a minute is closed.
SERVING: Final[dict[str, Any]] = {
    "threads": 8,
    "connection_limit": 1000,
    "asyncore_use_poll": True,
    "channel_timeout": 60,
    "cleanup_interval": 15,
    "max_request_body_size": 256 * 1024 * 1024,  # what is too large for us but not for this gets our own sentence
    "ident": None,
}
# A request may take so many seconds, and one more for so many bytes that have come: slower is no line, but a drip.
GRACE: Final = 60
PACE: Final = 4096
# Seconds between two looks whether the worker lives.
_PAUSE: Final = 0.5


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection that is closed when a request drips in: one that is never silent is never closed otherwise."""

    _began = 0.0
    _came = 0

    def received(self, data: bytes) -> bool:
        """Take in what has come, and look how long the request has been on its way."""
        if self.request is None:
            self._began, self._came = time.monotonic(), 0
        self._came += len(data)
        taken: bool = super().received(data)
        if self.request is not None and time.monotonic() - self._began > GRACE + self._came / PACE:
            self.will_close = True
        return taken


def server_of(app: Any, **where: Any) -> Any:
    """The embedded server, ready to run."""
    server = waitress.server.create_server(app, **where, **SERVING)
    server.channel_class = Channel
    return server


@click.command()
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--data", default="data", show_default=True, type=click.Path(path_type=Path), help="The data folder.")
@click.option("--demo/--no-demo", default=True, help="Load the demonstration district into an empty database.")
def main(port: int, host: str, data: Path, demo: bool) -> None:
    """Start the system."""
    listener = _listener(host, port)
    os.environ["YK_DATA"] = str(data.absolute())  # the worker reads the same folder
    options = Settings.from_environment()
    app = create_app(options)
    with app.app_context():
        upgrade()
        for line in _demo(options) if demo else ():
            click.echo(line)
    with _worker():
        click.echo(f"用款计划申报系统: http://{host}:{port}")
        server_of(app, sockets=[listener]).run()


def _listener(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done, so that a taken one is said at once."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as taken:
        raise click.ClickException(f"端口 {port} 不能使用（{taken.strerror}），请用 --port 换一个。") from taken
    return listener


def _demo(options: Settings) -> Iterator[str]:
    """Load the demonstration into an empty house, and say who may sign in when that was done just now."""
    if load_demo(options.division_code, clock.today()):
        yield f"演示数据已载入，所有账号的密码都是 {DEMO_PASSWORD}"
        units, offices = units_by_code(options.division_code), offices_by_code(options.division_code)
        yield from sign_in_lines(units, offices)


@contextmanager
def _worker() -> Iterator[None]:
    """A child process for the jobs, another when it dies; it ends with the server, however the server ends."""
    ending = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(ending,), name="worker's keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join(timeout=40)


def _keep_worker(ending: threading.Event) -> None:
    command = [sys.executable, "-m", "work", "--parent", str(os.getpid())]
    while not ending.is_set():
        child = subprocess.Popen(command)  # noqa: S603  our own module
        while child.poll() is None and not ending.wait(_PAUSE):
            pass
        child.terminate()
        child.wait(timeout=30)


if __name__ == "__main__":
    main()
