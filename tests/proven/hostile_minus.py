"""Hostile statements on what minus lines take (reductions, adjustments), on the ledger's red rows and on payments.

A key is the guard's name, and after it in words which part of the guard is meant.
"""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

from typing import Final

from tests.proven.raw import Raw
from tests.proven.statements import (
    Attack,
    Plot,
    cancelled,
    decide,
    decide_first,
    entry,
    freeze,
    match,
    money,
    move,
    other_money,
    payment,
    set_line,
    set_plan,
    submitting,
)
from tests.proven.states_house import Filed, House

_IN_REVIEW: Final = "state = 'in_review', revision = revision + 1"


def _handing_in(h: House, *changes: str) -> tuple[str, ...]:
    """The adjustment with these changes, decided upon, but not yet under review."""
    lin = h.people["lin"]
    return (*changes, freeze(h.adjustment, lin), decide_first("submit", h.adjustment, lin))


def _amounts(of: Filed, amount: str = "applied") -> str:
    return f"UPDATE plan_line SET suggested = applied, approved = {amount} WHERE plan_id = '{of.plan}'"


def _taken_back(h: House) -> tuple[str, ...]:
    """The reduction is approved: the decision, and the amounts as they were asked for."""
    return (decide("approve", h.reduction, h.people["luo"]), _amounts(h.reduction))


def _give_back(of: Filed, less: int = 0) -> str:
    return move("reverse", -of.amount - less, of.line, of.allotment, of.revision)


def _red(raw: Raw, of: Filed, source: Filed, **other: str) -> str:
    """The red row of a plan's first line, against the row of its source."""
    values = {
        "plan_id": f"'{of.plan}'", "plan_line_id": str(of.line), "number": "(SELECT MAX(number) + 1 FROM ledger_entry)",
        "reverses_id": _row_of(source), **dict.fromkeys(("applied", "suggested", "approved"), str(of.amount)),
    }  # fmt: skip
    return raw.copied("ledger_entry", f"plan_line_id = {source.line}", **(values | other))


def _row_of(of: Filed) -> str:
    return f"(SELECT id FROM ledger_entry WHERE plan_line_id = {of.line} AND reverses_id IS NULL)"


def _too_greedy(h: House, raw: Raw) -> Attack:
    """An adjustment takes more than its source has; it is put under review and approved."""
    of, much = h.adjustment, h.source.amount + 100
    changes = (set_line(of, f"applied = {much}"), f"UPDATE plan_line SET applied = -{much} WHERE id = {of.other_line}")
    steps = (
        *_handing_in(h, *changes), set_plan(of, _IN_REVIEW), decide("approve", of, h.people["luo"], ahead=1),
        _amounts(of),
    )  # fmt: skip
    amounts = dict.fromkeys(("applied", "suggested", "approved"), str(-much))
    return Attack(_red(raw, of, h.source, plan_line_id=str(of.other_line), **amounts), steps)


def _removed(h: House) -> Attack:
    """A line was taken out of a returned plan; the approval of the rest puts money aside for it all the same."""
    of = h.returned
    steps = (
        set_line(of, f"removed_in = {of.revision}"), *submitting(h), other_money("hold", of, ahead=1),
        set_plan(of, _IN_REVIEW),
        decide("approve", of, h.people["luo"], ahead=1),
    )  # fmt: skip
    return Attack(move("hold", of.amount, of.line, of.allotment, of.revision + 1), steps)


def _uncovered(h: House) -> Attack:
    """The line that gets asks another allotment than the one from which is taken, and holds nothing there."""
    changes = (set_line(h.adjustment, f"allotment_id = {h.source.other_allotment}"),)
    return Attack(set_plan(h.adjustment, _IN_REVIEW), _handing_in(h, *changes))


def _minus_in_a_monthly_plan(h: House) -> Attack:
    of = h.returned
    minus = set_line(of, f"applied = -100, source_line_id = {h.source.line}")
    return Attack(set_plan(of, _IN_REVIEW), (minus, *submitting(h), other_money("hold", of, ahead=1)))


def _plus_in_a_reduction(h: House) -> Attack:
    of = h.adjustment
    steps = (*_handing_in(h, set_plan(of, "kind = 'reduction'")), move("hold", of.amount, of.line, of.allotment, 1))
    return Attack(set_plan(of, _IN_REVIEW), steps)


def _source_under_review(h: House) -> Attack:
    of = h.adjustment
    change = f"UPDATE plan_line SET source_line_id = {h.review.line} WHERE id = {of.other_line}"
    return Attack(set_plan(of, _IN_REVIEW), _handing_in(h, change))


def _paid(h: House) -> tuple[str, ...]:
    """A fen is paid on the approved plan, whose approval is then cancelled."""
    return (payment("forged", 1), match("forged", h.approved.line, 1), *cancelled(h))


