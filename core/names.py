"""Names of files that people hand in: safe on any disk, with their Chinese kept; and how such a file is refused."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import Final, NoReturn

from core.errors import Refused

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.I)
PROGRAM: Final = re.compile(rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|L\0\0\0\x01\x14\x02")
_RUNS: Final = re.compile(
    r"\.(exe|dll|scr|com|pif|bat|cmd|ps1|vb[se]|jse?|ws[fh]|hta|lnk|msi|jar|reg|cpl|chm|sh|url|scf|iso|img|xls[mb]|do[ct]m|pptm)",
    re.I,
)
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


def refuse(name: str, sentence: str) -> NoReturn:
    """Turn the file of this name down."""
    raise Refused(f"“{name}”{sentence}")


def refuse_password(name: str) -> NoReturn:
    """Turn down what nobody but its author can open."""
    refuse(name, "设有打开密码，请先取消密码（打开后另存或打印为不带密码的文件）再上传。")


def is_program(name: str, head: bytes) -> bool:
    """Whether a file that begins so, or is called so, would run when somebody opens it."""
    return bool(PROGRAM.match(head) or _RUNS.fullmatch(PurePath(name.rstrip(". \0")).suffix))


def _short(name: str) -> str:
    """Cut in the middle, so that the ending stays."""
    ending = PurePath(name).suffix
    if len(ending) > 10:
        ending = ""
    stem = name.removesuffix(ending)[: _NAME_CHARS - len(ending)]
    while len((stem + ending).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". ") + ending
