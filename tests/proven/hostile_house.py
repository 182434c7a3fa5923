"""Hostile statements on what stands around the plans: years, units, versions, seals, what is only ever added."""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

from typing import Final

from tests.proven import hostile_chains, hostile_register
from tests.proven.raw import Raw
from tests.proven.statements import Attack, Plot, approving, decide, entry, match, move, payment, set_plan
from tests.proven.states_house import House
from tests.world import DIVISION, YEAR

_AT: Final = "'2026-11-20 02:00:00'"
_CLOSED: Final = (
    "UPDATE fiscal_year SET state = 'closed', closed_at = '2027-01-10 02:00:00', version = version + 1"
    f" WHERE year = {YEAR}"
)
_DIGEST: Final = "'" + "0" * 64 + "'"


def _seal(number: int, before: str) -> str:
    return (
        "INSERT INTO seal (division_code, number, day, leaves, root, prev_sha256, body, sha256, sm3, at)"
        f" SELECT division_code, {number}, day, 0, root, {before}, body, sha256, sm3, at FROM seal ORDER BY number DESC"
        " LIMIT 1"
    )


# A row in every table whose guards need one to attack, and one more where others point to the first.
_FILLED: Final = (
    f"INSERT INTO fiscal_year (division_code, year, state, reason, version)"
    f" VALUES ('{DIVISION}', {YEAR}, 'open', 'x', 1)",
    f"INSERT INTO calendar_year (division_code, year, version) VALUES ('{DIVISION}', {YEAR}, 1)",
    "INSERT INTO month_rule (division_code, fiscal_year, opens_day, closes_day, closes_minute, moves,"
    f" last_supplement_day, version) VALUES ('{DIVISION}', {YEAR}, 1, 20, 1020, 'next', 25, 1)",
    "INSERT INTO filing_permit (division_code, unit_id, fiscal_year, month, kind, reason, valid_until, granted_by,"
    f" granted_at, revoked_why, version) SELECT division_code, id, {YEAR}, 12, 'late', 'x', '2026-12-20 02:00:00',"
    f" (SELECT MIN(id) FROM person), {_AT}, '', 1 FROM unit WHERE is_leaf",
    "INSERT INTO form_answer (person_id, form_key, route, body_sha256, status, location, at)"
    f" SELECT MIN(id), 'x', 'x', {_DIGEST}, 302, '/', '2999-01-01 00:00:00' FROM person",  # old ones may go
    f"INSERT INTO seal (division_code, number, day, leaves, root, prev_sha256, body, sha256, sm3, at)"
    f" VALUES ('{DIVISION}', 1, '2026-11-20', 1, {_DIGEST}, '', '{{}}', {_DIGEST}, {_DIGEST}, {_AT})",
    _seal(2, "sha256"),
    "INSERT INTO seal_leaf (seal_id, position, decision_id) SELECT MIN(s.id), 1, MIN(d.id) FROM seal s, decision d",
    "INSERT INTO seal_sheet (seal_id, sheet_digest, blob_digest, page_count, created_at)"
    f" SELECT s.id, {_DIGEST}, b.digest, 1, {_AT} FROM seal s, blob b LIMIT 1",
    f"INSERT INTO mailing (about, about_id, address, at, fault) VALUES ('seal', 1, 'a@example.org', {_AT}, '')",
    "INSERT INTO check_run (division_code, checked, day, at, looked_at, faults, said)"
    f" VALUES ('{DIVISION}', 'replay', '2026-11-20', {_AT}, '', 0, '')",
    "INSERT INTO reconciliation_run (division_code, day, at, allotments, lines, differences)"
    f" VALUES ('{DIVISION}', '2026-11-20', {_AT}, 5, 0, 1)",
    "INSERT INTO reconciliation_row (run_id, checked, place, stored, found) SELECT id, 'x', 'x', '1', '2'"
    " FROM reconciliation_run",
    "INSERT INTO reconciliation_run (division_code, day, at, allotments, lines, differences)"
    f" VALUES ('{DIVISION}', '2026-11-21', {_AT}, 5, 0, 0)",
    "INSERT INTO document (id, division_code, unit_id, plan_id, kind, number, content_digest, sheet_digest,"
    f" blob_digest, page_count, created_at) SELECT p.id, p.division_code, p.unit_id, p.plan_id, 'approval', 'x',"
    f" {_DIGEST}, {_DIGEST}, p.blob_digest, 1, {_AT} FROM paper p LIMIT 1",
)  # fmt: skip
VERSIONED: Final = (
    "calendar_year", "filing_permit", "filing_window", "fiscal_year", "month_rule", "paper", "person", "post", "unit",
    "voucher_requirement", *hostile_chains.VERSIONED,
)  # fmt: skip


def filled(h: House) -> tuple[str, ...]:
    """A row for every guard that needs one: these, and a payment on the second approved plan."""
    return (
        *_FILLED, *hostile_chains.FILLED, *hostile_register.filled(h), payment("known", 1), payment("loose", 1),
        match("known", h.other.line, 1),
    )  # fmt: skip


def _merged(h: House, change: str) -> str:
    return f"UPDATE unit SET {change}, version = version + 1 WHERE id = {h.units['301001']}"


def _into(h: House) -> str:
    return f"merged_into_id = {h.units['201003']}, enabled = FALSE, ends_on = '2026-11-30'"


AROUND: Final[dict[str, Plot]] = {
    "plan_of_open_year": lambda h, raw: Attack(_copied_plan(h, raw), (_CLOSED,)),
    "decision_of_open_year": lambda h, _: Attack(decide("withdraw", h.review, h.people["lin"]), (_CLOSED,)),
    "posting_of_open_year": lambda h, _: Attack(move("grant", 100, "NULL", h.draft.allotment, 0), (_CLOSED,)),
    "ledger_entry_of_open_year": lambda h, raw: Attack(entry(raw, h, 1), (*approving(h), _CLOSED)),
    "fiscal_year_no_delete": lambda *_: Attack("DELETE FROM fiscal_year"),
    "fiscal_year_no_truncate": lambda *_: Attack("TRUNCATE fiscal_year"),
    "seal_follows: without a gap": lambda *_: Attack(_seal(4, "sha256")),
    "seal_follows: naming the one before": lambda *_: Attack(_seal(3, "'forged'")),
    "unit_stays_merged": lambda h, _: Attack(_merged(h, "merged_into_id = NULL"), (_merged(h, _into(h)),)),
    "unit_stays_merged: closed": lambda h, _: Attack(_merged(h, "enabled = TRUE"), (_merged(h, _into(h)),)),
    "plan_reason_is_frozen": lambda h, _: Attack(set_plan(h.review, "reason = 'forged'")),
    **{
        f"{table}_counts_version": lambda *_, table=table: Attack(f"UPDATE {table} SET version = version")
        for table in VERSIONED
    },
}  # fmt: skip


def _copied_plan(h: House, raw: Raw) -> str:
    return raw.copied("plan", f"id = '{h.draft.plan}'", id=f"'{'f' * 32}'", number="'forged'", form_key="NULL")
