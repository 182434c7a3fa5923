"""The design as functions: each takes the root of a tree and names what breaks it, as "file:line what"."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.architecture.sources import FEATURES, Source, dotted, python_files, templates, text_files

Check = Callable[[Path], list[str]]

LONGEST_FILE: Final = 300
# The auditor takes one file away and reads it; it cannot be divided.
_ONE_FILE: Final = {"approvals/proof/verify.py": 500}
LONGEST_FUNCTION: Final = 40

_VAGUE: Final = {"helper", "helpers", "manager", "managers", "util", "utils", "common", "misc"}
_PRIVATE_LAYERS: Final = {"views", "forms", "actions"}
# Where a thing is allowed: a file, or everything whose path starts so.
_MAY_COMMIT: Final = ("core/db.py",)
_MAY_BUILD_SQL: Final = ("core/db.py",)
# Places on a page, and how alike two pictures are, are no amounts.
_MAY_ROUND: Final = ("core/sheets", "vouchers/drawing", "vouchers/likeness/")
_MAY_ASK_TIME: Final = ("core/clock.py",)
# The icons are drawn in that file itself, as constants.
_MAY_BE_RAW: Final = ("templates/macros/icons.html",)
_MAY_SEND_FILES: Final = ("core/web.py", "vouchers/papers/views.py")
# Letters leave through the mail server of the settings, messages of groups to the servers of the settings only.
_MAY_GO_OUT: Final = ("core/mail.py", "core/webhooks.py", "core/objects.py")
_OUTBOUND: Final = re.compile(
    r"(requests|httpx|aiohttp|urllib3|http\.client|urllib\.request|smtplib|ftplib|obstore|boto3)(\.|$)|urllib$"
)
_SILENT_WRITE: Final = re.compile(
    r"\bOR\s+(IGNORE|REPLACE)\b|(?i:\binsert\s+or\s+(ignore|replace)\b|\breplace\s+into\b)"
)
_RAW_HTML: Final = re.compile(r"\|\s*safe\b|autoescape\s+false")
_INEXACT_FILTER: Final = re.compile(r"\|\s*(float|round)\b")
# Spelt apart, so that this file names none of them either.
_HOSTS: Final = ("pypi org", "pythonhosted org", "registry npmjs org", "deb debian org", "pkg dev", "proxy golang org")
_FOLDERS: Final = ("work main", "work shared", "opt wheels", "opt pypi")
_PLACES: Final = (*(host.replace(" ", ".") for host in _HOSTS), *(f"/{path.replace(' ', '/')}" for path in _FOLDERS))
_PLACE: Final = re.compile("|".join(rf"(?<!\w){re.escape(place)}\b" for place in _PLACES))


def long_files(root: Path) -> list[str]:
    """No Python file over 300 lines, but for the one that must be a single file."""
    lengths = ((source.path, len(source.text.splitlines())) for source in python_files(root))
    return [f"{path} has {length} lines" for path, length in lengths if length > _ONE_FILE.get(path, LONGEST_FILE)]


def long_functions(root: Path) -> list[str]:
    """No function over 40 lines, docstring included, decorators not."""
    return [
        f"{source.path}:{node.lineno} {node.name} has {length} lines"
        for source in python_files(root)
        for node in source.nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def vague_names(root: Path) -> list[str]:
    """A module's name says what is in it."""
    return [source.path for source in python_files(root) if _VAGUE & set(re.split(r"[/_.]", source.path))]


