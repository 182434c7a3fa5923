"""How many papers photographed again are found, how often another of the same seller is taken for one, and the CPU.

Each paper of three sellers is photographed once. The photograph is looked for among all pages, as the job does it; then
its own original is taken away, and whatever is still found is a false alarm. Clean pages are asked for the same way.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from tests.vouchers.corpus import pdfs, sellers
from tests.vouchers.corpus.telephones import photographed
from vouchers.likeness.aligning import Page
from vouchers.likeness.comparing import CANDIDATES, FEWEST_PIECES, MOST_GONE, Likeness, closest, compare
from vouchers.likeness.marks import BYTES, marks, nearest
from vouchers.likeness.pictures import grey, opened

HEADER: Final = (
    "| papers of one seller | photographed | among the candidates | found | false alarms | "
    "apart: found 50 / 90 / 95 % | apart: others least / 1 % / 5 % |\n|---|---:|---:|---:|---:|---|---|"
)
_COUNT: Final = int(os.environ.get("LIKENESS_PAPERS", "90"))
_MANY: Final = 100_000
T = TypeVar("T")
_seconds: Final[dict[str, list[float]]] = {}


@dataclass(frozen=True)
class _Outcome:
    """One page asked for: whether its original was among the candidates, how it compared, how the nearest other did."""

    candidate: bool
    own: Likeness | None
    others: Sequence[Likeness]


def rows() -> Iterator[str]:
    """A row for each seller, then the costs."""
    families = _families()
    known = [page for pages in families.values() for page in pages]
    stored = np.frombuffer(b"".join(_timed("mark", marks, page, {})[1][:BYTES] for page in known), np.uint64)
    stored = stored.reshape(len(known), -1)
    place = 0
    for name, pages in families.items():
        outcomes = []
        for page in pages:
            outcomes.append(_asked(photographed(page, place), place, known, stored, own=True))
            outcomes.append(_asked(page, place, known, stored, own=False))
            place += 1
        yield _row(name, outcomes)
    yield from _costs(stored)


def _families() -> dict[str, list[bytes]]:
    digital, older = (sellers.invoices(_COUNT, seed, digital=new) for seed, new in ((1, True), (2, False)))
    return {
        "数电票": list(sellers.drawn(pdfs.invoice_pdf(*digital))),
        "增值税发票": list(sellers.drawn(pdfs.invoice_pdf(*older))),
        "收据（无二维码）": list(sellers.drawn(sellers.receipts(_COUNT, 3))),
    }


def _asked(page: bytes, place: int, known: Sequence[bytes], stored: npt.NDArray[np.uint64], *, own: bool) -> _Outcome:
    """Look for a page of which `place` is the original (or itself, which is left out then)."""
    near = [row for row, _ in nearest(_timed("mark", marks, page, {})[1], stored, CANDIDATES + 1)]
    mine = Page(grey(opened(page)))
    others = [row for row in near if row != place][:CANDIDATES]
    close = _timed("choose twenty of the candidates", closest, mine, [known[row] for row in others])
    told = [_timed("compare closely", compare, mine, one) for _, one in close]
    if not own:
        return _Outcome(False, None, told)
    with_own = closest(mine, [known[row] for row in near])
    there = any(near[row] == place for row, _ in with_own)
    return _Outcome(there, compare(mine, Page(grey(opened(known[place])))), told)


def _row(name: str, outcomes: Sequence[_Outcome]) -> str:
    photos = [one for one in outcomes if one.own is not None]
    found = [one for one in photos if one.candidate and one.own is not None and one.own.same]
    alarms = [one for one in outcomes if any(other.same for other in one.others)]
    own = _quantiles((_apart(one.own) for one in photos if one.own is not None), (0.5, 0.9, 0.95))
    others = _quantiles((min(map(_apart, one.others), default=2.0) for one in outcomes), (0, 0.01, 0.05))
    among = sum(one.candidate for one in photos)
    return (
        f"| {name} | {len(photos)} | {among / len(photos):.1%} | {len(found) / len(photos):.1%} | "
        f"{len(alarms)} of {len(outcomes)} | {own} | {others} |"
    )


def _apart(one: Likeness) -> float:
    return one.apart if one.pieces >= FEWEST_PIECES and one.gone <= MOST_GONE else 2.0


def _quantiles(values: Iterator[float], at: Sequence[float]) -> str:
    return " / ".join(f"{value:.3f}" for value in np.quantile(list(values), at))


def _costs(stored: npt.NDArray[np.uint64]) -> Iterator[str]:
    """CPU of each part of one page's search, and of looking through very many marks."""
    many = np.resize(stored, (_MANY, stored.shape[1]))
    asked = np.concatenate([stored[0]] * 4).tobytes()
    for _ in range(5):
        _timed(f"look through {_MANY:,} marks", nearest, asked, many, CANDIDATES)
    yield ""
    for name, seconds in _seconds.items():
        yield f"- {name}: {1000 * float(np.median(seconds)):.1f} ms CPU (median of {len(seconds)})"


def _timed(name: str, what: Callable[..., T], *given: object) -> T:
    before = time.process_time()
    answer = what(*given)
    _seconds.setdefault(name, []).append(time.process_time() - before)
    return answer
