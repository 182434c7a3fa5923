"""What an import would change: records compared key by key and field by field, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# A row as people read it: the name of each field with its text. The first field names the row.
Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        """What a conflict shows of it: what is stored, and what was typed."""
        return f"{self.field}：已保存“{self.old or '空'}”，您填写“{self.new or '空'}”。"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that is new, changed or absent; only a changed one has changes."""

    key: str
    name: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that an import would do. Rows that the file lacks are left as they are, unless it `removes` them."""

    new: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    absent: list[Entry] = field(default_factory=list)
    unchanged: int = 0
    removes: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return not (self.new or self.changed or (self.removes and self.absent))

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each sort, for the history."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "absent": len(self.absent),
        }

    def __str__(self) -> str:
        return (
            f"新增 {len(self.new)} 条，变更 {len(self.changed)} 条，"
            f"未变 {self.unchanged} 条，{'删除' if self.removes else '文件中没有'} {len(self.absent)} 条"
        )


def _first(record: Record) -> str:
    return next(iter(record.values()), "")


def compare(
    before: Mapping[str, Record],
    after: Mapping[str, Record],
    name_of: Callable[[Record], str] = _first,
    *,
    removes: bool = False,
) -> Difference:
    """What turns `before` into `after`, in the order of the file. A field that only one side has counts as empty."""
    new: list[Entry] = []
    changed: list[Entry] = []
    unchanged = 0
    for key, record in after.items():
        known = before.get(key)
        if known is None:
            new.append(Entry(key, name_of(record)))
        elif known == record:
            unchanged += 1
        else:
            changed.append(Entry(key, name_of(record), changes(known, record)))
    absent = [Entry(key, name_of(record)) for key, record in before.items() if key not in after]
    return Difference(new, changed, absent, unchanged, removes)


def changes(old: Record, new: Record) -> tuple[Change, ...]:
    """Field by field what differs; a field that only one side has counts as empty on the other."""
    fields = dict.fromkeys((*new, *old))
    return tuple(
        Change(name, old.get(name, ""), new.get(name, "")) for name in fields if old.get(name, "") != new.get(name, "")
    )
