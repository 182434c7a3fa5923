"""Units in motion: renamed, closed and merged while plans are open; each has its outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from accounts.people import actions as people
from accounts.people import store as people_store
from accounts.people.actions import PostDraft
from accounts.people.merging import MergerDraft, merge_unit
from accounts.people.rules import SYSTEM, Role, scope_of
from accounts.units.actions import edit_unit, import_units
from accounts.units.models import Unit
from accounts.units.rules import UnitKind
from approvals.reviews import actions as reviews
from approvals.reviews import store as review_store
from budget.allotments import store as allotments
from budget.ledger import store as ledger
from budget.ledger.store import LedgerFilter
from budget.plans import store as plans
from budget.plans.actions import start_plan
from budget.plans.models import PlanRevision
from budget.plans.rules import PlanState
from core import history, notices
from core.db import session, transaction
from core.errors import Conflict, Missing, Refused
from core.imports import Upload
from tests.accounts.test_unit_import import row, units
from tests.approvals.stories import drafted, filed, plan, review, reviewed, submitted, together
from tests.world import DIVISION, YEAR, World

SignIn = Callable[[str], FlaskClient]
TODAY = date(2026, 11, 20)
SCHOOL, WATER = "201003", "301001"


def unit(world: World, code: str = SCHOOL) -> Unit:
    return session().get_one(Unit, world.units[code], populate_existing=True)


def told(unit_id: int) -> list[str]:
    return [event.summary for event in history.of("unit", unit_id)]


def rename(world: World, name: str) -> None:
    edit_unit(world.units[SCHOOL], DIVISION, name, True, unit(world).version, by=SYSTEM)


def close(world: World) -> None:
    edit_unit(world.units[SCHOOL], DIVISION, unit(world).name, False, unit(world).version, by=SYSTEM)


def second_school(world: World) -> int:
    """Another school of the same department, with a clerk of its own."""
    with transaction() as work:
        other = Unit(
            division_code=DIVISION, code="201004", name="区第二小学", parent_id=world.units["201"],
            kind=UnitKind.INSTITUTION, is_leaf=True, enabled=True, office_id=world.offices["04"],
        )  # fmt: skip
        work.add(other)
        work.flush()
        world.units["201004"] = other.id
    people.add_holder("meng", "孟小双", PostDraft(Role.UNIT_CLERK, TODAY, unit_code="201004"), DIVISION, by=SYSTEM)
    found = people_store.find_by_username("meng")
    assert found is not None
    world.people["meng"] = found.id
    return world.units["201004"]


def merge(world: World, into: str = "201004", day: date = TODAY, reason: str = "张编办〔2026〕5号") -> int:
    return merge_unit(
        world.units[SCHOOL], MergerDraft(into, day, reason), DIVISION, unit(world).version, by=world.person("xi")
    )


# 更名


def test_a_renamed_unit_shows_its_new_name_and_keeps_the_old_one_where_it_was_decided_works(
    world: World, sign_in: SignIn
) -> None:
    decided, open_plan = submitted(world, ("A1", 100)), submitted(world, ("A1", 200))
    reviewed(world, decided, "he", "shen", "fang", "luo")
    before = [session().get_one(PlanRevision, one.id).content for one in _revisions(decided, open_plan)]
    said = [decision.comment for decision in review_store.decisions_of(decided)]

    rename(world, "区实验学校")

    assert "区实验学校" in sign_in("fang").get(f"/plans/{open_plan}").text
    assert [one.content for one in _revisions(decided, open_plan)] == before
    assert [decision.comment for decision in review_store.decisions_of(decided)] == said
    assert [entry.unit_name for entry in ledger.of_plan(decided)] == ["区实验小学"]
    assert told(world.units[SCHOOL]) == ["单位 201003 更名：区实验小学 → 区实验学校"]
    found, _ = plans.page_of(scope_of(world.person("fang")), search="实验学校")
    assert len(found) == 2
    assert plans.page_of(scope_of(world.person("fang")), search="实验小学")[0] == []


def _revisions(*plan_ids: object) -> list[PlanRevision]:
    session().expire_all()
    return [found for plan_id in plan_ids if (found := plans.revision_of(plan(plan_id)))]  # type: ignore[arg-type]


def test_an_import_that_renames_leaves_the_same_trace(world: World) -> None:
    import_units(units(row("201003", "区实验学校")), DIVISION, by=SYSTEM)
    assert told(world.units[SCHOOL]) == ["单位 201003 更名：区实验小学 → 区实验学校"]
    assert unit(world).version == 2


def test_a_unit_saved_meanwhile_shows_both_sides(world: World, sign_in: SignIn) -> None:
    admin, address = sign_in("xi"), f"/units/{world.units[SCHOOL]}"
    assert "区实验小学" in admin.get(address).text
    rename(world, "区实验学校")
    typed = {"name": "区第一小学", "enabled": "y", "seen": 1}
    answer = admin.post(address, data=typed)
    assert answer.status_code == 409
    assert "刚刚被系统（11-20 10:00）保存过" in answer.text
    assert "单位名称：已保存“区实验学校”，您填写“区第一小学”。" in answer.text
    assert 'value="区第一小学"' in answer.text
    assert admin.post(address, data=typed | {"seen": 2}).status_code == 302
    assert unit(world).name == "区第一小学"


# 停用


def test_a_unit_with_plans_on_their_way_is_not_closed(world: World, sign_in: SignIn) -> None:
    number = plan(submitted(world, ("A1", 100))).number
    answer = sign_in("xi").post(f"/units/{world.units[SCHOOL]}", data={"name": "区实验小学", "seen": 1})
    assert answer.status_code == 422
    assert f"还有 1 份计划在审核中或已挂起：{number}。请先批复、退回或由单位撤回这些计划，再办理停用。" in answer.text
    with pytest.raises(Refused, match=f"第 2 行“是否启用”.*{number}"):
        import_units(units(row("201003", "区实验小学", IS_ENABLED="2")), DIVISION, by=SYSTEM)
    assert unit(world).enabled


def test_a_closed_unit_keeps_its_drafts_and_submits_nothing(world: World, sign_in: SignIn) -> None:
    draft = filed(world, ("A1", 100))
    close(world)
    lin = sign_in("lin")
    assert lin.get(f"/plans/{draft}").status_code == 200
    assert (
        "单位“201003 区实验小学”已停用，不能送审；如仍需用款，请联系系统管理员恢复单位。"
        in lin.get(f"/plans/{draft}/check").text
    )
    with pytest.raises(Refused, match="已停用，不能送审"):
        reviews.submit(draft, plan(draft).version, by=world.person("lin"))
    with pytest.raises(Refused, match="请选择启用的末级单位"):
        start_plan(world.units[SCHOOL], YEAR, 12, form_key=uuid4().hex, by=world.person("lin"))
    edit_unit(world.units[SCHOOL], DIVISION, "区实验小学", True, unit(world).version, by=SYSTEM)
    reviews.submit(draft, plan(draft).version, by=world.person("lin"))
    assert told(world.units[SCHOOL]) == ["停用单位“201003 区实验小学”", "恢复启用单位“201003 区实验小学”"]


def test_closing_and_submitting_in_the_same_moment_do_not_both_happen(app: Flask, world: World) -> None:
    draft, lin = filed(world, ("A1", 100)), world.person("lin")
    version, seen = plan(draft).version, unit(world).version
    outcomes = together(
        app,
        lambda: reviews.submit(draft, version, by=lin),
        lambda: edit_unit(world.units[SCHOOL], DIVISION, "区实验小学", False, seen, by=SYSTEM),
    )
    assert [outcome is None for outcome in outcomes].count(True) == 1
    assert (plan(draft).state is PlanState.IN_REVIEW) == unit(world).enabled


# 合并


def test_a_merged_unit_closes_and_its_successor_reads_what_it_filed_works(world: World, sign_in: SignIn) -> None:
    second_school(world)
    decided, draft = submitted(world, ("A1", 100)), drafted(world, ("A2", 50))
    reviewed(world, decided, "he", "shen", "fang", "luo")
    ended = merge(world)

    old = unit(world)
    assert (ended, old.enabled, old.ends_on, old.merged_into_id) == (3, False, TODAY, world.units["201004"])
    assert [post.ends_on for post in people_store.get_account(world.people["lin"]).posts] == [TODAY]
    scope = scope_of(world.person("meng"))
    assert scope.unit_ids == {world.units["201004"]}
    assert scope.predecessor_ids == {world.units[SCHOOL]}
    assert plans.get_visible(decided, scope).id == decided
    with pytest.raises(Missing):
        plans.get_visible(draft, scope)
    assert len(allotments.page_of(scope, YEAR, "", 1).items) == 4
    assert ledger.totals(scope, LedgerFilter(YEAR)).count == 1
    with pytest.raises(Missing):
        start_plan(world.units[SCHOOL], YEAR, 12, form_key=uuid4().hex, by=world.person("meng"))

    meng = people.reset_password(world.people["meng"], by=SYSTEM)
    assert meng
    page = sign_in("xi").get(f"/units/{world.units['201004']}").text
    assert "201003 区实验小学" in page
    assert "自 2026-11-20 起并入“201004 区第二小学”：张编办〔2026〕5号" in told(world.units[SCHOOL])[0]
    assert "并入“201004 区第二小学”" in told(world.units["201004"])[0]
    assert "已并入本单位" in notices.newest(world.people["meng"])[0].text
    assert "原单位岗位 3 个已终止" in notices.newest(world.people["an"])[0].text


def test_what_a_successor_took_over_goes_on_with_it(world: World) -> None:
    second_school(world)
    decided = submitted(world, ("A1", 100))
    reviewed(world, decided, "he", "shen", "fang", "luo")
    merge(world)
    merge_unit(world.units["201004"], MergerDraft(WATER, TODAY, "再次合并"), DIVISION, 1, by=SYSTEM)
    assert scope_of(world.person("zhou")).predecessor_ids == {world.units[SCHOOL], world.units["201004"]}
    assert plans.get_visible(decided, scope_of(world.person("zhou"))).id == decided


def test_a_merger_by_page_says_what_stays_and_what_ends(world: World, sign_in: SignIn) -> None:
    second_school(world)
    admin, address = sign_in("xi"), f"/units/{world.units[SCHOOL]}/merge"
    page = admin.get(address).text
    for said in ("指标和余额留在原单位，直到从一体化系统导入", "林晓敏 单位经办", "何雨桐 单位审核"):
        assert said in page
    form = {"successor": "201004", "day": "2026-11-20", "reason": "张编办〔2026〕5号", "seen": 1}
    assert admin.post(address, data=form).location == f"/units/{world.units[SCHOOL]}"
    assert "已合并" in admin.get(f"/units/{world.units[SCHOOL]}").text
    assert "不能再次合并" in admin.get(address).text


def test_the_command_merges_too(app: Flask, world: World) -> None:
    second_school(world)
    arguments = ["units", "merge", SCHOOL, "201004", "--date", "2026-11-19", "--reason", "张编办〔2026〕5号"]
    done = app.test_cli_runner().invoke(args=arguments)
    assert (done.exit_code, "单位 201003 已并入 201004" in done.output) == (0, True)
    again = app.test_cli_runner().invoke(args=arguments)
    assert (again.exit_code, "已经并入其他单位，不能再次合并" in again.output) == (1, True)
    assert world.person("lin").posts == ()


@pytest.mark.parametrize(
    ("into", "day", "reason", "said"),
    [
        ("999999", TODAY, "批文", "没有代码为“999999”的单位"),
        (SCHOOL, TODAY, "批文", "接收单位就是本单位"),
        ("201", TODAY, "批文", "只能合并末级单位"),
        (WATER, date(2026, 11, 21), "批文", "以后的合并请到那天再办理"),
        (WATER, TODAY, "  ", "请填写合并依据"),
    ],
)
def test_a_merger_that_makes_no_sense_is_refused(world: World, into: str, day: date, reason: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        merge(world, into, day, reason)
    assert unit(world).enabled


def test_a_merger_waits_for_plans_on_their_way(world: World) -> None:
    number = plan(submitted(world, ("A1", 100))).number
    with pytest.raises(Refused, match=f"审核中或已挂起：{number}.*再办理合并") as refusal:
        merge(world, WATER, date(2026, 11, 21))
    assert len(refusal.value.sentences) == 2
    review(world, "he")
    assert unit(world).enabled


def test_a_merger_of_a_unit_changed_meanwhile_is_a_conflict(world: World) -> None:
    rename(world, "区实验学校")
    with pytest.raises(Conflict, match="单位名称：现在是“区实验学校”"):
        merge_unit(world.units[SCHOOL], MergerDraft(WATER, TODAY, "批文"), DIVISION, 1, by=SYSTEM)


def test_a_merged_unit_stays_closed(world: World) -> None:
    second_school(world)
    merge(world)
    with pytest.raises(Refused, match="不能重新启用"):
        edit_unit(world.units[SCHOOL], DIVISION, "区实验小学", True, unit(world).version, by=SYSTEM)
    with pytest.raises(Refused, match="不能重新启用"):
        import_units(units(row("201003", "区实验小学")), DIVISION, by=SYSTEM)
    for change in ("enabled = TRUE", "merged_into_id = NULL", "ends_on = NULL"):
        with pytest.raises(DatabaseError, match="a merged unit stays closed"), transaction() as work:
            work.execute(
                text(f"UPDATE unit SET {change}, version = version + 1 WHERE code = '201003'")  # noqa: S608  our words
            )


def test_a_file_that_closes_an_idle_unit_is_taken(world: World) -> None:
    upload: Upload = units(row("201003", "区实验小学", IS_ENABLED="2"))
    import_units(upload, DIVISION, by=SYSTEM)
    assert not unit(world).enabled
    assert told(world.units[SCHOOL]) == ["停用单位“201003 区实验小学”"]
