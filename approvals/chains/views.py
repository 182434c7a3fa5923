"""The pages of chains, and the command that puts the default chains into force."""

from __future__ import annotations

from typing import Final

import click

from accounts.people.rules import SYSTEM
from approvals.chains.actions import publish_default
from approvals.chains.defaults import USUAL, Thresholds
from approvals.chains.pages import bp as bp  # exported: app.py takes it from here, with all routes on it
from core.errors import Refused
from core.money import Money
from core.web import settings


class _Yuan(click.ParamType[Money]):
    name = "元"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        """An amount in yuan above zero."""
        try:
            amount = Money.parse(str(value))
        except Refused as refusal:
            self.fail(str(refusal), param, ctx)
        if amount <= Money(0):
            self.fail("金额门槛须大于 0。", param, ctx)
        return amount


_YUAN: Final = _Yuan()


@bp.cli.command("publish-default", help="启用默认的审批流程；已有流程的计划类型不改动。")
@click.option("--deputy-from", type=_YUAN, default=USUAL.deputy.plain, help="满多少元须分管局长审核，默认 10 万。")
@click.option("--director-from", type=_YUAN, default=USUAL.director.plain, help="满多少元须局长审核，默认 50 万。")
def publish(deputy_from: Money, director_from: Money) -> None:
    """Publish the default chains of all kinds of plan that have none of their own."""
    if director_from < deputy_from:
        raise click.ClickException("局长审核的门槛不能低于分管局长的门槛。")
    published = publish_default(settings().division_code, Thresholds(deputy_from, director_from), by=SYSTEM)
    if not published:
        raise click.ClickException("已有启用的审批流程，没有改动。")
    for chain in published:
        click.echo(f"已启用{chain.said}。")
