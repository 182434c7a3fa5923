"""Sixteen people at once over HTTP on shared allotments: nothing overspent, lost, out of order, or an error of ours."""

from __future__ import annotations

import re
from collections import Counter

from flask import Flask

from core.db import db
from tests.proven import books, crowd, hiring, histories, judging
from tests.proven.crowd import Log
from tests.proven.servers import Site
from tests.world import World

_WHO_AND_WHEN = re.compile(r"\S+ 已于 \d\d-\d\d \d\d:\d\d \S+。|\S+（\d\d-\d\d \d\d:\d\d）")
# Words of a rule that was broken whoever else acted; anything else at 422 would be a lost race in disguise.
_RULES = (
    "可用余额",
    "不能核减",
    "选择本轮已经办理过的",
    "草稿，不能撤回",
    "没有被退回",
    "缺少",
    "不能由您审核",
    "同一人不能审核",
    "没有明细",
    "申报金额",
    "不在可用",
    "核减后的金额",
    "最多可调减",
    "已批复的用款",
    "批复已撤销",
    "已支付",
    "没有送审过",
    "已有调减",
    "的批复不能撤销",
)

# These are reached often enough only in a long day.
_SELDOM = ("return", "withdraw", "suspend", "resume", "cancel", "send_back", "undo")


def test_sixteen_people_at_once(app: Flask, world: World, site: Site, engine: str, full: bool, seed: int) -> None:
    wanted = 10_000 if full else 300
    hiring.hire_colleagues(world)
    names, purses = hiring.names(), hiring.purses(app, world, wanted)
    db.session.remove()
    ports = [site.start().port for _ in range(1 if engine == "sqlite" else 2)]
    deadlocks = _deadlocks(site.url)
    log, people = Log(wanted), hiring.gather(ports, hiring.SIXTEEN, purses, seed)
    crowd.wait_for(crowd.set_to_work(people, log), log)
    calls = log.calls
    done = histories.decisions(site.url)
    print(_figures(calls))  # noqa: T201  the figures of a run
    assert [call for call in calls if call.status >= 500] == [], site.said()
    assert judging.wrong(site, calls, names) == []
    assert _deadlocks(site.url) == deadlocks
    assert [f"{call.act} {call.status}: {call.said}" for call in calls if _is_poorly_said(call)] == []
    acts = Counter(one.act for one in done)
    for act in ("submit", "agree", "approve", *(_SELDOM if full else ())):
        assert acts[act] >= (20 if full else 3), acts


def _is_poorly_said(call: crowd.Call) -> bool:
    """A lost race without who and when, or one that answers as if a rule were broken."""
    if call.act not in {*crowd.MARKED, "undo", "submit", "withdraw", "save", "reduce", "upload"}:
        return False
    if call.status == 409:
        return not _WHO_AND_WHEN.search(call.said)
    return call.status == 422 and not any(word in call.said for word in _RULES)


def _deadlocks(url: str) -> int:
    if url.startswith("sqlite"):
        return 0
    counted = "SELECT CAST(SUM(deadlocks) AS BIGINT) FROM pg_stat_database WHERE datname = current_database()"
    return int(books.Books(url).rows(counted)[0][0] or 0)


def _figures(calls: list[crowd.Call]) -> str:
    span = max(call.end for call in calls) - min(call.start for call in calls)
    kinds = Counter(f"{call.act} {call.status}" for call in calls)
    told = "\n".join(f"  {kind}: {count}" for kind, count in sorted(kinds.items()))
    return f"{len(calls)} calls in {span:.1f} s\n{told}"
