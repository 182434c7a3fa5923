"""Large vouchers come in parts: tus 1.0 with creation, checksum and termination; each request asks whose upload it is.

When the last part has come nothing is a voucher yet: the page sends its form with the upload's address instead of the
file (`views.finish`), and the file is judged like any other.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from budget.plans import store as plans
from budget.plans.editing import check_editable
from core.errors import Overtaken
from core.parts import ALGORITHMS, Elsewhere, Garbled, Part, Taken, parts
from core.web import error_answer, large_upload, settings

VERSION: Final = "1.0.0"
_OCTETS: Final = "application/offset+octet-stream"
# A number that any file could have; a longer one is nonsense and not read.
_DIGITS: Final = 15
_SENTENCES: Final = {
    409: "上传的位置与服务器不一致，请重新选择文件，会从中断处继续。",
    412: "上传方式的版本不受支持，请刷新页面后再上传。",
    413: "文件过大，请压缩或拆分后再上传。",
    415: "上传的内容格式不对，请刷新页面后再上传。",
    423: "这个文件正在上传，请稍候。",
    400: "上传请求不完整，请刷新页面后再上传。",
    460: "文件在传输中出错，请重试。",
}


@requires(Permission.WRITE_PLANS)
def about(plan_id: UUID) -> ResponseReturnValue:
    """What this server takes, for the OPTIONS of tus."""
    plans.get_own_head(plan_id, person().writing())
    answer = Response(status=204)
    answer.headers["Tus-Version"] = VERSION
    answer.headers["Tus-Extension"] = "creation,checksum,termination"
    answer.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    answer.headers["Tus-Max-Size"] = str(settings().upload_limit)
    return answer


@requires(Permission.WRITE_PLANS)
def begin(plan_id: UUID) -> ResponseReturnValue:
    """Announce a file for the papers of one's own open plan: 201 with the address of the upload."""
    check_editable(plans.get_own_head(plan_id, person().writing()))
    length, name = _number("Upload-Length"), _filename()
    if not _is_spoken() or not length or name is None:
        return _refused(400 if _is_spoken() else 412)
    if length > settings().upload_limit:
        return _refused(413)
    part = parts().begin(person().id, plan_id, name, length)
    answer = Response(status=201)
    answer.headers["Location"] = url_for("papers.upload_state", plan_id=plan_id, upload_id=part.id)
    return answer


@requires(Permission.WRITE_PLANS)
def state(plan_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """How much has come."""
    part = own(plan_id, upload_id)
    return _at(part, parts().offset(part), 200) if _is_spoken() else _refused(412)


@requires(Permission.WRITE_PLANS)
@large_upload
def append(plan_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """The next part."""
    part, offset = own(plan_id, upload_id), _number("Upload-Offset")
    checksum = request.headers.get("Upload-Checksum", "")
    if not _is_spoken() or request.mimetype != _OCTETS:
        return _refused(415 if _is_spoken() else 412)
    if offset is None or (checksum and checksum.split(" ")[0] not in ALGORITHMS):
        return _refused(400)
    try:
        return _at(part, parts().append(part, offset, request.stream, checksum), 204)
    except Elsewhere:
        return _refused(409)
    except Taken:
        return _refused(423)
    except Garbled:
        return _refused(460)
    except ClientDisconnected:  # the line broke; what has come is kept, and nobody hears this answer
        return _refused(400)


@requires(Permission.WRITE_PLANS)
def drop(plan_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """The file is not wanted any more."""
    part = own(plan_id, upload_id)
    if not _is_spoken():
        return _refused(412)
    parts().discard(part)
    return Response(status=204)


def own(plan_id: UUID, upload_id: UUID) -> Part:
    """The upload that the signed-in person has begun for this plan, which he may still write. Raises `Missing`."""
    plans.get_own_head(plan_id, person().writing())
    return parts().get(upload_id, person().id, plan_id)


def check_whole(part: Part) -> None:
    """Raises `Overtaken` while something is missing."""
    if parts().offset(part) != part.length:
        raise Overtaken("文件还没有传完，请重新选择文件，会从中断处继续。")


def mark(answer: Response) -> Response:
    """Every answer says which version of tus was spoken."""
    if (request.endpoint or "").startswith("papers.upload_"):
        answer.headers["Tus-Resumable"] = VERSION
        if answer.status_code == 412:
            answer.headers["Tus-Version"] = VERSION
    return answer


def _at(part: Part, offset: int, status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Upload-Offset"] = str(offset)
    answer.headers["Upload-Length"] = str(part.length)
    return answer


def _refused(status: int) -> ResponseReturnValue:
    return error_answer(status, _SENTENCES[status])


def _is_spoken() -> bool:
    return request.headers.get("Tus-Resumable") == VERSION


def _number(header: str) -> int | None:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def _filename() -> str | None:
    """The name in Upload-Metadata: pairs with commas, each a key and a value in Base64; None when it cannot be read."""
    pairs = (pair.strip().partition(" ") for pair in request.headers.get("Upload-Metadata", "").split(","))
    said = {key: value for key, _, value in pairs}
    try:
        return base64.b64decode(said.get("filename", ""), validate=True).decode() or None
    except (binascii.Error, UnicodeDecodeError):
        return None
