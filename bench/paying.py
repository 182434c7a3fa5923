"""Importing payments, the workbook read and checked, beside raw inserts of the same rows."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from flask import Flask

from accounts.people.rules import SYSTEM
from bench.district import LINES
from bench.figures import Figure, compare
from budget.payments.actions import import_payments
from core.imports import Upload
from tests.world import DIVISION, YEAR, World

# Fifteen seconds for the sample of 25,710 rows, in ms for the rows measured here.
ROWS: Final = 5_000
AIM: Final = 15_000 * ROWS / 25_710
_HEADERS: Final = (
    "PAY_CERT_ID", "FISCAL_YEAR", "PAY_CERT_NO", "PAY_AMT", "XPAY_AMT", "XPAY_DATE", "AGENCY_CODE", "USE_DES",
    "MOF_DIV_CODE", "IS_DELETED", "BGT_ID",
)  # fmt: skip


def figures(app: Flask, world: World) -> Iterator[Figure]:  # noqa: ARG001  every part is called alike
    """One import of five thousand new payments."""
    with TemporaryDirectory(prefix="bench-raw-") as folder:
        handle = _table(Path(folder))
        yield compare(
            f"import of {ROWS} payments", _import, "raw inserts of the same rows", partial(_insert, handle), AIM,
            rounds=3,
        )  # fmt: skip
        handle.close()


def _rows(round_no: int) -> list[tuple[str, ...]]:
    return [
        (
            f"R{round_no}-{place}", str(YEAR), f"{place:010d}", "12.34", "12.34", "2026-10-09", "201003", "公用经费",
            DIVISION, "2", f"L{place % LINES}",
        )
        for place in range(ROWS)
    ]  # fmt: skip


def _import(round_no: int) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([_HEADERS, *_rows(round_no)])
    import_payments(Upload(text.getvalue().encode(), "payments.csv"), DIVISION, YEAR, by=SYSTEM)


def _table(folder: Path) -> sqlite3.Connection:
    handle = sqlite3.connect(folder / "raw.db", isolation_level=None)
    columns = ", ".join(f"{name} TEXT" for name in _HEADERS)
    handle.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        f"CREATE TABLE payment(id INTEGER PRIMARY KEY, {columns}, UNIQUE(MOF_DIV_CODE, PAY_CERT_ID))"
    )
    return handle


def _insert(handle: sqlite3.Connection, round_no: int) -> None:
    places = ", ".join("?" * len(_HEADERS))
    handle.execute("BEGIN IMMEDIATE")
    handle.executemany(
        f"INSERT INTO payment({', '.join(_HEADERS)}) VALUES({places})",
        _rows(round_no),
    )
    handle.execute("COMMIT")
