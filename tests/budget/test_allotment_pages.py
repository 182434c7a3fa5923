"""The list of allotments and the card of one: who sees what, how it is found, what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from budget.allotments.models import Allotment
from budget.allotments.reading import initials_of
from core.db import transaction
from tests.approvals.stories import plan, submitted
from tests.budget.declaring import queries
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_clerk_sees_the_allotments_of_his_unit_with_totals_works(world: World, sign_in: SignIn) -> None:
    shown = page(sign_in("lin"), "/allotments")
    assert all(project in shown for project in ("人员经费", "公用经费", "教学设备", "校园水改"))
    assert ("1,440,000.00" in shown, "区水利局" in shown) == (True, False)


@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("zhou", {"区水利局"}),
        ("jiao", {"区实验小学"}),
        ("qin", {"区实验小学", "区水利局"}),
        ("shi", {"区实验小学", "区水利局"}),
    ],
)
def test_each_sees_his_own_scope(world: World, sign_in: SignIn, username: str, seen: set[str]) -> None:
    shown = page(sign_in(username), "/allotments").split("<main", 1)[1]
    assert {unit for unit in ("区实验小学", "区水利局") if f">{unit}</span>" in shown} == seen


@pytest.mark.parametrize("search", ["张财教", "教学", "31002", "设备购置", "jxsb", "JXSB"])
def test_the_search_finds_document_project_class_and_initials(world: World, sign_in: SignIn, search: str) -> None:
    with transaction() as work:
        one = work.get_one(Allotment, world.allotments["A3"])
        one.initials = initials_of(f"{one.pro_name}{one.dep_eco_name}")
    shown = page(sign_in("lin"), f"/allotments?q={search}")
    assert ("教学设备" in shown, "校园水改" in shown) == (True, False)


def test_a_search_without_result_says_so(world: World, sign_in: SignIn) -> None:
    assert "没有符合“%_”的指标" in page(sign_in("lin"), "/allotments?q=%25_")


def test_the_card_shows_every_movement_with_its_plan_works(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 100_000))
    number = plan(plan_id).number
    shown = page(sign_in("lin"), f"/allotments/{world.allotments['A1']}")
    assert all(text in shown for text in ("下达额度", "送审占用", "100,000.00", "1,100,000.00", number, "林晓敏"))
    assert f"/plans/{plan_id}" in shown


@pytest.mark.parametrize("key", ["B1", "none"])
def test_a_foreign_card_is_not_found_like_an_absent_one(world: World, sign_in: SignIn, key: str) -> None:
    assert sign_in("lin").get(f"/allotments/{world.allotments.get(key, 10**9)}").status_code == 404


@pytest.mark.parametrize("username", ["xi", "an", "ji"])
def test_administrators_see_no_allotments(world: World, sign_in: SignIn, username: str) -> None:
    assert sign_in(username).get("/allotments").status_code == 403


def test_the_list_takes_the_same_queries_for_any_number_of_rows(sign_in: SignIn) -> None:
    counted: dict[str, int] = {}
    for username in ("zhou", "lin"):
        client = sign_in(username)
        page(client, "/allotments")
        with queries() as sent:
            page(client, "/allotments")
        counted[username] = len(sent)
    assert counted["zhou"] == counted["lin"]
