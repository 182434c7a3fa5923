"""A small tree of hostile XML: no DOCTYPE, no entities, nothing fetched, and an end to size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from core.errors import Refused

MOST_BYTES: Final = 32 * 1024**2
MOST_NODES: Final = 300_000
DEEPEST: Final = 64
# Of longer texts, such as signatures, the rest is left out.
LONGEST_TEXT: Final = 1024**2
_LEGACY: Final = re.compile(rb"""<\?xml[^>]{0,200}encoding=["'](gb2312|gbk|gb18030)["']""", re.I)
_UNREADABLE: Final = "XML 内容不完整或格式有误，无法识别。"


@dataclass(slots=True)
class Node:
    """An element by its local name: prefixes differ from producer to producer."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self) -> Iterator[Node]:
        """This element and all within it, in document order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))

    def named(self, name: str) -> Iterator[Node]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def find(self, *path: str) -> Node | None:
        """The first element along the path of children."""
        node: Node | None = self
        for name in path:
            node = next(node.named(name), None) if node is not None else None
        return node

    def value(self, *path: str) -> str:
        """The text there, without blanks at its ends; empty when it is not there."""
        node = self.find(*path)
        return node.text.strip() if node is not None else ""


class _Builder:
    """Grows the tree while expat reads."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(self.open) >= DEEPEST:
            raise Refused("XML 过大或层次过深，无法识别。")
        node = Node(_local(name), {_local(key): value for key, value in attributes.items()})
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        if self.open and len(self.open[-1].text) < LONGEST_TEXT:
            self.open[-1].text += text[:LONGEST_TEXT]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_about: object) -> None:
    raise Refused("XML 含有 DOCTYPE 或实体声明，可能有害，不予识别。")


def parsed(data: bytes) -> Node:
    """The root of the document. Raises `Refused` with a sentence."""
    if len(data) > MOST_BYTES:
        raise Refused("XML 过大，无法识别。")
    # Expat knows no GBK, which older tax software writes. Prefixes are cut off, so they need not be declared.
    legacy = _LEGACY.match(data)
    parser = expat.ParserCreate("utf-8" if legacy else None)
    builder = _Builder()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(data.decode("gb18030").encode() if legacy else data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Refused(_UNREADABLE) from error
    if builder.root is None:
        raise Refused(_UNREADABLE)
    return builder.root
