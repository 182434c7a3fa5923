"""Letters to those who chose them: at once or as a daily summary, and never of what was not committed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from accounts.outbox.sending import AGAIN
from accounts.people.models import Account
from accounts.people.rules import SYSTEM
from core import clock, jobs, notices
from core.db import session, transaction
from core.jobs import Job
from core.mail import Mailing
from core.notices import MAIL_NOTICES, SEND_AGAIN, NoticeKind, Way
from tests.accounts.messages import (
    HE,
    LIN,
    body_of,
    choose,
    digest,
    failed_jobs,
    mail_of,
    notices_read,
    robot,
    set_up,
    settled,
    told,
    work_until,
)
from tests.robots import group_server
from tests.smtp import Box, mail_server
from tests.test_processes import free_port
from tests.world import NOW, World


@pytest.fixture
def box(app: Flask) -> Iterator[Box]:
    with mail_server() as box:
        set_up(app, mail=mail_of(box.port), address="https://plans.example")
        yield box


def test_who_chose_mail_gets_his_messages_as_one_letter_works(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    told(world, "计划一被退回：\n第 2 行请修改", "lin", "he")
    told(world, "计划二已批复 100.00 元", "lin", kind=NoticeKind.RESULT)
    assert box.letters == []
    work_until(NOW + timedelta(minutes=2))
    ((address, letter),) = box.letters
    assert (address, letter["To"], letter["From"]) == (LIN, LIN, "plans@bureau.example")
    assert letter["Subject"] == "【用款计划】您有 2 条消息"
    said = body_of(letter)
    assert "1. 11-20 10:00  计划一被退回： 第 2 行请修改 https://plans.example/plans/1\n" in said
    assert "2. 11-20 10:00  计划二已批复 100.00 元 https://plans.example/plans/1\n" in said
    assert said.startswith("林晓敏：\n\n您在张湾区用款计划申报系统有 2 条未读消息：")
    sent = session().scalars(select(Mailing).where(Mailing.fault == "", Mailing.address == LIN)).all()
    assert len(sent) == 2
    work_until(NOW + timedelta(minutes=5))
    assert len(box.letters) == 1


def test_a_single_message_is_the_subject(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    told(world, "计划已批复\r\nBcc: x@y.example", "lin")
    work_until(NOW + timedelta(minutes=2))
    assert box.letters[0][1]["Subject"] == "【用款计划】计划已批复 Bcc: x@y.example"
    assert box.addresses == [LIN]
    assert box.letters[0][1]["Bcc"] is None


def test_the_choice_itself_is_told_the_new_way(app: Flask, world: World, box: Box) -> None:
    choose(app, world, "lin", Way.MAIL, LIN)
    work_until(NOW + timedelta(minutes=1))
    assert "邮件寄到 lin@unit.example" in body_of(box.letters[0][1])


def test_what_was_rolled_back_is_told_to_nobody(app: Flask, world: World, box: Box) -> None:
    with group_server() as group:
        set_up(app, robots=(group.origin,))
        settled(app, world, "lin", Way.MAIL, LIN, box)
        robot(app, world, group, NoticeKind.TASK)
        with pytest.raises(ZeroDivisionError), transaction():
            notices.tell([world.people["lin"]], "没有发生的事", "/", NoticeKind.TASK)
            raise ZeroDivisionError
        work_until(NOW + timedelta(minutes=5))
        assert (box.letters, group.heard) == ([], [])
        assert all(one.text != "没有发生的事" for one in notices.newest(world.people["lin"]))
        told(world, "发生的事", "lin")
        work_until(NOW + timedelta(minutes=5))
        assert (len(box.letters), len(group.heard)) == (1, 1)


def test_who_chose_nothing_gets_no_letter_and_no_job(app: Flask, world: World, box: Box) -> None:
    told(world, "请审核", "lin")
    assert session().scalars(select(Job)).all() == []


def test_what_was_read_meanwhile_is_not_mailed(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    told(world, "请审核", "lin")
    notices_read(world, "lin")
    work_until(NOW + timedelta(minutes=2))
    assert box.letters == []


def test_who_left_the_house_gets_no_letter(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    told(world, "请审核", "lin")
    with transaction() as work:
        work.execute(
            update(Account).where(Account.username == "lin").values(active=False, version=Account.version + 1)
        )
    work_until(NOW + timedelta(minutes=2))
    assert box.letters == []


def test_one_refused_address_keeps_nobody_else_from_his_letter(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    settled(app, world, "he", Way.MAIL, HE, box)
    box.refused[LIN] = "550 5.1.1 no such user"
    told(world, "请审核", "lin", "he")
    work_until(NOW + timedelta(seconds=30))
    assert box.addresses == [HE]
    box.refused.clear()
    work_until(NOW + timedelta(minutes=2))
    assert box.addresses == [HE, LIN]
    assert failed_jobs() == []


def test_what_no_attempt_could_mail_comes_with_the_next_summary(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    set_up(app, mail=mail_of(free_port()))
    told(world, "请审核", "lin")
    work_until(NOW + timedelta(minutes=10))
    assert failed_jobs() == [(MAIL_NOTICES, jobs.ATTEMPTS)]
    set_up(app, mail=mail_of(box.port))
    digest(NOW + timedelta(hours=22))
    assert box.addresses == [LIN]


def test_the_summary_comes_once_with_all_that_is_unread_works(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.DIGEST, LIN, box)
    for number in range(60):
        told(world, f"消息 {number}", "lin")
    work_until(NOW + timedelta(hours=1))
    assert box.letters == []
    digest(NOW + timedelta(hours=22))
    ((address, letter),) = box.letters
    assert (address, letter["Subject"]) == (LIN, "【用款计划】您有 60 条消息")
    assert "消息 49" in body_of(letter)
    assert "消息 50" not in body_of(letter)
    assert "另有 10 条，请登录系统查看。" in body_of(letter)
    digest(NOW + timedelta(hours=22))
    digest(NOW + timedelta(hours=46))
    assert len(box.letters) == 1


def test_what_came_before_the_choice_is_not_mailed(app: Flask, world: World, box: Box) -> None:
    told(world, "以前的消息", "lin")
    with clock.stopped(NOW + timedelta(hours=1)):
        settled(app, world, "lin", Way.DIGEST, LIN, box)
    digest(NOW + timedelta(hours=22))
    assert box.letters == []


def test_a_mail_server_that_is_away_rests_and_gets_everything_later(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    settled(app, world, "he", Way.MAIL, HE, box)
    set_up(app, mail=mail_of(free_port()))
    for number in range(9):
        with clock.stopped(NOW + timedelta(minutes=number)):
            told(world, f"第 {number} 件", "lin" if number % 2 else "he")
            work_until(clock.now())
    work_until(NOW + timedelta(minutes=9))
    faults = session().scalars(select(Mailing.fault).where(Mailing.fault != "")).all()
    assert len(faults) == jobs.ATTEMPTS
    set_up(app, mail=mail_of(box.port))
    with clock.stopped(NOW + timedelta(minutes=20)):
        jobs.every(SEND_AGAIN, AGAIN, by=SYSTEM)
        work_until(clock.now())
    assert sorted((address, letter["Subject"]) for address, letter in box.letters) == [
        (HE, "【用款计划】您有 5 条消息"), (LIN, "【用款计划】您有 4 条消息"),
    ]  # fmt: skip


def test_a_refused_address_lets_no_other_letter_wait(app: Flask, world: World, box: Box) -> None:
    settled(app, world, "lin", Way.MAIL, LIN, box)
    settled(app, world, "he", Way.MAIL, HE, box)
    box.refused[LIN] = "550 5.1.1 no such user"
    told(world, "请审核", "lin")
    work_until(NOW + timedelta(minutes=2))
    with clock.stopped(NOW + timedelta(minutes=3)):
        told(world, "请审核", "he")
        work_until(clock.now() + timedelta(minutes=1))
    assert box.addresses == [HE]
