"""The command that puts the default chain into force; pages for chains do not exist yet."""

from __future__ import annotations

from typing import Final

import click
from flask import Blueprint

from accounts.people.rules import SYSTEM
from approvals.chains.actions import DEFAULT_NAME, DEFAULT_STEPS, publish_default
from approvals.chains.store import find_published
from core.web import settings

bp: Final = Blueprint("chains", __name__, cli_group="chains")


@bp.cli.command("publish-default", help="启用默认的月度审批流程。")
def publish() -> None:
    """Publish 单位审核 → 业务股室初审 → 国库复审 → 国库批复, once."""
    division = settings().division_code
    if find_published(division, "monthly") is not None:
        raise click.ClickException("已有启用的审批流程，没有改动。")
    publish_default(division, by=SYSTEM)
    click.echo(f"已启用“{DEFAULT_NAME}”：{' → '.join(step[0] for step in DEFAULT_STEPS)}。")
