"""A large voucher comes in parts by tus 1.0: a broken line and a restart cost nothing; it is judged like others."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from approvals.reviews.actions import submit
from core import clock, keeping, parts
from core.db import transaction
from core.errors import Busy
from tests.vouchers.samples import JSON, a_pdf, a_png, draft, papers, plan, proven, send, text
from tests.world import NOW, World
from vouchers.papers import actions, opening

SignIn = Callable[[str], FlaskClient]
TUS = {"Tus-Resumable": "1.0.0", **JSON}


def named(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()},filetype {base64.b64encode(b'image/png').decode()}"


def begin(client: FlaskClient, plan_id: UUID, length: int, name: str = "合同.pdf", **headers: str) -> TestResponse:
    about = {"Upload-Length": str(length), "Upload-Metadata": named(name)}
    return client.post(f"/plans/{plan_id}/papers/uploads", headers={**TUS, **about, **headers})


def append(client: FlaskClient, address: str, offset: int, data: bytes, **headers: str) -> TestResponse:
    about = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(address, data=data, headers={**TUS, **about, **headers})


def finish(client: FlaskClient, address: str, lines: list[int], key: str = "", kind: str = "11") -> TestResponse:
    fields = {"kind": kind, "lines": [str(line) for line in lines], "form_key": key or uuid4().hex}
    return client.post(f"{address}/finish", data=fields, headers=JSON)


def sent(client: FlaskClient, plan_id: UUID, data: bytes, name: str = "合同.pdf") -> str:
    """All of a file, in two parts; where it lies."""
    address = begin(client, plan_id, len(data), name).location
    half = len(data) // 2
    assert append(client, address, 0, data[:half]).status_code == 204
    assert append(client, address, half, data[half:]).headers["Upload-Offset"] == str(len(data))
    return address


def test_a_file_in_parts_becomes_a_paper_works(app: Flask, world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client, data = sign_in("lin"), a_pdf(2)
    address = sent(client, plan_id, data)
    assert papers(plan_id) == []
    answer = finish(client, address, lines[:1])
    assert (answer.status_code, answer.get_json()["errors"]) == (200, [])
    assert "合同.pdf" in answer.get_json()["html"]
    (paper,) = papers(plan_id)
    assert (paper.name, paper.size, paper.page_count) == ("合同.pdf", len(data), 2)
    assert proven(plan_id, paper.id) == lines[:1]
    assert paper.blob_digest == hashlib.sha256(data).hexdigest()
    assert client.head(address, headers=TUS).status_code == 404
    assert [path.suffix for path in parts.parts().folder.iterdir()] == [".json"]


def test_after_a_broken_line_and_a_restart_it_goes_on_where_it_was(app: Flask, world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client, data = sign_in("lin"), a_pdf()
    address = begin(client, plan_id, len(data)).location
    append(client, address, 0, data[:100])
    app.extensions.update(parts=create_app(app.extensions["settings"]).extensions["parts"])
    answer = client.head(address, headers=TUS)
    assert answer.status_code == 200
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("100", str(len(data)))
    assert (answer.headers["Cache-Control"], answer.headers["Tus-Resumable"]) == ("no-store", "1.0.0")
    assert append(client, address, 100, data[100:]).status_code == 204
    assert finish(client, address, lines).status_code == 200
    assert len(papers(plan_id)) == 1


def test_the_server_says_what_it_takes(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    answer = sign_in("lin").options(f"/plans/{plan_id}/papers/uploads")
    assert answer.status_code == 204
    assert {name: answer.headers[name] for name in ("Tus-Resumable", "Tus-Version", "Tus-Extension")} == {
        "Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Extension": "creation,checksum,termination",
    }  # fmt: skip
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert answer.headers["Tus-Max-Size"] == str(50 * 1024 * 1024)


def test_what_is_not_wanted_any_more_goes(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    client = sign_in("lin")
    address = begin(client, plan_id, 10).location
    assert client.delete(address, headers=TUS).status_code == 204
    assert append(client, address, 0, b"hello").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "9" * 40}, 400),
        ({"Upload-Length": str(50 * 1024 * 1024 + 1)}, 413),
        ({"Upload-Metadata": "filename"}, 400),
        ({"Upload-Metadata": "filename !!!"}, 400),
    ],
)
def test_a_beginning_that_makes_no_sense_is_refused(
    world: World, sign_in: SignIn, headers: dict[str, str], status: int
) -> None:
    plan_id, _ = draft(world)
    answer = begin(sign_in("lin"), plan_id, 10, **headers)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (status, "1.0.0")
    assert answer.get_json()["error"].endswith("。")
    assert not parts.parts().folder.exists()


def test_a_part_that_does_not_fit_changes_nothing(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    client = sign_in("lin")
    address = begin(client, plan_id, 10).location
    good = base64.b64encode(hashlib.sha1(b"hello", usedforsecurity=False).digest()).decode()
    for offset, data, headers, status in (
        (3, b"hello", {}, 409),
        (0, b"hello", {"Content-Type": "text/plain"}, 415),
        (0, b"hello", {"Tus-Resumable": "2.0.0"}, 412),
        (0, b"hello", {"Upload-Offset": "x"}, 400),
        (0, b"hello", {"Upload-Checksum": "crc32 AAAA"}, 400),
        (0, b"jello", {"Upload-Checksum": f"sha1 {good}"}, 460),
        (0, b"hello world", {}, 460),
    ):
        assert append(client, address, offset, data, **headers).status_code == status
        assert client.head(address, headers=TUS).headers["Upload-Offset"] == "0"
    assert append(client, address, 0, b"hello", **{"Upload-Checksum": f"sha1 {good}"}).status_code == 204


def test_nobody_else_touches_it(world: World, sign_in: SignIn) -> None:
    """Not even the other clerk of the same unit, who sees the same plan."""
    plan_id, lines = draft(world)
    address = begin(sign_in("lin"), plan_id, 10).location
    for other, status in (("lin2", 404), ("zhou", 404), ("he", 403)):
        client = sign_in(other)
        assert client.head(address, headers=TUS).status_code == status
        assert append(client, address, 0, b"hello").status_code == status
        assert client.delete(address, headers=TUS).status_code == status
        assert finish(client, address, lines).status_code == status
    assert sign_in("lin").head(address, headers=TUS).headers["Upload-Offset"] == "0"


def test_a_submitted_plan_takes_none(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    assert send(client, plan_id, [(a_pdf(), "合同.pdf")], lines).status_code == 302
    address = sent(client, plan_id, a_png())
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    assert begin(client, plan_id, 10).status_code == 409
    answer = finish(client, address, lines)
    assert (answer.status_code, "不能修改" in answer.get_json()["error"]) == (409, True), answer.get_json()
    assert len(papers(plan_id)) == 1


def test_it_is_judged_like_any_other_and_gone_when_it_is_refused(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    address = sent(client, plan_id, b"MZ\x90 a program", "发票.pdf")
    answer = finish(client, address, lines)
    assert answer.status_code == 422
    assert answer.get_json() == {"error": "“发票.pdf”是可执行程序，不能作为凭证上传。"}
    assert client.head(address, headers=TUS).status_code == 404
    assert papers(plan_id) == []


def test_half_a_file_is_no_file(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    address = begin(client, plan_id, 1000).location
    append(client, address, 0, a_png()[:50])
    answer = finish(client, address, lines)
    assert (answer.status_code, answer.get_json()["error"]) == (409, "文件还没有传完，请重新选择文件，会从中断处继续。")
    assert client.head(address, headers=TUS).headers["Upload-Offset"] == "50"


def test_a_form_without_a_kind_loses_nothing(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    address = sent(client, plan_id, a_pdf())
    assert finish(client, address, lines, kind="").status_code == 422
    assert finish(client, address, lines).status_code == 200


def test_a_busy_house_loses_nothing(world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id, lines = draft(world)
    client = sign_in("lin")
    address = sent(client, plan_id, a_pdf())

    def busy(*_: object, **__: object) -> None:
        raise Busy

    with monkeypatch.context() as hurried:
        hurried.setattr(actions, "add_paper", busy)
        assert finish(client, address, lines).status_code == 503
    assert finish(client, address, lines).status_code == 200


def test_the_end_sent_twice_makes_one_paper(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was lost on the way, or the server stopped between the paper and the note that it is there."""
    plan_id, lines = draft(world)
    client, key = sign_in("lin"), uuid4().hex
    address = sent(client, plan_id, a_pdf())
    with monkeypatch.context() as stopped:
        stopped.setattr(parts.Parts, "close", lambda *_: None)
        assert finish(client, address, lines, key).status_code == 200
    for again in (key, uuid4().hex):
        assert finish(client, address, lines, again).get_json()["errors"] == []
    assert len(papers(plan_id)) == 1


