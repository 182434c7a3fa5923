"""What every page shares: security headers, CSRF, refusals on forms, error pages, display filters."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.routing import IntegerConverter

from core import clock
from core.errors import Busy, Conflict, Forbidden, Missing, Overtaken, Refused
from core.fields import Form
from core.money import Money
from core.settings import Settings
from core.waiting import is_busy

View = TypeVar("View", bound=Callable[..., Any])

csrf: Final = CSRFProtect()
_LARGE_UPLOAD: Final = "takes_large_upload"

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
}

_SENTENCES: Final = {
    400: "请求不完整，请返回上一页重新操作。",
    403: "您的岗位不能使用这个功能，如有需要请联系系统管理员。",
    404: "没有找到您要的内容。",
    405: "这个地址不能这样访问，请从菜单进入。",
    413: "上传的内容过大，请压缩或拆分后再上传。",
    429: "操作过于频繁，请稍候再试。",
    500: "系统出错了，您填写的内容没有丢失，请返回上一页再试一次；仍不行请联系系统管理员。",
    507: "服务器的存储空间已满，这次操作没有保存，以前保存的内容都在；请联系系统管理员清理空间，然后返回上一页再试。",
}
# No space, over the quota, over the size that a file may have here.
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.extensions["settings"]
    return found


def configure(app: Flask, options: Settings) -> None:
    """Limits, cookies, CSRF, headers, template strictness and error pages, before any blueprint."""
    app.extensions["settings"] = options
    app.config.update(
        SECRET_KEY=options.secret_key,
        SQLALCHEMY_DATABASE_URI=options.database_url,
        SESSION_COOKIE_NAME="yk_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=options.secure_cookies,
        TRUSTED_HOSTS=list(options.trusted_hosts),
        MAX_CONTENT_LENGTH=options.form_limit,
        MAX_FORM_MEMORY_SIZE=options.form_limit,
        WTF_I18N_ENABLED=False,  # WTForms' own Chinese, not Flask-Babel's
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session, which has its own limits
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    app.config.update(options.extra)
    app.before_request(_widen_for_uploads)  # before CSRF, whose reading of the form applies the limit
    csrf.init_app(app)
    app.before_request(_refuse_nul)
    app.url_map.converters["int"] = Number
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(moment=moment, day=day, yuan=yuan)
    app.after_request(_add_headers)
    _add_error_pages(app)


class Number(IntegerConverter):
    """A number in an address that fits into a column; a longer one leads nowhere (404)."""

    regex = r"\d{1,18}"


def _refuse_nul() -> None:
    """No keyboard types U+0000; PostgreSQL keeps no text with it, so it would come up as an error of ours."""
    texts = (request.path, *request.args.values(), *request.form.values())
    if any("\0" in text for text in texts):
        abort(400)


def large_upload(view: View) -> View:
    """Mark a view that takes files: its requests may be as large as `upload_limit`, all others as `form_limit`."""
    setattr(view, _LARGE_UPLOAD, True)
    return view


def _widen_for_uploads() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, _LARGE_UPLOAD, False):
        options = settings()
        request.max_content_length = options.upload_limit + options.form_limit  # the file and the fields around it


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


@contextmanager
def refusals_on(form: Form) -> Iterator[None]:
    """A refusal of the action inside becomes sentences on the form; nothing has changed, nothing typed is lost."""
    try:
        yield
    except Refused as refusal:
        if isinstance(refusal, Conflict):
            form.meet(refusal)
        form.overtaken, form.busy = isinstance(refusal, Conflict | Overtaken), isinstance(refusal, Busy)
        form.form_errors.extend(refusal.sentences)


def wants_json() -> bool:
    """Whether the page's script asks (uploads, autosave) rather than a person."""
    return request.accept_mimetypes.best == "application/json"


def part_of_page(template: str, **values: object) -> str:
    """A template that some page's script puts into the page: without asking for what the frame of a page shows."""
    return current_app.jinja_env.get_template(template).render(**values)


def error_answer(status: int, sentence: str) -> ResponseReturnValue:
    """An error as a page for people and as `{"error": …}` for scripts."""
    if wants_json():
        return jsonify(error=sentence), status
    return _error_page(status, sentence), status


def _error_page(status: int, sentence: str) -> str:
    """Without the frame of a signed-in page where what the frame asks for may be what failed."""
    if status < 500 and not isinstance(request.routing_exception, SecurityError):
        return render_template("error.html", status=status, sentence=sentence)
    page = current_app.jinja_env.get_template("error.html")
    static = f"{request.script_root}{current_app.static_url_path}"
    return page.render(status=status, sentence=sentence, me=None, url_for=lambda _, filename: f"{static}/{filename}")


def _add_error_pages(app: Flask) -> None:
    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> ResponseReturnValue:
        return error_answer(409 if isinstance(refusal, Conflict | Overtaken) else 422, str(refusal))

    @app.errorhandler(Busy)
    def busy(refusal: Busy) -> ResponseReturnValue:
        return error_answer(503, str(refusal))

    @app.errorhandler(Missing)
    def missing(_: Missing) -> ResponseReturnValue:
        # One sentence for what is absent and what is another unit's, so that neither can be told from the other.
        return error_answer(404, _SENTENCES[404])

    @app.errorhandler(Forbidden)
    def forbidden(denial: Forbidden) -> ResponseReturnValue:
        return error_answer(403, str(denial))

    @app.errorhandler(CSRFError)
    def stale(_: CSRFError) -> ResponseReturnValue:
        return error_answer(400, "页面已过期，请返回上一页刷新后再提交。")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        return error_answer(status, _SENTENCES.get(status, "请求没有成功，请返回上一页再试一次。"))

    @app.errorhandler(500)
    def broken(error: InternalServerError) -> ResponseReturnValue:
        failure = error.original_exception
        status = 507 if is_full(failure) else 503 if is_busy(failure) else 500
        return error_answer(status, str(Busy()) if status == 503 else _SENTENCES[status])


def is_full(failure: BaseException | None) -> bool:
    """Whether the disk, the quota or the database has no room left: nothing was stored, nothing is broken."""
    if isinstance(failure, DBAPIError):
        failure = failure.orig
    if isinstance(failure, OSError):
        return failure.errno in _FULL
    return getattr(failure, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(failure, "sqlstate", "") == "53100"


def moment(value: datetime | None, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """A stored moment in Shanghai time; empty for none."""
    return "" if value is None else clock.local(value).strftime(pattern)


def day(value: date | None) -> str:
    """A date as 2026-11-25; empty for none."""
    return "" if value is None else value.isoformat()


def yuan(value: Money | None) -> str:
    """An amount with separators; empty for none."""
    return "" if value is None else str(value)


def asked_year(known: Collection[int]) -> int:
    """The year in the address if it is known, else this year, else the newest that is known."""
    asked, this_year = request.args.get("year", ""), clock.today().year
    if asked in map(str, known):
        return int(asked)
    return this_year if this_year in known or not known else max(known)


def page_number() -> int:
    """The page asked for in the address, from 1; nonsense is page 1."""
    text: Any = request.args.get("page", "1")
    return max(1, int(text)) if str(text).isdecimal() and len(str(text)) < 6 else 1
