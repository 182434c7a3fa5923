"""Money as whole fen: strict reading, exact arithmetic, display in yuan and in Chinese capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering
from typing import Final

from core.errors import Refused

LARGEST_FEN: Final = 10**14
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")
# How many decimals of each unit make whole fen; digits are moved as text, so nothing can round.
_DECIMALS: Final = {"元": 2, "万元": 6}
_GRAMMAR: Final = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")
_BRACKETED: Final = re.compile(r"\((.+)\)")


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in fen (1 yuan = 100 fen). Never built from a float."""

    fen: int

    @classmethod
    def parse(cls, text: str, unit: str = "元") -> Money:
        """Read an amount as people type it: full-width digits, ￥, thousands separators, (12) for −12.

        `unit` is 元 or 万元 and must be declared by the caller; it is never guessed from the number.
        Raises `Refused` when the text is no amount, has more than two decimals in yuan, or is too large.
        """
        plain = _plain(text)
        match = _GRAMMAR.fullmatch(plain)
        if match is None:
            raise Refused(f"“{text.strip()}”不是有效的金额，请填写数字，例如 1234.50。")
        sign, whole, fraction = match.groups()
        decimals = _DECIMALS[unit]
        kept = (fraction or "").rstrip("0").ljust(decimals, "0")
        if len(kept) > decimals:
            raise Refused(f"金额“{text.strip()}”超过两位小数，请精确到分。")
        fen = int(f"{sign}{whole.replace(',', '')}{kept}")
        if abs(fen) > LARGEST_FEN:
            raise Refused(f"金额“{text.strip()}”过大，请检查单位是否为元。")
        return cls(fen)

    @classmethod
    def yuan(cls, amount: int | str | Decimal) -> Money:
        """The same amount from a literal in yuan; for code and tests, not for user input."""
        fen = Decimal(amount) * 100
        if fen != fen.to_integral_value():
            raise ValueError(f"{amount} is not a whole number of fen")
        return cls(int(fen))

    @classmethod
    def total(cls, amounts: Iterable[Money]) -> Money:
        """The exact sum; zero for nothing."""
        return cls(sum(amount.fen for amount in amounts))

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __lt__(self, other: Money) -> bool:
        return self.fen < other.fen

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        """Yuan with thousands separators and two decimals: 1,234,567.80."""
        sign = "-" if self.fen < 0 else ""
        whole, part = divmod(abs(self.fen), 100)
        return f"{sign}{whole:,}.{part:02d}"

    @property
    def plain(self) -> str:
        """Yuan without separators, for files and form fields: 1234567.80."""
        return str(self).replace(",", "")

    @property
    def decimal(self) -> Decimal:
        """Yuan as an exact decimal with two places, for workbooks."""
        return Decimal(self.fen).scaleb(-2)

    def share(self, parts: int) -> Money:
        """An even share rounded down to the fen, as suggested for 基本支出 by month."""
        return Money(self.fen // parts)

    def percent_of(self, whole: Money) -> int:
        """This amount as a whole percentage of another, rounded down; 0 when the other is zero."""
        return self.fen * 100 // whole.fen if whole.fen else 0

    @property
    def capitals(self) -> str:
        """大写 after 《支付结算办法》 and 《正确填写票据和结算凭证的基本规定》: 壹佰元零伍分."""
        if self.fen == 0:
            return "零元整"
        yuan, rest = divmod(abs(self.fen), 100)
        sign = "负" if self.fen < 0 else ""
        return sign + (_whole_capitals(yuan) + "元" if yuan else "") + _part_capitals(yuan, rest)


ZERO: Final = Money(0)


def _plain(text: str) -> str:
    """Half-width, without blanks, ￥ and a trailing 元; brackets become a minus sign."""
    half = unicodedata.normalize("NFKC", text).replace("，", ",").replace("。", ".").replace("−", "-")
    bare = re.sub(r"\s|[¥￥]", "", half).removesuffix("元")
    bracketed = _BRACKETED.fullmatch(bare)
    return f"-{bracketed[1]}" if bracketed else bare


def _part_capitals(yuan: int, rest: int) -> str:
    """The jiao and fen; 整 ends an amount without fen, 零 fills a missing jiao after whole yuan."""
    jiao, fen = divmod(rest, 10)
    if not rest:
        return "整"
    head = f"{_DIGITS[jiao]}角" if jiao else ("零" if yuan else "")
    return head + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole_capitals(yuan: int) -> str:
    """Whole yuan in groups of four digits, zeros between groups said once."""
    groups: list[int] = []
    while yuan:
        yuan, group = divmod(yuan, 10_000)
        groups.append(group)
    said = ""
    gap = False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group:
            said += ("零" if said and (gap or group < 1_000) else "") + _group_capitals(group) + _GROUPS[place]
        gap = not group
    return said


def _group_capitals(group: int) -> str:
    """One to four digits: 1,005 is 壹仟零伍."""
    said = ""
    gap = False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            said += ("零" if said and gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return said
