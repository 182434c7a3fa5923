"""凭证登记簿 on the screen: found, registered, described, drawn on from a plan, and laid out line by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select

from core import clock
from core.db import session, transaction
from core.money import Money
from core.paging import PER_PAGE
from tests.approvals.stories import task_of
from tests.budget.declaring import queries
from tests.vouchers.samples import FRAGMENT, JSON, a_png, add, draft, text
from tests.vouchers.test_register_acts import CONTRACT, registered, stored, submitted
from tests.world import World
from vouchers.papers.actions import remove_paper
from vouchers.papers.faces import Face
from vouchers.papers.models import Draw, Paper
from vouchers.papers.registering import describe_paper, draw_on
from vouchers.papers.store import facts_by_line

SignIn = Callable[[str], FlaskClient]
BOTH = sorted(["合同.pdf", "发票甲.pdf"])
FACE = {
    "kind": "14", "number": "HT-7", "on": "2026-03-01", "counterparty": "某公司", "amount": "1,200.50",
}  # fmt: skip


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """The names in the list."""
    page = text(client.get(f"/register{query}"))
    return sorted(re.findall(r'name-cell" href="/register/[^"]+" title="([^"]+)"', page))


def test_a_paper_is_registered_described_and_removed_works(world: World, sign_in: SignIn) -> None:
    lin = sign_in("lin")
    data = FACE | {"unit": world.units["201003"], "file": (BytesIO(a_png()), "物业合同.png")}
    place = lin.post("/register/new", data=data).location
    shown = text(lin.get(place))
    for said in ("物业合同.png", "HT-7", "2026-03-01", "某公司", "1,200.50", "还没有计划使用这份凭证"):
        assert said in shown
    assert lin.post(f"{place}/edit", data=FACE | {"number": "HT-8", "seen": 1}).status_code == 302
    assert "登记为：号码 HT-8" in text(lin.get(place))
    again = lin.post(f"{place}/edit", data=FACE | {"number": "HT-9", "seen": 1})
    assert (again.status_code, "号码：已保存“HT-8”，您填写“HT-9”。" in text(again)) == (409, True)
    assert lin.post(f"{place}/remove", data={"seen": 2}).location == "/register"
    assert lin.get(place).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"file": None}, "请选择要登记的文件。"),
        ({"kind": ""}, "请选择凭证种类。"),
        ({"kind": "1"}, "请从列表中选择凭证种类。"),
        ({"amount": "-1"}, "票面金额应大于 0"),
        ({"amount": "一百"}, "不是有效的金额"),
    ],
)
def test_what_cannot_be_registered_is_told(world: World, sign_in: SignIn, change: dict[str, object], said: str) -> None:
    data = FACE | {"unit": world.units["201003"], "file": (BytesIO(a_png()), "合同.png")} | change
    answer = sign_in("lin").post("/register/new", data={key: value for key, value in data.items() if value is not None})
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert session().scalar(select(func.count()).select_from(Paper)) == 0


def test_the_list_is_narrowed(world: World, sign_in: SignIn) -> None:
    lin, by = sign_in("lin"), world.person("lin")
    plan_id, lines = draft(world)
    paper_id = registered(world)
    add(world, plan_id, lines, name="发票甲.pdf")
    draw_on(paper_id, lines[0], Money.yuan(100), by=by)
    assert listed(lin) == BOTH
    for query, found in (
        ("q=HT-2026", ["合同.pdf"]), ("q=信息公司", ["合同.pdf"]), ("q=发票", ["发票甲.pdf"]), ("q=%25", []),
        ("kind=11", ["发票甲.pdf"]), ("month=2026-01", ["合同.pdf"]), ("month=2026-02", []), ("left=1", ["合同.pdf"]),
        ("month=x&kind=&after=x", BOTH),
    ):  # fmt: skip
        assert listed(lin, f"?{query}") == found, query
    draw_on(paper_id, lines[1], Money.yuan(50), by=by)
    assert listed(lin, "?left=1") == []
    assert "已用完" in text(lin.get("/register"))


def test_each_sees_his_own_and_the_bureau_all(world: World, sign_in: SignIn) -> None:
    registered(world)
    registered(world, unit="301001", clerk="zhou")
    found = {name: len(listed(sign_in(name))) for name in ("lin", "he", "zhou", "fang", "shi", "jiao")}
    assert found == {"lin": 1, "he": 1, "zhou": 1, "fang": 2, "shi": 2, "jiao": 0}
    assert "登记凭证" not in text(sign_in("he").get("/register"))


def _fill(world: World, count: int) -> None:
    """So many papers of the school, written past the actions."""
    sample = stored(registered(world))
    columns = ("division_code", "unit_id", "blob_digest", "file_kind", "size", "page_count", "created_by")
    same = {name: getattr(sample, name) for name in columns}
    rows = [
        same | {"id": uuid4(), "kind_code": "11", "name": f"票{n}", "number": f"{n:020d}", "counterparty": "",
                "created_at": clock.now(), "face_amount": Money(n + 1), "version": 1}
        for n in range(count)
    ]  # fmt: skip
    with transaction() as work:
        work.execute(insert(Paper), rows)


@pytest.mark.parametrize("name", ["lin", "fang"])
def test_pages_follow_one_another_with_as_many_queries_however_long_the_list(
    world: World, sign_in: SignIn, name: str
) -> None:
    client = sign_in(name)
    _fill(world, 5)
    with queries() as few:
        client.get("/register")
    _fill(world, 2 * PER_PAGE)
    with queries() as many:
        client.get("/register")
    assert len(many) == len(few)
    seen: list[str] = []
    address = "/register"
    while address:
        page = text(client.get(address))
        seen += re.findall(r'href="/register/([0-9a-f-]{36})"', page)
        found = re.search(r'href="(/register\?after=[^"]+)" rel="next"', page)
        address = found[1] if found else ""
    assert len(seen) == len(set(seen)) == 5 + 2 * PER_PAGE + 2


def test_a_paper_tells_who_draws_on_it_and_hides_foreign_plans(world: World, sign_in: SignIn) -> None:
    """秦川's office sees one plan of the school; of the other he learns the amount alone."""
    paper_id, by = registered(world, Face(amount=Money.yuan(500))), world.person("lin")
    first, (one, _) = draft(world)
    second, (two, _) = draft(world, "lin", "A4", "A3")
    draw_on(paper_id, one, Money.yuan(90), by=by)
    draw_on(paper_id, two, Money.yuan(70), by=by)
    submitted(world, second)
    own, other = (text(sign_in(name).get(f"/register/{paper_id}")) for name in ("lin", "qin"))
    assert "其他计划" not in own and "修改登记" not in own  # a submitted plan draws on it
    assert "已用于送审的计划，内容锁定" in own
    assert f"/plans/{first}" not in other and "其他计划" in other
    for shown in (own, other):
        assert "90.00" in shown and "70.00" in shown and "340.00" in shown
    assert sign_in("lin").get(f"/register/{paper_id}/edit").location == f"/register/{paper_id}"
    refused = sign_in("lin").post(f"/register/{paper_id}/edit", data=FACE | {"seen": stored(paper_id).version})
    assert (refused.status_code, "登记的内容不能再改" in text(refused)) == (409, True)
    sign_in("lin").post(f"/register/{paper_id}/remove", data={"seen": stored(paper_id).version})
    assert stored(paper_id).removed_at is None


