"""Names of files that people hand in: safe on any disk, with their Chinese kept."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import Final

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.I)
_NAME_CHARS: Final = 120
_NAME_BYTES: Final = 240  # Linux file systems hold 255 bytes, which is only 85 Chinese characters.


def safe_name(filename: str, endings: tuple[str, ...] = ()) -> str:
    """The name without folders, controls and what disks reserve; it ends in one of `endings` when they are given.

    The ending matters: a PDF that is also a script is harmless as .pdf and runs as .hta.
    """
    last = re.split(r"[/\\]", filename.replace("\0", ""))[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    plain = re.sub(r'[<>:"|?*]', "_", unicodedata.normalize("NFC", shown)).strip(". ") or "未命名"
    if _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    if endings and PurePath(plain).suffix.lower() not in endings:
        plain += endings[0]
    return _short(plain)


def _short(name: str) -> str:
    """Cut in the middle, so that the ending stays."""
    ending = PurePath(name).suffix
    if len(ending) > 10:
        ending = ""
    stem = name.removesuffix(ending)[: _NAME_CHARS - len(ending)]
    while len((stem + ending).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". ") + ending
