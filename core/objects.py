"""Files in a bucket of an S3-compatible store: drafts are made here and sent whole; the store takes or refuses."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from core.errors import Away, Missing
from core.settings import Bucket
from core.stores import GONE, Entry, Files, Plain, Reader, Seals

# A page waits for the store, so it is asked three times in ten seconds and no longer.
_log: Final = logging.getLogger(__name__)
_RETRIES: Final = 3
_PATIENCE: Final = timedelta(seconds=10)
_SAID: Final = 500  # letters of what went wrong; a store may answer pages


class BucketFiles(Files):
    """A bucket, or a part of it under a prefix. Objects are called like the files of the folder."""

    def __init__(self, bucket: Bucket, seals: Seals | None = None) -> None:
        super().__init__(seals or Plain())
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            config={
                "endpoint": bucket.endpoint or f"https://s3.{bucket.region}.amazonaws.com",
                "region": bucket.region,
                "access_key_id": bucket.access_key,
                "secret_access_key": bucket.secret_key,
                "virtual_hosted_style_request": False,
            },
            client_options={
                "allow_http": bucket.endpoint.startswith("http:"),
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _PATIENCE},
        )

    def holds(self, digest: str) -> bool:
        """Whether it lies here."""
        try:
            self._size(digest)
        except Missing:
            return False
        return True

    def entries(self) -> Iterator[Entry]:
        """Every object, a thousand at a time."""
        with _answered():
            for some in obstore.list(self._store, chunk_size=1000):
                for found in some:
                    yield Entry(found["path"].rsplit("/", 1)[-1], found["last_modified"])

    def discard(self, names: Collection[str], before: datetime) -> int:
        """Those that are still as old; whoever names one of them meanwhile is held off by the caller."""
        old = [_key(name) for name in names if self._is_older(name, before)]
        if old:
            with _answered():
                obstore.delete(self._store, old)
        return len(old)

    def _is_older(self, name: str, before: datetime) -> bool:
        try:
            with _answered():
                return obstore.head(self._store, _key(name))["last_modified"] < before
        except Missing:  # another worker was faster
            return False

    def _size(self, name: str) -> int:
        with _answered():
            return obstore.head(self._store, _key(name))["size"]

    @contextmanager
    def _draft(self) -> Iterator[IO[bytes]]:
        with TemporaryFile() as draft:
            yield draft

    def _settle(self, draft: IO[bytes], digest: str, *, anew: bool = False) -> None:
        """One request that takes the whole object. What lies here already is left alone when it is as long."""
        length = draft.seek(0, 2)
        if not anew and self._created(draft, digest):
            return
        if anew or self._size(digest) != length:
            draft.seek(0)
            with _answered():
                obstore.put(self._store, _key(digest), draft, use_multipart=False)

    def _created(self, draft: IO[bytes], digest: str) -> bool:
        """Store what is not here yet; False when it is."""
        draft.seek(0)
        try:
            with _answered():
                obstore.put(self._store, _key(digest), draft, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    def _open(self, digest: str) -> Reader:
        return _ObjectReader(self._store, digest)


class _ObjectReader:
    """Asks for parts of one and the same object: when it was replaced meanwhile the store refuses."""

    def __init__(self, store: S3Store, digest: str) -> None:
        self._store, self._key = store, _key(digest)
        with _answered():
            found = obstore.head(store, self._key)
        self.size, self._tag = found["size"], found["e_tag"]

    def at(self, start: int, length: int) -> bytes:
        end = min(self.size, start + length)
        if start >= end:
            return b""
        with _answered():
            found = obstore.get(self._store, self._key, options={"range": (start, end), "if_match": self._tag})
            return bytes(found.bytes())

    def close(self) -> None:
        """Nothing is held between two requests."""


def _key(name: str) -> str:
    return f"{name[:2]}/{name}"


@contextmanager
def _answered() -> Iterator[None]:
    """What the store says, in our words: an absent object is `Missing`, a store that does not answer `Away`."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except FileNotFoundError as absent:
        raise Missing(GONE) from absent
    except BaseError as failure:
        _log.warning("the store of files: %s", str(failure)[:_SAID])
        raise Away from failure
