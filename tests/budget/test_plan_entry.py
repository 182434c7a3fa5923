"""Typing and saving on the entry page, as a plain form: first works, then each way it is refused."""

from __future__ import annotations

import gzip
import re
from html import unescape

from approvals.reviews import actions as reviews
from budget.plans.forms import COLUMNS
from core.db import transaction
from tests.approvals.stories import filed
from tests.budget.declaring import DEVICES, KEYS, PAPER, SignIn, drafted, fields, lines, opened, plan, post, queries
from tests.world import World, allotment

# ---- the entry page ----


def test_lines_typed_into_the_plain_form_are_stored_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    assert {len(form[name]) for name in COLUMNS} == {5}, "five spare rows"
    form["allotment"][0], form["applied"][0], form["purpose"][0] = PAPER, "￥１，２３４．5", " 教学用纸 "
    form["pay_date"][0], form["payee"][0], form["note"][0] = "15", "青禾商行", "急"
    form["allotment"][3], form["applied"][3] = DEVICES, "20000"
    form["contact_phone"] = ["0719-8650001"]
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert answer.status_code == 302
    assert lines(plan_id) == [(PAPER, "1,234.50", "教学用纸"), (DEVICES, "20,000.00", "")]
    first = plan(plan_id).lines[0]
    assert (str(first.pay_date), first.payee, first.note) == ("2026-12-15", "青禾商行", "急")
    page = client.get(f"/plans/{plan_id}/edit").text
    assert "21,234.50" in page
    assert "贰万壹仟贰佰叁拾肆元伍角整" in page
    assert fields(page)["contact_phone"] == ["0719-8650001"]


def test_rows_keep_their_ids_when_they_change_and_go_when_they_are_emptied(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000), ("A2", 200))
    client = sign_in("lin")
    ids = [line.id for line in plan(plan_id).lines]
    form = opened(client, plan_id)
    form["applied"][1] = "300"
    for name in COLUMNS[1:]:
        form[name][0] = ""
    post(client, f"/plans/{plan_id}/edit", form)
    assert [line.id for line in plan(plan_id).lines] == ids[1:]
    assert lines(plan_id) == [(PAPER, "300.00", "A2 用款")]


def test_every_fault_is_told_beside_its_cell_and_nothing_typed_is_lost(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    before = plan(plan_id).version
    client = sign_in("lin")
    form = opened(client, plan_id)
    typed = {
        "allotment": ("没有的指标", "没有“没有的指标”这一指标"),
        "applied": ("1,23", "“1,23”不是有效的金额"),
        "purpose": ("长" * 301, "用途不能超过 300 个字，现在是 301 个"),
        "pay_date": ("12月40日", "“12月40日”不是有效的日期"),
        "payee": ("人" * 101, "收款人不能超过 100 个字，现在是 101 个"),
        "note": ("<b>'\"" + "注" * 300, "备注不能超过 300 个字"),
    }
    for name, (text, _) in typed.items():
        form[name][1] = text
    form["applied"][0] = "-5"
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert answer.status_code == 422
    shown = fields(answer.text)
    for name, (text, sentence) in typed.items():
        assert shown[name][1] == text
        assert sentence in unescape(answer.text)
        assert f'href="#row-2-{name}"' in answer.text
        assert f'id="row-2-{name}"' in answer.text
    assert "第 1 行：申报金额须大于 0，现在是 -5.00。" in answer.text
    assert "需改 7 处" in answer.text
    assert (plan(plan_id).version, lines(plan_id)[0][1]) == (before, "1,000.00")


def test_another_units_allotment_is_refused_by_label_and_by_id(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["allotment"][0] = "张财预〔2026〕1号 公用经费 30201 办公费 ·2"
    assert post(client, f"/plans/{plan_id}/edit", form).status_code == 422
    form["allotment"][0] = str(world.allotments["B1"])
    assert post(client, f"/plans/{plan_id}/edit", form).status_code == 422


def test_a_stopped_allotment_still_shows_its_name_and_is_refused_on_saving(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A3", 1000))
    with transaction():
        allotment(world, "A3").executable = False
    client = sign_in("lin")
    form = opened(client, plan_id)
    assert form["allotment"][0] == DEVICES
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert answer.status_code == 422
    assert "第 1 行的预算指标已停用或不可执行" in answer.text
    assert fields(answer.text)["allotment"][0] == DEVICES


def test_two_allotments_of_the_same_label_stay_two(world: World, sign_in: SignIn) -> None:
    with transaction():
        twin = allotment(world, "A3")
        twin.doc_no, twin.pro_name, twin.dep_eco_code, twin.dep_eco_name = (
            "张财预〔2026〕1号",
            "公用经费",
            "30201",
            "办公费",
        )
    plan_id = drafted(world, ("A3", 1000), ("A2", 200))
    client = sign_in("lin")
    form = opened(client, plan_id)
    assert form["allotment"][:2] == [f"{PAPER} ·2", PAPER]
    post(client, f"/plans/{plan_id}/edit", form)
    assert [line.allotment_id for line in plan(plan_id).lines] == [world.allotments["A3"], world.allotments["A2"]]


def test_columns_of_unequal_length_are_refused_in_one_sentence(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["payee"].pop()
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert answer.status_code == 422
    assert "页面的明细不完整" in answer.text
    assert len(lines(plan_id)) == 1


def test_a_page_without_its_version_or_with_a_long_header_is_refused(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    del form["version"]
    form["remark"] = ["长" * 301]
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert answer.status_code == 422
    assert "页面不完整，请刷新后再保存。" in answer.text
    assert "计划说明不能超过 300 个字。" in answer.text


def test_a_plan_in_review_is_not_edited(world: World, sign_in: SignIn) -> None:
    plan_id = filed(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    reviews.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    assert client.get(f"/plans/{plan_id}/edit").location.endswith(f"/plans/{plan_id}")
    form["applied"][0] = "1"
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert answer.status_code == 409, "whoever submitted it was faster"
    assert "计划审核中，不能修改" in answer.text
    assert lines(plan_id)[0][1] == "1,000.00"


# ---- size ----


def test_the_entry_page_asks_the_same_number_of_queries_for_2_and_for_200_lines(world: World, sign_in: SignIn) -> None:
    few = drafted(world, *((key, 1) for key in KEYS[:2]))
    many = drafted(world, *((KEYS[n % 4], n + 1) for n in range(200)))
    client = sign_in("lin")
    client.get("/plans")  # the first page of a session notes that it was seen
    counted: list[list[int]] = [[], []]
    for place, plan_id in enumerate((few, many)):
        with queries() as sent:
            form = opened(client, plan_id)
        counted[place].append(len(sent))
        form["applied"] = ["5" if text else "" for text in form["applied"]]
        for path, status in (("edit", 302), ("edit", 302), ("save-and-check", 302)):
            with queries() as sent:
                assert post(client, f"/plans/{plan_id}/{path}", form).status_code == status
            counted[place].append(len(sent))
        form["note"][0] = "旧版本"
        with queries() as sent:
            assert post(client, f"/plans/{plan_id}/edit", form).status_code == 409
        counted[place].append(len(sent))
    assert counted[0] == counted[1]
    assert max(counted[1]) < 30


def test_the_page_of_200_lines_is_small(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, *((KEYS[n % 4], n + 1) for n in range(200)))
    page = sign_in("lin").get(f"/plans/{plan_id}/edit").text
    bare = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert page.count('name="applied"') == 200 + 5 + 1
    assert len(gzip.compress(bare.encode(), 9)) < 20 * 1024
