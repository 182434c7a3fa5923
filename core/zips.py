"""The guard before any parser of a zip container: how big it really is, and whether it is honest about it."""

from __future__ import annotations

import re
import stat
import zlib
from io import BytesIO
from itertools import pairwise
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from core.errors import Refused

LARGEST_INFLATED: Final = 200 * 1024**2
LARGEST_RATIO: Final = 100
MOST_ENTRIES: Final = 10_000
# Small entries compress well for honest reasons (a theme, a page of zeros); a bomb is never small.
_RATIO_COUNTS_FROM: Final = 1024**2
_LOCAL_HEADER: Final = 30
_ENTRY_SIGNATURE: Final = b"PK\x01\x02"
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_PATH: Final = re.compile(r"[/\\]")
_STEP: Final = 256 * 1024
_ENCRYPTED: Final = 0x1

_DAMAGED: Final = "这个文件已损坏，无法打开，请用原来的软件重新保存后再上传。"
_TOO_LARGE: Final = "这个文件解压后过大（超过 200 MB，或者压缩比超过 100 倍），系统不予打开，请拆分后再上传。"


def check_zip(data: bytes) -> None:
    """Refuse a zip container that would inflate too far, lies about its sizes, or has overlapping entries."""
    entries = _entries_of(data)
    for entry in entries:
        _check_name(entry)
        _check_kind(entry)
    _check_declared(entries, len(data))
    _check_places(entries, data)
    for entry in entries:
        _check_inflated(entry, data)


def _entries_of(data: bytes) -> list[ZipInfo]:
    """The central directory; counted by signature first, because reading a million entries is an attack too."""
    if data.count(_ENTRY_SIGNATURE) > MOST_ENTRIES:
        raise Refused(f"这个文件里的条目超过 {MOST_ENTRIES} 个，系统不予打开。")
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OverflowError) as failure:
        raise Refused(_DAMAGED) from failure
    if not entries or len({entry.filename for entry in entries}) < len(entries):
        raise Refused(_DAMAGED)
    return entries


def _check_name(entry: ZipInfo) -> None:
    """We unpack nothing to a disk, but whoever gets the file might: no way out of the folder, no link."""
    name = entry.orig_filename
    leads_out = ".." in _PATH.split(name) or name.startswith(("/", "\\")) or name[1:2] == ":"
    if leads_out or "\0" in name or stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("这个文件里有条目的名称指向文件夹之外，系统不予打开。请用原来的软件重新保存后再上传。")


def _check_kind(entry: ZipInfo) -> None:
    """Only plain and deflated entries: the other methods can inflate a million times."""
    if entry.flag_bits & _ENCRYPTED:
        raise Refused("这个文件有密码保护，请去掉密码后再上传。")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Refused("这个文件用了不支持的压缩方式，请用 Excel 或 WPS 重新保存后再上传。")


def _check_declared(entries: list[ZipInfo], packed: int) -> None:
    """What the directory says of itself, before anything is inflated."""
    inflated = sum(entry.file_size for entry in entries)
    if inflated > LARGEST_INFLATED or _is_bomb(inflated, packed):
        raise Refused(_TOO_LARGE)
    if any(_is_bomb(entry.file_size, entry.compress_size) for entry in entries):
        raise Refused(_TOO_LARGE)


def _is_bomb(inflated: int, packed: int) -> bool:
    return inflated > _RATIO_COUNTS_FROM and inflated > packed * LARGEST_RATIO


def _check_places(entries: list[ZipInfo], data: bytes) -> None:
    """Entries stand one after the other; overlapping ones share one kernel and inflate it many times."""
    places = sorted((entry.header_offset, _end_of(entry, data)) for entry in entries)
    overlapping = any(end > start for (_, end), (start, _) in pairwise(places))
    if overlapping or places[-1][1] > len(data):
        raise Refused("这个文件的内部结构互相重叠，系统不予打开。请用 Excel 或 WPS 重新保存后再上传。")


def _end_of(entry: ZipInfo, data: bytes) -> int:
    return _start_of(entry, data) + entry.compress_size


def _start_of(entry: ZipInfo, data: bytes) -> int:
    """Where the entry's bytes begin, after its own local header."""
    at = entry.header_offset
    header = data[at : at + _LOCAL_HEADER] if at >= 0 else b""
    if len(header) < _LOCAL_HEADER or not header.startswith(_LOCAL_SIGNATURE):
        raise Refused(_DAMAGED)
    return at + _LOCAL_HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")


def _check_inflated(entry: ZipInfo, data: bytes) -> None:
    """Inflate in small steps and stop as soon as there is more than was declared.

    `zipfile` cannot do this: it stops at the declared size and never sees the rest.
    """
    start = _start_of(entry, data)
    packed = memoryview(data)[start : start + entry.compress_size]
    real = len(packed) if entry.compress_type == ZIP_STORED else _inflated_size(packed, entry.file_size)
    if real > entry.file_size:
        raise Refused(_TOO_LARGE)
    if real < entry.file_size:
        raise Refused(_DAMAGED)


def _inflated_size(packed: memoryview, limit: int) -> int:
    """The real size, or any number over the limit once it is passed."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    pending: bytes | memoryview = packed
    try:
        while pending and not inflater.eof and size <= limit:
            size += len(inflater.decompress(pending, _STEP))
            pending = inflater.unconsumed_tail
    except zlib.error as failure:
        raise Refused(_DAMAGED) from failure
    return size


def ends_as_zip(data: bytes) -> bool:
    """Whether an unzipper would accept the file: an end record whose comment reaches exactly to the end."""
    at = data.rfind(b"PK\x05\x06", -(22 + 65_535))
    return at >= 0 and len(data) - at - 22 == int.from_bytes(data[at + 20 : at + 22], "little")
