"""待办队列: its order, its filters and the counts beside them, for whom a task waits, and how urgent it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from accounts.people.models import Post
from accounts.people.rules import Role
from approvals.reviews import asking, queue, store
from approvals.reviews.filters import args_of, query_of, wanted_from
from approvals.reviews.limits import limits_now
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Light, TaskState
from approvals.reviews.tallies import Cell, tally
from approvals.reviews.waiting import QueueFilter, seat_of
from core import clock
from core.db import session, transaction
from tests.approvals.browsing import page
from tests.approvals.stories import plan, review, reviewed, submitted, task_of
from tests.world import NOW, World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def numbers(world: World, username: str, **words: object) -> list[str]:
    """The plans of the person's queue under this filter, in their order."""
    items, _ = queue.queue_page(world.person(username), QueueFilter(**words))  # type: ignore[arg-type]  # by name
    return [item.plan.number for item in items]


def number(plan_id: UUID) -> str:
    return plan(plan_id).number


@pytest.fixture
def three(world: World) -> list[UUID]:
    """Three plans at the treasury's desk: a project of the school, its wages later, the water bureau's office costs."""
    school = submitted(world, ("A3", 100))
    reviewed(world, school, "he", "shen")
    wages = submitted(world, ("A1", 200), ("A2", 50))
    with clock.stopped(NOW + timedelta(days=3)):
        reviewed(world, wages, "he", "shen")
    water = submitted(world, ("B1", 70), clerk="zhou", unit="301001")
    reviewed(world, water, "zheng", "qin")
    return [school, wages, water]


# Order


def test_the_queue_puts_guaranteed_plans_first_then_what_is_due_works(world: World, three: list[UUID]) -> None:
    school, wages, water = three
    assert numbers(world, "fang") == [number(water), number(wages), number(school)]
    first, second, last = queue.queue_page(world.person("fang"))[0]
    assert [one.guaranteed for one in (first, second, last)] == [True, True, False]
    assert first.task.due_at < second.task.due_at
    assert (second.line_count, str(second.total)) == (2, "250.00")


def test_pages_follow_each_other_without_gap(world: World, three: list[UUID]) -> None:
    person = world.person("fang")
    pages = [queue.queue_page(person, page=number, size=1) for number in (1, 2, 3, 4)]
    assert [item.plan.number for items, _ in pages for item in items] == numbers(world, "fang")
    assert [more for _, more in pages] == [True, True, False, False]


# Filters and counts


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("", 3), ("department=301", 1), ("department=201", 2), ("department=999", 0), ("guaranteed=1", 2),
        ("guaranteed=1&department=201", 1), ("window=202612", 3), ("window=202611", 0), ("q=水利", 1), ("q=201003", 2),
        ("q=%25", 0), ("light=g", 3), ("light=r", 0), ("office=x&light=purple&window=-1", 3),
    ],
)  # fmt: skip
def test_a_filter_in_the_address_leaves_what_it_says(
    sign_in: SignIn, three: list[UUID], words: str, left: int
) -> None:
    text = page(sign_in("fang"), f"/queue?all=1&{words}")
    assert f"共 {left} 份" in text
    assert text.count('name="task"') == left


def test_offices_and_windows_are_filters_too(world: World, three: list[UUID]) -> None:
    school, wages, water = three
    assert numbers(world, "fang", office_id=world.offices["06"]) == [number(water)]
    assert numbers(world, "fang", office_id=world.offices["04"], guaranteed=True) == [number(wages)]
    assert numbers(world, "fang", year_month=202612, department="201", search=number(school)) == [number(school)]


def test_each_choice_says_how_many_it_would_leave(sign_in: SignIn, three: list[UUID]) -> None:
    text = page(sign_in("fang"), "/queue?all=1")
    for said in ("2026年12月（3）", "区教育局（部门）（2）", "区水利局（部门）（1）", "教科文股（2）"):
        assert said in text
    assert "农业农村股（1）" in text
    assert re.search(r"三保 <b>2</b>", text)
    # The other words of the filter count, the word of the choice itself does not.
    text = page(sign_in("fang"), "/queue?guaranteed=1&department=201")
    for said in ("区教育局（部门）（1）", "区水利局（部门）（1）", "教科文股（1）"):
        assert said in text
    assert "农业农村股" not in text
    assert re.search(r"三保 <b>1</b>", text)


def test_the_page_of_a_batch_and_of_the_pager_keeps_the_filter(sign_in: SignIn, three: list[UUID]) -> None:
    text = page(sign_in("fang"), "/queue?department=201&guaranteed=1")
    assert '<input type="hidden" name="department" value="201">' in text
    assert '<input type="hidden" name="guaranteed" value="1">' in text
    assert re.search(r'href="/queue/[0-9a-f-]{36}\?department=201&amp;guaranteed=1"', text)


def test_the_same_filter_is_the_same_address() -> None:
    wanted = QueueFilter(year_month=202612, department="201", light=Light.RED, guaranteed=True, search="小学")
    assert wanted_from_text(query_of(wanted)) == wanted
    assert args_of(QueueFilter()) == {}
    assert wanted_from_text("done=1&light=r") == QueueFilter(done=True)


def wanted_from_text(text: str) -> QueueFilter:
    return wanted_from(MultiDict(parse_qsl(text)))


