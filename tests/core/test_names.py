"""A file's name is safe on any disk, keeps its Chinese and ends truthfully."""

from __future__ import annotations

import pytest

from core.files import FileKind, endings
from core.names import safe_name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("3月工资发放表（最终）.xlsx", "3月工资发放表（最终）.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\发票.pdf", "发票.pdf"),
        ("发票\0.pdf", "发票.pdf"),
        ("发票\u202efdp.exe", "发票fdp.exe"),
        ("发\r\n票\u2028.pdf", "发票.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("con.pdf", "_con.pdf"),
        ("LPT1", "_LPT1"),
        ("..", "未命名"),
        ("", "未命名"),
        (".htaccess", "htaccess"),
        ("发票.pdf. . ", "发票.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_a_name_is_made_safe_and_keeps_its_chinese(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    assert safe_name("a" * 300 + ".pdf") == "a" * 116 + ".pdf"
    assert safe_name("票" * 300 + ".pdf") == "票" * 78 + ".pdf"
    assert len(safe_name("a." + "b" * 300)) == 120


@pytest.mark.parametrize(
    ("given", "kind", "safe"),
    [
        ("发票.PDF", FileKind.PDF, "发票.PDF"),
        ("发票.hta", FileKind.PDF, "发票.hta.pdf"),
        ("照片.jpeg", FileKind.JPEG, "照片.jpeg"),
        ("照片", FileKind.JPEG, "照片.jpg"),
    ],
)
def test_with_its_kind_a_name_ends_truthfully(given: str, kind: FileKind, safe: str) -> None:
    assert safe_name(given, endings(kind)) == safe
