"""Stored files are looked after: all hashed again when somebody asks, and what nothing names goes after a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import click
from flask import Blueprint, current_app
from sqlalchemy import ColumnElement, Select, delete, exists, select

from core import clock
from core.blobs import SWEEPING, Blob, files
from core.db import alone, db, session, transaction
from core.errors import Damaged, Missing
from core.jobs import Progress
from core.parts import parts
from core.waiting import be_patient

bp: Final = Blueprint("blobs", __name__, cli_group="blobs")

SWEEP: Final = "sweep_blobs"
# An upload writes its file first and its row soon after; a day is long enough for any of them.
KEPT: Final = timedelta(days=1)
BATCH: Final = 500
_PIECE: Final = 200


def faults() -> Iterator[tuple[int, int, str]]:
    """Hash every stored file again: how many are done, of how many, and what is wrong with this one ("" or words)."""
    stored = session().execute(select(Blob.digest, Blob.size).order_by(Blob.digest)).all()
    store = files()
    for done, (digest, size) in enumerate(stored, 1):
        wrong = store.fault(digest, size)
        yield done, len(stored), f"{digest} {wrong}" if wrong else ""


def sweep(say: Callable[[int], object]) -> tuple[int, int]:
    """Forget the rows that nothing names and delete the files without a row, both older than a day; how many of each.

    `say` hears how many rows have gone so far.
    """
    before = clock.now() - KEPT
    rows = 0
    while count := _forget(before):
        rows += count
        say(rows)
    return rows, _delete_stray(before) + parts().sweep(before)


def sweep_job(_payload: Mapping[str, object], progress: Progress) -> Mapping[str, object]:
    """The same, daily."""
    rows, count = sweep(lambda done: progress.say(done, done, "正在清理无用的文件"))
    return {"rows": rows, "files": count}


def _forget(before: datetime) -> int:
    """Up to so many rows. Alone: an upload that is about to name one of them comes first or makes its own."""
    with transaction() as work:
        alone(SWEEPING)
        gone = list(work.scalars(_unnamed(before)))
        work.execute(delete(Blob).where(Blob.digest.in_(gone)).execution_options(synchronize_session=False))
        return len(gone)


def _unnamed(before: datetime) -> Select[str]:
    return select(Blob.digest).where(Blob.created_at < before, *(~named for named in _namings())).limit(BATCH)


def _namings() -> Iterator[ColumnElement[bool]]:
    """Whether a table names the file, for every table that does. What goes with the file does not keep it."""
    for table in db.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column is Blob.__table__.c.digest and key.ondelete != "CASCADE":
                yield exists().where(key.parent == Blob.digest)


def _delete_stray(before: datetime) -> int:
    """Files that no row names, and halves of uploads that broke off; one that is just written again stays."""
    known = set(session().scalars(select(Blob.digest)))
    stray = [entry.name for entry in files().entries() if entry.name not in known and entry.written < before]
    return sum(_discard(stray[at : at + _PIECE], before) for at in range(0, len(stray), _PIECE))


def _discard(names: list[str], before: datetime) -> int:
    """Alone: an upload that names one of them now comes first, or finds that its file is gone."""
    with transaction() as work:
        alone(SWEEPING)
        named = set(work.scalars(select(Blob.digest).where(Blob.digest.in_(names))))
        return files().discard([name for name in names if name not in named], before)


def _each(words: str, act: Callable[[str, int], bool]) -> tuple[int, int]:
    """Do it to every stored file, say how far it is and what went wrong; how many were changed, how many went wrong."""
    stored = session().execute(select(Blob.digest, Blob.size).order_by(Blob.digest)).all()
    changed = wrong = 0
    for done, (digest, size) in enumerate(stored, 1):
        try:
            changed += act(digest, size)
        except (Damaged, Missing) as failure:
            wrong += 1
            click.echo(f"{digest} {failure.why if isinstance(failure, Damaged) else '文件不在了'}", err=True)
        if done % _PIECE == 0:
            click.echo(f"已{words} {done:,}/{len(stored):,} 个文件")
    return changed, wrong


@bp.cli.command("verify")
def verify_command() -> None:
    """Hash every stored file again and say which are damaged or gone."""
    be_patient()
    total = wrong = 0
    for done, total, fault in faults():
        if fault:
            wrong += 1
            click.echo(fault, err=True)
        if done % _PIECE == 0:
            click.echo(f"已核对 {done:,}/{total:,} 个文件")
    click.echo(f"共 {total:,} 个文件，{wrong} 个有问题。")
    if wrong:
        raise SystemExit(1)


@bp.cli.command("sweep")
def sweep_command() -> None:
    """Delete what nothing names and is older than a day; the worker does the same daily."""
    be_patient()
    rows, count = sweep(lambda done: click.echo(f"已清理 {done:,} 条登记"))
    click.echo(f"共清理 {rows:,} 条登记、{count:,} 个文件。")


@bp.cli.command("rewrap")
def rewrap_command() -> None:
    """Lock the keys of all sealed files up with the newest master key, after which the older ones may go."""
    be_patient()
    changed, wrong = _each("换锁", lambda digest, _: files().rewrap(digest))
    click.echo(f"{changed:,} 个文件的密钥改由新的主密钥加密，{wrong} 个有问题。")
    if wrong:
        raise SystemExit(1)


@bp.cli.command("seal")
def seal_command() -> None:
    """Encrypt the files that were stored before there was a master key."""
    be_patient()
    if current_app.extensions["settings"].files_key is None:
        raise click.ClickException("没有配置 YK_FILES_KEY，文件不加密。")
    changed, wrong = _each("加密", files().seal)
    click.echo(f"新加密 {changed:,} 个文件，{wrong} 个有问题。")
    if wrong:
        raise SystemExit(1)
