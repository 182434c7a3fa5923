"""Loading the demonstration into an empty database: a district, its tables, its people and some plans on their way."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Final

import click
from flask import Blueprint

from accounts.people.rules import SYSTEM
from accounts.people.store import count_accounts
from accounts.units.actions import import_offices, import_units
from accounts.units.layout import DEFAULT_OFFICES, UNITS
from accounts.units.store import offices_by_code, units, units_by_code
from approvals.chains.actions import publish_default
from budget.allotments.actions import import_allotments
from budget.allotments.layout import ALLOTMENTS
from budget.calendar.actions import load_default_days
from budget.calendar.store import calendar_version, default_text
from budget.codes.actions import load_default_codes
from budget.windows.actions import save_window
from core import clock, history
from core.db import transaction
from core.imports import Upload
from core.sheets import Layout, read_table
from core.web import settings
from demo.cast import DEMO_PASSWORD, add_cast, sign_in_lines
from demo.life import add_life
from vouchers.papers.requiring import load_defaults

bp: Final = Blueprint("demo", __name__, cli_group="demo")
_FOLDER: Final = Path(__file__).parent
_UNITS: Final = _FOLDER / "UNITS_420303000_2026.xlsx"
_ALLOTMENTS: Final = _FOLDER / "BA_BGT_INFO_420303000_2026.xlsx"


def load_demo(division: str, today: date) -> bool:
    """Load the demonstration for the month after `today`. False, and nothing done, when the house is in use.

    A loading that was broken off before anybody could sign in is taken up again: each step is safe to repeat.
    """
    if units(division) and not _is_broken_off(division):
        return False
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    year, month = following.year, following.month
    with transaction():
        history.record("demo", division, "begin", "开始载入演示数据", by=SYSTEM)
    _load_tables(division, year)
    _open_window(division, first, following)
    with transaction() as work:
        add_cast(work, units_by_code(division), offices_by_code(division), today.replace(month=1, day=1))
    add_life(year, month, today)
    return True


def _is_broken_off(division: str) -> bool:
    return bool(history.of("demo", division)) and not count_accounts()


def _load_tables(division: str, year: int) -> None:
    import_offices(Upload(DEFAULT_OFFICES.read_bytes(), DEFAULT_OFFICES.name), division, by=SYSTEM)
    import_units(sample(_UNITS, UNITS, division, year), division, by=SYSTEM)
    load_default_codes(division, year, by=SYSTEM)
    _load_calendar(division, year)
    import_allotments(sample(_ALLOTMENTS, ALLOTMENTS, division, year), division, year, by=SYSTEM)
    load_defaults(division, year, by=SYSTEM)
    publish_default(division, by=SYSTEM)


def _load_calendar(division: str, year: int) -> None:
    """Holidays and working weekends, when the house knows those of the year."""
    if default_text(year):
        load_default_days(division, year, calendar_version(division, year), by=SYSTEM)


def sample(path: Path, layout: Layout, division: str, year: int) -> Upload:
    """The sample as if it had been made for this division and year, so that the demonstration knows no date."""
    table = read_table(path.read_bytes(), path.name, layout)
    stream = StringIO(newline="")
    writer = csv.DictWriter(stream, [column.code for column in layout.columns])
    writer.writeheader()
    writer.writerows({**row.values, "MOF_DIV_CODE": division, "FISCAL_YEAR": str(year)} for row in table.rows)
    return Upload(stream.getvalue().encode(), f"{path.stem}（演示）.csv")


def _open_window(division: str, first: date, following: date) -> None:
    """The whole of this month for the plans of the next."""
    opens = clock.at(first.year, first.month, 1)
    closes = clock.at(following.year, following.month, 1) - timedelta(minutes=1)
    save_window(division, following.year, following.month, opens, closes, by=SYSTEM)


@bp.cli.command("load", help="在空库中载入演示数据。")
def load_command() -> None:
    """Load the demonstration and say who may sign in."""
    division = settings().division_code
    if not load_demo(division, clock.today()):
        click.echo("系统中已有预算单位，没有载入演示数据。")
        return
    click.echo(f"演示数据已载入。所有演示账号的密码都是 {DEMO_PASSWORD}")
    for line in sign_in_lines(units_by_code(division), offices_by_code(division)):
        click.echo(line)