def _cancelling(raw: Raw, h: House) -> str:
    amounts = dict.fromkeys(("applied", "suggested", "approved"), str(-h.approved.amount))
    return _red(raw, h.approved, h.approved, **amounts)


MINUS: Final[dict[str, Plot]] = {
    "hold_is_decided by the approval of a plan that is no adjustment": lambda h, _: _removed(h),
    "release_is_decided by an objection": lambda h, _: Attack(
        money("release", h.review), (decide("suspend", h.review, h.people["he"]),)
    ),
    "reverse_is_decided: a minus line without its approval": lambda h, _: Attack(
        _give_back(h.reduction), (_amounts(h.reduction),)
    ),
    "reverse_is_decided: a minus line with another amount": lambda h, _: Attack(
        _give_back(h.reduction, 1), _taken_back(h)
    ),
    "reverse_is_decided: an approval is not its own end": lambda h, _: Attack(money("reverse", h.approved, -1)),
    "decision_fits_the_state: an objection comes too late": lambda h, _: Attack(
        decide("object", h.approved, h.people["he"])
    ),
    "plan_moves_by_decision: an objection makes nothing void": lambda h, _: Attack(
        set_plan(h.review, "state = 'void'"),
        (decide("object", h.review, h.people["he"]), money("release", h.review), other_money("release", h.review)),
    ),
    "plan_holds_all_lines: what its own minus lines do not cover": lambda h, _: _uncovered(h),
    "plan_stays_entered": lambda h, _: Attack(set_plan(h.draft, "entered = TRUE")),
    "plan_stays_entered: a unit enters nothing for itself": lambda h, _: Attack(set_plan(h.draft, "kind = 'entered'")),
    "plan_lines_fit_its_kind: a minus line in a monthly plan": lambda h, _: _minus_in_a_monthly_plan(h),
    "plan_lines_fit_its_kind: a plus line in a reduction": lambda h, _: _plus_in_a_reduction(h),
    "plan_lines_fit_its_kind: from a plan under review": lambda h, _: _source_under_review(h),
    "adjustment_sums_to_zero": lambda h, _: Attack(
        set_plan(h.adjustment, _IN_REVIEW), _handing_in(h, set_line(h.adjustment, "applied = applied - 1"))
    ),
    "plan_is_in_the_ledger: a minus line without its red row": lambda h, _: Attack(
        set_plan(h.reduction, "state = 'approved'"),
        (*_taken_back(h), _give_back(h.reduction), move(
            "reverse", -h.reduction.other_amount, h.reduction.other_line, h.reduction.other_allotment, 1)),
    ),
    "line_content_is_frozen: its month": lambda h, _: Attack(set_line(h.review, "month = 11")),
    "line_content_is_frozen: its source": lambda h, _: Attack(
        set_line(h.reduction, f"source_line_id = {h.approved.line}")
    ),
    "ledger_epoch_is_current": lambda h, raw: Attack(
        entry(raw, h, 1, epoch="0", number="1"),
        (decide("approve", h.review, h.people["luo"]), _amounts(h.review)),
    ),
    "ledger_is_decided: in the month of its line": lambda h, raw: Attack(
        entry(raw, h, 1, month="11"), (decide("approve", h.review, h.people["luo"]), _amounts(h.review))
    ),
    "ledger_is_decided: a red row before its approval": lambda h, raw: Attack(
        _red(raw, h.reduction, h.source), (_amounts(h.reduction),)
    ),
    "red_row_names_its_row: of its own source": lambda h, raw: Attack(
        _red(raw, h.reduction, h.source, reverses_id=_row_of(h.approved)), _taken_back(h)
    ),
    "red_row_names_its_row: no more than is left": _too_greedy,
    "payment_match_within: not of a minus line": lambda h, _: Attack(
        match("forged", h.reduced.line, 1), (payment("forged", 1),)
    ),
    "payment_match_within: not of another allotment": lambda h, _: Attack(
        match("forged", h.approved.other_line, 1), (payment("forged", 1),)
    ),
    "payment_match_within: no more than is approved": lambda h, _: Attack(
        match("forged", h.approved.line, h.approved.amount + 1), (payment("forged", 10_000),)
    ),
    "payment_match_within: no more than a reduction has left": lambda h, _: Attack(
        match("forged", h.source.line, h.source.amount), (payment("forged", 10_000),)
    ),
    "payment_match_within: no more than is paid": lambda h, _: Attack(
        match("forged", h.approved.line, 101), (payment("forged", 1),)
    ),
    "posting_keeps_paid": lambda h, _: Attack(money("reverse", h.approved), _paid(h)),
    "ledger_entry_keeps_paid": lambda h, raw: Attack(_cancelling(raw, h), _paid(h)),
}  # fmt: skip
