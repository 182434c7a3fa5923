"""The nightly checks: green or red on the page, and whoever must know is told when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from accounts.people.rules import SYSTEM, WATCH_DESKS
from approvals.proof import comparing, nightly, outgoing
from approvals.proof.actions import SEAL, check_now, seal_day
from approvals.proof.models import CheckRun
from approvals.proof.rules import REPLAY, VERIFY, Check
from approvals.reconciliation import actions as reconciliation
from core import clock, history, jobs
from core.blobs import Blob
from core.db import session, transaction
from core.jobs import Job
from core.mail import Mailing
from core.notices import Notice
from core.settings import Mail
from tests.approvals.stories import reviewed, submitted
from tests.approvals.tampering import past_all_guards, run
from tests.smtp import mail_server
from tests.stored import local
from tests.world import DIVISION, NOW, World
from work import DAILY, HANDLERS, _ask_daily

SignIn = Callable[[str], FlaskClient]


def night() -> None:
    """Let the worker ask for the daily work and do it."""
    with clock.stopped(NOW + timedelta(days=1)):
        for kind in DAILY:
            jobs.daily(kind, NOW.date(), by=SYSTEM)
        work_off()


def work_off() -> None:
    while jobs.run_one(HANDLERS):
        pass


def checked(check: Check) -> CheckRun:
    found = outgoing.newest_checks(DIVISION)[check]
    assert found is not None
    return found


def notices_of(world: World, username: str) -> list[str]:
    query = select(Notice.text).where(Notice.person_id == world.people[username]).order_by(Notice.id)
    return list(session().scalars(query))


@pytest.fixture
def house(world: World) -> World:
    """A plan that was approved, and one on its way."""
    reviewed(world, submitted(world, ("A1", 100), ("A2", 70)), "he", "shen", "fang", "luo")
    submitted(world, ("A2", 10))
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    return world


def test_an_untouched_house_is_green_works(app: Flask, house: World, sign_in: SignIn) -> None:
    before = notices_of(house, "ji")
    night()
    verified, replayed = checked(Check.VERIFY), checked(Check.REPLAY)
    assert (verified.faults, verified.sentences) == (0, [])
    assert verified.looked_at.startswith("决定 6 项，封存 ")  # the jobs of one moment come in any order
    assert (replayed.faults, replayed.sentences, replayed.looked_at) == (0, [], "计划 2 份，指标 5 条")
    assert verified.day == NOW.date()
    assert notices_of(house, "ji") == before
    with clock.stopped(NOW + timedelta(days=1)):
        page = sign_in("shi").get("/seals").text
    assert page.count('<span class="tag ok">通过</span>') == 2
    assert "2026-11-21 10:00" in page


def test_an_edited_decision_turns_the_night_red(app: Flask, house: World, sign_in: SignIn) -> None:
    with past_all_guards() as connection:
        run(connection, "UPDATE decision SET comment = '同意，加急' WHERE number = 3")
    night()
    found = checked(Check.VERIFY)
    assert found.faults == 1
    assert found.sentences[0] == "【决定字段】共 1 处"
    said = "证据核验未通过：1 处问题。【决定字段】共 1 处"
    for username in ("ji", "luo"):
        assert said in notices_of(house, username)
    assert said not in notices_of(house, "lin")
    auditor = sign_in("ji")
    page = auditor.get("/seals").text
    assert "未通过，1 处问题" in page
    assert "【决定字段】共 1 处" in page
    assert said in auditor.get("/notices").text
    assert '<a href="/seals">' in auditor.get("/notices").text
    assert f"{NOW:%Y-%m-%d} 证据核验：1 处问题" in [event.summary for event in history.of("check", found.id)]


def test_a_balance_set_by_hand_turns_the_replay_red(app: Flask, house: World) -> None:
    with past_all_guards() as connection:
        run(connection, "UPDATE allotment SET held = held + 1 WHERE bgt_id = 'A2'")
    night()
    assert checked(Check.VERIFY).faults == 0
    assert checked(Check.REPLAY).sentences == ["指标 A2（2026）：占用库中为 10.01 元，应为 10.00 元"]
    assert "重放核对未通过：1 处问题。指标 A2（2026）：占用库中为 10.01 元，应为 10.00 元" in notices_of(house, "luo")
    assert "对账不一致：2 处。" in "".join(notices_of(house, "luo"))


def test_a_lost_file_turns_the_night_red(app: Flask, house: World) -> None:
    local().path(session().scalars(select(Blob.digest)).first() or "").unlink()
    night()
    assert checked(Check.VERIFY).sentences[0] == "【文件】共 1 处"


def test_a_check_that_breaks_is_red_and_not_silent(app: Flask, house: World) -> None:
    with past_all_guards() as connection:
        run(connection, "UPDATE decision SET body = '{' WHERE number = 2")
    night()
    assert checked(Check.VERIFY).faults > 0
    assert checked(Check.REPLAY).sentences == ["核对没有做完（JSONDecodeError），数据可能已损坏，请查看服务器日志"]


def test_a_busy_database_is_no_fault_of_the_books(app: Flask, house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class BusyError(Exception):
        sqlite_errorcode = 5
        sqlstate = "40001"

    def busy() -> list[str]:
        raise OperationalError("", {}, BusyError())

    monkeypatch.setattr(comparing, "differences", busy)
    night()
    assert outgoing.newest_checks(DIVISION)[Check.REPLAY] is None
    job = jobs.latest(REPLAY, NOW.date())
    assert job is not None
    assert job.state is jobs.JobState.WAITING


def test_the_red_is_mailed_once_to_each_address(app: Flask, house: World) -> None:
    with past_all_guards() as connection:
        run(connection, "UPDATE decision SET comment = '同意，加急' WHERE number = 3")
    with mail_server() as box:
        mail = Mail(to=("a@audit.example",), host="localhost", port=box.port, sender="s@b.example", tls="off")
        app.extensions["settings"] = replace(app.extensions["settings"], mail=mail)
        night()
        with clock.stopped(NOW + timedelta(days=1, hours=1)):
            work_off()
    letters = {letter["Subject"]: letter for address, letter in box.letters}
    assert set(letters) == {
        "【警报】张湾区用款计划证据核验未通过：1 处问题",
        "【日结单】张湾区用款计划审批第 2 号封存 2026-11-20",
    }
    body = letters["【警报】张湾区用款计划证据核验未通过：1 处问题"].get_body()
    assert body is not None
    assert "【决定字段】共 1 处" in body.get_content()
    assert len(box.letters) == 2


def test_no_more_sentences_are_kept_than_can_be_read(app: Flask, world: World) -> None:
    said = [f"第 {place} 处" for place in range(1, 1001)]
    assert nightly._run(Check.REPLAY, {"day": "2026-11-20"}, lambda: ("许多", 1000, said)) == {"faults": 1000}
    found = checked(Check.REPLAY)
    assert (found.faults, len(found.sentences)) == (1000, nightly.MOST_KEPT)


def test_a_night_without_checks_is_seen(app: Flask, world: World, sign_in: SignIn) -> None:
    auditor = sign_in("shi")
    assert auditor.get("/seals").text.count("没有核验过") == 2
    night()
    with clock.stopped(NOW + timedelta(days=3)):
        assert sign_in("shi").get("/seals").text.count("此后没有再核验过") == 2


def test_the_auditor_may_check_now_and_twice_is_once(app: Flask, world: World, sign_in: SignIn) -> None:
    auditor = sign_in("ji")
    for _ in range(2):
        assert auditor.post("/seals/check").status_code == 302
    asked = list(session().scalars(select(Job.kind).where(Job.subject == "now").order_by(Job.kind)))
    assert asked == [REPLAY, VERIFY]
    work_off()
    assert checked(Check.VERIFY).faults == checked(Check.REPLAY).faults == 0
    assert sign_in("lin").post("/seals/check").status_code == 403
    check_now(by=SYSTEM)
    assert len(session().scalars(select(Job).where(Job.subject == "now")).all()) == 4


def test_the_day_begins_with_the_seal_and_looks_at_the_desks(app: Flask, world: World) -> None:
    _ask_daily(app, None)
    asked = list(session().scalars(select(Job.kind).order_by(Job.run_after, Job.created_at)))
    assert set(asked) == set(DAILY) >= {SEAL, VERIFY, REPLAY, WATCH_DESKS}
    assert DAILY[0] == SEAL


def test_the_desks_are_watched_every_night(app: Flask, world: World) -> None:
    submitted(world, ("A1", 100))
    with transaction() as work:
        work.execute(text("UPDATE post SET ends_on = '2026-11-19', version = version + 1 WHERE role = 'unit_auditor'"))
    night()
    assert any("无人办理" in said for said in notices_of(world, "xi"))


def test_a_reconciliation_that_differs_raises_the_same_alarm(app: Flask, house: World) -> None:
    with past_all_guards() as connection:
        run(connection, "UPDATE allotment SET granted = granted + 1 WHERE bgt_id = 'A2'")
    assert reconciliation.reconcile(DIVISION, NOW.date(), by=SYSTEM) == 1
    said = [one for one in notices_of(house, "luo") if one.startswith("对账不一致")]
    assert said == ["对账不一致：1 处。201003 指标 A2（指标额度 = 额度流水合计）"]
    links = set(session().scalars(select(Notice.link).where(Notice.text == said[0])))
    assert links == {"/reconciliation", ""}


def test_what_a_check_said_cannot_be_changed(app: Flask, world: World) -> None:
    night()
    for statement in (update(CheckRun).values(faults=0), delete(CheckRun)):
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(statement)
    assert session().scalars(select(Mailing)).all() == []
