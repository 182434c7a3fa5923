"""What the house asks of any store of files: the folder (`core/folders.py`), or S3 (`core/objects.py`).

A file is named by the SHA-256 of what was handed in, whether it is stored plain or sealed (`core/sealing.py`).
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import chain
from typing import IO, BinaryIO, Final, Protocol

from core.errors import Damaged, Missing, Refused

PIECE: Final = 1024 * 1024
GONE: Final = "文件不存在，可能已被清理，请联系系统管理员。"
# So begins a sealed file, and no plain one.
SEALED: Final = bytes.fromhex("b3594b5345414c0a8e1d5f07c4a9620d")


@dataclass(frozen=True)
class Stored:
    """What `put` wrote: the SHA-256 in hex and the size in bytes, both of the content as handed in."""

    digest: str
    size: int


@dataclass(frozen=True)
class Entry:
    """Something that lies in the store, with the moment when it was last written."""

    name: str
    written: datetime


class Reader(Protocol):
    """An opened file of the store. It reads one and the same file to the end, even when the name gets another."""

    size: int

    def at(self, start: int, length: int) -> bytes:
        """So many bytes from there, fewer at the end."""

    def close(self) -> None:
        """Let it go."""


class Writer(Protocol):
    """Takes the content of a new file, piece by piece."""

    def write(self, piece: bytes, /) -> object:
        """The next piece."""

    def finish(self, stored: Stored) -> None:
        """That was all of it."""


class Seals(Protocol):
    """How files are encrypted: each with a key of its own, which a master key locks up."""

    def writer(self, target: IO[bytes]) -> Writer:
        """Seals into the target what is written to it."""

    def pieces(self, reader: Reader, digest: str, /) -> Iterator[bytes]:
        """The content of a sealed file in pieces of a megabyte. Raises `Damaged` instead of one that was changed."""

    def renewed(self, reader: Reader, digest: str, /) -> bytes | None:
        """The head of a sealed file under the newest master key; None when it is so already."""


class Plain:
    """No encryption: files are stored as they are. One that was sealed before says that its key is not here."""

    def writer(self, target: IO[bytes]) -> Writer:
        """Writes on what is written to it."""
        return _PlainWriter(target)

    def pieces(self, *_: object) -> Iterator[bytes]:
        """Raises `Damaged`."""
        raise Damaged("它是加密的，系统没有配置密钥")

    def renewed(self, *_: object) -> bytes | None:
        """Raises `Damaged`."""
        raise Damaged("它是加密的，系统没有配置密钥")


class _PlainWriter:
    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def write(self, piece: bytes, /) -> None:
        if self._target.tell() == 0 and piece.startswith(SEALED):
            raise Refused("这个文件是本系统的加密文件，请上传原来的文件。")
        self._target.write(piece)

    def finish(self, stored: Stored) -> None:
        """Nothing is left to write."""


class Files(ABC):
    """Files named by content. `put` leaves either the whole file or nothing of that name."""

    def __init__(self, seals: Seals) -> None:
        self.seals = seals

    @abstractmethod
    def holds(self, digest: str) -> bool:
        """Whether a file of that name lies here."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Everything that lies here, halves of uploads too."""

    @abstractmethod
    def discard(self, names: Collection[str], before: datetime) -> int:
        """Delete those that were written before that moment; how many. One that an upload writes just now stays.

        The caller holds off whoever names one of them in the database at the same time.
        """

    @abstractmethod
    def _draft(self) -> AbstractContextManager[IO[bytes]]:
        """A file to write to, which is gone at the end unless it was settled."""

    @abstractmethod
    def _settle(self, draft: IO[bytes], digest: str, *, anew: bool = False) -> None:
        """Store the draft under that name so that no power failure takes it away; `anew` replaces what lies there."""

    @abstractmethod
    def _open(self, digest: str) -> Reader:
        """The file of that name, to be closed. Raises `Missing`."""

    def put(self, stream: BinaryIO, limit: int) -> Stored:
        """Hash while writing to a draft, then store that under its hash.

        Raises `Refused` when the stream is longer than `limit` bytes, before it is read to its end.
        """
        with self._draft() as draft:
            writer = self.seals.writer(draft)
            stored = _copy(stream, writer, limit)
            writer.finish(stored)
            self._settle(draft, stored.digest)
        return stored

    def read(self, digest: str) -> bytes:
        """The whole content. Raises `Missing` when it is not here, `Damaged` when a seal is broken."""
        return b"".join(self.pieces(digest))

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The content in pieces of one megabyte, for streaming. Raises `Missing` or `Damaged` before the first piece;
        `Damaged` at a later one too.
        """
        found = self._pieces(digest)
        return chain(_first(found), found)

    def _pieces(self, digest: str) -> Iterator[bytes]:
        with closing(self._open(digest)) as reader:
            yield from self.seals.pieces(reader, digest) if _is_sealed(reader) else whole(reader)

    def fault(self, digest: str, size: int) -> str:
        """What is wrong with a stored file, hashed again piece by piece; "" when nothing is."""
        hashed, length = hashlib.sha256(), 0
        try:
            for piece in self.pieces(digest):
                hashed.update(piece)
                length += len(piece)
        except Missing:
            return "文件不在了"
        except Damaged as damage:
            return damage.why
        return "" if (hashed.hexdigest(), length) == (digest, size) else "文件内容与摘要不符"

    def is_sealed(self, digest: str) -> bool:
        """Whether the file is encrypted. Raises `Missing`."""
        with closing(self._open(digest)) as reader:
            return _is_sealed(reader)

    def seal(self, digest: str, size: int) -> bool:
        """Encrypt a file that lies here plain; False when it was sealed. Raises `Damaged` when it is not that."""
        if self.is_sealed(digest):
            return False
        with self._draft() as draft:
            writer = self.seals.writer(draft)
            stored = _copy(BytesIO(self.read(digest)), writer, size)
            if stored != Stored(digest, size):
                raise Damaged("文件内容与摘要不符")
            writer.finish(stored)
            self._settle(draft, digest, anew=True)
        return True

    def rewrap(self, digest: str) -> bool:
        """Lock the key of a sealed file up with the newest master key; False when it is so, or the file is plain.

        The content stays encrypted as it is.
        """
        with closing(self._open(digest)) as reader:
            head = self.seals.renewed(reader, digest) if _is_sealed(reader) else None
            if head is None:
                return False
            with self._draft() as draft:
                draft.write(head)
                draft.writelines(whole(reader, len(head)))
                self._settle(draft, digest, anew=True)
        return True


def whole(reader: Reader, start: int = 0) -> Iterator[bytes]:
    """What lies there from `start` on, as it lies there, in pieces of one megabyte."""
    for at in range(start, reader.size, PIECE):
        yield reader.at(at, PIECE)


def _is_sealed(reader: Reader) -> bool:
    return reader.at(0, len(SEALED)) == SEALED


def _first(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The first piece, fetched at once so that what is wrong is said before anything was answered."""
    found = next(pieces, None)
    return iter(() if found is None else (found,))


def _copy(stream: BinaryIO, target: Writer, limit: int) -> Stored:
    digest = hashlib.sha256()
    size = 0
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > limit:
            raise Refused(f"文件超过 {limit // PIECE} MB，请压缩或拆分后再上传。")
        digest.update(piece)
        target.write(piece)
    return Stored(digest.hexdigest(), size)
