"""verify.py on one receipt, run alone: what passes, and the sentence for everything that was changed in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from accounts.people.rules import SYSTEM
from approvals.proof import verify
from approvals.proof.actions import seal_day
from approvals.proof.receipts import file_of, receipt_of
from core.digests import canonical, merkle_climb, merkle_path, merkle_root, sha256, sm3
from tests.approvals.stories import plan
from tests.exports.stories import school_plan, water_plan
from tests.world import DIVISION, NOW, World

SUBMITTED, APPROVED = 1, 6
PROGRAM: Final = Path(verify.__file__)
Told = dict[str, Any]


@pytest.fixture
def school(world: World) -> UUID:
    """The school's approved plan, sealed together with another unit's; a second seal after it is empty."""
    plan_id = school_plan(world)
    water_plan(world)
    for _ in range(2):
        seal_day(DIVISION, NOW.date(), by=SYSTEM)
    return plan_id


def receipt(plan_id: UUID, number: int) -> Told:
    told: Told = json.loads(file_of(receipt_of(plan(plan_id), number)))
    return told


def said_of(told: object, folder: Path, *seals: str, passes: bool) -> str:
    """What the program says, alone in a folder of its own, with nothing of ours to import."""
    (folder / "回执.json").write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(PROGRAM), "receipt", "回执.json"]
    for seal in seals:
        command += ["--seal", seal]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, check=False, env={"PYTHONUTF8": "1", "PATH": os.environ["PATH"]}
    )
    assert done.returncode == (0 if passes else 1), done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("number", [SUBMITTED, APPROVED])
def test_a_sealed_receipt_passes_with_the_seal_from_the_daily_sheet_works(
    school: UUID, tmp_path: Path, number: int
) -> None:
    told = receipt(school, number)
    anchors = [f"1:{told['proof']['seal']['sha256']}", f"2:{told['latest']['sha256'].upper()}"]
    said = said_of(told, tmp_path, *anchors, passes=True)
    assert said.splitlines()[0].startswith(f"计划 YK-202612-0001 第 {number} 项决定：")
    assert f"封存证明：第 1 号 {told['proof']['seal']['sha256']}" in said
    assert "前后一致" not in said
    assert said.endswith("\n通过\n")


def test_without_a_seal_from_outside_it_says_what_that_leaves_open(school: UUID, tmp_path: Path) -> None:
    told = receipt(school, SUBMITTED)
    for seals in ((), (f"2:{told['latest']['sha256']}",)):
        assert "只能说明回执自身前后一致" in said_of(told, tmp_path, *seals, passes=True)


def test_a_receipt_of_a_day_not_sealed_yet_passes_and_says_so(world: World, tmp_path: Path) -> None:
    said = said_of(receipt(school_plan(world), APPROVED), tmp_path, passes=True)
    assert "当日尚未日结：回执没有封存证明" in said


def test_another_seal_than_the_one_kept_is_found(school: UUID, tmp_path: Path) -> None:
    said = said_of(receipt(school, SUBMITTED), tmp_path, f"1:{'0' * 64}", passes=False)
    assert "第 1 号封存：与抄存的摘要不符" in said


def test_a_seal_that_the_receipt_does_not_carry_cannot_be_compared(school: UUID, tmp_path: Path) -> None:
    said = said_of(receipt(school, SUBMITTED), tmp_path, f"9:{'0' * 64}", passes=False)
    assert "第 9 号封存：回执里没有这次封存，无法比较" in said


def edit(told: Told, *way: str | int, value: object) -> None:
    """Change one thing inside, wherever it lies."""
    *outer, last = way
    inside: Any = told
    for step in outer:
        inside = inside[step]
    assert inside[last] != value
    inside[last] = value


def edit_body(row: Told, **changes: object) -> None:
    """Change a canonical text and compute its digests anew, as a forger would."""
    row["body"] = canonical({**json.loads(row["body"]), **changes})
    row["sha256"], row["sm3"] = sha256(row["body"]), sm3(row["body"])


def forge_the_approval(told: Told) -> None:
    """Everything inside fits again, but for the path to the root."""
    approved = {"approved": [[1, 99_000_000], [2, 1_500_000], [3, 500_000]]}
    edit_body(told["decision"], opinions=[[1, "agree", 99_000_000, ""]], facts=approved)
    told["approved"] = 99_000_000 + 1_500_000 + 500_000


def forge_the_seal_too(told: Told) -> None:
    """And now the root fits as well: nothing but a seal kept outside can tell."""
    forge_the_approval(told)
    seal = told["proof"]["seal"]
    seal["root"] = merkle_climb(told["decision"]["sha256"], told["proof"]["path"])
    edit_body(seal, root=seal["root"])


Forgery = Callable[[Told], None]


FORGERIES: Final[tuple[tuple[Forgery, str], ...]] = (
    (lambda told: edit(told, "total", value=1), "合计：回执写的是 1，送审的是 12500000"),
    (lambda told: edit(told, "lines", value=9), "行数：回执写的是 9，送审的是 3"),
    (lambda told: edit(told, "unit", "code", value="301001"), "单位：回执写的是 301001"),
    (lambda told: edit(told, "month", value=11), "月份："),
    (lambda told: edit(told, "kind", value="supplement"), "种类："),
    (lambda told: edit(told, "fiscal_year", value=2025), "年度："),
    (lambda told: edit(told, "plan", value="YK-202612-0009"), "plan 与决定原文不符"),
    (lambda told: edit(told, "revision", value=2), "revision 与决定原文不符"),
    (lambda told: edit(told, "approved", value=12_500_000), "按各项意见应为 12000000"),
    (lambda told: edit(told, "content", "body", value=told["content"]["body"] + " "), "内容与摘要不符"),
    (lambda told: edit(told, "content", "sha256", value="0" * 64), "content 与决定原文不符"),
    (lambda told: edit(told, "decision", "person", value="别人"), "person 与决定原文不符"),
    (lambda told: edit(told, "decision", "at", value="2026-11-21T02:00:00.000000Z"), "at 与决定原文不符"),
    (lambda told: edit(told, "decision", "act", value="cancel"), "act 与决定原文不符"),
    (lambda told: edit(told, "decision", "sha256", value="0" * 64), "第 6 项决定：SHA-256 不符"),
    (lambda told: edit(told, "decision", "sm3", value="0" * 64), "第 6 项决定：SM3 不符"),
    (lambda told: edit(told, "decision", "body", value=told["decision"]["body"] + " "), "不是规范文本"),
    (lambda told: edit(told, "decision", "body", value="["), "第 6 项决定：无法读取"),
    (lambda told: told["earlier"].pop(2), "【决定断链】"),
    (lambda told: told["earlier"].clear(), "批复之前的决定不是从送审开始的"),
    (lambda told: edit_body(told["earlier"][2], comment="改过"), "第 4 项决定：没有接上前一项决定的摘要"),
    (lambda told: edit(told, "proof", "path", 0, 1, value="0" * 64), "算出的根与封存的不符"),
    (lambda told: told["proof"]["path"].pop(), "算出的根与封存的不符"),
    (lambda told: edit(told, "proof", "seal", "root", value="0" * 64), "第 1 号封存：root 与决定原文不符"),
    (lambda told: edit(told, "proof", "seal", "sha256", value="0" * 64), "第 1 号封存：SHA-256 不符"),
    (lambda told: edit(told, "latest", "day", value="2026-11-21"), "第 2 号封存：day 与决定原文不符"),
    (lambda told: edit_body(told["proof"]["seal"], at="2026-11-20T01:59:59.000000Z"), "封存早于决定"),
    (lambda told: told.update(latest={**told["latest"], "number": 1}), "两个摘要不同的同号封存"),
    (forge_the_approval, "算出的根与封存的不符"),
    (lambda told: told.pop("proof"), "不是完整的回执文件"),
    (lambda told: edit(told, "earlier", value="x"), "不是完整的回执文件"),
)


def test_what_was_changed_is_said(school: UUID, tmp_path: Path) -> None:
    whole = receipt(school, APPROVED)
    for forgery, words in FORGERIES:
        told = deepcopy(whole)
        forgery(told)
        said = said_of(told, tmp_path, passes=False)
        assert words in said
        assert said.endswith("\n未通过\n")


def test_a_receipt_forged_as_a_whole_is_found_by_the_seal_kept_outside_only(school: UUID, tmp_path: Path) -> None:
    told = receipt(school, APPROVED)
    kept = f"1:{told['proof']['seal']['sha256']}"
    forge_the_seal_too(told)
    assert said_of(told, tmp_path, passes=True).endswith("\n通过\n")
    assert "与抄存的摘要不符" in said_of(told, tmp_path, kept, passes=False)


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"v":1}', "[" * 100_000], ids=range(6))
def test_what_is_no_receipt_is_refused_in_words(tmp_path: Path, text: str) -> None:
    assert "不是完整的回执文件" in said_of(text, tmp_path, passes=False)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(PROGRAM), "receipt", "没有.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 2
    assert "打不开文件" in done.stderr.decode()


def test_without_sm3_the_rest_is_checked(school: UUID) -> None:
    told = receipt(school, APPROVED)
    told["decision"]["sm3"] = ""
    checker = verify.ReceiptChecker(with_sm3=False)
    checker.receipt(told, {})
    assert checker.found.counts == {}


@pytest.mark.parametrize("size", range(1, 9))
def test_the_program_climbs_as_the_house_does(size: int) -> None:
    leaves = [sha256(str(place)) for place in range(size)]
    for place, leaf in enumerate(leaves):
        assert verify.merkle_climb(leaf, merkle_path(leaves, place)) == merkle_root(leaves)
