"""Form keys: a form that is sent twice has one effect and gets one answer (docs/decisions/0004-form-keys.md).

Every form carries a random `form_key`. The request that brings it is one unit of work, and the answer is stored in the
very transaction of the effect; whoever sends the same once more gets the stored answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from typing import Any, Final, TypeVar, cast
from uuid import uuid4

from flask import Flask, Response, current_app, flash, redirect, request
from flask import session as flask_session
from flask.typing import ResponseReturnValue
from sqlalchemy import CursorResult, Table, delete, insert, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, recall
from core.db import Code, Long, Model, session, transaction, unit_of_work
from core.errors import Refused
from core.jobs import Progress
from core.waiting import retried
from core.web import error_answer

View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")

FORGET: Final = "forget_answers"
# How long an answer is kept, and how many are forgotten at once.
KEPT: Final = timedelta(days=7)
BATCH: Final = 1000
DONE: Final = "这一步刚才已经办成，没有重复办理；结果请在相应的列表中查看。"
_OTHER: Final = "这个页面刚才已经提交过别的内容，这次的没有办理。请从菜单重新打开这个页面，核对后再提交。"
_BROKEN: Final = "页面不完整，没有办理。请刷新页面后再提交。"
_KEY: Final = re.compile(r"[0-9a-f]{32}")
_BY_ITSELF: Final = "commits_by_itself"
_NOT_BODY: Final = frozenset({"csrf_token", "form_key"})


class FormAnswer(Model):
    """What a form was answered. Rows are added in the transaction of the effect, and forgotten when they are old."""

    __tablename__ = "form_answer"

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    form_key: Mapped[Code] = mapped_column(primary_key=True)
    route: Mapped[Long]
    body_sha256: Mapped[Code]
    status: Mapped[int]
    location: Mapped[Long]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Sent:
    """One sending of a form: whose, under which key, where to, and what."""

    person_id: int
    form_key: str
    route: str
    body_sha256: str


@dataclass(frozen=True)
class Answer:
    """What is kept of an answer."""

    status: int
    location: str = ""


def new_key() -> str:
    """A key for one form on one page; templates print it beside the CSRF token (macro `csrf`)."""
    return uuid4().hex


class KeyedFlask(Flask):
    """Serves each form that carries a key once."""

    def dispatch_request(self) -> ResponseReturnValue:
        """The view, once for each key; all of it again while the database is busy."""
        sent = _sent()
        return _served(sent, super().dispatch_request) if sent else super().dispatch_request()


def start(app: Flask, who: Callable[[], int | None]) -> None:
    """`who` tells the signed-in person's id; accounts stand to the right of this module."""
    app.extensions["form_keys"] = who
    app.jinja_env.globals["form_key"] = new_key


def by_itself(view: View) -> View:
    """Mark a view whose transactions commit one by one, and whose answer is not kept.

    For answers that are files (to make one twice does no harm), for sign-in (its failures must be counted), for
    autosave (its version tells a second sending), and for batches, which key each of their pieces with `piece()`.
    """
    setattr(view, _BY_ITSELF, True)
    return view


def is_by_itself(view: Callable[..., Any]) -> bool:
    """Whether a view is marked so."""
    return getattr(view, _BY_ITSELF, False)


def piece(name: object, act: Callable[[], T], body: object = "") -> T | None:
    """One piece of a batch, under a key of its own made from the form's: None when it was done by an earlier sending.

    Without a key it is simply done, again while the database is busy. Raises `Refused` when an earlier sending
    brought another body under this name.
    """
    key, person_id = _key(), _who()
    if not key or person_id is None:
        return retried(act)()
    sent = Sent(person_id, _piece_key(key, name), request.path, sha256(repr(body).encode()).hexdigest() if body else "")
    done = retried(_once)(sent, act, lambda _: Answer(200))
    return None if isinstance(done, Answer) else done


def look_ahead(names: Iterable[object]) -> None:
    """Read at once what earlier sendings have done of these pieces; inside `recall.remembering`."""
    key, person_id = _key(), _who()
    if not key or person_id is None:
        return
    own = [_piece_key(key, name) for name in names]
    query = select(FormAnswer.form_key, *_COLUMNS).where(FormAnswer.person_id == person_id)
    rows = {row.form_key: row for row in session().execute(query.where(FormAnswer.form_key.in_(own)))}
    for one in own:
        recall.tell(_ANSWERS, (person_id, one), rows.get(one))


def _piece_key(key: str, name: object) -> str:
    return sha256(f"{key}:{name}".encode()).hexdigest()


