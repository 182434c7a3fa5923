"""A mock of an S3-compatible store in memory. It checks signatures, conditions and ranges, and can be made to fail.

The same stories run against a real server when YK_TEST_S3 names one: http://key:secret@host:port/bucket.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY, SECRET, BUCKET, REGION = "house", "only for tests", "papers", "us-east-1"
_STAMP: Final = "%Y-%m-%dT%H:%M:%S.000Z"
_SIGNED: Final = re.compile(r"Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})")


class MockS3(ThreadingHTTPServer):
    """The objects, each with its content and its moment; `failing` makes so many requests fail with 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.lock, self.failing, self.requests = Lock(), 0, list[str]()

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[MockS3]:
    """The mock, as long as the block lasts."""
    with MockS3() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MockS3

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        """Nothing is printed."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.requests.append(self.command)
            if self.server.failing:
                self.server.failing -= 1
                return self._say(503, b"<Error><Code>SlowDown</Code></Error>")
            if not self._is_signed(body):
                return self._say(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            parts = urlsplit(self.path)
            name = unquote(parts.path.removeprefix(f"/{BUCKET}").lstrip("/"))
            return self._answer(name, dict(parse_qsl(parts.query, keep_blank_values=True)), body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _handle  # noqa: N815  the base class looks for these names

    def _answer(self, name: str, asked: dict[str, str], body: bytes) -> None:
        if self.command == "PUT":
            return self._put(name, body)
        if self.command == "POST" and "delete" in asked:
            gone = re.findall(r"<Key>([^<]+)</Key>", body.decode())
            for key in gone:
                self.server.objects.pop(key, None)
            told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in gone)
            return self._say(200, f"<DeleteResult>{told}</DeleteResult>".encode())
        if self.command == "DELETE":
            self.server.objects.pop(name, None)
            return self._say(204)
        return self._list(asked.get("prefix", "")) if not name else self._get(name)

    def _put(self, name: str, body: bytes) -> None:
        if self.headers.get("If-None-Match") == "*" and name in self.server.objects:
            return self._say(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        self.server.objects[name] = (body, datetime.now(UTC))
        return self._say(200, ETag=_tag(body))

    def _get(self, name: str) -> None:
        if name not in self.server.objects:
            return self._say(404, b"<Error><Code>NoSuchKey</Code></Error>")
        body, written = self.server.objects[name]
        about = {"ETag": _tag(body), "Last-Modified": format_datetime(written, usegmt=True)}
        if self.headers.get("If-Match") not in (None, _tag(body)):
            return self._say(412)
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
        if not part:
            return self._say(200, body, **about)
        start, end = int(part[1]), min(int(part[2]) + 1, len(body))
        return self._say(206, body[start:end], **about, **{"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"})

    def _list(self, prefix: str) -> None:
        found = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>{written.strftime(_STAMP)}</LastModified>"
            f"<ETag>{_tag(body)}</ETag><Size>{len(body)}</Size></Contents>"
            for name, (body, written) in sorted(self.server.objects.items())
            if name.startswith(prefix)
        )
        words = f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        self._say(200, words.encode())

    def _say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _is_signed(self, body: bytes) -> bool:
        """AWS signature, version 4, over what came."""
        found = _SIGNED.search(self.headers.get("Authorization") or "")
        told = self.headers.get("x-amz-content-sha256", "")
        if not found or found[1] != KEY or told not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return False
        path, _, query = self.path.partition("?")
        pairs = sorted(parse_qsl(query, keep_blank_values=True))
        asked = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
        names = found[3].split(";")
        headers = "".join(f"{name}:{' '.join((self.headers.get(name) or '').split())}\n" for name in names)
        canonical = "\n".join((self.command, path, asked, headers, found[3], told))
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(("AWS4-HMAC-SHA256", self.headers["x-amz-date"], found[2], digest))
        key = f"AWS4{SECRET}".encode()
        for part in found[2].split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), found[4])


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
