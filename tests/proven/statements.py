"""Hostile statements are put together here: what an intruder with the owner's rights would type."""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.proven.raw import Raw
from tests.proven.states_house import Filed, House


class Attack(NamedTuple):
    """The statement that the guard refuses, and those before it, which the database lets pass."""

    hostile: str
    before: tuple[str, ...] = ()


Plot = Callable[[House, Raw], Attack]


def move(kind: str, amount: int, line: int | str, allotment: int, revision: int) -> str:
    return (
        "INSERT INTO posting (allotment_id, kind, amount, plan_line_id, revision, reason, at, actor_id)"
        f" VALUES ({allotment}, '{kind}', {amount}, {line}, {revision}, '', '2026-11-20 02:00:00', NULL)"
    )


def money(kind: str, of: Filed, more: int = 0) -> str:
    return move(kind, of.amount + more, of.line, of.allotment, of.revision)


def other_money(kind: str, of: Filed, ahead: int = 0) -> str:
    return move(kind, of.other_amount, of.other_line, of.other_allotment, of.revision + ahead)


def decide(act: str, of: Filed, by: int, *, ahead: int = 0, number: str = "d.number + 1", prev: str = "d.sha256",
            digest: str = "") -> str:  # fmt: skip
    revision = of.revision + ahead
    digest = digest or f"(SELECT digest FROM plan_revision WHERE plan_id = '{of.plan}' AND revision = {revision})"
    body = f"""'{{"prev":{{"sha256":"' || {prev} || '","sm3":"' || d.sm3 || '"}}}}'"""
    return (
        "INSERT INTO decision (plan_id, number, revision, step_no, step_name, act, digest, comment, person_id,"
        f" person_name, at, body, sha256, sm3) SELECT d.plan_id, {number}, {revision}, 1, 'x', '{act}', {digest}, '',"
        f" {by}, 'x', d.at, {body}, 'f', 'f' FROM decision d WHERE d.plan_id = '{of.plan}'"
        " ORDER BY d.number DESC LIMIT 1"
    )


def decide_first(act: str, of: Filed, by: int) -> str:
    """The first decision on a plan: nothing stands before it."""
    return (
        "INSERT INTO decision (plan_id, number, revision, step_no, step_name, act, digest, comment, person_id,"
        f" person_name, at, body, sha256, sm3) SELECT '{of.plan}', 1, 1, 1, 'x', '{act}', 'forged', '', {by}, 'x',"
        " '2026-11-20 02:00:00', '{}', 'f', 'f'"
    )


def freeze(of: Filed, by: int) -> str:
    return (
        "INSERT INTO plan_revision (plan_id, revision, digest, content, submitted_by, submitted_at)"
        f" VALUES ('{of.plan}', {of.revision + 1}, 'forged', 'forged', {by}, '2026-11-20 02:00:00')"
    )


def set_plan(of: Filed, change: str) -> str:
    return f"UPDATE plan SET {change} WHERE id = '{of.plan}'"


def set_line(of: Filed, change: str) -> str:
    return f"UPDATE plan_line SET {change} WHERE id = {of.line}"


def new_line(of: Filed, raw: Raw) -> str:
    return raw.copied("plan_line", f"id = {of.line}", position="99", note="'forged'")


def withdrawn(h: House) -> tuple[str, ...]:
    return (decide("withdraw", h.review, h.people["lin"]),)


def cancelled(h: House) -> tuple[str, ...]:
    return (decide("cancel", h.approved, h.people["luo"]),)


def approving(h: House) -> tuple[str, ...]:
    amounts = f"UPDATE plan_line SET suggested = applied, approved = applied WHERE plan_id = '{h.review.plan}'"
    return (decide("approve", h.review, h.people["luo"]), amounts)


def posted(h: House) -> tuple[str, ...]:
    of = h.review
    return (
        *approving(h),
        money("post", of),
        other_money("post", of),
    )


def submitting(h: House) -> tuple[str, ...]:
    return (freeze(h.returned, h.people["lin"]), decide("submit", h.returned, h.people["lin"], ahead=1))


def entry(raw: Raw, h: House, ahead: int, **other: str) -> str:
    """A ledger row of the plan under review; its number is so far beyond the last."""
    values = {
        "plan_id": f"'{h.review.plan}'", "number": f"(SELECT MAX(number) + {ahead} FROM ledger_entry)",
        "plan_line_id": str(h.review.line), "applied": str(h.review.amount), "suggested": str(h.review.amount),
        "approved": str(h.review.amount),
    }  # fmt: skip
    return raw.copied("ledger_entry", f"plan_line_id = {h.approved.line}", **(values | other))


def red(raw: Raw, h: House) -> str:
    """A red row of the approved plan's line that names another line's row."""
    return raw.copied(
        "ledger_entry", f"plan_line_id = {h.approved.line}", number="(SELECT MAX(number) + 1 FROM ledger_entry)",
        applied="-applied", suggested="-suggested", approved="-approved",
        reverses_id=f"(SELECT id FROM ledger_entry WHERE plan_line_id = {h.other.line})",
    )  # fmt: skip


def too_much(h: House) -> Attack:
    """A hold of more than the allotment has: the movement of the balance itself refuses."""
    of, amount = h.returned, 9_000_000_000
    more = set_line(of, f"applied = {amount}")
    return Attack(move("hold", amount, of.line, of.allotment, of.revision + 1), (more, *submitting(h)))


def payment(name: str, yuan: int) -> str:
    """A payment of the school on the allotment A2."""
    return (
        "INSERT INTO payment (division_code, fiscal_year, pay_cert_id, void, bgt_id, unit_id, paid_on, amount, purpose,"
        " payee, payee_bank, payer, payer_bank, pay_cert_no, payee_account, payer_account, extra, imported_at)"
        f" SELECT division_code, fiscal_year, '{name}', FALSE, bgt_id, unit_id, '2026-12-01', {yuan * 100}, '', '', '',"
        " '', '', '', '', '', '', '2026-12-02 02:00:00' FROM allotment WHERE bgt_id = 'A2'"
    )


def match(name: str, line: int, fen: int) -> str:
    """So much of a payment for a line."""
    return (
        f"INSERT INTO payment_match (payment_id, plan_line_id, amount, at) SELECT id, {line}, {fen},"
        f" '2026-12-02 02:00:00' FROM payment WHERE pay_cert_id = '{name}'"
    )
