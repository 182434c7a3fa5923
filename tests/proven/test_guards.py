"""Every guard of the database refuses its hostile statement, and is needed: without it the statement passes."""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from budget.plans.states import TRANSITIONS
from core.sqlite_guard import APPEND_ONLY
from tests.conftest import Prepared
from tests.proven.hostile import GUARDED, SECOND_LINES
from tests.proven.hostile_chains import CHAINED
from tests.proven.hostile_house import AROUND, filled
from tests.proven.hostile_minus import MINUS
from tests.proven.hostile_register import REGISTERED
from tests.proven.raw import Raw, connected, migration
from tests.proven.statements import Attack
from tests.proven.states_house import House, built

RENEWED: Final = migration("0017_chains_as_data")
ATTACKS: Final = {**GUARDED, **MINUS, **CHAINED, **REGISTERED, **AROUND}
# SQLite knows no TRUNCATE.
NOT_ON_SQLITE: Final = "_no_truncate"
# Primary keys that are no plain id.
KEYS: Final = {
    "form_answer": "person_id, form_key", "seal_leaf": "seal_id, position", "seal_sheet": "seal_id",
    "task_line": "task_id, plan_line_id", "revision_line": "plan_id, revision, plan_line_id",
    "decision_view": "plan_id, number", "retraction": "opinion_id", "reuse_consent": "request_id",
    "contract_node": "terms_id, number",
}  # fmt: skip
LAST: Final = "{key} = (SELECT {key} FROM {table} ORDER BY {key} DESC LIMIT 1)"
CHANGES: Final = {
    "update": "UPDATE {table} SET {key} = {key} WHERE " + LAST,
    "delete": "DELETE FROM {table} WHERE " + LAST,
    "or replace": "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE " + LAST,
    "or ignore": "INSERT OR IGNORE INTO {table} SELECT * FROM {table} WHERE " + LAST,
    "update or ignore": "UPDATE OR IGNORE {table} SET {key} = {key} WHERE " + LAST,
    "on conflict": "INSERT INTO {table} SELECT * FROM {table} WHERE "
    + LAST
    + " ON CONFLICT ({keys}) DO UPDATE SET {key} = excluded.{key}",
    "truncate": "TRUNCATE {table} CASCADE",
}
ONLY: Final = {"or replace": "sqlite", "or ignore": "sqlite", "update or ignore": "sqlite", "truncate": "postgresql"}
TRIGGERS: Final = {
    "sqlite": {"update": "{table}_no_update", "delete": "{table}_no_delete"},
    "postgresql": {
        "update": "{table}_append_only", "delete": "{table}_append_only", "truncate": "{table}_no_truncate",
    },
}  # fmt: skip


def guard_of(attack: str) -> str:
    """The guard that an attack is on; after its name stands which part of it."""
    return re.split(r"\W", attack, maxsplit=1)[0]


def change_of(table: str, change: str) -> str:
    """The statement of CHANGES for a table."""
    keys = KEYS.get(table, "id")
    return CHANGES[change].format(table=table, keys=keys, key=keys.split(", ", 1)[0])


@pytest.fixture(scope="module")
def built_house(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, Raw]]:
    """The house, and the owner's connection to it."""
    prepared: Prepared = request.getfixturevalue(f"{engine.replace('postgresql', 'postgres')}_prepared")
    with built(prepared, tmp_path_factory.mktemp("house")) as (house, url), closing(connected(engine, url)) as owner:
        for statement in filled(house):
            assert owner.run(statement) > 0, statement
        yield house, owner


@pytest.fixture
def estate(built_house: tuple[House, Raw]) -> House:
    return built_house[0]


@pytest.fixture
def raw(built_house: tuple[House, Raw]) -> Iterator[Raw]:
    """The owner's connection, in a transaction that is rolled back: the house stays as it was built."""
    owner = built_house[1]
    owner.run("BEGIN")
    yield owner
    owner.run("ROLLBACK")


def prepared_attack(name: str, estate: House, raw: Raw) -> Attack:
    attack = ATTACKS[name](estate, raw)
    for step in attack.before:
        assert raw.run(step) > 0, step
    return attack


def test_the_pairs_of_the_guard_are_those_of_the_table_of_states() -> None:
    assert set(RENEWED.PAIRS) == {(row.act.value, row.start.value, row.end.value) for row in TRANSITIONS}


def test_every_guard_has_its_hostile_statement(engine: str, raw: Raw) -> None:
    """Every trigger that there is in the database is attacked, by a statement of its own or as an append-only table."""
    whole = {name.format(table=table) for table in APPEND_ONLY for name in TRIGGERS[engine].values()}
    attacked = {guard_of(name) for name in ATTACKS}
    elsewhere = {name for name in attacked if engine == "sqlite" and name.endswith(NOT_ON_SQLITE)}
    assert set(raw.guards) == whole | (attacked - elsewhere)


def test_few_guards_have_another_behind_them(raw: Raw) -> None:
    """At least 95 % of all guards are noticed when they are gone; SECOND_LINES names the others."""
    assert set(SECOND_LINES) <= set(ATTACKS)
    unnoticed = set(raw.guards) & {guard_of(name) for name in SECOND_LINES}
    unnoticed -= {guard_of(name) for name in ATTACKS if name not in SECOND_LINES}
    assert len(unnoticed) <= 0.05 * len(raw.guards), unnoticed


@pytest.mark.parametrize("name", ATTACKS)
def test_the_guard_refuses_and_nothing_has_changed(name: str, estate: House, raw: Raw) -> None:
    if guard_of(name) not in raw.guards:
        return
    attack = prepared_attack(name, estate, raw)
    before = raw.everything()
    assert raw.refusal(attack.hostile) is not None, attack.hostile
    assert raw.everything() == before


@pytest.mark.parametrize("name", ATTACKS)
def test_without_the_guard_the_statement_passes_or_the_second_line_refuses_it(
    name: str, estate: House, raw: Raw
) -> None:
    guard = guard_of(name)
    if guard not in raw.guards:
        return
    attack = prepared_attack(name, estate, raw)
    before = raw.everything()
    raw.drop(guard)
    refusal = raw.refusal(attack.hostile)
    if name in SECOND_LINES:
        assert SECOND_LINES[name] in (refusal or "").lower()
    else:
        assert refusal is None
        assert raw.everything() != before or guard.endswith("_counts_version")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_was_written_stays(table: str, change: str, engine: str, raw: Raw) -> None:
    if ONLY.get(change, engine) != engine:
        return
    before = raw.everything()
    refusal = raw.refusal(change_of(table, change))
    assert refusal is not None or change == "or ignore"
    # In so many words: a truncation that goes on to other tables is refused here, and not by those.
    assert change not in TRIGGERS[engine] or f"{table} is append-only" in (refusal or "")
    assert raw.everything() == before


@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_without_its_trigger_what_was_written_is_changed(table: str, change: str, engine: str, raw: Raw) -> None:
    if ONLY.get(change, engine) != engine:
        return
    raw.drop(TRIGGERS[engine][change].format(table=table))
    refusal = raw.refusal(change_of(table, change))
    # A truncation goes on to the tables that point here: each of them has a trigger of its own.
    along = change == "truncate" and f"{table} is" not in (refusal or "") and "is append-only" in (refusal or "")
    assert refusal is None or along
