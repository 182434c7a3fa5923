"""The replay beside the tables: which plans, balances and ledger rows are not what the decisions make of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from approvals.proof import rows
from approvals.proof.replay import Purse, Replay
from core.money import Money


def differences() -> list[str]:
    """One sentence for each row that differs; empty when the tables are what was decided."""
    rows.stand_still()
    replay = Replay(rows.revisions())
    for decision in rows.decisions():
        replay.take(json.loads(decision["body"]))
    return [*_plans(replay), *_balances(replay), *_ledger(replay)]


def _plans(replay: Replay) -> Iterator[str]:
    left = dict(replay.lives)
    for row in rows.plans():
        life = left.pop(row["plan_id"], None)
        told = (life.state, life.revision) if life else ("draft", 0)
        if told != (row["state"], row["revision"]):
            kept = f"{row['state']}、第 {row['revision']} 次送审"
            yield f"计划 {row['plan']}：库中为 {kept}，按决定应为 {told[0]}、第 {told[1]} 次送审"
    yield from (f"计划 {plan_id}：有决定而没有计划" for plan_id in left)


def _balances(replay: Replay) -> Iterator[str]:
    granted: Counter[Purse] = Counter()
    for row in rows.postings():
        if row["kind"] == "grant":
            granted[(row["fiscal_year"], row["bgt_id"])] += row["amount"]
    for row in rows.allotments():
        purse = (row["fiscal_year"], row["bgt_id"])
        told = {"granted": granted[purse], "held": replay.held[purse], "posted": replay.posted[purse]}
        for name, label in (("granted", "下达"), ("held", "占用"), ("posted", "批复")):
            if row[name] != told[name]:
                stored, right = Money(row[name]), Money(told[name])
                yield f"指标 {row['bgt_id']}（{row['fiscal_year']}）：{label}库中为 {stored} 元，应为 {right} 元"


def _ledger(replay: Replay) -> Iterator[str]:
    left = Counter(replay.ledger)
    for row in rows.ledger():
        key = (row["plan_id"], row["line_no"], row["bgt_id"], row["applied"], row["approved"])
        if left[key] <= 0:
            yield f"台账第 {row['number']} 号：与决定不符，批复数 {Money(row['approved'])} 元"
        left[key] -= 1
    for key, count in left.items():
        if count > 0:
            yield f"计划 {key[0]} 第 {key[1]} 行：台账缺少批复数 {Money(key[4])} 元的一行"