def test_a_paper_is_chosen_from_the_register_with_what_the_line_needs(world: World, sign_in: SignIn) -> None:
    paper_id = registered(world, Face("HT-1", amount=Money.yuan(150)))
    plan_id, (one, other) = draft(world)
    lin = sign_in("lin")
    shown = text(lin.get(f"/plans/{plan_id}/lines/{one}/register"))
    assert "申报 100.00 · 未覆盖 100.00" in shown and 'name="amount" value="100.00"' in shown
    place = f"/papers/{paper_id}/lines/{one}"
    answer = lin.post(place, data={"amount": "100.00", "line": one, "plan": plan_id})
    assert answer.location == f"/plans/{plan_id}/papers?line={one}"
    assert "没有这一行可以选用的凭证" in text(lin.get(f"/plans/{plan_id}/lines/{one}/register"))
    assert 'name="amount" value="50.00"' in text(lin.get(f"/plans/{plan_id}/lines/{other}/register"))
    panel = text(lin.get(f"/plans/{plan_id}/papers?line={one}"))
    assert "本行使用 <b>100.00</b>" in panel and "尚余 50.00" in panel
    assert "本计划不再使用" in text(lin.get(f"/plans/{plan_id}/papers?line={one}&edit={paper_id}"))
    said = lin.post(f"/papers/{paper_id}/lines/{other}", data={"amount": "60", "plan": plan_id}, headers=JSON)
    assert (said.status_code, "还可使用 50.00" in said.get_json()["error"]) == (422, True)
    bad = lin.post(f"/papers/{paper_id}/lines/{other}", data={"amount": "很多", "plan": plan_id})
    assert (bad.status_code, "不是有效的金额" in text(bad)) == (422, True)
    assert lin.post(f"{place}/release", data={"plan": plan_id, "line": one}, headers=JSON).status_code == 200
    assert facts_by_line(plan_id) == {}


