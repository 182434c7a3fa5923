"""The editor of a draft: steps change their places, what is refused, and that nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from accounts.people.rules import SYSTEM
from approvals.chains import actions
from approvals.chains.forms import rearranged
from approvals.chains.models import Chain
from core.errors import Overtaken
from tests.approvals.browsing import page, sent
from tests.approvals.chaining import USUAL, begun, count, stored, typed
from tests.world import DIVISION

SignIn = Callable[[str], FlaskClient]


# Steps are added, moved and removed on the page


@pytest.mark.parametrize(
    ("do", "names"),
    [
        ("add", ["单位审核", "业务股室初审", "国库复审", "国库批复", ""]),
        ("add-3", ["单位审核", "业务股室初审", "国库复审", "", "国库批复"]),
        ("remove-1", ["单位审核", "国库复审", "国库批复"]),
        ("up-3", ["单位审核", "业务股室初审", "国库批复", "国库复审"]),
        ("down-0", ["业务股室初审", "单位审核", "国库复审", "国库批复"]),
        ("up-0", ["单位审核", "业务股室初审", "国库复审", "国库批复"]),
        ("down-3", ["单位审核", "业务股室初审", "国库复审", "国库批复"]),
        ("remove-9", ["单位审核", "业务股室初审", "国库复审", "国库批复"]),
        ("nonsense", ["单位审核", "业务股室初审", "国库复审", "国库批复"]),
    ],
)
def test_steps_change_their_places_on_the_page_alone(sign_in: SignIn, do: str, names: list[str]) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    text = sent(xi, f"/chains/{chain_id}/edit", 200, **typed(xi, chain_id) | {"do": do})
    shown = [re.search(r'value="([^"]*)"', box) for box in re.findall(r'<input[^>]*name="steps-\d+-name"[^>]*>', text)]
    assert [found[1] if found else None for found in shown] == names
    assert stored(chain_id).saved == 1
    assert [step.name for step in stored(chain_id).steps] == [step.name for step in USUAL.steps]


def test_what_is_no_amount_is_kept_when_steps_move() -> None:
    sent_in = MultiDict(
        [("name", "月度"), ("steps-0-name", "甲"), ("steps-0-line_from", "十万"), ("steps-4-name", "乙")]
    )
    moved, place = rearranged(sent_in, "down-0")
    assert place == 1
    assert list(moved.items(multi=True)) == [
        ("name", "月度"), ("steps-0-name", "乙"), ("steps-1-name", "甲"), ("steps-1-line_from", "十万"),
    ]  # fmt: skip


# What is refused, and that nothing typed is lost


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "流程名称：请填写流程名称。"),
        ({"steps-1-name": ""}, "第 2 个环节 · 环节名称：请填写环节名称"),
        ({"steps-1-post": ""}, "第 2 个环节 · 由谁审核：请选择由哪个岗位审核。"),
        ({"steps-1-post": "unit_clerk"}, "第 2 个环节 · 由谁审核："),
        ({"steps-1-line_from": "十万"}, "“十万”不是有效的金额"),
        ({"steps-1-line_from": "0"}, "金额门槛须大于 0；不按金额区分请留空。"),
        ({"steps-1-days": "0"}, "请填写 1 至 60 之间的天数。"),
        ({"steps-1-days": "两天"}, "第 2 个环节 · 时限（工作日）："),
        ({"steps-1-mode": "some", "steps-1-needed": "100"}, "请填写 1 至 99 之间的人数。"),
        ({"name": "调减用款计划"}, "调减计划的审批流程已叫“调减用款计划”，请换一个名称。"),
    ],
)
def test_what_is_badly_written_is_not_saved(sign_in: SignIn, changes: dict[str, str], sentence: str) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    text = sent(xi, f"/chains/{chain_id}/edit", 422, **typed(xi, chain_id) | changes | {"steps-0-name": "单位先审"})
    assert sentence in text
    assert 'value="单位先审"' in text
    assert stored(chain_id).saved == 1


def test_a_draft_with_faults_is_kept_but_not_put_into_force(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    sent(xi, f"/chains/{chain_id}/edit", 302, **typed(xi, chain_id) | {"steps-3-spending": "basic"})
    assert "不能带条件" in page(xi, f"/chains/{chain_id}/edit")
    text = sent(xi, f"/chains/{chain_id}/publish", 422, seen="2")
    assert "最后一个环节“国库批复”须能批复所有行，不能带条件（现在只审核：基本支出）" in text
    assert stored(chain_id).published_at is None


def test_two_who_write_the_same_draft_both_see_what_the_other_wrote(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    mine = typed(xi, chain_id) | {"steps-0-name": "单位复核"}
    actions.save_draft(chain_id, DIVISION, replace(USUAL, name="每月用款"), 1, by=SYSTEM)
    text = sent(xi, f"/chains/{chain_id}/edit", 409, **mine)
    assert "刚刚被系统（11-20 10:00）保存过" in text
    assert "流程名称：已保存“每月用款”，您填写“月度用款计划”。" in text
    assert "第 1 个环节的名称：已保存“单位审核”，您填写“单位复核”。" in text
    assert 'value="单位复核"' in text
    assert stored(chain_id).name == "每月用款"
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', text)
    assert seen
    sent(xi, f"/chains/{chain_id}/edit", 302, **mine | {"seen": seen[1]})
    assert stored(chain_id).draft.steps[0].name == "单位复核"


def test_whoever_typed_the_same_hears_nothing(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    mine = typed(xi, chain_id) | {"steps-0-name": "单位复核"}
    same = replace(USUAL, steps=(replace(USUAL.steps[0], name="单位复核"), *USUAL.steps[1:]))
    actions.save_draft(chain_id, DIVISION, same, 1, by=SYSTEM)
    sent(xi, f"/chains/{chain_id}/edit", 302, **mine)
    assert stored(chain_id).saved == 2


def test_a_draft_that_was_dropped_leaves_what_was_typed_on_the_page(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    mine = typed(xi, chain_id) | {"steps-0-name": "单位复核"}
    actions.discard_draft(chain_id, DIVISION, 1, by=SYSTEM)
    text = sent(xi, f"/chains/{chain_id}/edit", 409, **mine)
    assert "这份草稿刚刚由系统（11-20 10:00）删除，没有保存。" in text
    assert 'value="单位复核"' in text
    page(xi, f"/chains/{chain_id}/edit", 404)


def test_a_published_version_is_changed_by_nobody(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    mine = typed(xi, chain_id) | {"steps-0-name": "单位复核"}
    actions.publish_draft(chain_id, DIVISION, 1, by=SYSTEM)
    text = sent(xi, f"/chains/{chain_id}/edit", 409, **mine)
    assert "已由系统（11-20 10:00）启用，启用后不能再改；请以它为底稿另起草一份。" in text
    assert 'value="单位复核"' in text
    assert xi.get(f"/chains/{chain_id}/edit").location == f"/chains/{chain_id}"
    sent(xi, f"/chains/{chain_id}/publish", 409, seen="1")
    sent(xi, f"/chains/{chain_id}/discard", 409, seen="1")
    assert stored(chain_id).draft.steps[0].name == "单位审核"


def test_nobody_publishes_or_drops_what_he_has_not_seen(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    chain_id = begun(xi)
    actions.save_draft(chain_id, DIVISION, replace(USUAL, name="每月用款"), 1, by=SYSTEM)
    for verb, door in (("启用", "publish"), ("删除", "discard")):
        text = sent(xi, f"/chains/{chain_id}/{door}", 409, seen="1")
        assert f"草稿在您打开之后又由系统（11-20 10:00）保存过，没有{verb}" in text
    assert stored(chain_id).published_at is None
    with pytest.raises(Overtaken):
        actions.publish_draft(chain_id, DIVISION, 1, by=SYSTEM)


def test_a_kind_has_one_draft_at_a_time(sign_in: SignIn) -> None:
    xi = sign_in("xi")
    begun(xi)
    text = sent(xi, "/chains/start", 422, kind="monthly", source="1")
    assert "月度计划已有一份草稿（席系统（11-20 10:00）起草或修改），请继续编辑那一份，或先删除它。" in text
    assert count(Chain) == 4


@pytest.mark.parametrize("data", [{"kind": "weekly", "source": ""}, {"kind": "supplement", "source": "x"},
                                  {"kind": "supplement", "source": "999"}])  # fmt: skip
def test_nonsense_starts_nothing(sign_in: SignIn, data: dict[str, str]) -> None:
    sent(sign_in("xi"), "/chains/start", 404, **data)
    assert count(Chain) == 3
