"""Taking over units and offices: what changes, what never does, and each refusal."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.people.rules import SYSTEM
from accounts.units import store
from accounts.units.actions import import_offices, import_units
from accounts.units.layout import DEFAULT_OFFICES
from core import history
from core.db import session
from core.differences import Change
from core.errors import Refused
from core.history import Event
from core.imports import Upload
from tests.core.books import xlsx
from tests.world import DIVISION, World

DEMO = Path(__file__).parents[2] / "demo" / "UNITS_420303000_2026.xlsx"
SignIn = Callable[[str], FlaskClient]

HEAD = (
    "ELE_CODE", "ELE_NAME", "PARENT_ID", "IS_LEAF", "IS_ENABLED", "MOF_DIV_CODE", "FISCAL_YEAR", "FININTORG",
    "AGENCYTYPE",
)  # fmt: skip


def row(code: str, name: str, **other: str) -> tuple[str, ...]:
    leaf = "1" if len(code) == 6 else "2"
    values = {
        "ELE_CODE": code, "ELE_NAME": name, "PARENT_ID": code[:-3], "IS_LEAF": leaf, "IS_ENABLED": "1",
        "MOF_DIV_CODE": DIVISION, "FISCAL_YEAR": "2026", "FININTORG": "04", "AGENCYTYPE": "事业单位",
    }  # fmt: skip
    return tuple((values | other)[name] for name in HEAD)


def units(*rows: tuple[str, ...]) -> Upload:
    return Upload(xlsx([HEAD, *rows]), "单位.xlsx")


def take(*rows: tuple[str, ...]) -> Any:
    return import_units(units(*rows), DIVISION, by=SYSTEM)


def test_new_units_are_added_and_changed_ones_updated_works(world: World) -> None:
    difference = take(row("201", "区教育局（部门）"), row("201004", "区第二小学"), row("201003", "区实验学校"))
    assert difference.counts == {"new": 1, "changed": 2, "unchanged": 0, "absent": 2}
    known = store.units_by_code(DIVISION)
    assert known["201004"].parent_id == world.units["201"]
    assert known["201004"].office_id == world.offices["04"]
    assert (known["201003"].id, known["201003"].name) == (world.units["201003"], "区实验学校")


def test_a_change_is_told_field_by_field(world: World) -> None:
    difference = take(row("201003", "区实验小学", IS_ENABLED="2", FININTORG="06"))
    assert difference.changed[0].changes == (
        Change("是否启用", "是", "否"),
        Change("业务股室", "04 教科文股", "06 农业农村股"),
    )


def test_the_same_file_again_changes_nothing(world: World) -> None:
    rows = (row("201", "区教育局"), row("201004", "区第二小学"))
    take(*rows)
    events = session().query(Event).count()
    assert take(*rows).is_empty
    assert session().query(Event).count() == events


def test_units_that_the_file_lacks_stay(world: World) -> None:
    difference = take(row("201003", "区实验小学"))
    assert [entry.key for entry in difference.absent] == ["201", "301", "301001"]
    assert store.get_unit(world.units["301001"]).enabled


def test_the_history_names_file_digest_and_counts(world: World) -> None:
    take(row("201004", "区第二小学"))
    event = history.recent(1)[0]
    assert event.summary == "导入预算单位“单位.xlsx”：新增 1 条，变更 0 条，未变 0 条，文件中没有 4 条"
    assert event.subject_id in event.details


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"FININTORG": "99"}, "第 2 行“财政内部机构”：股室“99”不存在"),
        ({"MOF_DIV_CODE": "420302000"}, "第 2 行“财政区划代码”：“420302000”不是本财政区划"),
        ({"PARENT_ID": "301"}, "第 2 行“父级节点”"),
        ({"AGENCYTYPE": "企业"}, "第 2 行“单位类型”"),
    ],
)
def test_a_wrong_row_is_refused_and_nothing_is_written(world: World, wrong: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        take(row("201004", "区第二小学", **wrong), row("201005", "区第三小学"))
    assert store.units_by_code(DIVISION).keys() == world.units.keys()


def test_a_unit_with_units_below_cannot_become_a_leaf(world: World) -> None:
    with pytest.raises(Refused, match="系统里却有它的下级单位"):
        take(row("201", "区教育局", IS_LEAF="1"))


def test_all_problems_of_both_checks_come_at_once(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        take(row("201004", "甲", AGENCYTYPE="企业"), row("201005", "乙", FININTORG="99"))
    assert len(refusal.value.sentences) == 2


def test_the_whole_sample_district_is_taken_over(world: World) -> None:
    offices = Upload(DEFAULT_OFFICES.read_bytes(), "offices.csv")
    assert import_offices(offices, DIVISION, by=SYSTEM).counts["new"] == 12
    assert import_offices(offices, DIVISION, by=SYSTEM).is_empty
    sample = Upload(DEMO.read_bytes(), DEMO.name)
    import_units(sample, DIVISION, by=SYSTEM)
    assert import_units(sample, DIVISION, by=SYSTEM).counts["unchanged"] == 163


def test_an_unknown_kind_of_office_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="第 2 行“股室类型”：“别的”不是有效的股室类型"):
        import_offices(Upload("code,name,kind\n31,新股,别的".encode(), "o.csv"), DIVISION, by=SYSTEM)


def send(client: FlaskClient, *rows: tuple[str, ...]) -> Any:
    upload = units(*rows)
    return client.post("/units/import", data={"file": (BytesIO(upload.data), upload.filename)})


def test_the_administrator_previews_and_confirms_works(world: World, sign_in: SignIn) -> None:
    client = sign_in("xi")
    preview = send(client, row("201004", "区第二小学")).headers["Location"]
    shown = client.get(preview)
    assert (shown.status_code, "区第二小学" in shown.get_data(as_text=True)) == (200, True)
    assert "201004" not in store.units_by_code(DIVISION)
    assert client.post(preview).status_code == 302
    assert "201004" in store.units_by_code(DIVISION)
    assert "没有需要更新的内容" in client.get(preview).get_data(as_text=True)


def test_a_bad_file_is_shown_row_by_row(world: World, sign_in: SignIn) -> None:
    answer = send(sign_in("xi"), row("201004", "区第二小学", FININTORG="99"))
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "文件有 1 处问题" in page, "股室“99”不存在" in page) == (422, True, True)


def test_no_file_is_told(world: World, sign_in: SignIn) -> None:
    answer = sign_in("xi").post("/units/import", data={})
    assert (answer.status_code, "请选择要导入的文件" in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize("digest", ["0" * 64, "..", "x"])
def test_an_unknown_upload_is_not_found(world: World, sign_in: SignIn, digest: str) -> None:
    assert sign_in("xi").get(f"/units/import/{digest}").status_code == 404


@pytest.mark.parametrize("path", ["/units", "/units/import", f"/units/import/{'0' * 64}"])
def test_a_clerk_is_kept_out(world: World, sign_in: SignIn, path: str) -> None:
    assert sign_in("lin").get(path).status_code == 403


def test_the_list_finds_by_code_name_and_office(world: World, sign_in: SignIn) -> None:
    client = sign_in("xi")
    for search in ("201003", "实验", "教科文"):
        page = client.get("/units", query_string={"q": search}).get_data(as_text=True)
        assert ("区实验小学" in page, "区水利局" in page) == (True, False)


def test_the_command_previews_and_imports_works(app: Flask, world: World, tmp_path: Path) -> None:
    file = tmp_path / "单位.xlsx"
    file.write_bytes(units(row("201004", "区第二小学")).data)
    dry = app.test_cli_runner().invoke(args=["units", "import", str(file), "--dry-run"])
    assert (dry.exit_code, "201004" in store.units_by_code(DIVISION)) == (0, False)
    done = app.test_cli_runner().invoke(args=["units", "import", str(file)])
    assert (done.exit_code, "新增 1 条" in done.output, "已导入" in done.output) == (0, True, True)
    assert "201004" in store.units_by_code(DIVISION)


def test_the_command_tells_all_errors_and_ends_with_1(app: Flask, world: World, tmp_path: Path) -> None:
    file = tmp_path / "单位.xlsx"
    file.write_bytes(units(row("201004", "甲", FININTORG="98"), row("201005", "乙", FININTORG="99")).data)
    done = app.test_cli_runner().invoke(args=["units", "import", str(file)])
    assert (done.exit_code, "共 2 个问题" in done.output) == (1, True)


def test_offices_come_by_command_too(app: Flask, world: World) -> None:
    done = app.test_cli_runner().invoke(args=["units", "import-offices"])
    assert (done.exit_code, "新增 12 条" in done.output) == (0, True)