def test_nothing_is_chosen_for_a_plan_that_is_not_in_the_clerks_hands(world: World, sign_in: SignIn) -> None:
    registered(world)
    plan_id, (line, _) = draft(world)
    assert sign_in("lin").get(f"/plans/{plan_id}/lines/987654/register").status_code == 404
    assert sign_in("shen").get(f"/plans/{plan_id}/lines/{line}/register").status_code == 404
    submitted(world, plan_id)
    assert sign_in("lin").get(f"/plans/{plan_id}/lines/{line}/register").status_code == 404


def test_the_table_says_what_is_proven_of_each_line_and_what_is_left_of_each_paper(
    world: World, sign_in: SignIn
) -> None:
    plan_id, (one, other) = draft(world)
    by = world.person("lin")
    invoice = add(world, plan_id, [one, other], name="发票.pdf")
    describe_paper(invoice, Face("0123456789012345678901", amount=Money.yuan(90)), by=by)
    draw_on(invoice, one, Money.yuan(60), by=by)
    contract = registered(world)
    draw_on(contract, one, Money.yuan(40), by=by)  # the same money once more
    submitted_by = sign_in("lin")
    page = text(submitted_by.get(f"/plans/{plan_id}/papers/table"))
    assert "未覆盖 140.00 元" in page and "…45678901" in page
    rows = re.findall(r"<tr>.*?</tr>", page, re.S)
    cells = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row)] for row in rows]
    first = next(row for row in cells if row and row[0] == "1")
    assert first[2:] == ["100.00", "60.00", "40.00", "60.00", "40.00"]
    assert next(row for row in cells if row and row[0] == "2")[2:] == ["100.00", "", "100.00", "附", ""]
    assert cells[-1][2:] == ["200.00", "60.00", "140.00", "30.00", "110.00"]
    fragment = text(submitted_by.get(f"/plans/{plan_id}/papers/table", headers=FRAGMENT))
    assert "<html" not in fragment and "60.00" in fragment


def test_the_reviewer_reaches_the_table_from_his_desk(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    submitted(world, plan_id)
    he = sign_in("he")
    desk = f"/queue/{task_of(world, 'he', plan_id).id}"
    assert f'href="/plans/{plan_id}/papers/table"' in text(he.get(desk))
    assert he.get(f"/plans/{plan_id}/papers/table").status_code == 200


def test_the_table_of_many_lines_costs_as_many_queries(world: World, sign_in: SignIn) -> None:
    lin = sign_in("lin")

    def cost(plan_id: UUID) -> int:
        with queries() as asked:
            assert lin.get(f"/plans/{plan_id}/papers/table").status_code == 200
        return len(asked)

    small, _ = draft(world)
    large, lines = draft(world, "lin", "A3", "A2")
    for _ in range(6):
        paper_id = registered(world)
        for line in lines:
            draw_on(paper_id, line, Money.yuan(10), by=world.person("lin"))
    remove_paper(registered(world, CONTRACT), by=world.person("lin"))
    assert cost(small) == cost(large)
    assert session().scalar(select(func.count()).select_from(Draw)) == 12


def test_a_reviewer_reaches_what_waits_for_a_consent(world: World, sign_in: SignIn) -> None:
    shen = sign_in("shen")
    assert 'href="/reuses"' in text(shen.get("/register"))
    assert shen.get("/reuses").status_code == 200
    assert 'href="/reuses"' not in text(sign_in("lin").get("/register"))
