"""The guard before zip parsers lets honest workbooks through and stops every kind of bomb."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from core import zips
from core.errors import Refused
from core.zips import check_zip
from tests.core.books import xlsx, zipped

DEMO = Path(__file__).parents[2] / "demo"


@pytest.mark.parametrize("name", ["UNITS_420303000_2026.xlsx", "BA_BGT_INFO_420303000_2026.xlsx"])
def test_the_sample_workbooks_pass(name: str) -> None:
    check_zip((DEMO / name).read_bytes())


def test_a_stored_archive_passes() -> None:
    check_zip(zipped({"a.txt": b"a" * 5_000_000}, zipfile.ZIP_STORED))


def test_a_small_entry_may_compress_well() -> None:
    check_zip(zipped({"zeros.bin": bytes(500_000)}))


def test_a_bomb_is_refused_by_its_ratio() -> None:
    with pytest.raises(Refused, match="解压后过大"):
        check_zip(zipped({"xl/worksheets/sheet1.xml": bytes(20_000_000)}))


def test_many_small_bombs_are_refused_together() -> None:
    with pytest.raises(Refused, match="解压后过大"):
        check_zip(zipped({f"{number}.xml": bytes(900_000) for number in range(30)}))


def test_too_much_declared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "LARGEST_INFLATED", 1_000)
    with pytest.raises(Refused, match="解压后过大"):
        check_zip(xlsx([["a"]]))


def test_an_entry_larger_than_it_declares_is_refused() -> None:
    data = zipped({"a.xml": bytes(range(256)) * 40})
    lying = data.replace((10_240).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != data
    with pytest.raises(Refused, match="解压后过大"):
        check_zip(lying)


def test_an_entry_smaller_than_it_declares_is_refused() -> None:
    data = zipped({"a.xml": bytes(range(256)) * 40})
    with pytest.raises(Refused, match="已损坏"):
        check_zip(data.replace((10_240).to_bytes(4, "little"), (10_300).to_bytes(4, "little")))


def test_overlapping_entries_are_refused() -> None:
    """Both entries of the directory point at the first one's bytes."""
    data = bytearray(zipped({"a.xml": b"x" * 100, "b.xml": b"x" * 100}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)
    with pytest.raises(Refused, match="互相重叠"):
        check_zip(bytes(data))


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(Refused, match="超过 10000 个"):
        check_zip(zipped({str(number): b"" for number in range(10_001)}))


def test_a_password_is_refused() -> None:
    data = bytearray(zipped({"a.xml": b"secret"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="密码"):
        check_zip(bytes(data))


def test_other_compression_is_refused() -> None:
    with pytest.raises(Refused, match="压缩方式"):
        check_zip(zipped({"a.xml": b"x" * 1000}, zipfile.ZIP_LZMA))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500, zipped({}), b"MZ" + bytes(500)])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="已损坏"):
        check_zip(data)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_refused(kept: float) -> None:
    data = xlsx([["a", "b"]])
    with pytest.raises(Refused):
        check_zip(data[: int(len(data) * kept)])
