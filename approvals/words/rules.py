"""How usual opinions and reason codes are written, and what they are before anybody has changed them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.differences import Record
from core.errors import Refused

MOST_USUAL: Final = 20
LONGEST_USUAL: Final = 100
MOST_REASONS: Final = 60
LONGEST_WORDS: Final = 60
# The first so many opinions answer to the number keys of the keyboard.
KEYS: Final = 9
_CODE: Final = re.compile(r"[A-Z0-9]{1,8}")


class FormField(StrEnum):
    """The place of the entry page that a reason points at."""

    ALLOTMENT = "allotment"
    APPLIED = "applied"
    PURPOSE = "purpose"
    PAY_DATE = "pay_date"
    PAYEE = "payee"
    PAPERS = "papers"
    MONTH = "month"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The column as the entry page calls it."""
        return _COLUMNS[self]


_COLUMNS: Final = {
    FormField.ALLOTMENT: "预算指标",
    FormField.APPLIED: "本月申报",
    FormField.PURPOSE: "用途",
    FormField.PAY_DATE: "拟支付日",
    FormField.PAYEE: "收款人",
    FormField.PAPERS: "凭证",
    FormField.MONTH: "月份",
    FormField.OTHER: "整行",
}


@dataclass(frozen=True)
class Usual:
    """常用意见 as a desk offers it. `key` is the number key that says it, empty from the tenth on."""

    text: str
    own: bool
    key: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Reason:
    """原因代码: what is said with it, and which field of the form it points at. One no longer in use is kept."""

    code: str
    words: str
    field: FormField
    in_use: bool = True

    @property
    def field_label(self) -> str:
        """The column that it points at, as the entry page calls it."""
        return self.field.label

    def record(self, number: int) -> Record:
        """The reason as a comparison shows it."""
        state = "使用" if self.in_use else "停用"
        return {"代码": self.code, "原因": self.words, "指向": self.field.label, "状态": state, "顺序": str(number)}


@dataclass(frozen=True)
class TypedReason:
    """One row of the table of reasons as it was typed."""

    code: str
    words: str
    field: str
    in_use: bool

    @property
    def is_empty(self) -> bool:
        """Whether the row was left blank."""
        return not (self.code.strip() or self.words.strip())


# What a bureau starts with, until somebody saves another table.
DEFAULT_USUAL: Final = ("同意", "同意，按核定数下达", "同意，请加快执行进度", "附件不全，请补齐后再报")
DEFAULT_REASONS: Final = (
    Reason("FJ01", "缺合同或协议，请补充", FormField.PAPERS),
    Reason("FJ02", "缺发票或收据，请补充", FormField.PAPERS),
    Reason("FJ03", "附件不清晰或与本行无关，请更换", FormField.PAPERS),
    Reason("YT01", "用途不具体，请写明支付内容", FormField.PURPOSE),
    Reason("ZB01", "指标与用途不符，请改选指标", FormField.ALLOTMENT),
    Reason("JE01", "金额与合同、发票不一致，请核对", FormField.APPLIED),
    Reason("JE02", "超出序时进度，按进度安排", FormField.APPLIED),
    Reason("JE03", "按本月库款情况安排", FormField.APPLIED),
    Reason("SK01", "收款人与合同、发票不一致，请核对", FormField.PAYEE),
    Reason("RQ01", "拟支付日不符合合同约定", FormField.PAY_DATE),
    Reason("YF01", "本月不具备支付条件，请改到以后月份", FormField.MONTH),
    Reason("QT01", "其他", FormField.OTHER),
)


def read_usual(text: str) -> tuple[str, ...]:
    """The opinions as they are typed, one a line, the first first. Raises `Refused` with every fault."""
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    faults = [f"第 {number} 条超过 {LONGEST_USUAL} 字，请精简。" for number in _too_long(lines)]
    faults += [f"“{line}”写了两次，请只保留一条。" for line in dict.fromkeys(lines) if lines.count(line) > 1]
    if len(lines) > MOST_USUAL:
        faults.append(f"常用意见最多 {MOST_USUAL} 条，现在有 {len(lines)} 条，请删去不常用的。")
    if faults:
        raise Refused(*faults)
    return lines


def _too_long(lines: Sequence[str]) -> Iterator[int]:
    return (number for number, line in enumerate(lines, 1) if len(line) > LONGEST_USUAL)


def usual_record(lines: Iterable[str]) -> Record:
    """A list of opinions as a comparison shows it."""
    return {f"第 {number} 条": line for number, line in enumerate(lines, 1)}


def offered(own: Iterable[str], bureau: Iterable[str]) -> list[Usual]:
    """One's own opinions first, then the bureau's that are not among them; the first nine have a number key."""
    texts = dict.fromkeys(own, True)
    for text in bureau:
        texts.setdefault(text, False)
    return [
        Usual(text, is_own, str(number) if number <= KEYS else "")
        for number, (text, is_own) in enumerate(texts.items(), 1)
    ]


def read_reasons(rows: Iterable[TypedReason]) -> tuple[Reason, ...]:
    """The table as it is typed, blank rows left out. Raises `Refused` with every fault."""
    reasons: list[Reason] = []
    faults: list[str] = []
    for number, row in enumerate(rows, 1):
        if row.is_empty:
            continue
        found = [f"第 {number} 行：{fault}" for fault in _faults(row)]
        faults += found
        if not found:
            reasons.append(Reason(row.code.strip().upper(), row.words.strip(), FormField(row.field), row.in_use))
    codes = [reason.code for reason in reasons]
    faults += [f"代码“{code}”写了两次，请改用另一个代码。" for code in dict.fromkeys(codes) if codes.count(code) > 1]
    if len(reasons) > MOST_REASONS:
        faults.append(f"原因代码最多 {MOST_REASONS} 个，请停用后合并相近的原因。")
    if not faults and not any(reason.in_use for reason in reasons):
        faults.append("至少要有一个使用中的原因代码。")
    if faults:
        raise Refused(*faults)
    return tuple(reasons)


def _faults(row: TypedReason) -> Iterator[str]:
    if not _CODE.fullmatch(row.code.strip().upper()):
        yield "代码请写 1 至 8 位字母或数字，如 FJ01。"
    if not row.words.strip():
        yield "请写明原因。"
    if len(row.words.strip()) > LONGEST_WORDS:
        yield f"原因超过 {LONGEST_WORDS} 字，请精简。"
    if row.field not in set(FormField):
        yield "请选择原因指向的栏目。"


def kept(stored: Iterable[Reason], typed: Sequence[Reason]) -> tuple[Reason, ...]:
    """What is stored afterwards: a code that is no longer in the table stays, out of use, for what was said with it."""
    names = {reason.code for reason in typed}
    gone = [Reason(one.code, one.words, one.field, in_use=False) for one in stored if one.code not in names]
    return (*typed, *gone)
