"""The command that puts the default chain into force, so that a house without a demonstration can begin."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import update

from approvals.chains.models import Chain
from approvals.chains.store import find_published
from core.db import transaction
from tests.world import DIVISION


def test_the_default_chain_is_published_works(app: Flask) -> None:
    with transaction() as work:
        work.execute(update(Chain).values(division_code="420302000"))  # now another district has it
    answer = app.test_cli_runner().invoke(args=["chains", "publish-default"])
    assert answer.output == "已启用“月度用款计划”：单位审核 → 业务股室初审 → 国库复审 → 国库批复。\n"
    chain = find_published(DIVISION, "monthly")
    assert chain is not None
    assert len(chain.steps) == 4


def test_a_second_publishing_changes_nothing(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["chains", "publish-default"])
    assert answer.exit_code == 1
    assert "已有启用的审批流程，没有改动。" in answer.output
