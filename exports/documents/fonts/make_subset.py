"""Make the two font files of this folder from Noto Sans SC; run by hand, see README.md.

python exports/documents/fonts/make_subset.py NotoSansSC_400Regular.ttf 通用规范汉字表.txt PlanSans-Regular.ttf
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]


def gb2312() -> set[str]:
    """The 7,445 characters of GB/T 2312—1980: 6,763 hanzi, letters, digits and marks."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return set("".join(pair.decode("gb2312", errors="ignore") for pair in pairs))


def wanted(table: Path) -> set[int]:
    """GB/T 2312, the 8,105 characters of 《通用规范汉字表》 (国发〔2013〕23号), Latin and a few marks of our forms."""
    marks = set("—…“”‘’·×÷±≤≥≠≈√°℃‰€￥¥①②③④⑤⑥⑦⑧⑨⑩㎡〇〔〕∕−\ufffd")
    latin = {chr(code) for code in range(0x20, 0x180)}
    return {ord(char) for char in gb2312() | set(table.read_text(encoding="utf-8")) | marks | latin if char >= " "}


def main(source: str, table: str, target: str) -> None:
    """Keep outlines, names and licence; drop hints, layout features and vertical metrics: sheets use none."""
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB", "GDEF", "STAT"]
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted(Path(table)))
    subsetter.subset(font)
    subset.save_font(font, target, options)


if __name__ == "__main__":
    main(*sys.argv[1:4])
