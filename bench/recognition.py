"""How well scans are recognised: `python -m bench.recognition [own|other] [n]` with the extra `ocr` installed.

Bills of twelve forms are printed, scanned at 200 dpi, and damaged in fifteen ways; `n` takes every n-th pair of form
and damage. The half `other` has names, values and a type that no rule was made after.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from core.files import FileKind
from tests.vouchers.corpus import scans
from tests.vouchers.corpus.forms import FORMS, STRANGERS, Form, House
from tests.vouchers.corpus.pdfs import form_pdfs
from vouchers.readers import ocr, pictures
from vouchers.readers.rules import FieldName, same

KEYS: Final = (FieldName.NUMBER, FieldName.DATE, FieldName.TOTAL, FieldName.SELLER, FieldName.BUYER)
_HALVES: Final = {
    "own": (House(), "Noto Serif CJK SC", range(3)),
    "other": (STRANGERS, "Noto Sans CJK SC", range(50, 53)),
}


def main() -> None:
    """Print one line of JSON: how many fields there were and were right, key by key, and the CPU of a page."""
    half, step = [*sys.argv[1:], "other", "1"][:2]
    right, wanted, took = Counter[str](), Counter[str](), list[float]()
    ocr.loaded()
    for form, photo in _scans(half, int(step)):
        begun = time.process_time()
        image = next(pictures.pages(photo, FileKind.JPEG))
        reading = ocr.reading_of(image, 1)
        took.append(time.process_time() - begun)
        for name in KEYS:
            if name in form.values:
                found = reading.find(name)
                wanted[name] += 1
                right[name] += found is not None and same(found.value, form.values[name])
    answer = {"right": dict(right), "wanted": dict(wanted), "pages": len(took), "seconds": sum(took) / len(took)}
    print(json.dumps(answer))


def _scans(half: str, step: int) -> Iterator[tuple[Form, bytes]]:
    """Each form with each damage, its seeds in turn."""
    house, font, seeds = _HALVES[half]
    made = [make(seed, house) for make in FORMS.values() for seed in seeds]
    drawn = form_pdfs([form.page for form in made], font)
    pairs = list(zip(made, drawn, strict=True))
    for place in range(0, len(FORMS) * len(scans.DAMAGES), step):
        form, damage = divmod(place, len(scans.DAMAGES))
        which, pdf = pairs[form * len(seeds) + (form + damage) % len(seeds)]
        yield which, scans.photograph(pdf, list(scans.DAMAGES)[damage])


if __name__ == "__main__":
    main()
