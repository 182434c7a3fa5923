"""A step that asks for a dynamic code: nothing is decided without it, and nothing typed is lost on the way."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.models import Account
from accounts.signin.store import find_code
from approvals.reviews import store
from approvals.reviews.traces import digest_of
from core import clock
from core.db import session
from core.history import Event
from tests.accounts.authenticators import Authenticator, bound
from tests.approvals.asking_stories import open_task
from tests.approvals.browsing import sent
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, publish
from tests.approvals.stories import plan, reviewed, submitted
from tests.world import NOW, PASSWORD, World

SignIn = Callable[[str], FlaskClient]


def guarded(world: World) -> UUID:
    """A plan that waits at the office, whose step asks for a dynamic code."""
    publish(UNIT, replace(OFFICE, second_factor=True), TREASURY, APPROVAL)
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    return plan_id


def typed(plan_id: UUID, **more: str) -> dict[str, str]:
    """The desk's form: one line cut, with a reason, and a comment of two lines."""
    first, second = store.lines_of(open_task(plan_id))
    return {
        f"verdict-{first.id}": "agree", f"verdict-{second.id}": "cut", f"amount-{second.id}": "40.00",
        f"reason-{second.id}": "按“进度” <安排>", "comment": "第一句\r\n第二句", "digest": digest_of(plan(plan_id)),
        **more,
    }  # fmt: skip


def waiting(text: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser would send them."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', text)
    pairs = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in found]
    return {name[1]: html.unescape(value[1]) for name, value in pairs if name and value and name[1] != "year"}


def confirmed(client: FlaskClient, text: str, code: str, status: int = 200) -> str:
    """The page that asks, sent on with a code."""
    return sent(client, "/confirm", status, **waiting(text), confirm_code=code)


def desk(world: World, sign_in: SignIn) -> tuple[UUID, FlaskClient, Authenticator]:
    """The plan, 沈思远's browser, and his authenticator."""
    plan_id, shen = guarded(world), sign_in("shen")
    return plan_id, shen, bound(world, "shen")


def send_on(client: FlaskClient, text: str) -> str:
    """What the page that was right sends on by itself."""
    target = re.search(r'<form method="post" action="([^"]*)"[^>]*data-send-on', text)
    assert target
    return sent(client, target[1], 302, **waiting(text))


def test_the_code_is_asked_and_all_that_was_typed_is_done_works(sign_in: SignIn, world: World) -> None:
    plan_id, shen, phone = desk(world, sign_in)
    task = open_task(plan_id)
    text = sent(shen, f"/queue/{task.id}/decide", 422, **typed(plan_id))
    for part in ("再次确认身份", "“业务股室初审”", "5 分钟内不再询问"):
        assert part in text
    assert "新窗口绑定" not in text
    assert plan(plan_id).step_no == 2
    send_on(shen, confirmed(shen, text, phone.code()))
    assert plan(plan_id).step_no == 3
    assert str(plan(plan_id).lines[1].suggested) == "40.00"
    last = store.decisions_of(plan_id)[-1]
    assert "第一句\r\n第二句" in last.comment
    assert "按“进度” <安排>" in last.comment
    acts = session().scalars(select(Event.action).where(Event.subject_id == str(world.people["shen"]))).all()
    assert "confirm" in acts


