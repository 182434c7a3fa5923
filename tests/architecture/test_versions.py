"""Every table that people edit carries a version, or stands here with the reason why it needs none."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

import pytest
from sqlalchemy import Column as TableColumn
from sqlalchemy import Integer, MetaData, text
from sqlalchemy import Table as DatabaseTable

from core.db import Table, db
from core.versions import Versioned
from tests.architecture import app_checks

# Rows that nobody edits on a page. What is append-only by trigger is found in the database and needs no word here.
UNVERSIONED: Final[Mapping[str, str]] = {
    "allotment": "comes with the import alone, which locks the year and shows what changes; postings move its money",
    "blob": "named by its content",
    "chain": "a published version is never changed; of a draft, `saved` is counted",
    "chain_step": "saved with its draft, which counts it",
    "code_entry": "comes with the import alone, which holds the table and shows what changes",
    "draw": "a link of a paper, whose version counts it",
    "dynamic_code": "belongs to one person; a code that is used moves it on, under the lock of his account",
    "economic_mapping": "comes with the import alone, which holds the table and shows what changes",
    "job": "the worker's; nobody edits it",
    "login_session": "belongs to one browser",
    "notice": "only read or unread",
    "notice_way": "belongs to one person, who alone chooses it",
    "number_head": "counted under a lock",
    "office": "comes with the import alone, which holds the tree and shows what changes",
    "paper_mark": "made by the worker, once",
    "paper_match": "found by the worker, once",
    "paper_page": "drawn by the worker",
    "paper_reading": "read by the worker, once",
    "plan_editor": "only added, or dropped with its draft",
    "plan_line": "edited with its plan, whose version counts it",
    "recovery_code": "used once and then gone",
    "reason_code": "edited with its table, whose version counts it",
    "special_day": "edited with its year, whose version counts it",
    "review_task": "a decision on it is bound to the digest that was seen",
    "saved_view": "a person's own; nobody else sees or edits it",
    "scan": "said by the scanner",
    "task_seat": "opened and answered once",
}
# Versioned tables whose guards belong to other migrations.
OWN_GUARD: Final = frozenset({"plan", "chain"})


def unguarded(metadata: MetaData, append_only: Collection[str], reasons: Mapping[str, str]) -> list[str]:
    """Tables without a version and without a reason, and reasons without such a table."""
    versioned = {name for name, table in metadata.tables.items() if "version" in table.columns}
    edited = set(metadata.tables) - versioned - set(append_only)
    return sorted(f"{name} carries no version" for name in edited - reasons.keys()) + sorted(
        f"{name} is named, but needs no reason" for name in reasons.keys() - edited - {"chain"}
    )


def guards() -> list[str]:
    """Every trigger of the database, as it is written there."""
    with db.engine.connect() as connection:
        return list(connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).scalars())


def append_only_tables() -> set[str]:
    """Tables whose rows a trigger of SQLite refuses to change."""
    found = (re.search(r"BEFORE UPDATE ON (\w+)\s+BEGIN SELECT RAISE", sql) for sql in guards())
    return {match[1] for match in found if match}


@pytest.mark.only_on("sqlite")
@pytest.mark.usefixtures("app")
def test_every_edited_table_is_versioned_or_says_why_not() -> None:
    app_checks.every_table()
    assert unguarded(db.metadata, append_only_tables(), UNVERSIONED) == []


@pytest.mark.only_on("sqlite")
@pytest.mark.usefixtures("app")
def test_a_table_without_version_or_reason_is_found() -> None:
    app_checks.every_table()
    lamp = DatabaseTable("lamp", db.metadata, TableColumn("id", Integer, primary_key=True))
    try:
        found = unguarded(db.metadata, append_only_tables(), {**UNVERSIONED, "post": "no reason"})
        assert found == ["lamp carries no version", "post is named, but needs no reason"]
    finally:
        db.metadata.remove(lamp)


@pytest.mark.only_on("sqlite")
@pytest.mark.usefixtures("app")
def test_every_versioned_table_has_its_guard() -> None:
    names = "\n".join(guards())
    tables = {str(mapper.local_table) for mapper in Table.registry.mappers if issubclass(mapper.class_, Versioned)}
    assert {"person", "post", "unit", "voucher_requirement", "paper"} <= tables
    unguarded_tables = {name for name in tables - OWN_GUARD if f"{name}_counts_version" not in names}
    assert unguarded_tables == set()
