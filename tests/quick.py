"""Building an application for each test without doing the same work each time.

Every test has an application of its own. What is made from the source alone is the same in all of them, and is made
once in each process: the code of templates, the compiled SQL of statements, the functions that build addresses.
Each application is thousands of objects, at whose making Python would look for garbage again and again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from werkzeug.routing import Rule

from core.db import db


class _Kept(BytecodeCache):
    """The code of every template, by its source."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled before from the same source."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self._known[bucket.key, bucket.checksum] = bucket.code


_TEMPLATES: Final = _Kept()
_ENGINES: Final[dict[str, Engine]] = {}


def quickened(app: Flask) -> Flask:
    """The application, with what others have compiled before it."""
    app.jinja_env.bytecode_cache = _TEMPLATES
    with app.app_context():
        engine = db.engine
        if engine.name not in _ENGINES:
            with engine.connect():  # a dialect asks at its first connection what it speaks to, and this one never again
                _ENGINES[engine.name] = engine
        first = _ENGINES[engine.name]
        # The dialect is part of the key under which a statement is kept.
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return app


def collect_garbage_seldom() -> None:
    """What is there before the first test stays to the end, and need not be looked through for garbage ever again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 3)


def compile_addresses_once() -> None:
    """A rule's builder depends on its text and its defaults alone, and takes the rule itself as its first argument."""
    known: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
    compiled = Rule._compile_builder

    def kept(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    Rule._compile_builder = kept  # type: ignore[method-assign, assignment]
