"""Code tables: the defaults, replacement by a file, and each refusal."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.rules import SYSTEM
from budget.codes import rules, store
from budget.codes.actions import import_codes, load_default_codes
from budget.codes.models import CodeEntry
from core import history
from core.db import session
from core.differences import Difference
from core.errors import Refused
from core.imports import Upload
from tests.core.books import csv_bytes
from tests.world import DIVISION, YEAR, World

SignIn = Callable[[str], FlaskClient]
HEAD = ("code", "name", "parent", "level")
USED = [("1", "国库集中支付"), ("2", "实拨方式")]


def codes(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> Upload:
    return Upload(csv_bytes([head, *[(*row, *[""] * (len(head) - len(row))) for row in rows]]), "代码.csv")


def take(*rows: tuple[str, ...], table: str = "pay_type") -> Difference:
    return import_codes(codes(*rows), table, DIVISION, YEAR, by=SYSTEM)


def stored(table: str = "pay_type") -> dict[str, str]:
    session().expire_all()
    return {entry.code: entry.name for entry in store.entries(DIVISION, YEAR, table)}


def test_the_defaults_fill_every_empty_table_once_works(app: Flask) -> None:
    loaded = load_default_codes(DIVISION, YEAR, by=SYSTEM)
    assert (list(loaded), loaded["exp_func"], loaded[rules.ECO_MAP]) == (list(rules.TABLES), 1319, 99)
    assert load_default_codes(DIVISION, YEAR, by=SYSTEM) == {}


def test_a_default_says_how_sure_it_is_and_why(app: Flask) -> None:
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    query = select(CodeEntry).where(CodeEntry.table_name == "exp_func", CodeEntry.code == "201")
    entry = session().scalars(query).one()
    assert (entry.confidence, entry.source) == ("A", "类级名称见于公开的省级预算表")


def test_the_defaults_leave_an_imported_table_alone(world: World) -> None:
    take(*USED)
    assert "pay_type" not in load_default_codes(DIVISION, YEAR, by=SYSTEM)
    assert stored() == dict(USED)


def test_a_file_replaces_the_table_of_its_year_works(world: World) -> None:
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    load_default_codes(DIVISION, YEAR + 1, by=SYSTEM)
    difference = take(("1", "国库集中支付"), ("2", "实拨"), ("7", "新的方式"))
    assert difference.counts == {"new": 1, "changed": 2, "unchanged": 0, "absent": 4}
    assert stored() == {"1": "国库集中支付", "2": "实拨", "7": "新的方式"}
    assert len(store.entries(DIVISION, YEAR + 1, "pay_type")) == 6


def test_the_same_file_again_changes_nothing(world: World) -> None:
    take(*USED)
    ids = [entry.id for entry in store.entries(DIVISION, YEAR, "pay_type")]
    assert take(*USED).is_empty
    assert [entry.id for entry in store.entries(DIVISION, YEAR, "pay_type")] == ids
    assert len([event for event in history.recent() if event.subject_kind == "codes"]) == 1


def test_a_code_that_allotments_use_cannot_go(world: World) -> None:
    take(*USED)
    with pytest.raises(Refused, match="代码“1”不在新的“支付方式”中，但本年度的指标正在使用"):
        take(("2", "实拨方式"))
    assert stored() == dict(USED)


def test_the_economic_map_is_replaced_too(world: World) -> None:
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    head = ("dep_eco_code", "gov_eco_code_admin", "gov_eco_code_institution")
    upload = codes(("30101", "50101", "50501"), ("30201", "50201", "50502"), head=head)
    assert import_codes(upload, rules.ECO_MAP, DIVISION, YEAR, by=SYSTEM).counts["absent"] == 97
    rows = [(row.dep_eco_code, row.gov_eco_institution) for row in store.economic_map(DIVISION, YEAR)]
    assert rows == [("30101", "50501"), ("30201", "50502")]
    assert import_codes(upload, rules.ECO_MAP, DIVISION, YEAR, by=SYSTEM).is_empty


def test_the_map_only_joins_known_classes(world: World) -> None:
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    head = ("dep_eco_code", "gov_eco_code_admin", "gov_eco_code_institution")
    with pytest.raises(Refused, match="第 2 行“政府经济分类代码（行政单位）”：代码“99999”不在“政府支出经济分类”中"):
        import_codes(codes(("30101", "99999", "50501"), head=head), rules.ECO_MAP, DIVISION, YEAR, by=SYSTEM)


def send(client: FlaskClient, *rows: tuple[str, ...]) -> Any:
    upload = codes(*rows)
    address = f"/codes/{YEAR}/pay_type/import"
    return client.post(address, data={"file": (BytesIO(upload.data), upload.filename)})


def test_the_administrator_previews_and_confirms_works(world: World, sign_in: SignIn) -> None:
    client = sign_in("xi")
    preview = send(client, *USED).headers["Location"]
    assert "实拨方式" in client.get(preview).get_data(as_text=True)
    assert stored() == {}
    assert client.post(preview).status_code == 302
    assert stored() == dict(USED)


def test_a_refusal_stays_on_the_page(world: World, sign_in: SignIn) -> None:
    take(*USED)
    answer = send(sign_in("xi"), ("2", "实拨方式"))
    assert (answer.status_code, "正在使用" in answer.get_data(as_text=True)) == (422, True)


def test_the_pages_show_tables_codes_and_their_sureness(world: World, sign_in: SignIn) -> None:
    client = sign_in("xi")
    assert "载入默认代码" in client.get(f"/codes?year={YEAR}").get_data(as_text=True)
    assert client.post(f"/codes/{YEAR}/defaults").status_code == 302
    index = client.get("/codes").get_data(as_text=True)
    assert ("支出功能分类" in index, "凭经验整理，待核" in index) == (True, True)
    found = client.get(f"/codes/{YEAR}/exp_func?q=小学教育").get_data(as_text=True)
    assert ("2050202" in found, "人大事务" in found) == (True, False)
    assert "50501 工资福利支出" in client.get(f"/codes/{YEAR}/{rules.ECO_MAP}").get_data(as_text=True)


@pytest.mark.parametrize("path", [f"/codes/{YEAR}/none", "/codes/1999/pay_type", f"/codes/{YEAR}/none/import"])
def test_an_unknown_table_or_year_is_not_found(world: World, sign_in: SignIn, path: str) -> None:
    assert sign_in("xi").get(path).status_code == 404


@pytest.mark.parametrize("path", ["/codes", f"/codes/{YEAR}/pay_type", f"/codes/{YEAR}/pay_type/import"])
def test_a_clerk_is_kept_out(world: World, sign_in: SignIn, path: str) -> None:
    assert sign_in("lin").get(path).status_code == 403


def test_the_commands_work(app: Flask, world: World, tmp_path: Any) -> None:
    file = tmp_path / "支付方式.csv"
    file.write_bytes(codes(*USED).data)
    run = app.test_cli_runner().invoke
    done = run(args=["codes", "import", "pay_type", str(file), "--year", str(YEAR)])
    assert (done.exit_code, f"{YEAR}年支付方式：新增 2 条" in done.output) == (0, True)
    file.write_bytes(codes(USED[1]).data)
    refused = run(args=["codes", "import", "pay_type", str(file), "--year", str(YEAR)])
    assert (refused.exit_code, "共 1 个问题，没有写入任何内容" in refused.output) == (1, True)
    assert "已载入 26 张默认代码表" in run(args=["codes", "load-defaults", "--year", str(YEAR)]).output
