"""What a file of the corpus must come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.files import FileKind

# What takes long to make is made when its turn comes.
Made = bytes | Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and its verdict: refused with this in the sentence, or kept as a kind with so many pages drawn.

    `drawn` is 0 for what is kept and not drawn; `undrawn` is part of the sentence of the page that cannot be drawn.
    """

    title: str
    made: Made
    refused: str = ""
    kind: FileKind | None = None
    drawn: int = 0
    undrawn: str = ""

    @property
    def data(self) -> bytes:
        """The file."""
        return self.made if isinstance(self.made, bytes) else self.made()


def refused(title: str, made: Made, sentence: str) -> Case:
    return Case(title, made, refused=sentence)


def drawn(title: str, made: Made, kind: FileKind, pages: int = 1) -> Case:
    return Case(title, made, kind=kind, drawn=pages)


def kept(title: str, made: Made, kind: FileKind, undrawn: str = "") -> Case:
    """Kept as it is and not drawn: its kind has no pages, or its first page is beyond the reader."""
    return Case(title, made, kind=kind, undrawn=undrawn)
