"""How long a page works, in the time of its own thread: what else the machine does makes it no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page


@contextmanager
def working_at_most(seconds: float, page: Page) -> Iterator[None]:
    """What is done inside, up to the next picture, takes the page no longer than that."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _worked(client)
    yield
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))")
    took = _worked(client) - before
    client.detach()
    assert took < seconds, f"{took:.3f} s"


def _worked(client: CDPSession) -> float:
    """Seconds that the page's thread has worked so far."""
    found = {one["name"]: float(one["value"]) for one in client.send("Performance.getMetrics")["metrics"]}
    return found["ThreadTime"]
