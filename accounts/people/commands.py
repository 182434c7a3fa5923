"""Commands for the first administrators, before anybody can sign in."""

from __future__ import annotations

import click

from accounts.people import actions
from accounts.people.rules import SYSTEM, Role
from accounts.units.store import offices_by_code
from core import clock
from core.errors import Refused
from core.web import settings


@click.command("start")
def start() -> None:
    """Make the first system and the first security administrator of an empty house."""
    try:
        given = actions.start_house(settings().division_code, by=SYSTEM)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    for username, password in given.items():
        click.echo(f"{username}\t{password}")
    click.echo("初始密码只显示这一次，请交给本人；首次登录须修改。")


@click.command("add")
@click.argument("username")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="the post's role")
@click.option("--unit", default="", help="the unit's code, for posts at a unit")
@click.option("--office", default="", help="the office's code, for posts at an office")
def add(username: str, name: str, role: str, unit: str, office: str) -> None:
    """Make a person with a first post."""
    division = settings().division_code
    known = offices_by_code(division)
    if office and office not in known:
        raise click.ClickException(f"没有代码为“{office}”的股室。")
    draft = actions.PostDraft(Role(role), clock.today(), unit_code=unit, office_id=known[office].id if office else None)
    try:
        password = actions.add_holder(username, name, draft, division, by=SYSTEM)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{username}\t{password}")
    click.echo("初始密码只显示这一次，请交给本人；首次登录须修改。")
