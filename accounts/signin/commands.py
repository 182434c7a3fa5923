"""The command for a house whose security administrator cannot give a code."""

from __future__ import annotations

import click

from accounts.people.rules import SYSTEM
from accounts.people.store import find_by_username
from accounts.signin import binding
from core.errors import Refused


@click.command("reset-code", help="重置 USERNAME 的动态口令：验证器和恢复码作废，登录不再询问。")
@click.argument("username", metavar="USERNAME")
def reset_code(username: str) -> None:
    """Take somebody's authenticator away, as the page of the security administrator does."""
    known = find_by_username(username)
    if known is None:
        raise click.ClickException(f"没有用户名为“{username}”的人员。")
    try:
        binding.reset(known.id, by=SYSTEM)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{username} 的动态口令已重置，本人已收到消息。")
