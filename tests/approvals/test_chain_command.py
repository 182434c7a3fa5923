"""The command that puts the default chains into force, so that a house without a demonstration can begin."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from flask import Flask

from approvals.chains.actions import DEFAULTS
from approvals.chains.models import Chain
from approvals.chains.store import find_published, kinds_published
from core import clock
from core.db import transaction
from tests.world import DIVISION

ELSEWHERE: Final = "420302000"


def elsewhere(app: Flask) -> None:
    """From here on the house is that of another district, which has no chain yet."""
    app.extensions["settings"] = replace(app.extensions["settings"], division_code=ELSEWHERE)


def test_the_default_chains_are_published_works(app: Flask) -> None:
    elsewhere(app)
    answer = app.test_cli_runner().invoke(args=["chains", "publish-default"])
    whole = "单位审核 → 业务股室初审 → 股室负责人审核 → 国库复审 → 分管局长审核 → 局长审核 → 国库批复"
    assert answer.output.splitlines() == [
        f"已启用“月度用款计划”：{whole}。",
        f"已启用“追加用款计划”：{whole}。",
        "已启用“财政代编计划”：股室审核（代编） → 国库复审 → 分管局长审核 → 局长审核 → 国库批复。",
        "已启用“调减用款计划”：国库复审 → 国库批复。",
    ]
    assert kinds_published(ELSEWHERE) == {default.plan_kind.value for default in DEFAULTS}
    for default in DEFAULTS:
        chain = find_published(ELSEWHERE, default.plan_kind)
        assert chain is not None
        assert chain.draft == default.draft


def test_the_thresholds_of_the_leaders_are_the_command_s_works(app: Flask) -> None:
    elsewhere(app)
    words = ["chains", "publish-default", "--deputy-from", "200,000", "--director-from", "1000000"]
    assert app.test_cli_runner().invoke(args=words).exit_code == 0
    chain = find_published(ELSEWHERE, "monthly")
    assert chain is not None
    assert {step.name: step.asks.line_from for step in chain.steps if step.asks.line_from} == {
        "分管局长审核": 200_000_00,
        "局长审核": 1_000_000_00,
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--deputy-from", "一百"), "“一百”不是有效的金额"),
        (("--deputy-from", "0"), "金额门槛须大于 0。"),
        (("--deputy-from", "600000"), "局长审核的门槛不能低于分管局长的门槛。"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(app: Flask, words: tuple[str, ...], sentence: str) -> None:
    elsewhere(app)
    answer = app.test_cli_runner().invoke(args=["chains", "publish-default", *words])
    assert answer.exit_code != 0
    assert sentence in answer.output
    assert kinds_published(ELSEWHERE) == set()


def test_a_second_publishing_changes_nothing(app: Flask) -> None:
    elsewhere(app)
    assert app.test_cli_runner().invoke(args=["chains", "publish-default"]).exit_code == 0
    answer = app.test_cli_runner().invoke(args=["chains", "publish-default"])
    assert answer.exit_code == 1
    assert "已有启用的审批流程，没有改动。" in answer.output


def test_a_house_with_the_monthly_chain_gets_the_others(app: Flask) -> None:
    elsewhere(app)
    with transaction() as work:
        chain = Chain(division_code=ELSEWHERE, name="月度用款计划", plan_kind="monthly", version=1)
        work.add(chain)
        work.flush()
        chain.published_at = clock.now()
    answer = app.test_cli_runner().invoke(args=["chains", "publish-default"])
    assert answer.exit_code == 0
    assert "月度用款计划" not in answer.output
    assert "已启用“财政代编计划”" in answer.output


def test_a_kind_without_a_chain_of_its_own_runs_on_the_monthly_one(app: Flask) -> None:
    chain = find_published(DIVISION, "supplement")
    assert chain is not None
    assert chain.plan_kind == "monthly"
