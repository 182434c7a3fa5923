"""The tamper drill: attacks by the owner of the database, each found; nothing found in an untouched house."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import Connection, select, text

from accounts.people.rules import SYSTEM
from approvals.proof.actions import seal_day
from approvals.proof.checking import check_house
from approvals.proof.comparing import differences
from approvals.proof.models import Seal
from approvals.proof.packing import write_package
from core.blobs import Blob, files
from core.db import session
from tests.approvals.stories import reviewed, submitted
from tests.approvals.tampering import past_all_guards, rechain, run
from tests.stored import local
from tests.world import DIVISION, NOW, World


@dataclass(frozen=True)
class House:
    """A house with an approved plan and one under review, sealed twice."""

    approved: UUID
    under_review: UUID
    anchors: dict[int, str]


@pytest.fixture
def house(world: World) -> House:
    approved = submitted(world, ("A1", 100_000), ("A3", 20_000))
    reviewed(world, approved, "he", "shen", "fang", "luo")
    under_review = submitted(world, ("A2", 5_000), clerk="lin2")
    reviewed(world, under_review, "he")
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    reviewed(world, under_review, "shen")
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    anchors = {seal.number: seal.sha256 for seal in session().scalars(select(Seal))}
    return House(approved, under_review, anchors)


def kinds(anchors: dict[int, str] | None = None) -> set[str]:
    """What the check of the house finds."""
    return set(check_house(files(), anchors or {}).found.counts)


def test_nothing_is_found_in_an_untouched_house(app: Flask, house: House, tmp_path: Path) -> None:
    assert kinds(house.anchors) == set()
    assert differences() == []
    answer = program(packed(tmp_path), house.anchors)
    assert answer.endswith("通过\n") and "未通过" not in answer
    anchor = f"2:{house.anchors[2]}"
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--anchor", anchor])
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "通过")
    assert app.test_cli_runner().invoke(args=["audit", "replay"]).output == "通过\n"


Attack = Callable[[Connection], None]
_LAST = "(SELECT MAX(id) FROM decision)"


def edit_a_column(connection: Connection) -> None:
    run(connection, "UPDATE decision SET comment = '同意，加急' WHERE number = 3")


def edit_a_body(connection: Connection) -> None:
    run(connection, "UPDATE decision SET body = REPLACE(body, '\"act\"', '\"act\" ') WHERE number = 3")


def delete_the_middle(connection: Connection) -> None:
    run(connection, "DELETE FROM decision WHERE number = 3")


def delete_the_tail_alone(connection: Connection) -> None:
    run(connection, f"DELETE FROM decision WHERE id = {_LAST}")  # noqa: S608  ours


def swap_two(connection: Connection) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        run(connection, f"UPDATE decision SET number = {new} WHERE number = {old}")  # noqa: S608  ours


def edit_the_content(connection: Connection) -> None:
    run(connection, "UPDATE plan_revision SET content = REPLACE(content, 'A3', 'A2')")


def edit_an_opinion(connection: Connection) -> None:
    run(connection, "UPDATE opinion SET amount = amount - 1 WHERE id = 1")


def edit_a_line_digest(connection: Connection) -> None:
    run(connection, "UPDATE revision_line SET digest = 'f' || substr(digest, 2) WHERE position = 2")


def delete_a_line_digest(connection: Connection) -> None:
    run(connection, "DELETE FROM revision_line WHERE position = 2")


def give_an_opinion_on_another_line(connection: Connection) -> None:
    run(connection, "UPDATE opinion SET line_digest = (SELECT MAX(line_digest) FROM opinion WHERE id = 2) WHERE id = 1")


def say_it_was_for_another(connection: Connection) -> None:
    run(connection, "UPDATE decision SET behalf_id = person_id WHERE number = 3")


def say_the_opinion_was_for_another(connection: Connection) -> None:
    run(connection, "UPDATE opinion SET behalf_id = person_id WHERE id = 1")


def change_what_was_seen(connection: Connection) -> None:
    run(connection, "UPDATE decision_view SET text = REPLACE(text, 'available', 'availible') WHERE number = 3")


def change_what_was_seen_and_its_digest(connection: Connection) -> None:
    plan_id, text_ = connection.execute(text("SELECT plan_id, text FROM decision_view WHERE number = 3")).fetchall()[0]
    changed = str(text_).replace("available", "availible")
    run(connection, "UPDATE decision_view SET text = :said, digest = :digest WHERE number = 3 AND plan_id = :plan_id",
        said=changed, digest=sha256(changed.encode()).hexdigest(), plan_id=plan_id)  # fmt: skip


def delete_what_was_seen(connection: Connection) -> None:
    run(connection, "DELETE FROM decision_view WHERE number = 3")


def swap_what_was_seen(connection: Connection) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        run(connection, f"UPDATE decision_view SET number = {new} WHERE number = {old}")  # noqa: S608  ours


def invent_what_was_seen(connection: Connection) -> None:
    run(connection, "INSERT INTO decision_view SELECT plan_id, 1, digest, text FROM decision_view WHERE number = 2")


def edit_the_ledger(connection: Connection) -> None:
    run(connection, "UPDATE ledger_entry SET approved = approved - 100 WHERE number = 1")


def edit_a_seal(connection: Connection) -> None:
    run(connection, "UPDATE seal SET day = '2026-11-21' WHERE number = 1")


@pytest.mark.parametrize(
    ("attack", "kind"),
    [
        (edit_a_column, "决定字段"),
        (edit_a_body, "决定摘要"),
        (delete_the_middle, "决定缺号"),
        (delete_the_tail_alone, "封存内容"),
        (swap_two, "决定断链"),
        (edit_the_content, "送审内容"),
        (edit_an_opinion, "意见"),
        (edit_the_ledger, "台账"),
        (edit_a_line_digest, "行摘要"),
        (delete_a_line_digest, "行摘要"),
        (give_an_opinion_on_another_line, "意见"),
        (say_it_was_for_another, "决定字段"),
        (say_the_opinion_was_for_another, "意见"),
        (change_what_was_seen, "所见事实"),
        (change_what_was_seen_and_its_digest, "所见事实"),
        (delete_what_was_seen, "所见事实"),
        (swap_what_was_seen, "所见事实"),
        (invent_what_was_seen, "所见事实"),
        (edit_a_seal, "封存字段"),
    ],
)
def test_an_attack_is_found_without_any_anchor(
    app: Flask, house: House, tmp_path: Path, attack: Attack, kind: str
) -> None:
    with past_all_guards() as connection:
        attack(connection)
    assert kind in kinds()
    told = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert told.exit_code == 1
    assert f"【{kind}】" in told.output
    assert f"【{kind}】" in program(packed(tmp_path), {}, passes=False)


def test_a_tail_cut_with_its_seal_is_found_by_an_anchor_only(house: House, tmp_path: Path) -> None:
    with past_all_guards() as connection:
        run(connection, f"DELETE FROM opinion WHERE at >= (SELECT at FROM decision WHERE id = {_LAST})"  # noqa: S608  our own number
            " AND task_id IN (SELECT id FROM review_task WHERE plan_id = (SELECT plan_id FROM decision"
            f" WHERE id = {_LAST}) AND step_no = 2)")  # fmt: skip
        run(connection, "DELETE FROM seal_leaf WHERE seal_id = (SELECT MAX(id) FROM seal)")
        run(connection, "DELETE FROM seal WHERE number = 2")
        last = "(SELECT plan_id FROM decision WHERE id = (SELECT MAX(id) FROM decision))"
        run(connection, f"DELETE FROM decision_view WHERE number = 3 AND plan_id = {last}")  # noqa: S608  ours
        run(connection, f"DELETE FROM decision WHERE id = {_LAST}")  # noqa: S608  ours
    assert kinds() == set()
    assert kinds({1: house.anchors[1]}) == set()
    assert kinds(house.anchors) == {"锚"}
    assert "不存在了" in program(packed(tmp_path), house.anchors, passes=False)


def test_a_rewritten_history_is_found_by_an_anchor_only(house: House, tmp_path: Path) -> None:
    with past_all_guards() as connection:
        rechain(connection, "送审 1 行，合计 1.00 元")
    assert kinds() == set()
    assert kinds({2: house.anchors[2]}) == {"锚"}
    path = packed(tmp_path)
    assert program(path, {}).endswith("通过\n")
    assert "【锚】" in program(path, house.anchors, passes=False)


def test_a_replaced_voucher_is_found(house: House) -> None:
    blob = session().scalars(select(Blob)).first()
    assert blob is not None
    path = local().path(blob.digest)
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert kinds() == {"文件"}
    path.unlink()
    assert "文件不在了" in "".join(check_house(files(), {}).found.lines())


@pytest.mark.parametrize("with_manifest", [False, True])
def test_an_edited_package_is_found(house: House, tmp_path: Path, with_manifest: bool) -> None:
    path = packed(tmp_path)
    with ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist()}
    rows = [json.loads(line) for line in content["ledger.jsonl"].splitlines()]
    rows[0]["approved"] -= 1
    content["ledger.jsonl"] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if with_manifest:
        manifest = json.loads(content["manifest.json"])
        manifest["files"]["ledger.jsonl"]["sha256"] = sha256(content["ledger.jsonl"]).hexdigest()
        content["manifest.json"] = json.dumps(manifest).encode()
    with ZipFile(path, "w") as package:
        for name, data in content.items():
            package.writestr(name, data)
    answer = program(path, {}, passes=False)
    assert ("【包内文件】" in answer) is not with_manifest
    assert "【台账】共 2 处" in answer


def packed(folder: Path) -> Path:
    path = folder / "证据包.zip"
    write_package(path, DIVISION)
    return path


def program(package: Path, anchors: dict[int, str], *, passes: bool = True) -> str:
    """What the auditor's program says, run alone, with nothing of ours to import."""
    with ZipFile(package) as archive:
        archive.extract("verify.py", package.parent)
    command = [sys.executable, "-I", "-S", "verify.py", package.name]
    for number, digest in anchors.items():
        command += ["--anchor", f"{number}:{digest}"]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, check=False, env={"PYTHONUTF8": "1"})
    assert done.returncode == (0 if passes else 1), done.stderr.decode()
    return done.stdout.decode()