def _sent() -> Sent | None:
    """What this request sends under a key; None when it is to be served as it always was."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or request.routing_exception is not None or view is None or is_by_itself(view):
        return None
    key, person_id = _key(), _who()
    return Sent(person_id, key, request.path, _body_digest()) if key and person_id is not None else None


def _key() -> str:
    """The key that was sent, or nothing. Raises `Refused` for one that no page of ours has made."""
    key = request.form.get("form_key", "")
    if key and not _KEY.fullmatch(key):
        raise Refused(_BROKEN)
    return key


def _who() -> int | None:
    found: int | None = current_app.extensions["form_keys"]()
    return found


def _body_digest() -> str:
    """SHA-256 over everything that was sent but the tokens; files by their own digests."""
    digest = sha256(request.query_string)
    for name, value in sorted(request.form.items(multi=True)):
        if name not in _NOT_BODY:
            digest.update(repr((name, value)).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        of_content = file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
        digest.update(repr((name, file.filename, of_content)).encode())
    _rewind_files()
    return digest.hexdigest()


def _rewind_files() -> None:
    for _, file in request.files.items(multi=True):
        file.stream.seek(0)


def _served(sent: Sent, view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    said = list(flask_session.get("_flashes", ()))

    def attempt() -> Response | Answer:
        _rewind_files()
        _say_again(said)
        return _once(sent, lambda: current_app.make_response(view()), _worth_keeping)

    done = retried(attempt)()
    if isinstance(done, Response):
        return done
    _say_again(said)
    return _replayed(done)


def _say_again(said: list[Any]) -> None:
    """What a failed attempt has said to the next page is taken back."""
    if list(flask_session.get("_flashes", ())) != said:
        flask_session["_flashes"] = said


def _worth_keeping(response: Response) -> Answer | None:
    """A refusal is not kept: the clerk corrects the form and sends it again under the same key."""
    return Answer(response.status_code, response.location or "") if response.status_code < 400 else None


def _once(sent: Sent, act: Callable[[], T], worth_keeping: Callable[[T], Answer | None]) -> T | Answer:
    """Do it and store its answer in the same transaction, or give the answer that is stored.

    Somebody may be doing the same at this very moment: whoever comes second is refused by a rule or by the primary
    key, is undone, and finds the first one's answer.
    """
    stored = _stored(sent)
    if stored:
        return stored
    try:
        with unit_of_work() as unit:
            result = act()
            answer = worth_keeping(result)
            if answer is None:
                unit.undo()
            elif unit.begun:
                with unit.writing():
                    session().execute(_KEEP, _row(sent, answer))
    except Exception:
        stored = _stored(sent, again=True)
        if stored:
            return stored
        raise
    return (_stored(sent, again=True) if answer is None else None) or result


_KEEP: Final = insert(cast("Table", FormAnswer.__table__))


def _row(sent: Sent, answer: Answer) -> dict[str, object]:
    return {**vars(sent), **vars(answer), "at": clock.now()}


_COLUMNS: Final = (FormAnswer.route, FormAnswer.body_sha256, FormAnswer.status, FormAnswer.location)
_FIND: Final = select(*_COLUMNS)
_ANSWERS: Final = "form answers"


def _stored(sent: Sent, *, again: bool = False) -> Answer | None:
    """The stored answer. Raises `Refused` when the key brought something else; `again` looks past our own snapshot."""
    if again:
        session().rollback()
        recall.forget(_ANSWERS)
    mine = (FormAnswer.person_id == sent.person_id) & (FormAnswer.form_key == sent.form_key)
    known = (sent.person_id, sent.form_key)
    row: Any = recall.of(_ANSWERS, known, lambda: session().execute(_FIND.where(mine)).first())
    if row is None:
        return None
    if (row.route, row.body_sha256) != (sent.route, sent.body_sha256):
        raise Refused(_OTHER)
    return Answer(row.status, row.location)


def forget_old(_payload: Mapping[str, object], progress: Progress) -> Mapping[str, object]:
    """The daily job: nobody sends a form again after a week. In small transactions, so that nobody waits for it."""
    forgotten = 0
    while True:
        count = _forget(clock.now() - KEPT)
        forgotten += count
        progress.say(forgotten, forgotten)
        if count < BATCH:
            return {"forgotten": forgotten}


def _forget(before: datetime) -> int:
    """Up to so many old answers; the oldest rows stand first in the table, so no index is needed to find them."""
    key = (FormAnswer.person_id, FormAnswer.form_key)
    old = select(*key).where(FormAnswer.at < before).limit(BATCH)
    with transaction() as work:
        gone = delete(FormAnswer).where(tuple_(*key).in_(old)).execution_options(synchronize_session=False)
        return cast("CursorResult[object]", work.execute(gone)).rowcount


def _replayed(answer: Answer) -> ResponseReturnValue:
    """Status and address as the first time; a page that was shown at once is gone, a sentence stands in its place."""
    if answer.location:
        flash(DONE, "ok")
        return redirect(answer.location, answer.status)
    return error_answer(answer.status, DONE)
