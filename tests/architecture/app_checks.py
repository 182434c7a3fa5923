"""The design of the joined application as functions: each names what breaks it, for the real house and for samples."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from accounts.signin.guard import PUBLIC, required
from core.db import db
from tests.architecture.sources import FEATURES, Source, dotted

# An endpoint in full, or the beginning of one that is put together: url_for('documents.' ~ kind).
_IN_TEMPLATE: Final = re.compile(r"url_for\(\s*['\"]([\w.]+)['\"]\s*(~?)")
_FORM: Final = re.compile(r"(<form\b(?:[^<>]|\{%.*?%\}|\{\{.*?\}\})*>)(.*?)</form>", re.DOTALL | re.IGNORECASE)
_POSTS: Final = re.compile(r"\bmethod\s*=\s*[\"']?post", re.IGNORECASE)
# What prints both: WTForms' hidden_tag, the macros hidden(form) and csrf(), and two macros of pages that begin with it.
_CARRIES: Final = (".hidden_tag()", "{{ hidden(", "{{ csrf()", "{{ kept()", "{{ about(")
_READS: Final = re.compile(r"\s*(SELECT|BEGIN|PRAGMA|SAVEPOINT|RELEASE|ROLLBACK|WITH)\b", re.IGNORECASE)
# The one thing that a GET writes: when the session was last seen.
_SESSION: Final = re.compile(r"\s*(UPDATE|SELECT .* FROM) login_session\b", re.IGNORECASE | re.DOTALL)


def unmarked_views(app: Flask) -> list[str]:
    """Every endpoint says which permission it asks for; the public ones are named in the guard and carry none."""
    unmarked = {name for name, view in app.view_functions.items() if required(view) is None}
    return sorted(f"{name} asks for no permission" for name in unmarked - PUBLIC) + sorted(
        f"{name} is public, but is not an open page" for name in PUBLIC - unmarked
    )


def writing_gets(client: FlaskClient, addresses: Iterable[str]) -> list[str]:
    """A GET only reads: no statement reaches the database that could change it, the session's own row excepted."""
    found: list[str] = []
    for address in addresses:
        with _writes() as written:
            client.get(address)
        found += [f"GET {address}: {statement}" for statement in written]
    return found


class _writes:  # noqa: N801  reads as a word in `with`
    """Gathers the statements that write."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(db.engine, "before_cursor_execute", self._note)
        return self.statements

    def __exit__(self, *_: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not _READS.match(statement) and not _SESSION.match(statement):
            self.statements.append(" ".join(statement.split())[:80])


def unknown_endpoints(sources: Iterable[Source], known: Collection[str]) -> list[str]:
    """Every endpoint that a template or a module names exists (a relative one is the module's own matter)."""
    return [
        f"{source.path} names {endpoint}"
        for source in sources
        for endpoint in (_named_in_template(source) if source.path.startswith("templates/") else _named_in(source))
        if not endpoint.startswith(".") and not any(fnmatchcase(name, endpoint) for name in known)
    ]


def _named_in_template(source: Source) -> list[str]:
    return [name + ("*" if goes_on else "") for name, goes_on in _IN_TEMPLATE.findall(source.text)]


def _named_in(source: Source) -> Iterator[str]:
    for call, name in source.calls():
        first = call.args[0] if call.args else None
        if name.split(".")[-1] == "url_for" and isinstance(first, ast.Constant):
            yield str(first.value)


def posting(source: Source) -> int:
    """How many forms of a page post."""
    return sum(1 for opening, _ in _FORM.findall(source.text) if _POSTS.search(opening))


def keyless_forms(sources: Iterable[Source]) -> list[str]:
    """Every form that posts carries the CSRF token and the form key, by a form's own hidden fields or by csrf()."""
    return [
        f"{source.path}: {opening}"
        for source in sources
        for opening, body in _FORM.findall(source.text)
        if _POSTS.search(opening) and not any(words in body for words in _CARRIES)
    ]


def jobs_without_handler(
    sources: Iterable[Source], handlers: Collection[str], module_of: Callable[[str], ModuleType]
) -> list[str]:
    """Every kind of job that a module asks for has a handler."""
    found: list[str] = []
    for source in sources:
        for call, name in source.calls():
            if name.split(".")[-1] != "enqueue" or not call.args:
                continue
            kinds = _kinds(call.args[0], source, vars(module_of(source.path)))
            found += [f"{source.path}:{call.lineno} cannot be read"] if not kinds else []
            found += [f"{source.path}:{call.lineno} {kind} has no handler" for kind in kinds if kind not in handlers]
    return found


def _kinds(node: ast.expr, source: Source, names: Mapping[str, Any]) -> list[str]:
    """The values that the first argument of enqueue can have: a text, a constant, an entry of a table, a loop over
    constants."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.Subscript) and isinstance(names.get(dotted(node.value)), Mapping):
        return [str(value) for value in names[dotted(node.value)].values()]
    if isinstance(node, ast.Name) and node.id in names:
        return [str(names[node.id])]
    loops = (loop for loop in source.nodes() if isinstance(loop, ast.For) and dotted(loop.target) == dotted(node))
    items = (item for loop in loops if isinstance(loop.iter, ast.Tuple) for item in loop.iter.elts)
    return [kind for item in items for kind in _kinds(item, source, names)]


def module_of(path: str) -> ModuleType:
    """The module of one of our files."""
    return importlib.import_module(path.removesuffix(".py").replace("/", "."))


def every_table() -> None:
    """Import every module that may hold tables, so that none is missing from the comparison."""
    for package in ("core", *FEATURES):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if package == "core" or module.name.endswith("models"):
                importlib.import_module(module.name)


def differing_tables() -> list[str]:
    """The migrations give exactly the tables that the models describe."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return [str(difference) for difference in compare_metadata(context, db.metadata)]