def test_a_misspelt_anchor_is_refused(app: Flask, world: World) -> None:
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--anchor", "1-abc"])
    assert told.exit_code == 2
    assert "锚的写法" in told.output


def test_the_package_command_writes_what_its_program_passes(app: Flask, house: House, tmp_path: Path) -> None:
    told = app.test_cli_runner().invoke(args=["audit", "package", str(tmp_path / "证据包.zip")])
    assert told.exit_code == 0, told.output
    assert "决定 8 项，封存 2 次" in program(tmp_path / "证据包.zip", house.anchors)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE plan SET state = 'returned' WHERE state = 'approved'", "库中为 returned"),
        ("UPDATE allotment SET held = held + 1 WHERE bgt_id = 'A2'", "指标 A2（2026）：占用库中为 5,000.01 元"),
        ("UPDATE allotment SET posted = posted - 1 WHERE bgt_id = 'A3'", "应为 20,000.00 元"),
        ("UPDATE ledger_entry SET approved = approved - 100 WHERE number = 2", "台账第 2 号"),
        ("DELETE FROM ledger_entry WHERE number = 1", "台账缺少批复数 100,000.00 元的一行"),
    ],
)
def test_the_replay_names_the_row_that_differs(app: Flask, house: House, statement: str, words: str) -> None:
    with past_all_guards() as connection:
        run(connection, statement)
    told = app.test_cli_runner().invoke(args=["audit", "replay"])
    assert told.exit_code == 1
    assert words in told.output


def test_the_drill_reads_what_is_written(house: House) -> None:
    with past_all_guards() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM decision")).scalar() == 8
