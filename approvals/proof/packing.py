"""The auditor's package: every proven row as JSON lines, a manifest of digests, and the program that checks it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from approvals.proof import rows, verify
from core import clock
from core.digests import moment
from core.errors import Missing
from core.stores import Files

FORM: Final = 1
_FILES: Final[dict[str, Callable[[], Iterator[rows.Facts]]]] = {
    "revisions.jsonl": rows.revisions,
    "decisions.jsonl": rows.decisions,
    "opinions.jsonl": rows.opinions,
    "lines.jsonl": rows.lines,
    "views.jsonl": rows.views,
    "ledger.jsonl": rows.ledger,
    "postings.jsonl": rows.postings,
    "seals.jsonl": rows.seals,
}


def write_package(target: Path, division_code: str, vouchers: Files | None = None) -> str:
    """Write the package; gives the SHA-256 of its manifest, which names that of every file.

    With the store of `vouchers` it holds the bytes of each one that a submitted content names, under its digest.
    """
    rows.stand_still()
    with ZipFile(target, "w", ZIP_DEFLATED) as package:
        said = {name: _write(package, name, facts()) for name, facts in _FILES.items()}
        program = Path(verify.__file__).read_bytes()
        package.writestr("verify.py", program)
        said["verify.py"] = {"sha256": hashlib.sha256(program).hexdigest()}
        whole: dict[str, object] = {"v": FORM, "division": division_code, "at": moment(clock.now()), "files": said}
        if vouchers is not None:
            whole["vouchers"] = _write_vouchers(package, vouchers)
        manifest = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode()
        package.writestr("manifest.json", manifest)
    return hashlib.sha256(manifest).hexdigest()


def _write_vouchers(package: ZipFile, vouchers: Files) -> dict[str, int]:
    """Each voucher once, piece by piece and as it is: scans and PDFs are packed already. One that is gone stays out."""
    written = missing = 0
    for digest in dict.fromkeys(digest for _, digest in verify.named(rows.revisions())):
        try:
            pieces = vouchers.pieces(digest)
        except Missing:
            missing += 1
            continue
        written += 1
        with package.open(ZipInfo(verify.VOUCHERS + digest), "w", force_zip64=True) as file:
            file.writelines(pieces)
    return {"files": written, "missing": missing}


def _write(package: ZipFile, name: str, found: Iterator[rows.Facts]) -> dict[str, object]:
    hashed, count = hashlib.sha256(), 0
    with package.open(name, "w", force_zip64=True) as file:
        for count, facts in enumerate(found, start=1):  # noqa: B007  how many there were
            line = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode() + b"\n"
            hashed.update(line)
            file.write(line)
    return {"sha256": hashed.hexdigest(), "rows": count}
