"""Writing zip archives: members of bytes, of files, or written in place; the same bytes for the same contents."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from addax.formats.crc32 import crc32, crc32_of
from addax.formats.memory import run_all

__all__ = ["ZipWriter"]

_TIME, _DATE = 0, 0x21  # midnight of 1980-01-01
_UTF8 = 0x800
_VERSION, _VERSION_64 = 20, 45
_FULL, _FULL_SHORT = 0xFFFFFFFF, 0xFFFF
_MODE = 0o600 << 16


@dataclass
class _Member:
    name: bytes
    start: int
    size: int = 0
    crc: int = 0

    def header(self) -> bytes:
        """The header before its data; it always has room for long sizes, so that it can be written again."""
        sizes = struct.pack("<HHQQ", 1, 16, self.size, self.size)
        return (
            struct.pack("<4sHHHHHIIIHH", b"PK\3\4", _VERSION_64, self.flags, 0, _TIME, _DATE, self.crc, _FULL, _FULL,
                        len(self.name), len(sizes)) + self.name + sizes
        )  # fmt: skip

    @property
    def flags(self) -> int:
        return 0 if self.name.isascii() else _UTF8

    def entry(self) -> bytes:
        """Its entry in the directory."""
        large = [value for value in (self.size, self.size, self.start) if value >= _FULL]
        extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        size, start = min(self.size, _FULL), min(self.start, _FULL)
        version = _VERSION_64 if large else _VERSION
        made_by = 3 << 8 | version  # Unix
        return (
            struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", made_by, version, self.flags, 0, _TIME, _DATE, self.crc, size,
                        size, len(self.name), len(extra), 0, 0, 0, _MODE, start) + self.name + extra
        )  # fmt: skip


class ZipWriter:
    """A zip archive that is being written; its members are stored as they are, not compressed.

    Args:
        file: an open binary file that can be read too.

    Example:
        >>> import io
        >>> from addax.formats.zip_writer import ZipWriter
        >>> memory = io.BytesIO()
        >>> with ZipWriter(memory) as out:
        ...     out.bytes("config.json", b"{}")
        >>> memory.getvalue()[:2]
        b'PK'
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._members: list[_Member] = []

    def _begin(self, name: str) -> _Member:
        member = _Member(name.encode("utf-8"), self._file.seek(0, os.SEEK_END))
        self._members.append(member)
        self._file.write(member.header())
        return member

    def _finish(self, member: _Member) -> None:
        self._file.seek(member.start)
        self._file.write(member.header())
        self._file.seek(0, os.SEEK_END)

    def bytes(self, name: str, data: bytes) -> None:
        """Add a member."""
        member = self._begin(name)
        self._file.write(data)
        member.size, member.crc = len(data), crc32(data)
        self._finish(member)

    def file(self, name: str, path: str | os.PathLike[str]) -> None:
        """Add a member with the contents of a file, copied in pieces."""
        with open(path, "rb") as source, self.stream(name) as target:
            shutil.copyfileobj(source, target, 1 << 20)

    @contextlib.contextmanager
    def stream(self, name: str) -> Iterator[IO[Any]]:
        """Add a member that is written where it lies: a stream to be written and read anywhere, as HDF5 does.

        Args:
            name: its name.

        Yields:
            The stream; when the block ends its checksum is computed, while the system writes it to the disk.
        """
        member = self._begin(name)
        start = self._file.tell()
        yield _Place(self._file, start)  # type: ignore[misc]
        self._file.flush()
        member.size = self._file.seek(0, os.SEEK_END) - start
        member.crc = self._checksum(start, member.size)
        self._finish(member)

    def _checksum(self, start: int, size: int) -> int:
        try:
            descriptor = self._file.fileno()
        except (OSError, AttributeError):
            self._file.seek(start)
            return crc32(self._file.read(size))
        (crc, _), _ = run_all([partial(crc32_of, self._file, start, size), partial(os.fsync, descriptor)])
        return crc

    def close(self) -> None:
        """Write the directory of the archive."""
        start = self._file.seek(0, os.SEEK_END)
        directory = b"".join(member.entry() for member in self._members)
        self._file.write(directory)
        count = len(self._members)
        if count >= _FULL_SHORT or start >= _FULL or len(directory) >= _FULL:
            at = start + len(directory)
            self._file.write(
                struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 3 << 8 | _VERSION_64, _VERSION_64, 0, 0, count, count,
                            len(directory), start)
                + struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
            )  # fmt: skip
        short = min(count, _FULL_SHORT)
        size, begin = min(len(directory), _FULL), min(start, _FULL)
        self._file.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, short, short, size, begin, 0))
        self._file.flush()

    def __enter__(self) -> ZipWriter:
        return self

    def __exit__(self, kind: Any, *exc: object) -> None:
        if kind is None:
            self.close()


class _Place(io.RawIOBase):
    """The end of a file from a place on, as a stream of its own."""

    def __init__(self, file: IO[Any], start: int) -> None:
        super().__init__()
        self._file, self._start, self._at = file, start, 0
        self.name = getattr(file, "name", "")

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        end = self._file.seek(0, os.SEEK_END) - self._start if whence == io.SEEK_END else 0
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: end}[whence] + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        count = self._file.readinto(buffer)  # type: ignore[attr-defined]
        self._at += count
        return count

    def write(self, data: Any) -> int:
        self._file.seek(self._start + self._at)
        count = self._file.write(data)
        self._at += count
        return count

    def truncate(self, size: int | None = None) -> int:
        size = self._at if size is None else size
        self._file.truncate(self._start + size)
        return size

    def flush(self) -> None:
        if not self.closed and not self._file.closed:  # it is closed for itself where it is dropped
            self._file.flush()
