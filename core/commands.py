"""What the import commands of the application share: Chinese on the terminal, all errors at once, exit code 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from core.errors import Refused
from core.imports import Upload
from core.waiting import be_patient, retried

MOST_SHOWN: Final = 200

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
dry_run_option = click.option("--dry-run", is_flag=True, help="只预览，不写入。")
year_option = click.option("--year", type=click.IntRange(2000, 2100), required=True, help="预算年度。")


def upload_of(file: Path) -> Upload:
    """The file named on the command line."""
    return Upload(file.read_bytes(), file.name)


def run_import(preview: Callable[[], str], apply: Callable[[], object], *, dry_run: bool) -> None:
    """Say what would change, then do it unless it is a dry run."""
    be_patient()
    try:
        click.echo(preview())
        if dry_run:
            click.echo("仅预览，没有写入。")
        else:
            retried(apply)()
            click.echo("已导入。")
    except Refused as refusal:
        for sentence in refusal.sentences[:MOST_SHOWN]:
            click.echo(sentence, err=True)
        click.echo(f"共 {len(refusal.sentences)} 个问题，没有写入任何内容。", err=True)
        raise SystemExit(1) from refusal
