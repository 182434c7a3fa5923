"""HTML to PDF with WeasyPrint. Imported in the job process only: a render holds the interpreter for up to 175 ms."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from exports.documents.pages import STYLE

FONTS: Final = Path(__file__).resolve().parent / "fonts"


class _ClosedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Gives `data:` and our own font files; a sheet can neither call the network nor read the disk."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith("data:") or url in _font_addresses():
            return super().fetch(url, headers)
        raise ValueError(f"a sheet may not fetch {url}")


@cache
def _font_addresses() -> frozenset[str]:
    return frozenset(path.as_uri() for path in FONTS.glob("*.ttf"))


_FACES: Final = "".join(
    f'@font-face {{ font-family: "Plan Sans"; font-weight: {weight}; src: url("{(FONTS / name).as_uri()}"); }}'
    for weight, name in (("normal", "PlanSans-Regular.ttf"), ("bold", "PlanSans-Bold.ttf"))
)


@cache
def _prepared() -> tuple[FontConfiguration, CSS]:
    """Our two weights and the style of all sheets, read once for the life of the process.

    A first small page fills WeasyPrint's own caches; then all that stays is put out of collection.
    """
    configuration = FontConfiguration()
    style = CSS(string=_FACES + STYLE.read_text("utf-8"), font_config=configuration, url_fetcher=_ClosedFetcher())
    HTML(string="<p>用款计划").write_pdf(stylesheets=[style], font_config=configuration)
    gc.collect()
    gc.freeze()
    return configuration, style


@contextmanager
def _collector_paused() -> Iterator[None]:
    """One collection after a render instead of many during it: 0.8 of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect()


def render_pdf(html: str, **options: Any) -> bytes:
    """The same HTML gives the same bytes: no creation time and no random identifier go into the file."""
    configuration, style = _prepared()
    with _collector_paused():
        document = HTML(string=html, url_fetcher=_ClosedFetcher())
        pdf: bytes = document.write_pdf(stylesheets=[style], font_config=configuration, **options)
    return pdf
