"""The rules of a unit's life, on plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from accounts.units import rules
from core.errors import Refused

TODAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Place:
    id: int = 1
    code: str = "201003"
    name: str = "区实验小学"
    is_leaf: bool = True
    enabled: bool = True
    merged_into_id: int | None = None


OLD = Place()
NEW = Place(2, "201004", "区第二小学")


def test_a_unit_in_operation_files_works() -> None:
    rules.check_in_operation(OLD)


def test_a_closed_and_a_merged_unit_file_nothing() -> None:
    with pytest.raises(Refused, match="“201003 区实验小学”已停用，不能送审"):
        rules.check_in_operation(replace(OLD, enabled=False))
    with pytest.raises(Refused, match="已并入其他单位，不能送审"):
        rules.check_in_operation(replace(OLD, merged_into_id=2))


def test_two_leaves_merge_on_a_day_that_has_come_works() -> None:
    rules.check_merger(OLD, NEW, TODAY, TODAY)


def test_every_fault_of_a_merger_is_told_at_once() -> None:
    closed = replace(NEW, enabled=False, is_leaf=False)
    with pytest.raises(Refused) as refusal:
        rules.check_merger(replace(OLD, merged_into_id=3), closed, date(2026, 11, 21), TODAY)
    assert [sentence[:9] for sentence in refusal.value.sentences] == [
        "单位“201003", "只能合并末级单位；", "接收单位“2010", "合并日期须在今年年",
    ]  # fmt: skip


def test_a_unit_does_not_merge_into_itself() -> None:
    with pytest.raises(Refused, match="接收单位就是本单位"):
        rules.check_merger(OLD, OLD, TODAY, TODAY)
