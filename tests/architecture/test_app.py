"""The design as tests, part two: what can only be seen in the joined application. Every check sees a broken sample."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from jinja2 import StrictUndefined, UndefinedError
from sqlalchemy import Column, Integer, Table, text

from accounts.people.rules import Permission
from accounts.signin.guard import requires
from app import NAV
from approvals.reviews.forms import EmptyForm
from core import notices
from core.db import db, transaction
from core.keys import is_by_itself
from core.roles import migrating_engine
from tests.architecture import app_checks as checks
from tests.architecture.sources import Source, python_files, templates
from tests.conftest import ROLES
from tests.doors import Door, Things, address, doors, gather
from tests.postgres import as_role
from tests.world import CAST, World
from work import HANDLERS

SignIn = Callable[[str], FlaskClient]
ROOT: Final = Path(__file__).parents[2]
MEMBERS: Final = [member.username for member in CAST if member.username != "lin2"]


def add_view(app: Flask, view: Callable[..., Any], endpoint: str = "sample") -> None:
    app.view_functions[endpoint] = view
    app.url_map.add(app.url_rule_class(f"/{endpoint}", endpoint=endpoint, methods={"GET"}))


# Every view is marked


def test_every_view_asks_for_a_permission(app: Flask) -> None:
    assert checks.unmarked_views(app) == []


def test_an_unmarked_view_is_found_and_refused(app: Flask, sign_in: SignIn) -> None:
    add_view(app, lambda: "hello")
    assert checks.unmarked_views(app) == ["sample asks for no permission"]
    assert sign_in("xi").get("/sample").status_code == 403


def test_a_public_page_that_is_marked_is_found(app: Flask) -> None:
    app.view_functions["health"] = requires(Permission.SIGNED_IN)(lambda: "ok")
    assert checks.unmarked_views(app) == ["health is public, but is not an open page"]


# A GET writes nothing


def gets(app: Flask, things: Things, member: str) -> list[str]:
    """The addresses of all GET doors, for those with variables those of things that this member may see."""

    def places(door: Door) -> list[str]:
        if not door.variables:
            return [address(app, door, {})]
        seen = (values for values in things.sets if all(member in values[name].seen_by for name in door.variables))
        return [address(app, door, {name: thing.value for name, thing in values.items()}) for values in seen]

    return [place for door in doors(app) if door.method == "GET" for place in places(door)]


@pytest.mark.parametrize("member", MEMBERS)
def test_no_get_writes(app: Flask, world: World, sign_in: SignIn, member: str) -> None:
    places = gets(app, gather(world), member)
    assert len(places) > 20
    assert checks.writing_gets(sign_in(member), places) == []


def test_no_get_of_a_visitor_writes(app: Flask) -> None:
    assert checks.writing_gets(app.test_client(), ["/", "/sign-in", "/health", "/nothing", "/people"]) == []


def test_a_get_that_writes_is_found(app: Flask, world: World, sign_in: SignIn) -> None:
    @requires(Permission.SIGNED_IN)
    def writing() -> str:
        with transaction():
            notices.tell([world.people["lin"]], "看过了", "/")
        return "read"

    add_view(app, writing)
    found = checks.writing_gets(sign_in("lin"), ["/notices", "/sample"])
    assert len(found) == 1
    assert found[0].startswith("GET /sample: INSERT INTO notice")


# Every endpoint that is named exists


def test_every_endpoint_that_a_page_or_a_module_names_exists(app: Flask) -> None:
    product = tuple(source for source in python_files(ROOT) if source.is_product)
    pages = templates(ROOT)
    assert len(pages) > 20
    assert checks.unknown_endpoints((*pages, *product), app.view_functions.keys()) == []
    assert [item.endpoint for item in NAV if item.endpoint not in app.view_functions] == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("templates/a.html", "<a href=\"{{ url_for('lamps.index', page=2) }}\">"),
        ("templates/a.html", '{{ url_for( "lamps.index") }}'),
        ("budget/lamps/views.py", "redirect(url_for('lamps.index'))"),
        ("budget/lamps/views.py", "flask.url_for('lamps.index', page=2)"),
    ],
)
def test_a_misspelt_endpoint_is_found(path: str, words: str) -> None:
    assert checks.unknown_endpoints([Source(path, words)], {"lamp.index"}) == [f"{path} names lamps.index"]
    assert checks.unknown_endpoints([Source(path, words)], {"lamps.index"}) == []


def test_an_endpoint_that_a_page_puts_together_begins_like_one() -> None:
    page = Source("templates/a.html", "{{ url_for('lamps.' ~ kind, lamp_id=lamp.id) }}")
    assert checks.unknown_endpoints([page], {"lamps.index"}) == []
    assert checks.unknown_endpoints([page], {"lamp.index"}) == ["templates/a.html names lamps.*"]


# Every form is served once


def test_every_form_that_posts_carries_token_and_key() -> None:
    pages = templates(ROOT)
    assert sum(checks.posting(page) for page in pages) > 30
    assert checks.keyless_forms(pages) == []


def test_the_macros_of_forms_print_token_and_key(app: Flask) -> None:
    with app.test_request_context("/"):
        for words in (
            '{% from "macros/page.html" import csrf %}{{ csrf() }}',
            '{% from "macros/fields.html" import hidden %}{{ hidden(form) }}',
            "{{ form.hidden_tag() }}",
        ):
            printed = render_template_string(words, form=EmptyForm())
            assert re.search(r'name="form_key"[^>]*value="[0-9a-f]{32}"', printed), words
    for path, macro in (("exports/ledgers/index.html", "kept()"), ("vouchers/papers/editing.html", "about(seen)")):
        words = (ROOT / "templates" / path).read_text(encoding="utf-8").split(f"{{% macro {macro}")[1]
        assert words.lstrip(" -%}").startswith("{{ csrf() }}")


@pytest.mark.parametrize(
    "words",
    [
        '<form method="post"><button>好</button></form>',
        "<form\n  class=a method='POST' {% if a > 1 %}data-b{% endif %}>{{ field(form.a) }}</form>",
        '<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}"></form>',
        '<form method="post">{{ csrf() }}</form><form method="post" action="/b"></form>',
    ],
)
def test_a_form_without_a_key_is_found(words: str) -> None:
    assert len(checks.keyless_forms([Source("templates/a.html", words)])) == 1


def test_a_form_that_asks_needs_no_key() -> None:
    page = Source("templates/a.html", '<form role="search"><input name="q"></form>')
    assert checks.keyless_forms([page]) == []


def test_what_commits_by_itself_is_known(app: Flask) -> None:
    """Each of these is explained in docs/decisions/0004-form-keys.md."""
    assert {name for name, view in app.view_functions.items() if is_by_itself(view)} == {
        "signin.sign_in", "signin.code", "signin.confirm", "dynamic_codes.begin", "dynamic_codes.bind",
        "dynamic_codes.unbind", "ledgers.export", "exchange.export", "plans.autosave", "receipts.file",
        "reviews.agree_batch", "reviews.act_on_batch", "reviews.hand_in", "lapses.lapse",
        "papers.upload", "papers.finish",
    }  # fmt: skip


# Every kind of job has a handler


def test_every_kind_of_job_has_a_handler() -> None:
    product = [source for source in python_files(ROOT) if source.is_product and source.path != "core/jobs.py"]
    assert checks.jobs_without_handler(product, HANDLERS.keys(), checks.module_of) == []


@pytest.mark.parametrize(
    "words",
    [
        "jobs.enqueue('light', 1, {}, by=by)",
        "jobs.enqueue(LIGHT, 1, {}, by=by)",
        "enqueue(KINDS[kind], 1, {}, by=by)",
        "for kind in (LIGHT, DIM):\n    jobs.enqueue(kind, 1, {}, by=by)",
    ],
)
def test_a_job_without_a_handler_is_found(words: str) -> None:
    module = ModuleType("lamps")
    vars(module).update(LIGHT="light", DIM="dim", KINDS={"a": "light"})
    source = Source("budget/lamps/actions.py", words)
    line = words.count("\n") + 1
    assert checks.jobs_without_handler([source], {"dim"}, lambda _: module) == [
        f"budget/lamps/actions.py:{line} light has no handler"
    ]
    assert checks.jobs_without_handler([source], {"dim", "light"}, lambda _: module) == []


def test_a_kind_of_job_that_nobody_can_read_is_found() -> None:
    source = Source("budget/lamps/actions.py", "jobs.enqueue(kind_of(lamp), 1, {}, by=by)")
    found = checks.jobs_without_handler([source], {"light"}, lambda _: ModuleType("lamps"))
    assert found == ["budget/lamps/actions.py:1 cannot be read"]


# The migrations give the tables


@pytest.mark.usefixtures("app")
def test_migrations_equal_the_models() -> None:
    checks.every_table()
    assert checks.differing_tables() == []


@pytest.mark.usefixtures("app")
def test_a_column_without_a_migration_is_found(engine: str) -> None:
    checks.every_table()
    url = db.engine.url.render_as_string(hide_password=False)
    with migrating_engine(
        as_role(url, ROLES.migrator) if engine == "postgresql" else url, ROLES.owner
    ).begin() as owner:
        owner.execute(text("ALTER TABLE notice ADD COLUMN lamp INTEGER"))
    assert [finding for finding in checks.differing_tables() if "lamp" in finding and "remove_column" in finding]


@pytest.mark.usefixtures("app")
def test_a_table_without_a_migration_is_found() -> None:
    lamp = Table("lamp", db.metadata, Column("id", Integer, primary_key=True))
    try:
        assert [finding for finding in checks.differing_tables() if "add_table" in finding and "lamp" in finding]
    finally:
        db.metadata.remove(lamp)


# Pages are strict


def test_a_misspelt_name_in_a_page_fails_at_once(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    with app.test_request_context("/"), pytest.raises(UndefinedError):
        render_template_string("{{ plam.number }}")


def test_what_reaches_a_page_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        assert render_template_string("{{ name }}", name="<script>") == "&lt;script&gt;"
    assert app.jinja_env.autoescape is not False
