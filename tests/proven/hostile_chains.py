"""Hostile statements on chains, on what desks are asked, on turning back, on lines that leave, and on delegations.

A key is the guard's name, and after it in words which part of the guard is meant.
"""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

from typing import Final

from tests.proven.raw import Raw
from tests.proven.statements import Attack, Plot, decide, money, set_line, set_plan
from tests.proven.states_house import Filed, House
from tests.world import DIVISION

_AT: Final = "'2026-11-20 02:00:00'"
_DRAFT: Final = (
    "INSERT INTO chain (division_code, name, plan_kind, version, published_at, after_return, saved)"
    f" VALUES ('{DIVISION}', 'forged', 'monthly', 1, NULL, 'every_step', 1)"
)
_PUBLISHED: Final = "(SELECT MIN(id) FROM chain WHERE published_at IS NOT NULL)"
_FORGED: Final = "(SELECT id FROM chain WHERE name = 'forged')"
# A row in the tables of delegations, messages and usual words, whose guards need one to attack.
FILLED: Final = (
    "INSERT INTO delegation (giver_id, taker_id, starts_on, ends_on, reason, made_at, version)"
    f" SELECT MIN(id), MAX(id), '2026-11-20', '2026-11-22', 'x', {_AT}, 1 FROM person",
    "INSERT INTO webhook (name, format, url, secret, kinds, enabled, since, version)"
    f" VALUES ('x', 'wecom', 'https://example.org', '', '', TRUE, {_AT}, 1)",
    "INSERT INTO webhook_post (webhook_id, told, at, fault)"
    f" SELECT id, '{'0' * 32}', {_AT}, 'x' FROM webhook",
    f"INSERT INTO usual_list (division_code, person_id, lines, version) VALUES ('{DIVISION}', NULL, 'x', 1)",
    f"INSERT INTO reason_table (division_code, version) VALUES ('{DIVISION}', 1)",
)  # fmt: skip
VERSIONED: Final = ("delegation", "reason_table", "usual_list", "webhook")


def _for(act: str, of: Filed, by: int, behalf: int) -> str:
    """A decision that is said to be for somebody else."""
    plain = decide(act, of, by)
    return plain.replace("sha256, sm3) SELECT", "sha256, sm3, behalf_id) SELECT").replace(
        "'f', 'f' FROM", f"'f', 'f', {behalf} FROM"
    )


def _asked(of: Filed, state: str, line: int) -> str:
    """A desk is asked about one more line."""
    where = f"plan_id = '{of.plan}' AND state = '{state}' AND step_no = 1"
    return f"INSERT INTO task_line (task_id, plan_line_id) SELECT id, {line} FROM review_task WHERE {where}"


def _said(raw: Raw, h: House) -> str:
    """An opinion at an open desk on a line that it is not asked about."""
    desk = f"(SELECT id FROM review_task WHERE plan_id = '{h.review.plan}' AND state = 'open')"
    return raw.copied("opinion", f"plan_line_id = {h.approved.line}", task_id=desk, plan_line_id=str(h.draft.line))


def _unsaid(h: House, number: str) -> str:
    """The opinion that stands at the desk that waits for others is taken back, by this decision."""
    last = f"(SELECT MAX(id) FROM opinion WHERE plan_line_id = {h.shared.line})"
    return f"INSERT INTO retraction (opinion_id, plan_id, number) VALUES ({last}, '{h.shared.plan}', {number})"


def _last_of(h: House, act: str) -> str:
    return f"(SELECT MAX(number) FROM decision WHERE plan_id = '{h.shared.plan}' AND act = '{act}')"


def _undone(h: House, by: str) -> str:
    """A decision at the step at which the plan is shared."""
    plain = decide("undo", h.shared, h.people[by])
    return plain.replace(f", {h.shared.revision}, 1, 'x'", f", {h.shared.revision}, 3, 'x'")


def _step(raw: Raw, chain: str) -> str:
    return raw.copied("chain_step", f"chain_id = {_PUBLISHED} AND number = 1", chain_id=chain, number="99")


def _lent(change: str) -> str:
    return f"UPDATE delegation SET {change}, version = version + 1"


def _moved(change: str) -> Plot:
    return lambda h, _: Attack(f"UPDATE review_task SET {change} WHERE plan_id = '{h.review.plan}'")


