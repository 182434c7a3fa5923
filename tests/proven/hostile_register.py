"""Hostile statements on the register: papers and what lines draw on them."""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

from typing import Final

from tests.proven.statements import Attack, Plot, move, other_money, set_plan, submitting
from tests.proven.states_house import Filed, House

_STRANGER: Final = "00000000000000000000000000000027"


def said(paper: str, what: str) -> str:
    return f"UPDATE paper SET {what}, version = version + 1 WHERE id = '{paper}'"


def drawn(paper: str, line: int, fen: str = "NULL") -> str:
    return f"INSERT INTO draw (paper_id, plan_line_id, amount) VALUES ('{paper}', {line}, {fen})"


def redrawn(paper: str, line: int, what: str) -> str:
    return f"UPDATE draw SET {what} WHERE paper_id = '{paper}' AND plan_line_id = {line}"


def repeating(paper: str, earlier: str) -> str:
    return f"UPDATE paper SET repeats_id = '{earlier}' WHERE id = '{paper}'"


def held(of: Filed) -> tuple[str, ...]:
    """The money of both lines, as their submission holds it."""
    return move("hold", of.amount, of.line, of.allotment, of.revision + 1), other_money("hold", of, ahead=1)


_ASKED: Final = (
    "INSERT INTO reuse_request (paper_id, earlier_id, reason, asked_by, asked_at) SELECT id, id, 'x', created_by,"
    " '2026-11-20 02:00:00' FROM paper ORDER BY id LIMIT 1"
)
_BY_HIMSELF: Final = (
    "(request_id, granted, reason, person_id, at) SELECT id, TRUE, 'x', asked_by, asked_at FROM reuse_request"
    " ORDER BY id DESC LIMIT 1"
)
_TERMS: Final = (
    "INSERT INTO contract_terms (id, paper_id, number, reason, created_by, created_at) SELECT {}, id, {}, 'x',"
    " created_by, created_at FROM paper WHERE id = '{}'"
)


def filled(h: House) -> tuple[str, ...]:
    """A row in every table of the register that only grows, and one more where others point to the first."""
    paper = h.suspended.paper
    asked = _ASKED.replace("ORDER BY id LIMIT 1", f"WHERE id = '{paper}'")
    return (
        asked,
        "INSERT INTO reuse_consent (request_id, granted, reason, person_id, at) SELECT id, TRUE, 'x',"
        " (SELECT MAX(id) FROM person), asked_at FROM reuse_request",
        _TERMS.format("'00000000000000000000000000000001'", 1, paper),
        "INSERT INTO contract_node (terms_id, number, name, share, is_retention) SELECT id, 1, 'x', 10000, FALSE"
        " FROM contract_terms",
        asked,
        _TERMS.format("'00000000000000000000000000000002'", 2, paper),
    )


REMOVED: Final = "removed_at = '2026-11-20 02:00:00'"

REGISTERED: Final[dict[str, Plot]] = {
    "draw_is_own: a removed paper": lambda h, _: Attack(
        drawn(h.returned.paper, h.draft.line), (said(h.returned.paper, REMOVED),)
    ),
    "draw_is_own: another unit's": lambda h, raw: Attack(
        drawn(_STRANGER, h.draft.line),
        (raw.copied("paper", f"id = '{h.draft.paper}'", id=f"'{_STRANGER}'", unit_id="(SELECT MAX(id) FROM unit)"),),
    ),
    "draw_is_own: a line that went away": lambda h, _: Attack(
        drawn(h.draft.paper, h.returned.line),
        (f"UPDATE plan_line SET removed_in = {h.returned.revision} WHERE id = {h.returned.line}",),
    ),
    "draw_stays_own": lambda h, _: Attack(
        redrawn(h.draft.paper, h.draft.line, f"paper_id = '{h.returned.paper}'"), (said(h.returned.paper, REMOVED),)
    ),
    "draw_is_covered": lambda h, _: Attack(
        drawn(h.draft.paper, h.returned.line, "41"),
        (said(h.draft.paper, "face_amount = 100"), redrawn(h.draft.paper, h.draft.line, "amount = 60")),
    ),
    "draw_is_covered: no face": lambda h, _: Attack(drawn(h.draft.paper, h.returned.line, "1")),
    "draw_stays_covered": lambda h, _: Attack(
        redrawn(h.draft.paper, h.draft.other_line, "amount = 41"),
        (said(h.draft.paper, "face_amount = 100"), redrawn(h.draft.paper, h.draft.line, "amount = 60")),
    ),
    "paper_covers_its_draws": lambda h, _: Attack(
        said(h.draft.paper, "face_amount = 59"),
        (said(h.draft.paper, "face_amount = 100"), redrawn(h.draft.paper, h.draft.line, "amount = 60")),
    ),
    "paper_covers_its_draws: no face": lambda h, _: Attack(
        said(h.draft.paper, "face_amount = NULL"),
        (said(h.draft.paper, "face_amount = 100"), redrawn(h.draft.paper, h.draft.line, "amount = 60")),
    ),
    "paper_facts_stay": lambda h, _: Attack(said(h.review.paper, "number = '27'")),
    "paper_facts_stay: approved": lambda h, _: Attack(said(h.approved.paper, "face_amount = 27")),
    "paper_facts_stay: removed": lambda h, _: Attack(said(h.review.paper, REMOVED)),
    "paper_file_stays: leaves its plan": lambda h, _: Attack(said(h.draft.paper, "plan_id = NULL")),
    "paper_of_submitted_stays: drawn from elsewhere": lambda h, _: Attack(
        f"DELETE FROM paper WHERE id = '{h.draft.paper}'", (drawn(h.draft.paper, h.returned.line),)
    ),
    "proven_line_stays: moves": lambda h, _: Attack(
        f"UPDATE plan_line SET plan_id = '{h.returned.plan}' WHERE id = {h.draft.line}"
    ),
    "proven_line_stays: comes back": lambda h, _: Attack(
        f"UPDATE plan_line SET removed_in = NULL WHERE id = {h.returned.line}",
        (f"UPDATE plan_line SET removed_in = {h.returned.revision} WHERE id = {h.returned.line}",),
    ),
    "repeat_has_consent": lambda h, _: Attack(
        set_plan(h.returned, "state = 'in_review', revision = revision + 1"),
        (repeating(h.returned.paper, h.approved.paper), *submitting(h), *held(h.returned)),
    ),
    "repeat_stays: its number": lambda h, _: Attack(
        f"UPDATE paper SET number_key = '27' WHERE id = '{h.review.paper}'"
    ),
    "repeat_stays: what it repeats": lambda h, _: Attack(repeating(h.review.paper, h.approved.paper)),
    "consent_by_another": lambda *_: Attack(f"INSERT INTO reuse_consent {_BY_HIMSELF}", (_ASKED,)),
}  # fmt: skip
