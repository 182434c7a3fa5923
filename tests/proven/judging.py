"""What a crowd's day is judged by: the books, the history of calls, the house's own replay and verification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from approvals.proof import comparing
from approvals.proof.checking import check_house
from core.db import db
from core.folders import LocalFiles
from tests.proven import books, histories
from tests.proven.books import Books
from tests.proven.crowd import Call
from tests.proven.servers import Site


def wrong(site: Site, calls: Sequence[Call], names: dict[str, str]) -> list[str]:
    """Everything that breaks a promise: overspent, by half, lost, twice, from nowhere, out of order, unprovable."""
    files = site.data / "files"
    return [
        *books.faults(site.url, files),
        *histories.faults(calls, histories.decisions(site.url), names, site.began),
        *lost(Books(site.url), calls, names),
        *_unproven(LocalFiles(files)),
    ]


def _unproven(files: LocalFiles) -> list[str]:
    """What `audit replay` and `audit verify` say."""
    db.session.remove()
    said = [*comparing.differences(), *check_house(files, {}).found.lines()]
    db.session.remove()
    db.engine.dispose()
    return said


def lost(stored: Books, calls: Sequence[Call], names: dict[str, str]) -> Iterator[str]:
    """Whatever but decisions was acknowledged, and left nothing."""
    there = _there(stored)
    for call in calls:
        if call.done and call.act in there and not there[call.act](call):
            yield f"lost: {call}"
    wanted = Counter(call.plan for call in calls if call.done and call.act in ("save", "reduce"))
    wanted += Counter(names[call.who] for call in calls if call.act == "export" and call.status == 200)
    traces = _traces(stored)
    for key, count in wanted.items():
        if traces[key] < count:
            yield f"lost: {count} savings or exports of {key} were acknowledged, {traces[key]} are there"


def _there(stored: Books) -> dict[str, Callable[[Call], bool]]:
    plans = {plan for (plan,) in stored.rows("SELECT id FROM plan")}
    papers = {digest for (digest,) in stored.rows("SELECT blob_digest FROM paper")}
    paid = {key.rsplit("-", 1)[0] for (key,) in stored.rows("SELECT pay_cert_id FROM payment")}
    jobs = {subject.replace("-", "") for (subject,) in stored.rows("SELECT subject FROM job")}
    made = {plan for (plan,) in stored.rows("SELECT plan_id FROM document")}
    return {
        "start": lambda call: call.plan in plans,
        "upload": lambda call: call.mark in papers,
        "print": lambda call: call.plan in jobs | made,
        "paid": lambda call: call.mark in paid,
    }


def _traces(stored: Books) -> Counter[str]:
    """Savings by plan and exports by person, as the history has them."""
    saved = stored.rows("SELECT subject_id FROM history WHERE action = 'save'")
    taken = stored.rows("SELECT actor_name FROM history WHERE action = 'export'")
    return Counter(key.replace("-", "") for (key,) in (*saved, *taken))
