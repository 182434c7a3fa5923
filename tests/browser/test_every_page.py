"""Every page of the house: axe finds no grave fault, nothing scrolls sideways, a title and a heading, focus shows.

The pages come from the application's own map of routes, so that a new one without a place in `rooms.py` is found.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.deskside import serving
from tests.browser.furnishing import Furniture, furnish
from tests.browser.rooms import NO_PAGES, PAGES, VISITOR, endpoints
from tests.browser.walking import faults_of, walk
from tests.conftest import Prepared
from tests.world import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(sqlite_prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with serving(sqlite_prepared, tmp_path_factory.mktemp("rooms")) as app:
        yield app


@pytest.fixture(scope="module")
def furniture(sqlite_prepared: Prepared, house: Flask) -> Furniture:
    return furnish(sqlite_prepared.world)


def test_every_page_has_its_place_in_the_walk(house: Flask) -> None:
    assert {*PAGES, *NO_PAGES} == endpoints(house)
    assert not PAGES.keys() & NO_PAGES.keys()


@pytest.mark.parametrize("who", [VISITOR, "lin", "shen", "qin", "fang", "luo", "shi", "xi", "an"])
def test_nobody_is_kept_out(browser: Browser, house: Flask, furniture: Furniture, who: str) -> None:
    found = walk(browser, house, furniture, who)
    assert not found, "\n".join(found)


@pytest.fixture
def page(browser: Browser, house: Flask) -> Iterator[Page]:
    """A page of nobody."""
    opened = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=house.config["SERVER_URL"])
    yield opened
    opened.close()


@pytest.mark.usefixtures("furniture")
def test_a_refusal_keeps_nobody_out_either(page: Page) -> None:
    page.request.post("/sign-in", form={"username": "lin", "password": PASSWORD}, max_redirects=0)
    for path, status in (("/nothing", 404), ("/people", 403)):
        answer = page.goto(path)
        assert answer is not None
        assert (answer.status, list(faults_of(page))) == (status, [])


# The walk itself is shown what it is there to find.


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h1>台账</h1><p style='color:#bbb'>很浅的字</p>", "axe color-contrast: <p"),
        ("<h1>台账</h1><input>", "axe label: <input"),
        (
            "<h1>台账</h1><details><summary>更多</summary><p style='color:#bbb'>很浅的字</p></details>",
            "axe color-contrast",
        ),
        ("<h1>台账</h1><p style='width:2000px'>很宽</p>", "sideways: HTML"),
        ("<h1>台账</h1><a href='#' style='outline:none'>看不见的焦点</a>", "focus unseen: <a"),
        ("<h2>没有主标题</h2>", "0 main headings"),
    ],
)
def test_a_page_that_keeps_somebody_out_is_found(page: Page, body: str, said: str) -> None:
    page.set_content(f"<html lang=zh><title>台账 · 用款</title><main>{body}</main></html>")
    assert any(fault.startswith(said) for fault in faults_of(page))


def test_a_page_as_it_should_be_passes(page: Page) -> None:
    page.set_content("<html lang=zh><title>台账 · 用款</title><main><h1>台账</h1><a href='#'>看</a></main></html>")
    assert list(faults_of(page)) == []
    page.set_content("<html lang=zh><title> · 用款</title><main><h1>台账</h1></main></html>")
    assert list(faults_of(page)) == ["no title"]