def test_counts_are_the_sum_of_their_kinds() -> None:
    cells = [
        Cell("201", 202612, 4, 0, count=5, over=1, soon=3),
        Cell("201", 202611, 4, 1, count=2, over=2, soon=2),
        Cell("301", 202612, 6, 1, count=1, over=0, soon=0),
    ]
    everything = tally(cells, QueueFilter())
    assert everything.total == 8
    assert everything.by["light"] == {Light.RED: 3, Light.AMBER: 2, Light.GREEN: 3}
    red = tally(cells, QueueFilter(light=Light.RED, department="201"))
    assert red.total == 3
    assert red.by["light"] == {Light.RED: 3, Light.AMBER: 2, Light.GREEN: 2}
    assert red.by["department"] == {"201": 3}
    assert red.by["year_month"] == {202612: 1, 202611: 2}


def test_beyond_what_is_counted_the_page_says_so(
    sign_in: SignIn, world: World, three: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_COUNTED", 2)
    monkeypatch.setattr(queue, "SAMPLE", 1)
    text = page(sign_in("fang"), "/queue?all=1")
    assert "待办超过 2 份；各类份数只含最前面的 1 份，列表不受影响" in text
    assert "待办 2+" in text
    assert text.count('name="task"') == 3


def test_what_was_done_has_its_own_list(sign_in: SignIn, world: World, three: list[UUID]) -> None:
    for plan_id in three[:2]:
        review(world, "fang", plan_id=plan_id)
    assert numbers(world, "fang") == [number(three[2])]
    assert set(numbers(world, "fang", done=True)) == {number(one) for one in three[:2]}
    text = page(sign_in("fang"), "/queue?done=1&guaranteed=1&department=201")
    assert "已办 1" in text
    assert number(three[1]) in text


# How urgent


def test_the_light_counts_working_days_works(world: World) -> None:
    task = task_of(world, "he", submitted(world, ("A1", 100)))
    due = task.due_at  # Monday, 17:30
    friday_noon, friday_evening = clock.at(2026, 11, 20, 12, 0), clock.at(2026, 11, 20, 18, 0)
    for moment, light, said in (
        (friday_noon, Light.GREEN, "剩 1 个工作日"),
        (friday_evening, Light.AMBER, "剩 1 个工作日"),
        (due - timedelta(hours=5), Light.AMBER, "剩 5 小时"),
        (due + timedelta(hours=2), Light.RED, "超时 2 小时"),
    ):
        with clock.stopped(moment):
            limits = limits_now("420303000")
            assert (limits.light(due), limits.left(due)) == (light, said)
            assert queue.tally_of(world.person("he"), QueueFilter(), limits).by["light"] == {light: 1}
            assert len(numbers(world, "he", light=light)) == 1


# For whom


def test_a_task_knows_its_seat_as_the_database_does(world: World) -> None:
    task = task_of(world, "shen", _at_office(world))
    stored = session().get_one(ReviewTask, task.id, populate_existing=True)
    assert stored.seat == seat_of(stored) == f"office_reviewer//{world.offices['04']}"
    asking.hand_over(task.id, world.people["qin"], "请代办", by=world.person("shen"))
    stored = session().get_one(ReviewTask, task.id, populate_existing=True)
    session().refresh(stored, ["seat"])
    assert stored.seat == seat_of(stored) == f"person/{world.people['qin']}"
    assert queue.open_count(world.person("shen")) == 0
    assert len(numbers(world, "qin")) == 1


def _at_office(world: World) -> UUID:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    return plan_id


def test_whoever_decided_is_not_asked_at_the_next_step(world: World) -> None:
    with transaction() as work:
        work.add(Post(person_id=world.people["shen"], role=Role.TREASURY_REVIEWER, starts_on=NOW.date()))
    plan_id = _at_office(world)
    review(world, "shen", plan_id=plan_id)
    assert queue.open_count(world.person("shen")) == 0
    assert store.find_open_task(world.person("shen"), plan_id=plan_id) is None
    assert len(numbers(world, "fang")) == 1
    task = next(one for one in store.tasks_of(plan_id, 1) if one.state is TaskState.OPEN)
    assert f" {world.people['shen']} " in task.not_for
    assert "沈思远" in task.why  # the record says that he is left out, and why


def test_a_person_of_two_posts_has_one_queue_in_order(
    world: World, three: list[UUID], count_queries: CountQueries
) -> None:
    with transaction() as work:
        post = Post(person_id=world.people["fang"], role=Role.OFFICE_REVIEWER, office_id=world.offices["04"],
                    starts_on=NOW.date())  # fmt: skip
        work.add(post)
    more = _at_office(world)
    fang = world.person("fang")
    assert set(numbers(world, "fang")) == {number(one) for one in (*three, more)}
    assert numbers(world, "fang")[-1] == number(three[0])  # the one that is not 三保
    assert queue.open_count(fang) == 4
    with count_queries() as queries:
        queue.queue_page(fang)
    assert len(queries) == 1


# Queries


def test_a_filtered_queue_asks_as_often_for_thirty_plans_as_for_three(
    sign_in: SignIn, world: World, three: list[UUID], count_queries: CountQueries
) -> None:
    fang, path = sign_in("fang"), "/queue?guaranteed=1&department=201&light=g&q=小学"
    page(fang, path)
    with count_queries() as few:
        page(fang, path)
    for amount in range(27):
        reviewed(world, submitted(world, ("A1", 100 + amount)), "he", "shen")
    with count_queries() as many:
        assert page(fang, path).count('name="task"') == 28
    assert len(many) == len(few)
