"""A walk through the rooms of one person: what axe, the eye and the keyboard find wrong on each page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.deskside import AXE, signed_in, watched_page
from tests.browser.furnishing import Furniture
from tests.browser.rooms import VISITOR, rooms_of

_RULES: Final = """axe.run({resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(r => r.violations)"""
_GRAVE: Final = ("serious", "critical")
# Boxes that scroll down and must not scroll, or cut off, sideways; a table in a .wrap may be wider than the screen.
_WIDE: Final = """[...document.querySelectorAll('html, body, main, .page, .head, .meta, .top')]
    .filter(box => box.scrollWidth > box.clientWidth + 1)
    .map(box => `${box.tagName}.${box.className} ${box.scrollWidth} > ${box.clientWidth}`)"""
# What was folded is unfolded; tells how much there was.
_OPEN: Final = """(() => { const folded = document.querySelectorAll('main details:not([open])');
    folded.forEach(one => { one.open = true }); return folded.length })()"""
# After a press of the tabulator, whatever is focused shows it, as if the keyboard had brought it there.
_UNSEEN: Final = """() => {
    const look = el => [el, el.parentElement].map(one => { const s = getComputedStyle(one);
        return [s.outlineStyle, s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor].join() }).join();
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
    const bad = [];
    for (const el of all) {
        if (el.disabled || el.type === 'hidden' || !el.getClientRects().length) continue;
        el.blur();
        const before = look(el);
        el.focus({preventScroll: true});
        if (document.activeElement !== el) continue;
        if (look(el) === before) bad.push(el.outerHTML.slice(0, 120));
    }
    return bad;
}"""


def walk(browser: Browser, house: Flask, furniture: Furniture, *people: str) -> list[str]:
    """All faults of all rooms that these people open, one line each."""
    return [fault for who in people for fault in _walk_of(browser, house, furniture, who)]


def _walk_of(browser: Browser, house: Flask, furniture: Furniture, who: str) -> Iterator[str]:
    with _entered(browser, house, who) as page:
        for endpoint, room in rooms_of(who):
            path = furniture.path(house, endpoint, room)
            answer = page.goto(path)
            assert answer, path
            assert (answer.status, answer.request.redirected_from) == (200, None), path
            yield from (f"{who} {endpoint} {room.story}: {fault}" for fault in faults_of(page))


def _entered(browser: Browser, house: Flask, who: str) -> Any:
    if who != VISITOR:
        return signed_in(browser, house, who)
    return watched_page(
        browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=house.config["SERVER_URL"]
        )
    )


def faults_of(page: Page) -> Iterator[str]:
    """What is wrong with the page as it stands there: folded, then with all unfolded."""
    page.evaluate(AXE)
    yield from _titles(page)
    yield from _wide(page)
    yield from _grave(page)
    page.keyboard.press("Tab")
    yield from (f"focus unseen: {element}" for element in page.evaluate(_UNSEEN))
    if page.evaluate(_OPEN):
        yield from _wide(page)
        yield from _grave(page)


def _wide(page: Page) -> list[str]:
    return [f"sideways: {box}" for box in page.evaluate(_WIDE)]


def _grave(page: Page) -> list[str]:
    found = [one for one in page.evaluate(_RULES) if one["impact"] in _GRAVE]
    return [f"axe {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def _titles(page: Page) -> Iterator[str]:
    if not page.title().split("·")[0].strip():
        yield "no title"
    heads = [text for text in page.locator("h1:visible").all_inner_texts() if text.strip()]
    if len(heads) != 1:
        yield f"{len(heads)} main headings: {heads}"