def test_a_recovery_code_does_as_well(sign_in: SignIn, world: World) -> None:
    plan_id, shen, phone = desk(world, sign_in)
    text = sent(shen, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    send_on(shen, confirmed(shen, text, phone.recovery[0]))
    assert plan(plan_id).step_no == 3


def test_for_five_minutes_it_is_not_asked_again(sign_in: SignIn, world: World) -> None:
    plan_id, shen, phone = desk(world, sign_in)
    other = submitted(world, ("A1", 20))
    reviewed(world, other, "he")
    text = sent(shen, f"/queue/{_task(other)}/decide", 422, **_agreed(other))
    send_on(shen, confirmed(shen, text, phone.code()))
    with clock.stopped(NOW + timedelta(minutes=4, seconds=59)):
        sent(shen, f"/queue/{open_task(plan_id).id}/decide", 302, **typed(plan_id))
    third = submitted(world, ("A1", 30))
    reviewed(world, third, "he")
    with clock.stopped(NOW + timedelta(minutes=5)):
        assert "再次确认身份" in sent(shen, f"/queue/{_task(third)}/decide", 422, **_agreed(third))


def _task(plan_id: UUID) -> UUID:
    return open_task(plan_id).id


def _agreed(plan_id: UUID) -> dict[str, str]:
    lines = store.lines_of(open_task(plan_id))
    return {f"verdict-{line.id}": "agree" for line in lines} | {"digest": digest_of(plan(plan_id))}


def test_a_wrong_code_decides_nothing_and_loses_nothing(sign_in: SignIn, world: World) -> None:
    plan_id, shen, phone = desk(world, sign_in)
    text = sent(shen, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    text = confirmed(shen, text, phone.wrong(), 422)
    assert "动态口令不正确" in text
    assert plan(plan_id).step_no == 2
    send_on(shen, confirmed(shen, text, phone.code()))
    assert plan(plan_id).step_no == 3


def test_the_password_is_no_second_factor(sign_in: SignIn, world: World) -> None:
    plan_id, shen, _ = desk(world, sign_in)
    text = sent(shen, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    assert "动态口令不正确" in confirmed(shen, text, PASSWORD, 422)
    assert plan(plan_id).step_no == 2


def test_guessing_locks_the_account_as_at_the_sign_in(sign_in: SignIn, world: World) -> None:
    """An unattended desk is no place to try codes."""
    plan_id, shen, phone = desk(world, sign_in)
    text = sent(shen, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    for _ in range(5):
        text = confirmed(shen, text, phone.wrong(), 422)
    assert session().get_one(Account, world.people["shen"], populate_existing=True).locked_until is not None
    assert "动态口令不正确" in confirmed(shen, text, phone.code(), 422)
    assert plan(plan_id).step_no == 2


def test_who_has_bound_none_is_told_where_and_loses_nothing(sign_in: SignIn, world: World) -> None:
    """The page stays open while he binds an authenticator in another window; then it goes on from there."""
    plan_id, shen = guarded(world), sign_in("shen")
    text = sent(shen, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    for part in ("您还没有绑定动态口令", 'href="/dynamic-codes" target="_blank"'):
        assert part in text
    text = confirmed(shen, text, "123456", 422)
    assert "您还没有绑定动态口令。请先绑定" in text
    assert plan(plan_id).step_no == 2
    phone = bound(world, "shen")
    assert find_code(world.people["shen"]) is not None
    send_on(shen, confirmed(shen, text, phone.code()))
    assert plan(plan_id).step_no == 3
    assert "第一句\r\n第二句" in store.decisions_of(plan_id)[-1].comment


def doors(plan_id: UUID, task_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Every way to decide at a desk."""
    digest, lines = digest_of(plan(plan_id)), store.lines_of(open_task(plan_id))
    return [
        (f"/queue/{task_id}/decide", typed(plan_id)),
        ("/queue/agree", {"task": str(task_id), f"digest-{task_id}": digest}),
        (f"/queue/{task_id}/send-back", {"step": "1", "words": "再看"}),
        (f"/m/{task_id}/agree", {"digest": digest}),
        (f"/m/{task_id}/return", {"digest": digest, "line": str(lines[0].id), "reason": "缺附件"}),
    ]


@pytest.mark.parametrize("place", range(5))
def test_no_door_decides_without_it(sign_in: SignIn, world: World, place: int) -> None:
    plan_id, shen = guarded(world), sign_in("shen")
    before = len(store.decisions_of(plan_id))
    address, data = doors(plan_id, _task(plan_id))[place]
    assert "再次确认身份" in sent(shen, address, 422, **data)
    assert len(store.decisions_of(plan_id)) == before


def test_a_step_that_does_not_ask_for_it_goes_on(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    sent(sign_in("shen"), f"/queue/{_task(plan_id)}/decide", 302, **typed(plan_id))


def test_it_belongs_to_one_sign_in(sign_in: SignIn, world: World) -> None:
    """Neither another browser of the same person nor a cookie carried over from an earlier sign-in is believed."""
    plan_id, here, there = guarded(world), sign_in("shen"), sign_in("shen")
    phone = bound(world, "shen")
    text = sent(here, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    confirmed(here, text, phone.code())
    assert "再次确认身份" in sent(there, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))
    carried = here.get_cookie("yk_form")
    assert carried
    there.set_cookie("yk_form", carried.value)
    assert "再次确认身份" in sent(there, f"/queue/{_task(plan_id)}/decide", 422, **typed(plan_id))


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "", "\\\\elsewhere"])
def test_it_is_sent_on_only_inside_the_house(sign_in: SignIn, world: World, target: str) -> None:
    text = sent(sign_in("shen"), "/confirm", 422, confirm_code="123456", confirm_target=target)
    assert "elsewhere" not in text
    assert "页面不完整" in text


def test_a_stranger_does_not_learn_which_steps_ask(sign_in: SignIn, world: World) -> None:
    plan_id = guarded(world)
    sent(sign_in("qin"), f"/queue/{_task(plan_id)}/decide", 404, **typed(plan_id))
    text = sent(sign_in("qin"), "/queue/agree", 404, task=str(_task(plan_id)))
    assert "业务股室初审" not in text
