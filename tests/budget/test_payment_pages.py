"""The pages of payments: list, differences, import with preview, matching again; only what one may see."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.budget.paying import counted, matches, take, upload, voucher
from tests.exports.stories import school_plan, water_plan
from tests.world import World

SignIn = Callable[[str], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def paid(world: World) -> World:
    """A1 paid within its plan, A3 beyond, B1 without plan and beyond its grant, and one of no allotment."""
    school_plan(world)
    take(
        voucher("V1", "60000.00"), voucher("V2", "15000.07", "A3"), voucher("V3", "50001.00", "B1"),
        voucher("V4", "7.00", "X9"), voucher("V5", "-5.00"),
    )  # fmt: skip
    return world


@pytest.mark.usefixtures("paid")
def test_the_list_shows_payments_and_what_has_no_plan_works(sign_in: SignIn) -> None:
    page = sign_in("fang").get("/payments").text
    for said in ("NoV1", "60,000.00", "退款", "125,003.07", "全部 5 笔合计", "0.07", "导入支付"):
        assert said in page
    found = sign_in("fang").get("/payments?q=NoV3").text
    assert "全部 1 笔合计" in found
    assert "没有符合" in sign_in("fang").get("/payments?q=%25").text


@pytest.mark.parametrize(
    ("username", "seen"),
    [("lin", "V1 V2 V4 V5"), ("zhou", "V3"), ("jiao", "V1 V2 V4 V5"), ("shen", "V1 V2 V5"), ("qin", "V3"),
     ("shi", "V1 V2 V3 V4 V5")],
)  # fmt: skip
@pytest.mark.usefixtures("paid")
def test_everybody_sees_his_own_payments_only(username: str, seen: str, sign_in: SignIn) -> None:
    page = sign_in(username).get("/payments").text
    assert [key for key in ("V1", "V2", "V3", "V4", "V5") if f"No{key}" in page] == seen.split()
    assert "导入支付" not in page


@pytest.mark.usefixtures("paid")
def test_only_what_differs_is_listed_with_its_reason(sign_in: SignIn) -> None:
    page = sign_in("fang").get("/payments/differences").text
    for said in ("有差异的指标", "15,000.07", "已支付但无已批复计划", "支付超过指标", "指标不在系统中", "X9"):
        assert said in page
    assert "人员经费" not in page
    whole = sign_in("fang").get("/payments/differences?all=1").text
    assert "人员经费" in whole
    assert "一致" in whole
    assert "支付超过指标" not in sign_in("lin").get("/payments/differences").text


@pytest.mark.usefixtures("world")
def test_pages_without_payments_say_so(sign_in: SignIn) -> None:
    client = sign_in("fang")
    assert "还没有支付数据" in client.get("/payments").text
    assert "没有差异" in client.get("/payments/differences").text
    assert "还没有支付数据" in client.get("/payments/differences?all=1").text


@pytest.mark.usefixtures("paid")
def test_matching_again_takes_plans_approved_since(paid: World, sign_in: SignIn) -> None:
    before = len(matches())
    client = sign_in("fang")
    answer = client.post("/payments/2026/rematch", follow_redirects=True)
    assert "没有可以匹配的已批复计划" in answer.text
    water_plan(paid)
    assert "新匹配 1 笔" in client.post("/payments/2026/rematch", follow_redirects=True).text
    assert len(matches()) == before + 1


def test_a_file_is_shown_before_it_is_taken_over(world: World, sign_in: SignIn) -> None:
    client = sign_in("fang")
    file = upload(voucher("V1", "60000.00"), voucher("V2", "8.00", "X9"))
    sent = client.post("/payments/import", data={"year": 2026, "file": (BytesIO(file.data), file.filename)})
    assert sent.status_code == 302
    preview = client.get(sent.location).text
    for said in ("60,008.00", "指标不在系统中", "NoV2", "确认导入"):
        assert said in preview
    assert counted() == [0, 0]
    done = client.post(sent.location)
    assert (done.status_code, done.location) == (302, "/payments/differences?year=2026")
    assert counted()[0] == 2
    assert "没有需要更新的内容" in client.get(sent.location).text


def test_a_bad_file_is_told_row_by_row_and_nothing_is_written(world: World, sign_in: SignIn) -> None:
    file = upload(voucher("V1", "1.00", AGENCY_CODE="301001"))
    sent = sign_in("luo").post("/payments/import", data={"year": 2026, "file": (BytesIO(file.data), file.filename)})
    assert sent.status_code == 422
    assert "不是这笔指标的单位" in sent.text
    assert counted() == [0, 0]


@pytest.mark.parametrize("username", ["lin", "shen", "shi", "xi"])
@pytest.mark.usefixtures("world")
def test_only_the_treasury_imports(username: str, sign_in: SignIn) -> None:
    client = sign_in(username)
    assert client.get("/payments/import").status_code == 403
    assert client.post("/payments/2026/rematch").status_code == 403


@pytest.mark.usefixtures("paid")
def test_the_pages_ask_as_often_for_many_payments_as_for_few(sign_in: SignIn, count_queries: Counting) -> None:
    client = sign_in("fang")
    for address in ("/payments", "/payments/differences?all=1"):
        client.get(address)
        with count_queries() as few:
            client.get(address)
        take(*[voucher(f"{address}{place}", "1.00", f"Z{place}") for place in range(60)])
        with count_queries() as many:
            client.get(address)
        assert len(many) == len(few)
