"""The embedded server: prepares the data folder, loads the demo, serves the pages, keeps one worker beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import waitress
from demo.load import load_demo
from flask_migrate import upgrade

from app import create_app
from core import clock
from core.settings import Settings

_THREADS: Final = 8


@click.command()
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--data", default="data", show_default=True, type=click.Path(path_type=Path), help="The data folder.")
@click.option("--demo/--no-demo", default=True, help="Load the demonstration district into an empty database.")
def main(port: int, host: str, data: Path, demo: bool) -> None:
    """Start the system."""
    os.environ["YK_DATA"] = str(data.absolute())  # the worker reads the same folder
    options = Settings.from_environment()
    app = create_app(options)
    with app.app_context():
        upgrade()
        if demo:
            load_demo(options.division_code, clock.today())
    with _worker():
        click.echo(f"用款计划申报系统: http://{host}:{port}")
        waitress.serve(app, host=host, port=port, threads=_THREADS, ident=None, _quiet=True)


@contextmanager
def _worker() -> Iterator[None]:
    """A child process for the jobs; it ends with the server, however the server ends."""
    child = subprocess.Popen([sys.executable, "-m", "work", "--with-parent"])
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


if __name__ == "__main__":
    main()
