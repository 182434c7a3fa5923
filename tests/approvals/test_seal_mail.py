"""Seals by mail: each address gets each seal once, with the digests as an anchor; what fails is said and done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from accounts.people.rules import SYSTEM
from approvals.proof import outgoing
from approvals.proof.actions import mail_again, seal_day
from approvals.proof.models import Seal
from approvals.proof.rules import SEAL_MAIL, SEAL_PDF
from core import clock, history, jobs
from core.db import session, transaction
from core.errors import Refused
from core.jobs import Job, JobState
from core.mail import Mailing
from core.settings import Mail
from tests.approvals.stories import submitted
from tests.smtp import Box, certified, mail_server
from tests.test_processes import free_port
from tests.world import DIVISION, NOW, World
from work import HANDLERS

Counting = Callable[[], AbstractContextManager[list[str]]]
A, B = "shenji@audit.example", "zongjian@bureau.example"


def configure(app: Flask, port: int, *, to: tuple[str, ...] = (A, B), **more: Any) -> None:
    """Let the house mail to a server of ours."""
    mail = Mail(to=to, host="localhost", port=port, sender="seals@bureau.example", **{"tls": "off", **more})
    app.extensions["settings"] = replace(app.extensions["settings"], mail=mail)


@pytest.fixture
def box(app: Flask) -> Iterator[Box]:
    with mail_server() as box:
        configure(app, box.port)
        yield box


def seal(number: int = 1) -> Seal:
    assert seal_day(DIVISION, NOW.date(), by=SYSTEM) == number
    return outgoing.get_seal(DIVISION, number)


def work_for(minutes: int) -> None:
    """Let the worker do what is due, minute by minute."""
    for minute in range(minutes + 1):
        with clock.stopped(clock.now() + timedelta(minutes=minute)):
            while jobs.run_one(HANDLERS):
                pass


def attempts() -> list[tuple[str, str]]:
    """Address and fault of every attempt, in order."""
    return [(row.address, row.fault) for row in session().scalars(select(Mailing).order_by(Mailing.id))]


def test_each_address_gets_the_seal_with_its_digests_and_paper_works(app: Flask, world: World, box: Box) -> None:
    submitted(world, ("A1", 100))
    made = seal()
    work_for(5)
    assert box.addresses == [A, B]
    letter = box.letters[0][1]
    body = letter.get_body()
    assert body is not None
    told = body.get_content()
    for said in (
        made.sha256,
        made.sm3,
        made.root,
        made.body,
        "序号：1",
        "日期：2026-11-20",
        f"--anchor 1:{made.sha256}",
    ):
        assert said in told
    assert letter["To"] == A
    assert letter["Subject"] == "【日结单】张湾区用款计划审批第 1 号封存 2026-11-20"
    assert letter["Message-ID"] == "<seal-1.420303000@bureau.example>"
    (paper,) = letter.iter_attachments()
    assert paper.get_filename() == "日结单_张湾区_第1号_2026-11-20.pdf"
    assert paper.get_content().startswith(b"%PDF")
    assert attempts() == [(A, ""), (B, "")]
    assert [event.summary for event in history.of("seal", 1) if event.action == "mail"] == [
        f"已寄 {address}：{letter['Subject']}" for address in (A, B)
    ]


def test_a_seal_is_mailed_to_an_address_once(app: Flask, world: World, box: Box) -> None:
    seal()
    work_for(5)
    mail_again(DIVISION, 1, by=SYSTEM)
    work_for(5)
    assert box.addresses == [A, B]
    configure(app, box.port, to=(A, B, "new@audit.example"))
    mail_again(DIVISION, 1, by=SYSTEM)
    work_for(5)
    assert box.addresses == [A, B, "new@audit.example"]


def test_without_addresses_nothing_is_asked_for(app: Flask, world: World) -> None:
    seal()
    assert jobs.latest(SEAL_MAIL, 1) is None
    with pytest.raises(Refused, match="没有配置寄送地址"):
        mail_again(DIVISION, 1, by=SYSTEM)


def test_one_refused_address_keeps_nobody_else_from_the_letter(app: Flask, world: World, box: Box) -> None:
    box.refused[A] = "550 5.1.1 no such user"
    seal()
    work_for(3)
    assert box.addresses == [B]
    assert (A, "邮件服务器拒收这个地址：550 5.1.1 no such user") in attempts()
    box.refused.clear()
    work_for(5)
    assert box.addresses == [B, A]
    assert attempts()[-1] == (A, "")
    job = jobs.latest(SEAL_MAIL, 1)
    assert job is not None
    assert job.state is JobState.DONE


def test_a_server_that_is_down_all_night_gets_the_seal_with_the_next(app: Flask, world: World) -> None:
    configure(app, free_port())
    seal()
    work_for(10)
    job = jobs.latest(SEAL_MAIL, 1)
    assert job is not None
    assert (job.state, job.attempts) == (JobState.FAILED, jobs.ATTEMPTS)
    assert len(attempts()) == 2 * jobs.ATTEMPTS
    assert all("连不上邮件服务器 localhost:" in fault for _, fault in attempts())
    with mail_server() as box, clock.stopped(NOW + timedelta(days=1)):
        configure(app, box.port)
        seal(2)
        work_for(5)
    assert [(address, letter["Message-ID"][1:7]) for address, letter in box.letters] == [
        (A, "seal-1"), (B, "seal-1"), (A, "seal-2"), (B, "seal-2"),
    ]  # fmt: skip


def test_a_connection_that_breaks_is_taken_up_where_it_broke(app: Flask, world: World) -> None:
    with mail_server(breaks_after=1) as box:
        configure(app, box.port)
        seal()
        work_for(2)
        assert box.addresses == [A]
        assert attempts()[1][1].startswith("邮件服务器断开了连接")
        box.breaks_after = None
        work_for(5)
    assert box.addresses == [A, B]


def test_the_letter_goes_without_a_paper_that_cannot_be_printed(app: Flask, world: World, box: Box) -> None:
    seal()
    with transaction() as work:
        work.execute(update(Job).where(Job.kind == SEAL_PDF).values(state=JobState.FAILED))
    work_for(5)
    assert box.addresses == [A, B]
    assert list(box.letters[0][1].iter_attachments()) == []
    body = box.letters[0][1].get_body()
    assert body is not None
    assert "PDF 未能及时生成" in body.get_content()


def test_the_letter_waits_for_a_paper_that_is_on_its_way_for_an_hour_at_most(
    app: Flask, world: World, box: Box
) -> None:
    seal()
    with transaction() as work:
        late = NOW + timedelta(days=1)
        work.execute(update(Job).where(Job.kind == SEAL_PDF).values(run_after=late))
    work_for(10)
    assert box.addresses == []
    with clock.stopped(NOW + timedelta(minutes=90)):
        work_for(1)
    assert box.addresses == [A, B]


def test_a_login_is_used_and_a_wrong_one_is_said(app: Flask, world: World) -> None:
    with mail_server(login=("yk", "secret")) as box:
        configure(app, box.port, to=(A,), user="yk", password="wrong")
        seal()
        work_for(2)
        assert attempts()[0] == (A, "邮件服务器不接受用户名或密码：535 5.7.8 wrong password")
        configure(app, box.port, to=(A,), user="yk", password="secret")
        work_for(5)
    assert (box.addresses, box.signed_in) == ([A], ["yk"])


def test_a_server_without_encryption_gets_neither_password_nor_letter(app: Flask, world: World) -> None:
    with mail_server(login=("yk", "secret")) as box:
        configure(app, box.port, to=(A,), user="yk", password="secret", tls="starttls")
        seal()
        work_for(5)
    assert (box.letters, box.signed_in) == ([], [])
    assert attempts()[0][1].startswith("邮件服务器不支持所要求的加密或登录方式")


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_known_one_taken(
    app: Flask, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with certified(tmp_path) as (trust, known), mail_server(trust=trust) as box:
        configure(app, box.port, to=(A,), tls="starttls")
        seal()
        work_for(2)
        assert box.letters == []
        assert attempts()[0][1].startswith("邮件服务器的证书或加密有问题")
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        work_for(5)
    assert (box.addresses, box.encrypted) == ([A], [True])


@pytest.mark.parametrize("missing", [{"host": ""}, {"sender": ""}])
def test_half_a_configuration_is_said(app: Flask, world: World, missing: dict[str, str]) -> None:
    mail = replace(Mail(to=(A,), host="localhost", sender="a@b.example"), **missing)  # type: ignore[arg-type]
    app.extensions["settings"] = replace(app.extensions["settings"], mail=mail)
    seal()
    work_for(3)
    assert attempts()[0] == (A, "没有配置邮件服务器或发件人（YK_SMTP_HOST、YK_SMTP_FROM）")


def test_the_page_says_who_has_it_and_why_somebody_has_not(
    app: Flask, world: World, box: Box, sign_in: Callable[[str], FlaskClient]
) -> None:
    auditor = sign_in("shi")
    seal()
    assert "待寄 2" in auditor.get("/seals").text
    box.refused[A] = "550 full"
    work_for(10)
    page = auditor.get("/seals").text
    assert "已寄 1" in page
    assert f"未寄出 {A}：邮件服务器拒收这个地址：550 full" in page
    box.refused.clear()
    assert auditor.post("/seals/1/mail").status_code == 302
    assert auditor.post("/seals/1/mail").status_code == 302  # twice is once
    work_for(1)
    page = auditor.get("/seals").text
    assert ("已寄 2" in page, "未寄出" in page) == (True, False)
    assert box.addresses == [B, A]


def test_the_page_refuses_to_mail_to_nobody(app: Flask, world: World, sign_in: Callable[[str], FlaskClient]) -> None:
    seal()
    auditor = sign_in("ji")
    assert "没有配置寄送地址" in auditor.post("/seals/1/mail", follow_redirects=True).text
    assert auditor.post("/seals/7/mail").status_code == 404
    assert sign_in("lin").post("/seals/1/mail").status_code == 403


def test_the_page_asks_as_often_for_many_seals_as_for_one(
    app: Flask, world: World, box: Box, sign_in: Callable[[str], FlaskClient], count_queries: Counting
) -> None:
    auditor = sign_in("shi")
    seal()
    with count_queries() as one:
        auditor.get("/seals")
    for number in range(2, 8):
        seal(number)
    with count_queries() as many:
        auditor.get("/seals")
    assert len(many) == len(one)


def test_what_was_mailed_cannot_be_changed(app: Flask, world: World, box: Box) -> None:
    seal()
    work_for(5)
    for statement in (update(Mailing).values(fault="x"), delete(Mailing)):
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(statement)