CHAINED: Final[dict[str, Plot]] = {
    "chain_begins_as_draft": lambda *_: Attack(_DRAFT.replace("NULL", _AT)),
    "published_chain_stays": lambda *_: Attack(
        "UPDATE chain SET after_return = 'from_return' WHERE published_at IS NOT NULL"
    ),
    "published_chain_stays: nor does it become a draft": lambda *_: Attack("UPDATE chain SET published_at = NULL"),
    "published_chain_is_kept": lambda *_: Attack(
        "DELETE FROM chain WHERE name = 'forged'",
        (_DRAFT, f"UPDATE chain SET published_at = {_AT} WHERE name = 'forged'"),
    ),
    "step_joins_a_draft": lambda _, raw: Attack(_step(raw, "chain_id")),
    "step_of_a_draft_changes": lambda *_: Attack(f"UPDATE chain_step SET name = 'x' WHERE chain_id = {_PUBLISHED}"),
    "step_of_a_draft_changes: nor does it move there": lambda _, raw: Attack(
        f"UPDATE chain_step SET chain_id = {_PUBLISHED} WHERE chain_id = {_FORGED}", (_DRAFT, _step(raw, _FORGED))
    ),
    "step_leaves_a_draft": lambda *_: Attack(f"DELETE FROM chain_step WHERE chain_id = {_PUBLISHED} AND number = 1"),
    "decision_by_another: nor for whoever made the plan": lambda h, _: Attack(
        _for("agree", h.review, h.people["luo"], h.people["lin"])
    ),
    "decision_by_another: nor sent back by him": lambda h, _: Attack(decide("send_back", h.review, h.people["lin"])),
    "decision_fits_the_state: nothing is undone on an approved plan": lambda h, _: Attack(
        decide("undo", h.approved, h.people["luo"])
    ),
    "plan_moves_by_decision: an undo suspends nothing": lambda h, _: Attack(
        set_plan(h.review, "state = 'suspended'"), (decide("undo", h.review, h.people["he"]),)
    ),
    "release_is_decided: agreed to and not set aside": lambda h, _: Attack(
        money("release", h.review), (decide("agree", h.review, h.people["he"]),)
    ),
    "release_is_decided: returned while a desk is open": lambda h, _: Attack(
        money("release", h.review), (decide("return", h.review, h.people["he"]),)
    ),
    "line_content_is_frozen: it leaves when it was set aside": lambda h, _: Attack(
        set_line(h.review, f"removed_in = {h.review.revision}")
    ),
    "opinion_at_an_open_desk: on a line that it is asked about": lambda h, raw: Attack(_said(raw, h)),
    "opinion_once_at_a_time": lambda h, raw: Attack(
        raw.copied("opinion", f"id = (SELECT MAX(id) FROM opinion WHERE plan_line_id = {h.shared.line})", attempt="9")
    ),
    "retraction_is_decided": lambda h, _: Attack(_unsaid(h, _last_of(h, "agree"))),
    "retraction_is_decided: each by a decision of its own": lambda h, _: Attack(_unsaid(h, _last_of(h, "undo"))),
    "retraction_is_decided: by nobody else": lambda h, _: Attack(
        _unsaid(h, _last_of(h, "undo")), (_undone(h, "zheng"),)
    ),
    "task_line_of_an_open_desk": lambda h, _: Attack(_asked(h.approved, "done", h.draft.line)),
    "task_line_of_an_open_desk: of its own plan": lambda h, _: Attack(_asked(h.review, "open", h.draft.line)),
    "task_stays_closed: revoked by nobody": lambda h, _: Attack(
        f"UPDATE review_task SET state = 'revoked' WHERE plan_id = '{h.approved.plan}'"
    ),
    **{
        f"task_keeps_its_place: {change}": _moved(change)
        for change in ("turn = turn + 1", "role = 'auditor'", "why = '{}'", "unit_id = NULL")
    },
    "delegation_stays": lambda h, _: Attack(_lent(f"taker_id = {h.people['luo']}")),
    "delegation_stays: it grows no longer": lambda *_: Attack(_lent("ends_on = '2027-12-31'")),
    "delegation_stays: what was revoked does not come back": lambda *_: Attack(
        _lent("revoked_at = NULL"), (_lent(f"revoked_at = {_AT}"),)
    ),
}  # fmt: skip
