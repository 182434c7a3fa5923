"""SQLite has no roles: an authorizer on every connection of the application takes their place.

It is asked when a statement is prepared, so a statement that is used again costs nothing. Whoever may speak SQL through
the application can neither take a guard down (triggers, CHECKs, foreign keys) nor move a balance past the postings.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import Connection

APPEND_ONLY: Final = frozenset({
    "check_run", "contract_node", "contract_terms", "decision", "decision_view", "document", "form_answer", "history",
    "ledger_entry", "mailing", "opinion", "payment", "payment_match", "plan_revision", "posting", "reconciliation_row",
    "reconciliation_run", "retraction", "reuse_consent", "reuse_request", "revision_line", "seal", "seal_leaf",
    "seal_sheet", "task_line", "webhook_post",
})  # fmt: skip
# Of these, what may be deleted when it is old: a trigger says when that is.
AGEING: Final = frozenset({"form_answer"})
MOVER: Final = "posting_moves_money"
_BALANCES: Final = frozenset({"granted", "held", "posted"})
_FREE: Final = frozenset({
    sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_RECURSIVE,
})  # fmt: skip
# What tells something about the database and changes nothing, whatever it is given.
_ASKING: Final = frozenset({
    "data_version", "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
    "integrity_check", "quick_check", "table_info", "table_xinfo",
})  # fmt: skip
# Settings that may be read; how long to wait for a lock may be set as well.
_READABLE: Final = frozenset({
    "busy_timeout", "foreign_keys", "journal_mode", "page_count", "page_size", "read_uncommitted", "recursive_triggers",
    "synchronous", "user_version",
})  # fmt: skip


def prepare(handle: sqlite3.Connection, _record: object) -> None:
    """FULL: a power cut loses nothing acknowledged; recursive triggers: OR REPLACE cannot slip past append-only."""
    handle.isolation_level = None  # BEGIN is ours, see begin
    handle.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
        "PRAGMA busy_timeout=10000;"
    )


def let_tables_be_rebuilt(handle: sqlite3.Connection, _record: object) -> None:
    """For migrations: a table that others point to can be built anew; `check_references` looks afterwards."""
    handle.execute("PRAGMA foreign_keys=OFF")


def check_references(connection: Connection) -> None:
    """Raise when any row points to one that is not there: the migration is rolled back then."""
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if loose:
        raise RuntimeError(f"the migration left {len(loose)} rows that point nowhere, such as {loose[0]}")


def begin(connection: Connection) -> None:
    """IMMEDIATE for whoever writes: a reader that becomes a writer later could find its snapshot stale."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def stand(handle: sqlite3.Connection, _record: object = None) -> None:
    """Let no statement of this connection touch the guards or the balances, from now on."""
    handle.set_authorizer(_judge)


def _judge(action: int, first: str | None, second: str | None, _database: str | None, inside: str | None) -> int:
    """SQLite's question: may a statement do this; `inside` names the innermost trigger that does it."""
    if action in _FREE or _allowed(action, first or "", second, inside):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _allowed(action: int, first: str, second: str | None, inside: str | None) -> bool:
    if action == sqlite3.SQLITE_FUNCTION:
        return second != "load_extension"
    if action == sqlite3.SQLITE_PRAGMA:
        return _may_ask(first.lower(), second)
    if first.lower().startswith("sqlite_"):  # the schema itself
        return False
    if action == sqlite3.SQLITE_UPDATE:
        return first.lower() != "allotment" or second not in _BALANCES or inside == MOVER
    if action == sqlite3.SQLITE_DELETE:
        return first.lower() not in APPEND_ONLY - AGEING
    return action == sqlite3.SQLITE_INSERT


def _may_ask(name: str, value: str | None) -> bool:
    return name in _ASKING or name == "busy_timeout" or (name in _READABLE and value is None)
