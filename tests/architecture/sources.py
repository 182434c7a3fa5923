"""What the checks of the design read: our own files under a root, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FEATURES: Final = ("accounts", "budget", "vouchers", "approvals", "exports")
PRODUCT: Final = ("core", *FEATURES, "joins", "app.py", "templates")
# This folder shows broken samples of everything that it forbids.
_SAMPLES: Final = "tests/architecture"
_FOREIGN: Final = frozenset({"__pycache__", "build", "data", "htmlcov", "migrations", "node_modules", "tmp", "vendor"})


@dataclass(frozen=True)
class Source:
    """One file: its path from the root with slashes, and its text."""

    path: str
    text: str

    @property
    def is_product(self) -> bool:
        """Part of the running system, not of its tests or measurements."""
        return self.path.split("/")[0] in PRODUCT

    @property
    def package(self) -> tuple[str, ...]:
        """The packages that hold this module: ("budget", "plans") for budget/plans/rules.py."""
        return tuple(self.path.split("/")[:-1])

    def nodes(self) -> Iterator[ast.AST]:
        """Every node of the module."""
        return ast.walk(_tree(self.text))

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with the dotted name of what is called; "" where that is not a plain name."""
        for node in self.nodes():
            if isinstance(node, ast.Call):
                yield node, dotted(node.func)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything imported: `from a.b import c` gives a.b.c."""
        for node in self.nodes():
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self.package[: len(self.package) + 1 - node.level] if node.level else ()
                start = ".".join((*base, *((node.module,) if node.module else ())))
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Line and text of every string that is not a docstring, parts of f-strings included."""
        loose = {id(node.value) for node in self.nodes() if isinstance(node, ast.Expr)}
        for node in self.nodes():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in loose:
                yield node.lineno, node.value


@cache
def python_files(root: Path) -> tuple[Source, ...]:
    """Our Python files, the samples of this folder left out."""
    return tuple(_read(root, "*.py"))


@cache
def templates(root: Path) -> tuple[Source, ...]:
    """Our Jinja templates."""
    return tuple(source for source in _read(root, "*") if source.path.startswith("templates/"))


@cache
def text_files(root: Path) -> tuple[Source, ...]:
    """Everything of ours that can be read as text."""
    return tuple(_read(root, "*"))


def dotted(node: ast.expr) -> str:
    """a.b.c as text; what is not a name starts with a dot: `f().commit` is ".commit"."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def _read(root: Path, pattern: str) -> Iterator[Source]:
    for path in sorted(_walk(root)):
        name = path.relative_to(root).as_posix()
        if not path.match(pattern) or name.startswith(_SAMPLES):
            continue
        try:
            yield Source(name, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _FOREIGN or (path.name.startswith(".") and path.name != ".ci"):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


@cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)
