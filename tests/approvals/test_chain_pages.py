"""审批流程 as the administrator uses it: the list, a draft from its start to being in force, and who comes in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.people.rules import SYSTEM
from approvals.chains import actions, store
from approvals.chains.models import Chain, ChainStep
from budget.plans.kinds import PlanKind
from core import history
from core.errors import Refused
from tests.approvals.browsing import page, sent
from tests.approvals.chaining import USUAL, begun, count, stored, typed
from tests.approvals.stories import plan, reviewed, submitted
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


# From the list to a version in force


def test_the_list_shows_every_kind_with_its_chain_works(sign_in: SignIn, world: World) -> None:
    submitted(world, ("A1", 100))
    text = page(sign_in("xi"), "/chains")
    for words in ("月度计划", "启用中", "单位审核 → 业务股室初审 → 国库复审 → 国库批复", "从月度流程起草"):
        assert words in text
    assert text.count(">按月度计划的流程审核<") == 2  # 追加 and 调整
    assert '<td class="num">1</td>' in text


def test_a_draft_is_written_and_put_into_force_works(sign_in: SignIn, world: World) -> None:
    running = submitted(world, ("A1", 100))
    xi = sign_in("xi")
    chain_id = begun(xi)
    changes = {"steps-1-name": "股室审核", "steps-1-days": "3", "steps-1-line_from": "1,000", "steps-1-mode": "any"}
    assert sent(xi, f"/chains/{chain_id}/edit", 302, **typed(xi, chain_id) | changes) == f"/chains/{chain_id}/edit"
    text = page(xi, f"/chains/{chain_id}/edit")
    assert "各行的业务股室 股室初审岗，任一人审核，只审核符合条件的行：单行金额满 1,000.00 元。" in text
    text = page(xi, f"/chains/{chain_id}/publish")
    assert "已送审的 1 份仍按“月度用款计划”第 1 版走完" in text
    assert "业务股室初审" in text.split("与启用中的版本相比")[1]
    assert sent(xi, f"/chains/{chain_id}/publish", 302, seen="2") == "/chains"
    found = store.find_published(DIVISION, "monthly")
    assert found is not None
    assert (found.id, found.version, found.draft.steps[1].condition.line_from) == (chain_id, 2, 100_000)
    assert [event.action for event in history.of("chain", chain_id)] == ["start", "save", "publish"]
    assert plan(running).chain_id == 1


def test_plans_on_their_way_stay_on_their_version(sign_in: SignIn, world: World) -> None:
    running = submitted(world, ("A1", 100))
    xi = sign_in("xi")
    chain_id = begun(xi)
    actions.save_draft(chain_id, DIVISION, replace(USUAL, steps=USUAL.steps[1:]), 1, by=SYSTEM)
    actions.publish_draft(chain_id, DIVISION, 2, by=SYSTEM)
    later = submitted(world, ("B1", 100), clerk="zhou", unit="301001")
    reviewed(world, running, "he", "shen", "fang", "luo")
    assert (plan(running).state.value, plan(running).step_no) == ("approved", 4)
    assert (plan(later).chain_id, plan(later).step_no) == (chain_id, 1)
    reviewed(world, later, "qin", "fang", "luo")
    assert plan(later).state.value == "approved"


def test_a_kind_gets_a_chain_of_its_own(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi, "supplement")
    assert stored(chain_id).name == "追加用款计划"
    actions.publish_draft(chain_id, DIVISION, 1, by=SYSTEM)
    found = store.find_published(DIVISION, "supplement")
    assert found is not None
    assert found.id == chain_id


def test_a_draft_begins_empty_and_is_dropped(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id, steps = begun(xi, "adjustment", ""), count(ChainStep)
    text = page(xi, f"/chains/{chain_id}/edit")
    assert "审批流程至少要有一个环节" in text
    assert sent(xi, f"/chains/{chain_id}/discard", 302, seen="1") == "/chains"
    assert (count(Chain), count(ChainStep)) == (3, steps)
    assert history.of("chain", chain_id)[-1].summary == "删除审批流程“调整用款计划”第 1 版草稿"


def test_a_version_reads_as_it_is(sign_in: SignIn) -> None:
    text = page(sign_in("xi"), "/chains/1")
    for words in ("业务股室初审", "可核减，形成建议数；可退回；可挂起", "2 个工作日内办理，到期催办", "以此为底稿起草"):
        assert words in text


# Who comes in


def test_only_the_system_administrator_comes_in(sign_in: SignIn) -> None:
    for username in ("lin", "shen", "luo", "an", "ji", "shi"):
        client = sign_in(username)
        for path in ("/chains", "/chains/1", "/chains/1/edit", "/chains/1/publish", "/chains/1/rehearsal"):
            page(client, path, 403)
        assert '"/chains"' not in page(client, "/home")


def test_another_district_s_chain_is_not_there(app: Flask, sign_in: SignIn) -> None:
    xi = sign_in("xi")
    actions.publish_default("420302000", by=SYSTEM)
    other = store.find_published("420302000", "monthly")
    assert other is not None
    page(xi, f"/chains/{other.id}", 404)
    with pytest.raises(Refused):
        actions.save_draft(begun(xi), DIVISION, replace(USUAL, name="调减用款计划"), 1, by=SYSTEM)


# How many queries


def test_the_list_takes_the_same_number_of_queries_for_more_versions(
    sign_in: SignIn, count_queries: CountQueries
) -> None:
    xi = sign_in("xi")
    page(xi, "/chains")
    with count_queries() as few:
        page(xi, "/chains")
    for _ in range(3):
        kept = actions.start_draft(DIVISION, PlanKind.MONTHLY, 1, by=SYSTEM)
        actions.publish_draft(kept, DIVISION, 1, by=SYSTEM)
    with count_queries() as many:
        page(xi, "/chains")
    assert len(many) == len(few)
