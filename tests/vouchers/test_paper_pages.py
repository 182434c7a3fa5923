"""The clerk hands in papers and puts them right; what is not welcome is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from approvals.reviews.actions import submit
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft
from tests.vouchers.samples import (
    FRAGMENT,
    JSON,
    a_pdf,
    a_png,
    a_workbook,
    add,
    draft,
    papers,
    plan,
    proven,
    run_jobs,
    send,
    text,
)
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def test_an_upload_is_listed_drawn_and_shown_works(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    answer = send(client, plan_id, [(a_pdf(2), "合同.pdf")], lines[:1])
    assert answer.status_code == 302
    assert answer.location == f"/plans/{plan_id}/papers"
    (paper,) = papers(plan_id)
    assert (paper.name, paper.kind_code, paper.page_count, proven(plan_id, paper.id)) == (
        "合同.pdf",
        "11",
        2,
        lines[:1],
    )

    shown = text(client.get(answer.location))
    assert "正在生成预览" in shown
    assert "data-papers-pending" in shown
    assert client.get(f"/papers/{paper.id}/pages/0").status_code == 404
    assert "还有 2 页正在生成预览" in text(client.get(f"/papers/{paper.id}"))

    run_jobs()
    shown = text(client.get(answer.location))
    assert f'src="/papers/{paper.id}/pages/0"' in shown
    assert "data-papers-pending" not in shown
    viewer = text(client.get(f"/papers/{paper.id}"))
    assert [f"pages/{n}" in viewer for n in (1, 2, 3)] == [True, True, False]
    assert client.get(f"/papers/{paper.id}/pages/3").status_code == 404


def test_of_several_files_the_good_ones_are_kept(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    answer = send(client, plan_id, [(a_pdf(), "合同.pdf"), (b"MZ\x90", "发票.pdf"), (a_png(), "照片.png")], lines)
    assert answer.status_code == 302
    assert {paper.name for paper in papers(plan_id)} == {"合同.pdf", "照片.png"}
    assert "“发票.pdf”是可执行程序，不能作为凭证上传。" in text(client.get(answer.location))


def test_a_script_gets_the_new_list_and_the_next_kind_that_is_missing(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    fields = {"kind": "12", "lines": str(lines[0]), "line": str(lines[0])}
    client = sign_in("lin")
    fields["file"] = (BytesIO(a_pdf()), "清单.pdf")  # type: ignore[assignment]
    said = client.post(f"/plans/{plan_id}/papers", data=fields, headers=JSON).get_json()
    assert "清单.pdf" in said["html"]
    assert "<html" not in said["html"]
    assert (said["next"], said["errors"]) == ("11", [])


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "空.pdf", "“空.pdf”是空文件（0 字节），请重新选择文件。"),
        (b"MZ\x90\0", "发票.pdf", "“发票.pdf”是可执行程序，不能作为凭证上传。"),
        (a_workbook(macros=True), "清单.xlsx", "“清单.xlsx”含有宏，不能上传，请另存为不含宏的 xlsx、docx 或 PDF。"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "章.png", "“章.png”是 SVG 图形，请另存为 PDF 或 JPG 后再上传。"),
        (a_pdf()[:200], "断.pdf", "“断.pdf”打不开，PDF 可能已损坏，请重新导出后再上传。"),
    ],
)
def test_a_file_that_is_not_welcome_changes_nothing(
    data: bytes, name: str, sentence: str, world: World, sign_in: SignIn
) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    answer = send(client, plan_id, [(data, name)], lines, headers=JSON)
    assert (answer.status_code, answer.get_json()) == (422, {"error": sentence})
    page = send(client, plan_id, [(data, name)], lines)
    assert page.status_code == 422
    assert sentence in text(page)
    assert papers(plan_id) == []


def test_a_file_over_the_limit_is_refused_with_its_limit(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    head = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\n11\r\n'
    file = '--x\r\nContent-Disposition: form-data; name="file"; filename="大.pdf"\r\n\r\n'.encode()
    body = head + file + a_pdf() + bytes(50 * 1024**2) + b"\r\n--x--\r\n"
    client = sign_in("lin")
    typed = "multipart/form-data; boundary=x"
    answer = client.post(f"/plans/{plan_id}/papers", data=body, content_type=typed, headers=JSON)
    assert (answer.status_code, answer.get_json()) == (422, {"error": "“大.pdf”超过 50 MB，请压缩或拆分后再上传。"})


def test_200_megabytes_are_refused_before_they_are_read(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    declared = {"CONTENT_LENGTH": str(200 * 1024**2), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = sign_in("lin").post(f"/plans/{plan_id}/papers", environ_overrides=declared, headers=JSON)
    assert (answer.status_code, answer.get_json()) == (413, {"error": "上传的内容过大，请压缩或拆分后再上传。"})


def test_a_form_without_file_or_kind_says_what_to_do(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    client = sign_in("lin")
    assert "请选择要上传的文件。" in text(send(client, plan_id, []))
    assert "请选择要上传的文件。" in text(client.post(f"/plans/{plan_id}/papers", data={"kind": "11", "file": "x"}))
    assert "请选择凭证种类。" in text(send(client, plan_id, [(a_pdf(), "发票.pdf")], kind=""))
    for group_or_unknown in ("G02", "999"):
        refused = send(client, plan_id, [(a_pdf(), "发票.pdf")], kind=group_or_unknown, headers=JSON)
        assert refused.get_json() == {"error": "请从列表中选择凭证种类。"}
    assert papers(plan_id) == []


def test_kind_lines_and_removal_by_page_and_by_script(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines[:1])
    client = sign_in("lin")
    assert client.post(f"/papers/{paper_id}/kind", data={"kind": "12", "seen": 1}).status_code == 302
    by_script = client.post(f"/papers/{paper_id}/kind", data={"kind": "13", "seen": 2}, headers=JSON)
    assert by_script.get_json()["errors"] == []
    assert client.post(f"/papers/{paper_id}/lines", data={"lines": lines, "line": lines[1], "seen": 3}).location == (
        f"/plans/{plan_id}/papers?line={lines[1]}"
    )
    assert papers(plan_id)[0].kind_code == "13"
    assert proven(plan_id, paper_id) == lines
    assert client.post(f"/papers/{paper_id}/remove", data={"seen": 4}, headers=JSON).status_code == 200
    assert papers(plan_id) == []
    assert client.post(f"/papers/{paper_id}/remove").status_code == 404


def test_refused_changes_come_back_with_their_sentence(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    client = sign_in("lin")
    refused = client.post(f"/papers/{paper_id}/kind", data={"kind": "x", "seen": 1})
    assert refused.status_code == 422
    assert "请从列表中选择凭证种类。" in text(refused)
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    sentence = "计划审核中，不能修改；如需修改请先撤回或等待退回。最后一次办理：林晓敏（11-20 10:00）。"
    for path in (f"/papers/{paper_id}/lines", f"/papers/{paper_id}/remove", f"/papers/{paper_id}/kind"):
        answer = client.post(path, data={"kind": "12", "lines": lines, "seen": 1}, headers=JSON)
        assert (answer.status_code, answer.get_json()) == (409, {"error": sentence})
    assert send(client, plan_id, [(a_pdf(), "发票.pdf")], lines, headers=JSON).get_json() == {"error": sentence}
    shown = text(client.get(f"/plans/{plan_id}/papers"))
    assert "计划审核中，附件已锁定。" in shown
    assert "data-upload" not in shown


def test_the_panel_tells_what_the_line_lacks(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    shown = text(client.get(f"/plans/{plan_id}/papers?line={lines[0]}", headers=FRAGMENT))
    assert shown.lstrip().startswith("<section")
    assert "0 / 1" in shown
    assert "必附，尚未上传" in shown
    assert f'name="lines" value="{lines[0]}" checked' in shown
    assert "第 1 行</a><div>缺 发票</div>" in text(client.get(f"/plans/{plan_id}/papers"))
    add(world, plan_id, lines)
    shown = text(client.get(f"/plans/{plan_id}/papers?line={lines[0]}", headers=FRAGMENT))
    assert "1 / 1" in shown
    assert "齐全" in shown
    assert f'data-line-id="{lines[1]}" data-paper-count="1"' in shown
    nonsense = client.get(f"/plans/{plan_id}/papers?line=%C2%B2")
    assert "全部附件" in text(nonsense)


def test_a_line_without_allotment_and_a_paper_without_line_are_shown(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    save_plan(plan_id, PlanDraft((LineDraft(),)), plan(plan_id).version, by=world.person("lin"))
    add(world, plan_id, [])
    shown = text(sign_in("lin").get(f"/plans/{plan_id}/papers"))
    assert "未写用途" in shown
    assert "还没有对应的行" in shown


@pytest.mark.parametrize("path", ["/plans/{plan}/papers", "/plans/{plan}/lines/{line}/papers"])
def test_the_number_of_queries_does_not_grow_with_the_papers(
    path: str, world: World, sign_in: SignIn, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines)
    run_jobs()
    client, address = sign_in("lin"), path.format(plan=plan_id, line=lines[0])
    client.get(address)  # the first request of a session also notes the hour
    with count_queries() as few:
        client.get(address)
    for number in range(5):
        add(world, plan_id, lines, a_png("blue", (40 + number, 40)), "照片.png")
    run_jobs()
    with count_queries() as many:
        client.get(address)
    assert len(many) == len(few)


def test_the_forms_of_a_paper_come_when_somebody_asks_for_them(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id, other = add(world, plan_id, lines), add(world, plan_id, lines, a_png(), "照片.png")
    client = sign_in("lin")
    shown = text(client.get(f"/plans/{plan_id}/papers"))
    assert f"edit={paper_id}" in shown
    assert f'action="/papers/{paper_id}/kind"' not in shown
    asked = text(client.get(f"/plans/{plan_id}/papers?edit={paper_id}"))
    assert f'action="/papers/{paper_id}/kind"' in asked
    assert f'action="/papers/{other}/kind"' not in asked
    assert text(client.get(f"/plans/{plan_id}/papers?edit=nonsense")).count("/kind") == 0
