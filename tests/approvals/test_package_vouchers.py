"""The auditor's package with the bytes of the vouchers: whole, one byte changed, one missing, one too many."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.people.rules import SYSTEM
from approvals.proof.actions import seal_day
from approvals.proof.checking import check_house
from approvals.proof.packing import write_package
from approvals.reviews import actions
from budget.plans.models import Plan
from core.blobs import files
from core.db import session
from tests.approvals.stories import PNG, filed, plan
from tests.approvals.tampering import past_all_guards, run
from tests.approvals.test_proof import program
from tests.stored import local
from tests.world import DIVISION, NOW, World
from vouchers.papers.actions import add_paper

OTHER = PNG + b"\0"


@pytest.fixture
def package(world: World, tmp_path: Path) -> Path:
    """A sealed house with a plan on two vouchers, one of them proving both lines, packed with their bytes."""
    plan_id = filed(world, ("A1", 1000), ("A3", 500))
    first = plan(plan_id).lines[0].id
    add_paper(plan_id, "12", "合同.png", BytesIO(OTHER), [first], limit=10**6, by=world.person("lin"))
    submit(world, plan_id)
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    return packed(tmp_path)


def submit(world: World, plan_id: UUID) -> None:
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def packed(folder: Path) -> Path:
    path = folder / "证据包.zip"
    write_package(path, DIVISION, files())
    return path


def vouchers_in(path: Path) -> list[str]:
    with ZipFile(path) as package:
        return sorted(name for name in package.namelist() if name.startswith("vouchers/"))


def changed(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The package with other files in it, its manifest as it was."""
    with ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist()}
    change(content)
    with ZipFile(path, "w") as package:
        for name, data in content.items():
            package.writestr(name, data)
    return path


def test_a_package_holds_each_voucher_once_and_passes_works(package: Path) -> None:
    names = vouchers_in(package)
    assert len(names) == 2
    with ZipFile(package) as archive:
        assert {archive.read(name) for name in names} == {OTHER, PNG + session().scalars(select(Plan.id)).one().bytes}
        assert json.loads(archive.read("manifest.json"))["vouchers"] == {"files": 2, "missing": 0}
    said = program(package, {})
    assert "凭证文件 2 份" in said
    assert said.endswith("\n通过\n")


def test_one_changed_byte_is_found_and_its_line_named(package: Path) -> None:
    name = vouchers_in(package)[0]

    def flip(content: dict[str, bytes]) -> None:
        content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])

    said = program(changed(package, flip), {}, passes=False)
    assert "【凭证文件】共 1 处" in said
    assert "计划 YK-202612-0001 第 1 次送审第 1 行“" in said
    assert "文件与送审时不符" in said


def test_a_missing_voucher_is_found(package: Path) -> None:
    name = vouchers_in(package)[0]
    said = program(changed(package, lambda content: content.pop(name)), {}, passes=False)
    assert "【凭证文件】共 1 处" in said
    assert "包里没有这份凭证文件" in said


def test_a_voucher_that_nobody_named_is_found(package: Path) -> None:
    said = program(changed(package, lambda content: content.update({"vouchers/" + "0" * 64: b"x"})), {}, passes=False)
    assert "没有一次送审提到这份文件" in said


def test_a_voucher_that_is_gone_from_the_house_is_missing_in_the_package(package: Path, tmp_path: Path) -> None:
    local().path(vouchers_in(package)[0].removeprefix("vouchers/")).unlink()
    again = tmp_path / "again"
    again.mkdir()
    path = packed(again)
    assert len(vouchers_in(path)) == 1
    assert "包里没有这份凭证文件" in program(path, {}, passes=False)


def test_a_voucher_that_is_no_longer_registered_is_found_in_the_house(world: World, package: Path) -> None:
    assert check_house(files(), {}).found.counts == {}
    digest = vouchers_in(package)[0].removeprefix("vouchers/")
    with past_all_guards() as connection:
        run(connection, "DELETE FROM blob WHERE digest = :digest", digest=digest)
    said = "\n".join(check_house(files(), {}).found.lines())
    assert "【凭证文件】" in said
    assert "送审时有，现在没有登记" in said


def test_a_package_without_vouchers_says_that_they_were_not_checked(app: Flask, package: Path, tmp_path: Path) -> None:
    write_package(package, DIVISION)
    assert vouchers_in(package) == []
    said = program(package, {})
    assert "没有凭证文件，未核对" in said
    assert said.endswith("\n通过\n")


def test_the_command_takes_the_vouchers_along_when_asked(app: Flask, package: Path) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "package", str(package)]).exit_code == 0
    assert vouchers_in(package) == []
    assert runner.invoke(args=["audit", "package", "--with-vouchers", str(package)]).exit_code == 0
    assert len(vouchers_in(package)) == 2
