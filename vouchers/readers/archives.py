"""A zip of invoices, as tax platforms hand them out (XML, PDF and OFD of each): every file of it is read by itself."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from core.errors import Refused
from core.files import kind_of
from core.zips import check_zip
from vouchers.readers.reading import read
from vouchers.readers.rules import Reading, only

MOST_FILES: Final = 100
_LARGEST: Final = 50 * 1024**2


def read_zip(data: bytes) -> list[tuple[str, Reading]]:
    """The name and reading of each file in the zip, in its order. A damaged zip or a bomb is one sentence."""
    try:
        check_zip(data)
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            entries = [entry for entry in box.infolist() if not entry.is_dir()][:MOST_FILES]
            return [(entry.filename, _read(box, entry)) for entry in entries]
    except Refused as refusal:
        return [("", only(str(refusal)))]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return [("", only("压缩包已损坏，无法打开，请重新下载。"))]


def _read(box: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Reading:
    """The content is judged as an upload of its own would be."""
    if entry.file_size > _LARGEST:
        return only("压缩包里的这个文件过大，不作识别。")
    content = box.read(entry)
    try:
        return read(content, kind_of(content, entry.filename, _LARGEST))
    except Refused as refusal:
        return only(str(refusal))
