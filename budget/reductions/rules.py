"""How much of an approved line may be taken back (domain 1.4: the amount is at most the unused plan)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from budget.plans.rules import MOST_LINES
from core.errors import Refused
from core.money import ZERO, Money


@dataclass(frozen=True)
class Reducible:
    """An approved line: what of it is still approved, paid, and asked back by other plans under review."""

    line_id: int
    plan_number: str
    position: int
    month: int
    allotment_id: int
    label: str
    purpose: str
    payee: str
    approved: Money
    paid: Money
    pending: Money = ZERO

    @property
    def left(self) -> Money:
        """What may be taken back now."""
        return self.approved - self.paid - self.pending

    @property
    def place(self) -> str:
        """YK-202612-0007 第 2 行."""
        return f"{self.plan_number} 第 {self.position} 行"


@dataclass(frozen=True)
class Taking:
    """What is to be taken from one approved line, as it was typed; no words stand for the line's own purpose."""

    source_line_id: int
    amount: Money
    purpose: str = ""


class MinusLine(Protocol):
    """A minus line as these rules need it."""

    @property
    def position(self) -> int: ...
    @property
    def applied(self) -> Money | None: ...
    @property
    def source_line_id(self) -> int | None: ...
    @property
    def purpose(self) -> str: ...
    @property
    def returned(self) -> bool: ...


def taking_of(line: MinusLine, source: Reducible | None) -> Taking:
    """A stored minus line as it was typed: the purpose of its source was not."""
    words = "" if source is not None and line.purpose == source.purpose else line.purpose
    return Taking(line.source_line_id or 0, -(line.applied or ZERO), words)


def check_takings(takings: Sequence[Taking], sources: Mapping[int, Reducible]) -> None:
    """Each taking names another approved line of the unit, and an amount. Raises `Refused` with every fault."""
    if len(takings) > MOST_LINES:
        raise Refused(f"一份计划最多 {MOST_LINES} 行，请分成几份填报。")
    if len({taking.source_line_id for taking in takings}) < len(takings):
        raise Refused("同一已批复的行只能调减一次，请合并金额。")
    sentences = []
    for taking in takings:
        source = sources.get(taking.source_line_id)
        if source is None:
            sentences.append("有一行不是本单位本年度已批复的用款，请刷新页面后重新选择。")
        elif taking.amount <= ZERO:
            sentences.append(f"{source.place}：调减金额须大于 0；不调减请留空。")
    if sentences:
        raise Refused(*dict.fromkeys(sentences))


# Of every plan that 年终注销 makes.
LAPSE_REASON: Final = "年终注销：年度终了，没有支付的用款计划额度退回指标"


def check_lapse_day(year: int, today: date) -> None:
    """The year's unpaid rest is taken back at its end (domain 1.3). Raises `Refused`."""
    if today < date(year, 12, 1):
        raise Refused(f"{year} 年的年终注销从 12 月 1 日起办理；此前不再支付的用款请由单位报调减计划。")


def lapsing(sources: Iterable[Reducible], drafted: Mapping[int, Money]) -> list[Taking]:
    """All that is left of each line; `drafted` is already asked back in plans that finance has not submitted yet."""
    rests = ((one.line_id, one.left - drafted.get(one.line_id, ZERO)) for one in sources)
    return [Taking(line_id, rest) for line_id, rest in rests if rest > ZERO]


def check_only_returned(kept: Iterable[tuple[MinusLine, Taking]], takings: Sequence[Taking]) -> None:
    """In a returned plan only the returned minus lines may change or go, and none may be added. Raises `Refused`.

    `kept` are the stored lines, each as it was typed.
    """
    typed = {taking.source_line_id: taking for taking in takings}
    sentences = []
    for line, stored in kept:
        taking = typed.pop(stored.source_line_id, None)
        if not line.returned and taking != stored:
            sentences.append(f"第 {line.position} 行没有被退回，不能修改；只能修改被退回的行。")
    if typed:
        sentences.append("被退回的计划不能增加调减的行；请另报一份调减计划。")
    if sentences:
        raise Refused(*sentences)


def differences(
    stored: Iterable[Taking], typed: Iterable[Taking], reasons: tuple[str, str], sources: Mapping[int, Reducible]
) -> list[str]:
    """What differs between the stored takings and those typed, line by line."""
    old = {taking.source_line_id: taking for taking in stored}
    new = {taking.source_line_id: taking for taking in typed}
    said = [] if reasons[0] == reasons[1] else [f"原因：已保存“{reasons[0]}”，您填写“{reasons[1]}”。"]
    for line_id in sorted({*old, *new}):
        nothing = Taking(line_id, ZERO)
        before, after = old.get(line_id, nothing), new.get(line_id, nothing)
        place = sources[line_id].place if line_id in sources else "已不能调减的一行"
        if before.amount != after.amount:
            said.append(f"{place}：已保存调减 {before.amount} 元，您填写 {after.amount} 元。")
        elif before.purpose != after.purpose:
            said.append(f"{place}：已保存的调减说明“{before.purpose or '空'}”，您填写“{after.purpose or '空'}”。")
    return said


def check_covered(lines: Iterable[MinusLine], sources: Mapping[int, Reducible]) -> None:
    """No minus line takes more than its source has unpaid. Raises `Refused` naming every line that does."""
    sentences = [
        sentence
        for line in lines
        if line.source_line_id is not None
        for sentence in _faults(line, sources.get(line.source_line_id))
    ]
    if sentences:
        raise Refused(*sentences)


def _faults(line: MinusLine, source: Reducible | None) -> Iterable[str]:
    at, taken = f"第 {line.position} 行", -(line.applied or ZERO)
    if source is None:
        yield f"{at}：原计划的批复已撤销或不存在，不能调减；请去掉这一行。"
    elif taken <= ZERO:
        yield f"{at}：调减金额须大于 0。"
    elif taken > source.left:
        rest = f"另有在审的调减 {source.pending} 元，" if source.pending else ""
        yield (
            f"{at}：{source.place} 批复 {source.approved} 元，已支付 {source.paid} 元，{rest}"
            f"最多可调减 {max(source.left, ZERO)} 元，现填 {taken} 元。"
        )