def private_layers(root: Path) -> list[str]:
    """Parts meet at rules, models and store; views, forms and actions belong to their part (app.py joins all)."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in python_files(root)
        if source.package[:1] and source.package[0] in ("core", *FEATURES)
        for line, name in source.imports()
        if (owner := _owner_of_private(name)) and owner[: len(source.package)] != source.package
    ]


def _owner_of_private(name: str) -> tuple[str, ...]:
    words = name.split(".")
    if words[0] not in FEATURES:
        return ()
    return next((tuple(words[:place]) for place, word in enumerate(words) if word in _PRIVATE_LAYERS), ())


def stray_commits(root: Path) -> list[str]:
    """Only `transaction()` commits."""
    return _calls(root, _MAY_COMMIT, lambda _, name: name.endswith(".commit"))


def silent_writes(root: Path) -> list[str]:
    """OR IGNORE hides a broken CHECK, OR REPLACE deletes rows that must stay."""
    return [
        f"{source.path}:{line} {text.strip()[:60]}"
        for source in python_files(root)
        if source.is_product
        for line, text in source.sentences()
        if _SILENT_WRITE.search(text)
    ]


def built_sql(root: Path) -> list[str]:
    """SQL text is a constant, written in place or in CAPITALS; values are bound."""
    return [
        f"{source.path}:{call.lineno} {name}"
        for source in python_files(root)
        if source.is_product and source.path not in _MAY_BUILD_SQL
        for knows_text in ["sqlalchemy.text" in _imported(source)]
        for call, name in source.calls()
        if call.args and _takes_built_sql(call.args[0], name, knows_text=knows_text)
    ]


def _imported(source: Source) -> frozenset[str]:
    """Every dotted name that this module imports."""
    return frozenset(name for _, name in source.imports())


def _takes_built_sql(first: ast.expr, name: str, *, knows_text: bool) -> bool:
    if name.split(".")[-1] in ("execute", "exec_driver_sql", "scalar", "scalars", "executemany"):
        return _is_built(first)
    if name in ("db.text", "sa.text", "sqlalchemy.text") or (name == "text" and knows_text):
        return not (isinstance(first, ast.Constant) or dotted(first).isupper())
    return False


def _is_built(node: ast.expr) -> bool:
    """An f-string, a % or + on texts, or a .format()."""
    if isinstance(node, ast.BinOp):
        return any(isinstance(part, ast.JoinedStr) or _is_text(part) for part in (node.left, node.right))
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and dotted(node.func).endswith(".format"))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def inexact_amounts(root: Path) -> list[str]:
    """Amounts are whole fen: no float and no rounding, in Python or in a page."""
    in_code = _calls(root, _MAY_ROUND, lambda _, name: name in ("float", "round"))
    return in_code + _lines(templates(root), _INEXACT_FILTER)


def other_clocks(root: Path) -> list[str]:
    """The time comes from `core.clock`, which tests can stop."""
    asked = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time)$")
    return _calls(root, _MAY_ASK_TIME, lambda _, name: bool(asked.search(name)))


def stray_downloads(root: Path) -> list[str]:
    """Files leave through the few places that check who asks."""
    senders = ("send_file", "send_from_directory")
    return _calls(root, _MAY_SEND_FILES, lambda _, name: name.split(".")[-1] in senders)


def raw_html(root: Path) -> list[str]:
    """Whatever reaches a page is escaped."""
    marked = _calls(root, (), lambda _, name: name.split(".")[-1] == "Markup")
    pages = tuple(page for page in templates(root) if page.path not in _MAY_BE_RAW)
    return marked + _lines(pages, _RAW_HTML)


def outbound_calls(root: Path) -> list[str]:
    """Three modules speak to other servers; the system fetches nothing from addresses that somebody typed."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in python_files(root)
        if source.is_product and source.path not in _MAY_GO_OUT
        for line, name in source.imports()
        if _OUTBOUND.match(name)
    ]


def named_places(root: Path) -> list[str]:
    """No file names a package registry or a folder of one machine; lock files name no address at all."""
    locks = tuple(source for source in text_files(root) if re.fullmatch(r"requirements.*\.txt", source.path))
    return _lines(text_files(root), _PLACE) + _lines(locks, re.compile("://"))


def bare_silencings(root: Path) -> list[str]:
    """Whoever silences a linter says why, behind it."""
    return _lines(python_files(root), re.compile(r"#\s*(ruff:\s*)?noqa(:[A-Z0-9, ]*)?$"))


ALL: Final[tuple[Check, ...]] = (
    long_files,
    long_functions,
    vague_names,
    private_layers,
    stray_commits,
    silent_writes,
    built_sql,
    inexact_amounts,
    other_clocks,
    stray_downloads,
    raw_html,
    outbound_calls,
    named_places,
    bare_silencings,
)


def _calls(root: Path, allowed: tuple[str, ...], is_bad: Callable[[ast.Call, str], bool]) -> list[str]:
    return [
        f"{source.path}:{call.lineno} {name}"
        for source in python_files(root)
        if source.is_product and not source.path.startswith(allowed)
        for call, name in source.calls()
        if is_bad(call, name)
    ]


def _lines(sources: tuple[Source, ...], pattern: re.Pattern[str]) -> list[str]:
    def found() -> Iterator[str]:
        for source in sources:
            for number, line in enumerate(source.text.splitlines(), 1):
                if pattern.search(line):
                    yield f"{source.path}:{number} {line.strip()[:80]}"

    return list(found())
