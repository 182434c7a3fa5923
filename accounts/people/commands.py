"""Commands for the first administrators, before anybody can sign in."""

from __future__ import annotations

from datetime import datetime

import click

from accounts.people import actions, merging
from accounts.people.rules import SYSTEM, Role
from accounts.units.store import offices_by_code
from core import clock
from core.errors import Missing, Refused
from core.web import settings


@click.command("add")
@click.argument("username", required=False)
@click.argument("name", required=False)
@click.option("--role", type=click.Choice([role.value for role in Role]), help="the post's role")
@click.option("--unit", default="", help="the unit's code, for posts at a unit")
@click.option("--office", default="", help="the office's code, for posts at an office")
def add(username: str | None, name: str | None, role: str | None, unit: str, office: str) -> None:
    """Make a person with a first post.

    Without arguments, in an empty house: its first system and its first security administrator.
    """
    try:
        if username is None:
            given = actions.start_house(settings().division_code, by=SYSTEM)
        elif name is None or role is None:
            raise click.UsageError("请写明用户名、姓名和 --role；三项都不写则为空系统建立首批管理员。")
        else:
            given = {username: _holder(username, name, Role(role), unit, office)}
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    for who, password in given.items():
        click.echo(f"{who}\t{password}")
    click.echo("初始密码只显示这一次，请交给本人；首次登录须修改。")


def _holder(username: str, name: str, role: Role, unit: str, office: str) -> str:
    division = settings().division_code
    known = offices_by_code(division)
    if office and office not in known:
        raise Refused(f"没有代码为“{office}”的股室。")
    draft = actions.PostDraft(role, clock.today(), unit_code=unit, office_id=known[office].id if office else None)
    return actions.add_holder(username, name, draft, division, by=SYSTEM)


@click.command("merge", help="把单位 OLD 并入单位 NEW。")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="原单位存在的最后一天。")
@click.option("--reason", required=True, help="合并依据，例如批文的名称和文号。")
def merge(old: str, new: str, day: datetime, reason: str) -> None:
    """Merge a unit into another, as the page does."""
    draft = merging.MergerDraft(new, day.date(), reason)
    try:
        ended = merging.merge_by_codes(old, draft, settings().division_code, by=SYSTEM)
    except (Refused, Missing) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"单位 {old} 已并入 {new}，原单位岗位 {ended} 个已终止；指标留在原单位，待导入新指标。")
