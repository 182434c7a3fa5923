"""The first page of a paper drawn for the viewer, in the jail, beside the two libraries that do the work, alone.

The page is cold: every one is drawn by a new process, which sets its walls, opens the file, draws, makes the thumbnail
and finds the words. Its processor time is what the kernel has added up for the jail's ended children.
"""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from flask import Flask
from PIL import Image

from bench.figures import ROUNDS, Figure
from core.files import FileKind
from core.jail import JAIL
from core.pdfs import open_pdf
from tests.vouchers.corpus import ofds, pdfs, xmls
from tests.vouchers.corpus.facts import CORPUS
from tests.world import World
from vouchers.papers import opening
from vouchers.papers.previews import PAGE_WIDTH

PAGE_AIM: Final = 50.0
_TICK: Final = 1000 / os.sysconf("SC_CLK_TCK")
_PAGES: Final = 20


def figures(_app: Flask, _world: World) -> Iterator[Figure]:
    """An invoice as PDF, as OFD and as XML."""
    invoice = CORPUS[0]
    pdf = pdfs.invoice_pdf(invoice)
    floor = _least(lambda: _bare(pdf))
    for kind, data in (
        (FileKind.PDF, pdf),
        (FileKind.OFD, ofds.invoice_ofd(invoice)),
        (FileKind.XML, xmls.invoice_xml(invoice)),
    ):
        aim = PAGE_AIM if kind is FileKind.PDF else None
        yield Figure(f"preview page of {kind.upper()}, cold", _drawn(data, kind), "PDFium and WebP", floor, aim)


def _drawn(data: bytes, kind: FileKind) -> float:
    """Milliseconds a page: ours, and those of the processes that were made for it."""
    list(opening.pages(data, kind, 1))  # the warm process is up and has loaded its readers
    ours, theirs = time.process_time(), _children()
    for _ in range(_PAGES):
        list(opening.pages(data, kind, 1))
    return ((time.process_time() - ours) * 1000 + (_children() - theirs)) / _PAGES


def _children() -> float:
    """Milliseconds of the processes that the jail has buried, and its own for making them."""
    process = JAIL._process
    if process is None:
        raise RuntimeError("the jail is not up")
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return sum(int(field) for field in fields[11:15]) * _TICK


def _bare(pdf: bytes) -> None:
    with open_pdf(pdf) as document:
        page = document[0]
        bitmap = page.render(scale=PAGE_WIDTH / page.get_size()[0])
        drawn: Image.Image = bitmap.to_pil()
        drawn.convert("RGB").save(io.BytesIO(), "WEBP", quality=80, method=1)


def _least(work: Callable[[], None]) -> float:
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) * 1000)
    return statistics.median(spent)
