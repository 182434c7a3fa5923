"""The list of plans, a new plan, and the buttons of the entry page, as plain forms: first works, then refused."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from accounts.people.rules import SYSTEM
from accounts.units.models import Unit
from approvals.reviews import actions as reviews
from approvals.reviews import queue
from approvals.reviews import store as tasks
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.actions import start_plan
from budget.plans.forms import COLUMNS
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from budget.windows.actions import save_window
from budget.windows.models import FilingWindow
from core import clock
from core.db import session, transaction
from tests.budget.declaring import PAPER, SignIn, drafted, fields, lines, opened, plan, post
from tests.world import DIVISION, World
from vouchers.papers.actions import add_paper
from vouchers.papers.matrix import cells_of
from vouchers.papers.models import Paper

PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)

# ---- the list ----


def test_the_list_shows_own_plans_with_sums_and_states_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000), ("A2", 200))
    page = sign_in("lin").get("/plans").text
    assert "YK-202612-0001" in page
    assert "1,200.00" in page
    assert "草稿 1" in page
    assert f"/plans/{plan_id}/edit" in page
    assert "新建计划" in page


def test_in_december_the_list_begins_with_the_year_that_is_filed(world: World, sign_in: SignIn) -> None:
    save_window(DIVISION, 2027, 1, clock.at(2026, 12, 15), clock.at(2026, 12, 25), by=SYSTEM)
    for day, year in ((14, 2026), (20, 2027), (26, 2026)):
        with clock.stopped(clock.at(2026, 12, day, 10)):
            assert f'<option value="{year}" selected>' in sign_in("lin").get("/plans").text
            assert '<option value="2026" selected>' in sign_in("lin").get("/plans?year=2026").text


def test_the_list_is_filtered_by_year_month_state_and_words(world: World, sign_in: SignIn) -> None:
    drafted(world, ("A1", 1000))
    drafted(world, ("A1", 1000), month=11)
    client = sign_in("lin")
    for query, shown, hidden in (
        ("month=11", "YK-202611-0001", "YK-202612-0001"),
        ("q=202612", "YK-202612-0001", "YK-202611-0001"),
        ("q=实验小学&month=12", "YK-202612-0001", "YK-202611-0001"),
        ("state=draft&month=11", "YK-202611-0001", "YK-202612-0001"),
    ):
        page = client.get(f"/plans?{query}").text
        assert shown in page
        assert hidden not in page
    for query in ("year=2025", "state=returned", "q=100%25"):
        assert "没有符合条件的计划" in client.get(f"/plans?month=1&{query}").text
    assert client.get("/plans?year=x&month=99&state=?&page=-1").status_code == 200


def test_the_list_turns_pages_of_fifty(world: World, sign_in: SignIn) -> None:
    for _ in range(51):
        start_plan(world.units["201003"], 2026, 12, form_key=uuid4().hex, by=world.person("lin"))
    client = sign_in("lin")
    first, second = client.get("/plans").text, client.get("/plans?page=2").text
    assert "共 51 份，第 1 / 2 页" in first
    assert (first.count("YK-202612-"), second.count("YK-202612-")) == (2 * 50, 2 * 1)


def test_drafts_are_seen_by_their_own_unit_only(world: World, sign_in: SignIn) -> None:
    drafted(world, ("A1", 1000))
    for username in ("zhou", "shen", "fang", "shi", "jiao"):
        page = sign_in(username).get("/plans").text
        assert "YK-202612-0001" not in page
    assert "YK-202612-0001" in sign_in("he").get("/plans").text


def test_the_list_is_closed_to_administrators(sign_in: SignIn) -> None:
    assert sign_in("xi").get("/plans").status_code == 403


# ---- a new plan ----


def test_a_new_plan_is_started_works(world: World, sign_in: SignIn) -> None:
    client = sign_in("lin")
    page = client.get("/plans/new").text
    assert "2026年12月（申报中，11月25日 17:00 截止）" in page
    form = {"unit": world.units["201003"], "month": "2026-12", "form_key": fields(page)["form_key"][0]}
    answer = client.post("/plans/new", data=form)
    assert answer.status_code == 302
    assert plan(UUID(answer.location.split("/")[2])).number == "YK-202612-0001"
    again = client.post("/plans/new", data=form)
    assert again.location == answer.location, "the same form sent twice is one plan"
    other = client.post("/plans/new", data=form | {"month": "2026-11"})
    assert other.status_code == 422, "another body under the same key is refused"
    assert session().scalar(select(func.count()).select_from(Plan)) == 1


def test_a_new_plan_for_another_unit_or_no_month_is_refused(world: World, sign_in: SignIn) -> None:
    client = sign_in("lin")
    key = uuid4().hex
    for unit, month, form_key in (
        (world.units["301001"], "2026-12", key), (world.units["201003"], "2026-13", key), ("x", "", key),
        (world.units["201003"], "2026-12", "short"),
    ):  # fmt: skip
        answer = client.post("/plans/new", data={"unit": unit, "month": month, "form_key": form_key})
        assert answer.status_code == 422
    assert session().scalar(select(func.count()).select_from(Plan)) == 0


def test_a_clerk_whose_unit_was_closed_is_told_so(world: World, sign_in: SignIn) -> None:
    with transaction() as work:
        work.get_one(Unit, world.units["201003"]).enabled = False
    answer = sign_in("lin").get("/plans/new")
    assert answer.status_code == 422
    assert "没有启用的末级单位" in answer.text


@pytest.mark.parametrize("username", ["he", "luo", "shi", "xi"])
def test_who_is_no_clerk_starts_and_edits_nothing(world: World, sign_in: SignIn, username: str) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in(username)
    assert client.get("/plans/new").status_code == 403
    assert client.get(f"/plans/{plan_id}/edit").status_code == 403
    for page in ("edit", "save-and-check", "overwrite", "copy", "drop", "autosave"):
        assert client.post(f"/plans/{plan_id}/{page}").status_code == 403


def test_another_units_plan_is_not_there(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("zhou")
    assert client.get(f"/plans/{plan_id}/edit").status_code == 404
    for page in ("edit", "save-and-check", "overwrite", "copy", "drop", "autosave"):
        assert client.post(f"/plans/{plan_id}/{page}").status_code == 404
    assert client.get(f"/plans/{uuid4()}/edit").status_code == 404


# ---- the other buttons ----


def test_sending_for_check_saves_first_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["applied"][0] = "1500"
    answer = post(client, f"/plans/{plan_id}/save-and-check", form)
    assert answer.status_code == 302
    assert answer.location.endswith(f"/plans/{plan_id}/check")
    assert lines(plan_id)[0][1] == "1,500.00"


def test_sending_a_faulty_page_for_check_stays_on_it(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["applied"][0] = "0"
    answer = post(client, f"/plans/{plan_id}/save-and-check", form)
    assert answer.status_code == 422
    assert "申报金额须大于 0" in answer.text


def submitted(world: World, *amounts: tuple[str, int], month: int = 12) -> UUID:
    """A plan that stands before the bureau, with an invoice for every line."""
    plan_id = drafted(world, *amounts, month=month)
    ids = [line.id for line in plan(plan_id).lines]
    add_paper(plan_id, "11", "发票.png", BytesIO(PNG + plan_id.bytes), ids, limit=10**6, by=world.person("lin"))
    reviews.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    return plan_id


def test_last_months_lines_are_copied_behind_what_was_typed_works(world: World, sign_in: SignIn) -> None:
    with transaction() as work:
        opens, closes = clock.at(2026, 11, 1), clock.at(2026, 11, 25)
        work.add(FilingWindow(division_code=DIVISION, fiscal_year=2026, month=11, opens_at=opens, closes_at=closes))
    submitted(world, ("A1", 1000), ("A3", 500), month=11)
    plan_id = drafted(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["allotment"][0], form["applied"][0] = PAPER, "10"
    assert post(client, f"/plans/{plan_id}/copy", form).status_code == 302
    assert [amount for _, amount, _ in lines(plan_id)] == ["10.00", "1,000.00", "500.00"]
    assert "已从上月计划复制 2 行" in client.get(f"/plans/{plan_id}/edit").text


def test_copying_when_there_is_no_last_month_says_so_and_keeps_what_was_typed(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["allotment"][0], form["applied"][0] = PAPER, "10"
    assert post(client, f"/plans/{plan_id}/copy", form).status_code == 302
    page = client.get(f"/plans/{plan_id}/edit").text
    assert "没有可复制的上月计划" in page
    assert lines(plan_id) == [(PAPER, "10.00", "")]


def test_copying_over_a_faulty_page_stays_on_it(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["applied"][0] = "x"
    assert post(client, f"/plans/{plan_id}/copy", form).status_code == 422


def test_a_draft_is_dropped_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    assert client.post(f"/plans/{plan_id}/drop").location.endswith("/plans")
    assert "草稿已删除" in client.get("/plans").text
    assert client.get(f"/plans/{plan_id}/edit").status_code == 404


def test_the_vouchers_of_a_dropped_draft_stay_in_the_register(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    ids = [line.id for line in plan(plan_id).lines]
    stream = BytesIO(PNG + plan_id.bytes)
    paper_id = add_paper(plan_id, "11", "发票.png", stream, ids, limit=10**6, by=world.person("lin"))
    assert sign_in("lin").post(f"/plans/{plan_id}/drop").status_code == 302
    paper = session().get_one(Paper, paper_id, populate_existing=True)
    assert (paper.plan_id, paper.unit_id, cells_of(plan_id)) == (None, world.units["201003"], {})


def test_what_was_submitted_once_is_not_dropped(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 1000))
    answer = sign_in("lin").post(f"/plans/{plan_id}/drop")
    assert answer.status_code == 422
    assert "送审过的计划须保留备查" in answer.text
    assert plan(plan_id).number


# ---- a returned plan ----


@pytest.fixture
def returned(world: World) -> UUID:
    """Two lines went up; the office sent the second one back."""
    plan_id = drafted(world, ("A1", 1000), ("A4", 500))
    reviews.submit(plan_id, 2, by=world.person("lin"))
    for username, verdict in (("he", Verdict.AGREE), ("shen", Verdict.AGREE), ("qin", Verdict.RETURN)):
        person = world.person(username)
        task = queue.queue_page(person)[0][0].task
        opinions = [LineOpinion(line.id, verdict, None, "缺合同") for line in tasks.lines_of(task)]
        reviews.decide(task.id, opinions, "", tasks.decisions_of(plan_id)[-1].digest, by=person)
    assert plan(plan_id).state is PlanState.RETURNED
    return plan_id


def test_in_a_returned_plan_the_returned_lines_are_open_works(returned: UUID, sign_in: SignIn) -> None:
    client = sign_in("lin")
    page = client.get(f"/plans/{returned}/edit").text
    assert "只能修改被退回的行" in page
    assert "加行" not in page
    assert "删除草稿" not in page
    amounts = re.findall(r'<input name="applied"[^>]*>', page)
    assert ["readonly" in tag for tag in amounts] == [True, False]
    form = fields(page)
    form["applied"][1] = "400"
    assert post(client, f"/plans/{returned}/edit", form).status_code == 302
    assert lines(returned)[1][1] == "400.00"


def test_in_a_returned_plan_the_other_lines_are_closed(returned: UUID, sign_in: SignIn) -> None:
    client = sign_in("lin")
    form = opened(client, returned)
    form["applied"][0] = "1"
    for name in COLUMNS:
        form[name].append("")
    form["purpose"][2] = "新行"
    answer = post(client, f"/plans/{returned}/edit", form)
    assert answer.status_code == 422
    assert "第 1 行没有被退回，不能修改" in answer.text
    assert "被退回的计划不能增加新行" in answer.text
    assert lines(returned)[0][1] == "1,000.00"
