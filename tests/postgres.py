"""A throw-away PostgreSQL for tests and measurements: made, started, stopped and removed by whoever asks for it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

_BINARIES: Final = "/usr/lib/postgresql"
_SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "timezone": "UTC",
}


@contextmanager
def running_postgres(parent: Path | None = None, **settings: str) -> Iterator[str]:
    """A new cluster on 127.0.0.1, in a folder of its own; gives the SQLAlchemy URL of its database `postgres`.

    It forgets what a power cut would take (fsync off); `settings` go over that, as in fsync="on".
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
    try:
        _own(folder)
        cluster, port = folder / "cluster", _free_port()
        _run("initdb", "-D", str(cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": str(folder)}
        with (cluster / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in (options | _SETTINGS | settings).items())
        try:
            _start(cluster, folder / "log")
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            if (cluster / "postmaster.pid").exists():
                _run("pg_ctl", "-D", str(cluster), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(admin_url: str, name: str, template: str | None = None) -> str:
    """A new database, a copy of `template` if given (which nobody may be using then); gives its URL.

    Its files are copied as they are: to write them through the log, as is usual, costs ten times as much.
    """
    copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    _administrator(admin_url).execute(f'CREATE DATABASE "{name}"{copied}')
    return make_url(admin_url).set(database=name).render_as_string(hide_password=False)


def as_role(url: str, role: str) -> str:
    """The URL of the same database for another role."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def run_sql(url: str, statement: str) -> None:
    """One statement or script, committed, as the role of the URL (on an administrator's: past all grants)."""
    _administer(url, statement)


def drop_database(admin_url: str, name: str) -> None:
    """Remove the database, and whoever is still connected to it."""
    _administrator(admin_url).execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@cache
def _administrator(url: str) -> psycopg.Connection[Any]:
    """One connection for thousands of databases: to make one anew costs as much as a test."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _administer(admin_url: str, statement: str) -> None:
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def _start(cluster: Path, log: Path) -> None:
    try:
        _run("pg_ctl", "-D", str(cluster), "-l", str(log), "-w", "-t", "60", "start")
    except RuntimeError as failure:
        failure.add_note(log.read_text(encoding="utf-8", errors="replace") if log.exists() else "it wrote no log")
        raise


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, never as root: it refuses that."""
    command = [str(_binaries() / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # A file and not a pipe: the server inherits it and would hold a pipe open for ever.
    with tempfile.TemporaryFile() as said:
        if subprocess.run(command, cwd="/", stdout=said, stderr=subprocess.STDOUT, check=False).returncode:
            said.seek(0)
            raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')}")


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs."""
    return _binaries() / name


def _binaries() -> Path:
    """The newest version's folder of programs."""
    found = sorted(Path(_BINARIES).glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: ./run test installs it on Debian")
    return found[-1]


def _own(folder: Path) -> None:
    """The server's account owns its folder."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