def test_what_rests_for_a_day_is_swept(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    client = sign_in("lin")
    address = begin(client, plan_id, 10).location
    assert keeping.sweep(lambda _: None) == (0, 0)
    with clock.stopped(NOW + timedelta(days=9000)):
        assert keeping.sweep(lambda _: None) == (0, 1)
    assert client.head(address, headers=TUS).status_code == 404


def test_the_second_of_several_files_is_judged_while_others_may_write(
    app: Flask, world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id, lines = draft(world)
    client, judge = sign_in("lin"), opening.examine
    written: list[bool] = []

    def write() -> None:
        with app.app_context(), transaction():
            written.append(True)

    def judged(*asked: Any) -> Any:
        other = threading.Thread(target=write, daemon=True)
        other.start()
        other.join(5)
        assert not other.is_alive(), "the writers' lock is held while a file is judged"
        return judge(*asked)

    monkeypatch.setattr(opening, "examine", judged)
    fields = {"kind": "11", "lines": [str(line) for line in lines], "form_key": uuid4().hex}
    contents = (a_pdf(), "合同.pdf"), (a_png(), "照片.png")
    for _ in range(2):  # sent twice, each file is kept once
        chosen = [(BytesIO(data), name) for data, name in contents]
        answer = client.post(f"/plans/{plan_id}/papers", data={**fields, "file": chosen})
        assert answer.status_code == 302, text(answer)
    assert written == [True, True]
    assert [paper.name for paper in papers(plan_id)] == ["合同.pdf", "照片.png"]
