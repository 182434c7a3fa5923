"""Two people at the same requirement or paper: nobody saves over what he has not seen, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from accounts.people.rules import SYSTEM
from core.db import session
from core.errors import Conflict
from tests.approvals.stories import together
from tests.vouchers.samples import add, draft, papers, proven, text
from tests.world import DIVISION, World
from vouchers.papers import requiring, store
from vouchers.papers.rules import Requirement

SignIn = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}
ROW = {"text": "增值税发票", "eco": "30201", "any_of": ["11"], "required": "y", "basis": "单位内控"}


def requirement() -> Requirement:
    session().expire_all()
    return store.requirements(DIVISION, 2026)[0]


def test_a_requirement_saved_meanwhile_shows_both_sides_and_is_saved_once_more(sign_in: SignIn) -> None:
    admin, row_id = sign_in("xi"), store.requirement_rows(DIVISION, 2026)[0].id
    assert 'name="seen" type="hidden" value="1"' in text(admin.get(f"/requirements/{row_id}"))
    assert admin.post(f"/requirements/{row_id}", data=ROW | {"text": "发票或收据", "seen": 1}).status_code == 302

    answer = admin.post(f"/requirements/{row_id}", data=ROW | {"seen": 1})
    shown = text(answer)
    assert answer.status_code == 409
    assert "凭证要求“发票或收据”刚刚被席系统（11-20 10:00）保存过，您填写的内容仍在本页" in shown
    assert "附件名称：已保存“发票或收据”，您填写“增值税发票”。" in shown
    assert 'value="增值税发票"' in shown
    assert 'name="seen" type="hidden" value="2"' in shown
    assert requirement().text == "发票或收据"

    assert admin.post(f"/requirements/{row_id}", data=ROW | {"seen": 2}).status_code == 302
    assert requirement().text == "增值税发票"


def test_who_typed_the_very_same_hears_nothing(sign_in: SignIn) -> None:
    admin, row_id = sign_in("xi"), store.requirement_rows(DIVISION, 2026)[0].id
    for _ in range(2):
        assert admin.post(f"/requirements/{row_id}", data=ROW | {"seen": 1}).status_code == 302
    assert store.get_requirement(row_id, DIVISION).version == 2


def test_a_requirement_that_changed_is_shown_before_it_is_deleted(sign_in: SignIn) -> None:
    admin, row_id = sign_in("xi"), store.requirement_rows(DIVISION, 2026)[0].id
    admin.post(f"/requirements/{row_id}", data=ROW | {"seen": 1})
    answer = admin.post(f"/requirements/{row_id}/delete", data={"seen": 1})
    assert answer.status_code == 409
    assert "附件名称：现在是“增值税发票”。" in text(answer)
    assert 'value="增值税发票"' in text(answer)
    assert f'href="/requirements/{row_id}">放弃' in text(answer)
    assert admin.post(f"/requirements/{row_id}/delete", data={"seen": 2}).status_code == 302
    assert store.requirement_rows(DIVISION, 2026) == []


def test_a_form_without_its_version_is_refused(sign_in: SignIn) -> None:
    row_id = store.requirement_rows(DIVISION, 2026)[0].id
    answer = sign_in("xi").post(f"/requirements/{row_id}", data=ROW)
    assert (answer.status_code, "页面不完整，请刷新后再办理。" in text(answer)) == (422, True)


def test_two_administrators_in_the_same_moment_one_is_told(app: Flask) -> None:
    row_id = store.requirement_rows(DIVISION, 2026)[0].id
    drafts = [Requirement((), (), False, ("11",), True, "", name) for name in ("甲", "乙")]
    outcomes = together(
        app,
        *(lambda draft=draft: requiring.change_requirement(row_id, DIVISION, draft, 1, by=SYSTEM) for draft in drafts),
    )
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    assert store.get_requirement(row_id, DIVISION).version == 2


def test_a_paper_changed_meanwhile_keeps_what_was_chosen(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines[:1])
    lin, other = sign_in("lin"), sign_in("lin2")
    assert other.post(f"/papers/{paper_id}/kind", data={"kind": "12", "seen": 1}).status_code == 302

    answer = lin.post(f"/papers/{paper_id}/kind", data={"kind": "13", "seen": 1})
    assert answer.status_code == 409
    assert "刚刚被林小丹（11-20 10:00）保存过" in text(answer)
    assert "您填写“" in text(answer)
    assert '<option value="13" selected>' in text(answer)
    assert papers(plan_id)[0].kind_code == "12"
    by_script = lin.post(f"/papers/{paper_id}/kind", data={"kind": "13", "seen": 1}, headers=JSON)
    assert (by_script.status_code, by_script.get_json()["version"]) == (409, 2)
    assert lin.post(f"/papers/{paper_id}/kind", data={"kind": "13", "seen": 2}, headers=JSON).status_code == 200


def test_lines_of_a_paper_changed_meanwhile_are_named(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines[:1])
    lin, other = sign_in("lin"), sign_in("lin2")
    assert other.post(f"/papers/{paper_id}/lines", data={"lines": lines, "seen": 1}).status_code == 302
    answer = lin.post(f"/papers/{paper_id}/lines", data={"lines": lines[1:], "seen": 1})
    assert answer.status_code == 409
    assert "刚刚被林小丹（11-20 10:00）保存过" in text(answer)
    assert "对应的行：已保存“第 1、2 行”，您填写“第 2 行”。" in text(answer)
    assert proven(plan_id, paper_id) == lines
    removed = lin.post(f"/papers/{paper_id}/remove", data={"seen": 1})
    assert (removed.status_code, "对应的行：现在是“第 1、2 行”。" in text(removed)) == (409, True)
    assert lin.post(f"/papers/{paper_id}/remove", data={"seen": 2}).status_code == 302
    assert papers(plan_id) == []
