"""Papers are shown and handed out as they are, and only to those whose plan it is to see."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from approvals.reviews.actions import submit
from core.db import transaction
from core.jobs import Job, JobState
from tests.approvals.stories import review
from tests.core.made_files import an_ole
from tests.stored import local
from tests.vouchers.corpus import ofds
from tests.vouchers.corpus.facts import CORPUS
from tests.vouchers.samples import (
    FRAGMENT,
    a_pdf,
    a_photo_on_its_side,
    a_png,
    add,
    draft,
    papers,
    plan,
    run_jobs,
    send,
    text,
)
from tests.world import World
from vouchers.papers.previews import MOST_DRAWN
from vouchers.papers.rules import DRAW_PAGES

SignIn = Callable[[str], FlaskClient]


def test_the_original_is_the_same_byte_for_byte_and_acts_nowhere(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    data = a_pdf(3)
    paper_id = add(world, plan_id, lines, data, "../../12月 发票\u202e.pdf")
    answer = sign_in("lin").get(f"/papers/{paper_id}/file")
    assert answer.data == data
    assert answer.content_type == "application/pdf"
    assert answer.content_length == len(data)
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"paper.pdf\"; filename*=UTF-8''12%E6%9C%88%20%E5%8F%91%E7%A5%A8.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_plain_name_stays_as_it_is(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_png(), "scan 1.png")
    answer = sign_in("lin").get(f"/papers/{paper_id}/file")
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"scan 1.png\"; filename*=UTF-8''scan%201.png"
    )


def test_a_page_image_is_kept_by_the_browser_and_named_by_its_content(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_photo_on_its_side(), "照片.jpg")
    run_jobs()
    client = sign_in("lin")
    page = client.get(f"/papers/{paper_id}/pages/1")
    assert page.content_type == "image/webp"
    assert page.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert page.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert Image.open(BytesIO(page.data)).size == (40, 80)
    again = client.get(f"/papers/{paper_id}/pages/1", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_lost_file_says_so(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    local().path(papers(plan_id)[0].blob_digest).unlink()
    assert sign_in("lin").get(f"/papers/{paper_id}/file").status_code == 404


def test_the_viewer_of_a_line_holds_all_its_papers(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, a_pdf(2), "合同.pdf", "14")
    add(world, plan_id, lines[:1], an_ole("WordDocument"), "清单.doc", "12")
    add(world, plan_id, lines[1:], a_png(), "照片.png", "13")
    run_jobs()
    client = sign_in("lin")
    shown = text(client.get(f"/plans/{plan_id}/lines/{lines[0]}/papers", headers=FRAGMENT))
    assert shown.lstrip().startswith("<section")
    assert shown.count("data-viewer-tab=") == 2
    assert shown.count("<img") == 2
    assert "这种文件（DOC）不能在网页里预览" in shown
    assert "照片.png" not in shown
    whole = text(client.get(f"/plans/{plan_id}/lines/{lines[1]}/papers"))
    assert "第 2 行附件" in whole
    assert "<html" in whole


def test_a_line_without_papers_says_so(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    assert "第 1 行没有附件" in text(sign_in("lin").get(f"/plans/{plan_id}/lines/{lines[0]}/papers", headers=FRAGMENT))


def test_a_page_that_cannot_be_drawn_leaves_the_others_and_the_original(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_pdf(2))
    run_jobs()
    with transaction() as work:
        work.delete(papers(plan_id)[0].pages[-1])
        job = work.scalars(select(Job).where(Job.kind == DRAW_PAGES)).one()
        job.state, job.note = JobState.FAILED, "第 2 页无法显示，文件可能已损坏，请重新上传。"
    client = sign_in("lin")
    for path in (f"/papers/{paper_id}", f"/plans/{plan_id}/papers"):
        shown = text(client.get(path))
        assert "第 2 页无法显示" in shown
        assert "data-papers-pending" not in shown


def test_a_very_long_paper_sends_the_reader_to_the_original(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_pdf(MOST_DRAWN + 5, height=60))  # strips are drawn in no time
    run_jobs()
    assert "后面还有 5 页，请下载原件查看。" in text(sign_in("lin").get(f"/papers/{paper_id}"))


def routes(plan_id: object, line_id: object, paper_id: object) -> list[tuple[str, str]]:
    """Every address that names a plan or a paper."""
    return [
        ("get", f"/plans/{plan_id}/papers"),
        ("post", f"/plans/{plan_id}/papers"),
        ("get", f"/plans/{plan_id}/lines/{line_id}/papers"),
        ("get", f"/papers/{paper_id}"),
        ("get", f"/papers/{paper_id}/file"),
        ("get", f"/papers/{paper_id}/pages/1"),
        ("post", f"/papers/{paper_id}/kind"),
        ("post", f"/papers/{paper_id}/lines"),
        ("post", f"/papers/{paper_id}/remove"),
    ]


def test_a_foreign_paper_answers_as_an_absent_one(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    run_jobs()
    client = sign_in("zhou")
    absent = routes(uuid4(), 999, uuid4())
    for (method, path), (_, nowhere) in zip(routes(plan_id, lines[0], paper_id), absent, strict=True):
        fields = {"kind": "12", "lines": lines} if method == "post" else None
        foreign, missing = (client.open(p, method=method.upper(), data=fields) for p in (path, nowhere))
        assert (foreign.status_code, missing.status_code) == (404, 404), path
        assert _without_key(foreign.data) == _without_key(missing.data)
    assert len(papers(plan_id)) == 1


def _without_key(page: bytes) -> list[bytes]:
    """The page without the lines that carry a token of their own."""
    return [line for line in page.splitlines() if b"csrf" not in line]


def test_a_draft_is_the_units_own_until_it_is_handed_in(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    for username in ("shen", "fang", "jiao", "shi"):
        assert sign_in(username).get(f"/papers/{paper_id}/file").status_code == 404
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    for username in ("shen", "fang", "jiao", "shi"):
        assert sign_in(username).get(f"/papers/{paper_id}/file").status_code == 200
    assert sign_in("qin").get(f"/papers/{paper_id}/file").status_code == 404


def test_who_may_only_read_cannot_write(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    client = sign_in("he")
    assert "data-upload" not in text(client.get(f"/plans/{plan_id}/papers"))
    assert send(client, plan_id, [(a_pdf(), "发票.pdf")], lines).status_code == 403
    assert client.post(f"/papers/{paper_id}/remove").status_code == 403
    assert sign_in("xi").get(f"/papers/{paper_id}/file").status_code == 403


def test_a_line_of_another_plan_is_absent(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    _, others = draft(world, "zhou", "B1")
    client = sign_in("lin")
    assert client.get(f"/plans/{plan_id}/lines/{others[0]}/papers").status_code == 404
    assert send(client, plan_id, [(a_pdf(), "发票.pdf")], others).status_code == 404
    paper_id = add(world, plan_id, lines)
    assert client.post(f"/papers/{paper_id}/lines", data={"lines": [others[0], "x"], "seen": 1}).status_code == 404


def test_the_words_of_the_pages_are_there_to_be_searched(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, ofds.invoice_ofd(CORPUS[3]), "发票.ofd")
    scan = add(world, plan_id, lines, a_png(), "照片.png")
    client = sign_in("lin")
    assert client.get(f"/papers/{paper_id}/words").json == {}
    run_jobs()
    found = client.get(f"/papers/{paper_id}/words").json
    assert found is not None
    assert list(found) == ["1"]
    assert any(CORPUS[3].number in line[0] for line in found["1"])
    assert client.get(f"/papers/{scan}/words").json == {}
    assert sign_in("zhou").get(f"/papers/{paper_id}/words").status_code == 404


def test_the_reviewer_sees_what_was_read_beside_the_page(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, ofds.invoice_ofd(CORPUS[3], tags=False, code=False), "发票.ofd")
    run_jobs()
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    review(world, "he")
    shown = text(sign_in("shen").get(f"/plans/{plan_id}/lines/{lines[0]}/papers", headers=FRAGMENT))
    assert "识别结果（未经税务机关查验）" in shown
    assert f"购买方“{CORPUS[3].buyer[0]}”不是本单位“区实验小学”。" in shown
    mark = re.search(rf'data-mark="1 (\d+) (\d+) (\d+) (\d+)" data-mark-text="{CORPUS[3].number}"', shown)
    assert mark is not None
