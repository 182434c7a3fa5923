"""我的视图: a reviewer's own filters under names; what is refused; nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from approvals.reviews import saved_views
from approvals.reviews.saved_views import MOST_VIEWS
from core.errors import Refused
from tests.approvals.browsing import sent
from tests.approvals.stories import submitted
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def names(world: World, username: str = "he") -> list[str]:
    return [one.name for one in saved_views.views_of(world.person(username))]


def first_view(world: World) -> int:
    return saved_views.views_of(world.person("he"))[0].id


def test_a_filter_is_saved_under_a_name_and_opens_first_works(sign_in: SignIn, world: World) -> None:
    submitted(world, ("A1", 100))
    he = sign_in("he")
    query = "light=r&department=201&all=1"
    assert sent(he, "/queue/views", 302, name=" 教育超时 ", query=query) == "/queue?department=201&light=r"
    assert names(world) == ["教育超时"]
    text = he.get("/queue?department=201&light=r").get_data(as_text=True)
    assert '<a href="/queue?department=201&amp;light=r" aria-current="true">教育超时</a>' in text
    assert he.get("/queue").status_code == 200
    assert sent(he, f"/queue/views/{first_view(world)}/first", 302) == "/queue/views"
    assert he.get("/queue").location == "/queue?department=201&light=r"
    assert "YK-202612-0001" in he.get("/queue?all=1").get_data(as_text=True)
    sent(he, f"/queue/views/{first_view(world)}/first", 302)
    assert he.get("/queue").status_code == 200


def test_only_one_view_opens_first(sign_in: SignIn, world: World) -> None:
    he = sign_in("he")
    for name in ("甲", "乙"):
        sent(he, "/queue/views", 302, name=name, query="guaranteed=1", opens_first="y")
    assert [one.opens_first for one in saved_views.views_of(world.person("he"))] == [False, True]


def test_a_view_is_renamed_and_removed(sign_in: SignIn, world: World) -> None:
    he = sign_in("he")
    sent(he, "/queue/views", 302, name="三保", query="guaranteed=1")
    sent(he, f"/queue/views/{first_view(world)}/rename", 302, name="先办")
    assert names(world) == ["先办"]
    assert "先办" in he.get("/queue/views").get_data(as_text=True)
    sent(he, f"/queue/views/{first_view(world)}/remove", 302)
    assert names(world) == []
    assert "还没有保存的视图" in he.get("/queue/views").get_data(as_text=True)


def test_a_view_needs_a_name_of_its_own(sign_in: SignIn, world: World) -> None:
    he = sign_in("he")
    sent(he, "/queue/views", 302, name="三保", query="guaranteed=1")
    assert "请填写视图名称" in sent(he, "/queue/views", 422, name=" ", query="")
    assert "超过 20 字" in sent(he, "/queue/views", 422, name="长" * 21, query="")
    text = sent(he, "/queue/views", 422, name="三保", query="light=r")
    assert "已有名为“三保”的视图" in text
    assert 'name="query" value="light=r"' in text  # the filter is still there, and so is the name
    sent(he, "/queue/views", 302, name="别的", query="light=r")
    assert "已有名为“别的”的视图" in sent(he, f"/queue/views/{first_view(world)}/rename", 422, name="别的")


def test_nobody_saves_views_without_end(world: World) -> None:
    for number in range(MOST_VIEWS):
        saved_views.save_view(f"视图{number}", "", opens_first=False, by=world.person("he"))
    with pytest.raises(Refused, match="最多保存 20 个视图"):
        saved_views.save_view("再一个", "", opens_first=False, by=world.person("he"))
    assert len(names(world)) == MOST_VIEWS


def test_anothers_view_is_not_found(sign_in: SignIn, world: World) -> None:
    sent(sign_in("he"), "/queue/views", 302, name="三保", query="guaranteed=1")
    view = first_view(world)
    zheng = sign_in("zheng")
    for path in ("rename", "first", "remove"):
        sent(zheng, f"/queue/views/{view}/{path}", 404, name="我的")
    assert names(world, "zheng") == []
    assert names(world) == ["三保"]
    assert sign_in("lin").get("/queue/views").status_code == 403
