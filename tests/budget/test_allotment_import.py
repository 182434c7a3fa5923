"""Taking over allotments: new, changed, repeated, cut, deleted; and each refusal, with nothing written."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.people.rules import SYSTEM
from accounts.units.actions import import_offices, import_units
from accounts.units.layout import DEFAULT_OFFICES
from budget.allotments import store
from budget.allotments.actions import import_allotments
from budget.allotments.models import Allotment, Posting
from budget.allotments.reading import AllotmentReading, initials_of
from budget.allotments.rules import PostingKind
from budget.codes.actions import load_default_codes
from core import history
from core.db import session
from core.differences import Change
from core.errors import Refused
from core.imports import Upload
from core.money import ZERO, Money
from tests.approvals.stories import submitted
from tests.core.books import xlsx
from tests.world import DIVISION, YEAR, World, allotment

DEMO = Path(__file__).parents[2] / "demo"
SignIn = Callable[[str], FlaskClient]
# What the cast's allotments have in common; the keys of the cast's own rows are A1 … B1.
BASE = {
    "BGT_ID": "N1", "MOF_DIV_CODE": DIVISION, "FISCAL_YEAR": str(YEAR), "COR_BGT_DOC_NO": "张财预〔2026〕9号",
    "PRO_CODE": "P9", "PRO_NAME": "校园安全", "BGT_EXE_FLAG": "1", "AGENCY_CODE": "201003", "FUND_TYPE_CODE": "11111",
    "MANAGE_MOF_DEP_CODE": "04", "EXP_FUNC_CODE": "2050202", "DEP_BGT_ECO_CODE": "30201",
    "DEP_BGT_ECO_NAME": "办公费", "AMOUNT": "1000.00", "IS_DELETED": "2", "PRO_CAT_CODE": "31", "TASK_NO": "T1",
}  # fmt: skip


def upload(*rows: dict[str, str]) -> Upload:
    filled = [BASE | row for row in rows]
    return Upload(xlsx([list(BASE), *[[row[code] for code in BASE] for row in filled]]), "指标.xlsx")


def take(*rows: dict[str, str]) -> AllotmentReading:
    return import_allotments(upload(*rows), DIVISION, YEAR, by=SYSTEM)


def stored(key: str = "N1") -> Allotment:
    query = select(Allotment).where(Allotment.bgt_id == key, Allotment.fiscal_year == YEAR)
    return session().scalars(query.execution_options(populate_existing=True)).one()


def grants(key: str = "N1") -> list[Money]:
    return [posting.amount for posting in store.postings(stored(key).id, (PostingKind.GRANT,))]


def hold(world: World, key: str, yuan: int) -> None:
    """A plan in review holds so much of it."""
    world.allotments[key] = stored(key).id
    submitted(world, (key, yuan))


def count() -> int:
    return session().scalar(select(func.count()).select_from(Posting)) or 0


def test_a_new_allotment_is_granted_by_a_posting_works(world: World) -> None:
    reading = take({}, {"BGT_ID": "N2", "AMOUNT": "0.05"})
    assert (reading.total, reading.granted_after - reading.granted_before) == (Money(100_005), Money(100_005))
    one = stored()
    assert (one.granted, one.held, one.posted, grants()) == (Money.yuan(1000), ZERO, ZERO, [Money.yuan(1000)])
    assert (one.unit_id, one.office_id, one.initials) == (world.units["201003"], world.offices["04"], "xyaqbgf")
    assert one.extra == '{"TASK_NO": "T1"}'


def test_a_changed_amount_posts_the_difference_up_and_down(world: World) -> None:
    take({})
    take({"AMOUNT": "1500.00"})
    take({"AMOUNT": "200.00"})
    assert (stored().granted, grants()) == (Money.yuan(200), [Money.yuan(1000), Money.yuan(500), Money.yuan(-1300)])


def test_other_fields_change_without_a_posting(world: World) -> None:
    take({})
    reading = take({"PRO_NAME": "校园安防", "TASK_NO": "T2"})
    changes = (Change("项目名称", "校园安全", "校园安防"), Change("任务代码", "T1", "T2"))
    assert reading.difference.changed[0].changes == changes
    assert (stored().pro_name, stored().initials, len(grants())) == ("校园安防", "xyafbgf", 1)


def test_the_same_file_again_changes_nothing(world: World) -> None:
    take({})
    postings, moment = count(), stored().updated_at
    assert take({}).difference.is_empty
    assert (count(), stored().updated_at) == (postings, moment)
    assert len([event for event in history.recent() if event.subject_kind == "allotments"]) == 1


def test_allotments_that_the_file_lacks_stay(world: World) -> None:
    reading = take({})
    assert {entry.key for entry in reading.difference.absent} == world.allotments.keys()
    assert allotment(world, "A1").granted == Money.yuan(1_200_000)


def test_a_deleted_allotment_grants_nothing_and_may_come_back(world: World) -> None:
    take({})
    take({"IS_DELETED": "1"})
    assert (stored().deleted, stored().granted) == (True, ZERO)
    take({})
    assert (stored().deleted, stored().granted) == (False, Money.yuan(1000))


def test_the_history_has_file_digest_counts_and_control_total(world: World) -> None:
    take({})
    event = history.recent(1)[0]
    assert event.summary.startswith("导入2026年指标“指标.xlsx”：新增 1 条")
    assert '"total": "1000.00"' in event.details
    assert len(event.subject_id) == 64


def test_a_cut_to_what_plans_hold_is_allowed(world: World) -> None:
    take({})
    hold(world, "N1", 300)
    take({"AMOUNT": "300.00"})
    assert (stored().granted, stored().available) == (Money.yuan(300), ZERO)


def test_cuts_below_what_plans_hold_are_refused_all_at_once(world: World) -> None:
    take({}, {"BGT_ID": "N2"}, {"BGT_ID": "N3"})
    hold(world, "N1", 300)
    hold(world, "N2", 300)
    before = count()
    with pytest.raises(Refused) as refusal:
        take({"AMOUNT": "299.99"}, {"BGT_ID": "N2", "IS_DELETED": "1"}, {"BGT_ID": "N3", "AMOUNT": "5.00"})
    first, second = refusal.value.sentences
    assert first.startswith("第 2 行“指标金额”：指标“张财预〔2026〕9号 校园安全 30201 办公费”的新金额 299.99 元低于")
    assert second.startswith("第 3 行“是否删除”")
    assert "不能删除" in second
    assert (count(), stored("N3").granted) == (before, Money.yuan(1000))


@pytest.mark.parametrize(("column", "code"), [("AGENCY_CODE", "301001"), ("MANAGE_MOF_DEP_CODE", "06")])
def test_an_allotment_that_plans_hold_keeps_its_unit_and_office(world: World, column: str, code: str) -> None:
    take({})
    take({column: code})
    take({})
    hold(world, "N1", 1)
    with pytest.raises(Refused, match=r"已有用款计划占用或批复 1\.00 元，不能改变"):
        take({column: code})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"AGENCY_CODE": "999999"}, "第 3 行“单位代码”：单位“999999”不在预算单位中"),
        ({"MANAGE_MOF_DEP_CODE": "99"}, "第 3 行“业务主管处室代码”：股室“99”不存在"),
        ({"FISCAL_YEAR": "2025"}, "第 3 行“预算年度”：“2025”与本次导入的“2026”不符"),
        ({"MOF_DIV_CODE": "420302000"}, "第 3 行“财政区划代码”"),
        ({"AMOUNT": "-1"}, "第 3 行“指标金额”：金额是负数"),
        ({"AMOUNT": "1.005"}, "第 3 行“指标金额”"),
        ({"BGT_ID": "N1"}, "第 3 行“指标主键”：“N1”与第 2 行重复"),
        ({"DEP_BGT_ECO_CODE": "39x"}, "第 3 行“部门支出经济分类科目代码”：代码“39x”不在代码表中"),
    ],
)
def test_one_wrong_row_keeps_the_whole_file_out(world: World, wrong: dict[str, str], sentence: str) -> None:
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    with pytest.raises(Refused, match=sentence):
        take({}, {"BGT_ID": "N2", **wrong})
    assert "N1" not in store.ids_of_year(DIVISION, YEAR)


def test_a_code_table_that_is_not_loaded_is_not_checked(world: World) -> None:
    take({"DEP_BGT_ECO_CODE": "39x"})
    assert stored().dep_eco_code == "39x"


def test_the_sample_district_is_taken_over_to_the_fen(world: World) -> None:
    import_offices(Upload(DEFAULT_OFFICES.read_bytes(), "offices.csv"), DIVISION, by=SYSTEM)
    units, file = DEMO / "UNITS_420303000_2026.xlsx", DEMO / "BA_BGT_INFO_420303000_2026.xlsx"
    import_units(Upload(units.read_bytes(), units.name), DIVISION, by=SYSTEM)
    load_default_codes(DIVISION, YEAR, by=SYSTEM)
    sample = Upload(file.read_bytes(), file.name)
    reading = import_allotments(sample, DIVISION, YEAR, by=SYSTEM)
    assert (len(reading.rows), str(reading.total)) == (2722, "1,231,480,374.80")
    keys = {row.bgt_id for row in reading.rows}
    granted = Money.total(row.granted for row in store.rows_of_year(DIVISION, YEAR) if row.bgt_id in keys)
    assert granted == reading.total
    again = import_allotments(sample, DIVISION, YEAR, by=SYSTEM)
    assert again.difference.counts == {"new": 0, "changed": 0, "unchanged": 2722, "absent": 5}


@pytest.mark.parametrize(("text", "spelt"), [("基本工资", "jbgz"), ("行政运行A1", "xzyxa1"), ("", "")])
def test_initials_are_the_first_letters(text: str, spelt: str) -> None:
    assert initials_of(text) == spelt


def send(client: FlaskClient, *rows: dict[str, str], year: int = YEAR) -> Any:
    file = upload(*rows)
    return client.post("/allotments/import", data={"year": year, "file": (BytesIO(file.data), file.filename)})


def test_the_administrator_previews_and_confirms_works(world: World, sign_in: SignIn) -> None:
    client = sign_in("xi")
    preview = send(client, {}, {"BGT_ID": "N2"}).headers["Location"]
    page = client.get(preview).get_data(as_text=True)
    assert ("2,000.00" in page, "校园安全" in page, "N1" in store.ids_of_year(DIVISION, YEAR)) == (True, True, False)
    assert client.post(preview).status_code == 302
    assert stored().granted == Money.yuan(1000)
    assert client.post(preview).status_code == 302
    assert grants() == [Money.yuan(1000)]


def test_the_preview_says_what_stands_in_the_way_since(world: World, sign_in: SignIn) -> None:
    client = sign_in("xi")
    take({})
    preview = send(client, {"AMOUNT": "10.00"}).headers["Location"]
    hold(world, "N1", 300)
    answer = client.post(preview)
    assert (answer.status_code, "低于已占用和已批复的 300.00 元" in answer.get_data(as_text=True)) == (422, True)
    assert stored().granted == Money.yuan(1000)


def test_a_bad_file_shows_its_first_problems_with_the_total(world: World, sign_in: SignIn) -> None:
    answer = send(sign_in("xi"), *[{"BGT_ID": f"N{n}", "AGENCY_CODE": "x"} for n in range(201)])
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "文件有 201 处问题" in page, page.count("不在预算单位中")) == (422, True, 200)


def test_a_file_of_another_year_is_refused(world: World, sign_in: SignIn) -> None:
    assert send(sign_in("xi"), {}, year=2025).status_code == 422


@pytest.mark.parametrize("path", ["/allotments/import", f"/allotments/import/{YEAR}/{'0' * 64}"])
def test_a_clerk_cannot_import(world: World, sign_in: SignIn, path: str) -> None:
    assert sign_in("lin").get(path).status_code == 403


def test_the_command_shows_the_control_total_works(app: Flask, world: World, tmp_path: Path) -> None:
    file = tmp_path / "指标.xlsx"
    file.write_bytes(upload({}).data)
    run = app.test_cli_runner().invoke
    arguments = ["allotments", "import", str(file), "--year", str(YEAR)]
    dry = run(args=[*arguments, "--dry-run"])
    assert (dry.exit_code, "文件 1 笔，合计 1,000.00 元" in dry.output) == (0, True)
    assert "N1" not in store.ids_of_year(DIVISION, YEAR)
    assert run(args=arguments).exit_code == 0
    assert stored().granted == Money.yuan(1000)
    refused = run(args=["allotments", "import", str(file), "--year", "2025"])
    assert (refused.exit_code, "共 1 个问题" in refused.output) == (1, True)
