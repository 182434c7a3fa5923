"""The checks of the auditor's program, run on the house itself, and those of the stored files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import select

from approvals.proof import rows
from approvals.proof.verify import Checker, Findings, named
from core.blobs import Blob
from core.db import session
from core.stores import Files

# After so many files whoever waits is told how far it is.
_PIECE: Final = 200


def check_house(files: Files, anchors: Mapping[int, str]) -> Checker:
    """Every chain, seal, opinion and ledger row, every stored file, and the anchors from outside."""
    checker = check_rows(anchors)
    check_files(files, checker.found)
    return checker


def check_rows(anchors: Mapping[int, str]) -> Checker:
    """All that stands in the tables, and the anchors."""
    rows.stand_still()
    checker = Checker()
    checker.revisions(rows.revisions())
    checker.decisions(rows.decisions())
    checker.opinions(rows.opinions())
    checker.lines(rows.lines())
    checker.views(rows.views())
    checker.ledger(rows.ledger())
    checker.seals(rows.seals())
    checker.anchors(anchors)
    return checker


def check_files(files: Files, found: Findings, say: Callable[[int, int], object] | None = None) -> int:
    """Every file has the size and the digest under which it was stored, and every voucher that was submitted is one
    of them; gives how many there are.
    """
    stored = session().execute(select(Blob.digest, Blob.size).order_by(Blob.digest)).all()
    for done, (digest, size) in enumerate(stored):
        if say and done % _PIECE == 0:
            say(done, len(stored))
        words = files.fault(digest, size)
        if words:
            found.add("文件", digest, words)
    known = {digest for digest, _ in stored}
    for place, digest in named(rows.revisions()):
        if digest not in known:
            found.add("凭证文件", place, "送审时有，现在没有登记")
    return len(stored)
