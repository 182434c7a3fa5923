"""The access matrix: every route × everybody of the cast × another's thing and an absent one.

Built from the application's own map of routes, so that a new route is covered the day it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.people.rules import Permission, may
from accounts.signin.guard import requires, scope
from budget.plans import store as plans
from tests.doors import Door, Things, address, doors, gather
from tests.world import CAST, World

SignIn = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}
# What differs from answer to answer even for the same page.
# What each page has of its own: the CSRF token and the keys of its forms.
_TOKEN = re.compile(r'(name="(?:csrf[-_]token|form_key)" (?:content|value)=")[^"]*')
# Everybody but the second clerk of the school, who sees what the first one sees.
MEMBERS = [member.username for member in CAST if member.username != "lin2"]


def unknown_variables(app: Flask, things: Things) -> list[str]:
    """Variables of addresses for which `tests/doors.py` names no things."""
    known = set(things.absent) & set(things.sets[0]) & set(things.sets[1])
    return [
        f"{door}: give “{name}” another's and an absent value in tests/doors.py"
        for door in doors(app)
        for name in sorted(door.variables - known)
    ]


def leaks(app: Flask, client: FlaskClient, member: str, world: World, things: Things) -> list[str]:
    """Doors that tell another's thing from an absent one, or let somebody in without the permission."""
    person = world.person(member)
    found: list[str] = []
    client.get("/nothing")  # the first page of a session brings its cookie
    for door in doors(app):
        permitted = door.permission is not None and may(person, door.permission)
        wanted = 404 if permitted else 403
        tries = list(_tries(door, member, things)) if permitted or door.variables else [{}]
        for headers in ({}, JSON) if permitted else ({},):
            answers = [_knock(app, client, door, values, headers) for values in tries]
            if any(answer.status_code != wanted for answer in answers):
                found.append(f"{member}: {door} answers {[answer.status_code for answer in answers]}, not {wanted}")
            elif len({_shown(answer) for answer in answers}) > 1:
                found.append(f"{member}: {door} tells another's thing from an absent one")
    return found


def _tries(door: Door, member: str, things: Things) -> Iterator[dict[str, object]]:
    """Absent values, then the sets of things that this member may not see."""
    if not door.variables - things.free:
        return
    yield things.absent
    for values in things.sets:
        if any(member not in values[name].seen_by for name in door.variables):
            yield {name: thing.value for name, thing in values.items()}


def _knock(
    app: Flask, client: FlaskClient, door: Door, values: dict[str, object], headers: dict[str, str]
) -> TestResponse:
    return client.open(address(app, door, values), method=door.method, headers=headers)


def _shown(answer: TestResponse) -> tuple[str, frozenset[str]]:
    return _TOKEN.sub("", answer.text), frozenset(answer.headers.keys())


def test_every_variable_of_an_address_is_known_here(app: Flask, world: World) -> None:
    assert unknown_variables(app, gather(world)) == []


@pytest.mark.parametrize("member", MEMBERS)
def test_anothers_thing_looks_as_if_it_were_not_there(app: Flask, world: World, sign_in: SignIn, member: str) -> None:
    things = gather(world)
    assert leaks(app, sign_in(member), member, world, things) == []


def test_a_visitor_is_sent_to_sign_in_whatever_he_asks_for(app: Flask, world: World) -> None:
    things = gather(world)
    visitor = app.test_client()
    for door in doors(app):
        for values in (things.absent, *({name: thing.value for name, thing in one.items()} for one in things.sets)):
            answer = _knock(app, visitor, door, values, {})
            assert (answer.status_code, answer.location.split("?")[0]) == (302, "/sign-in"), door
            assert _knock(app, visitor, door, values, JSON).status_code == 401, door


def test_everybody_reaches_the_pages_of_his_posts(app: Flask, world: World, sign_in: SignIn) -> None:
    for member in MEMBERS:
        person, client = world.person(member), sign_in(member)
        for door in doors(app):
            if door.method == "GET" and not door.variables and door.permission and may(person, door.permission):
                answer = client.get(address(app, door, {}))
                assert answer.status_code in (200, 302), f"{member}: {door}"


# The matrix itself is shown what it is there to find.


def with_view(app: Flask, rule: str, permission: Permission, view: Callable[[UUID], Any]) -> None:
    app.view_functions["sample"] = requires(permission)(view)
    app.url_map.add(app.url_rule_class(rule, endpoint="sample", methods={"GET"}))


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (lambda plan_id: str(plan_id), "answers"),
        (lambda plan_id: (f"{plan_id} is not yours", 404), "tells another's thing from an absent one"),
        (lambda plan_id: ("", 403 if plans.line_ids(plan_id) else 404), "answers"),
    ],
)
def test_a_view_that_forgets_the_scope_is_found(
    app: Flask, world: World, sign_in: SignIn, view: Callable[[UUID], Any], said: str
) -> None:
    things = gather(world)
    with_view(app, "/sample/<uuid:plan_id>", Permission.VIEW_PLANS, view)
    found = leaks(app, sign_in("zhou"), "zhou", world, things)
    assert found
    assert all(said in finding and "GET sample" in finding for finding in found)


def test_a_view_that_keeps_the_scope_passes(app: Flask, world: World, sign_in: SignIn) -> None:
    things = gather(world)
    with_view(
        app, "/sample/<uuid:plan_id>", Permission.VIEW_PLANS, lambda plan_id: plans.get_visible(plan_id, scope()).number
    )
    assert leaks(app, sign_in("zhou"), "zhou", world, things) == []


def test_a_variable_without_things_is_found(app: Flask, world: World) -> None:
    with_view(app, "/sample/<uuid:lamp_id>", Permission.VIEW_PLANS, lambda lamp_id: str(lamp_id))
    assert unknown_variables(app, gather(world)) == [
        "GET sample: give “lamp_id” another's and an absent value in tests/doors.py"
    ]
