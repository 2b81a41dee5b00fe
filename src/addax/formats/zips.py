"""Reading zip archives that others wrote.

The whole directory of the archive is checked when it is opened: names, links, encryption, repeated and overlapping
members, announced sizes. What is read later is bounded by what was announced.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from typing import BinaryIO

from addax.formats.crc32 import crc32_of
from addax.formats.errors import (
    CorruptFileError,
    TooLargeError,
    TruncatedFileError,
    UnsafeFileError,
    UnsupportedFormatError,
)
from addax.formats.limits import MAX_MEMBERS, BoundedReader, NameRegister, open_regular, unpacked_limit
from addax.formats.memory import read_at

__all__ = ["SafeZip"]

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_LOCAL_HEADER = 30
# What zipfile and zlib raise on damaged or hostile bytes.
_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
    OverflowError,
    MemoryError,
)


class SafeZip:
    """A zip archive opened for reading, checked as a whole.

    Args:
        path: the file.
        max_bytes: most bytes that all members together may unpack to; default 100 times the file, plus 64 MiB.
        max_members: most members.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: it is no zip archive, or damaged; UnsafeFileError or TooLargeError (subclasses) where it asks
            for what is never done. The message names the file and the member.

    Example:
        >>> import os, tempfile, zipfile
        >>> from addax.formats.zips import SafeZip
        >>> path = os.path.join(tempfile.mkdtemp(), "a.zip")
        >>> with zipfile.ZipFile(path, "w") as out:
        ...     out.writestr("config.json", "{}")
        >>> with SafeZip(path) as archive:
        ...     archive.names, archive.read("config.json")
        (('config.json',), b'{}')
    """

    def __init__(
        self, path: str | os.PathLike[str], *, max_bytes: int | None = None, max_members: int = MAX_MEMBERS
    ) -> None:
        self.path = os.fspath(path)
        self._file = open_regular(self.path)
        try:
            size = os.fstat(self._file.fileno()).st_size
            self._limit = unpacked_limit(size, max_bytes)
            directory_start, count = _check_end_record(self._file, size, self.path, max_members)
            try:
                self._zip = zipfile.ZipFile(self._file)
            except _FAILURES as error:
                raise CorruptFileError(self.path, f"not a readable zip archive ({error})") from None
            if len(self._zip.infolist()) != count:
                raise CorruptFileError(
                    self.path,
                    "the directory is damaged",
                    expected=f"{count} members",
                    received=f"{len(self._zip.infolist())}",
                )
            self._members = self._check_members(directory_start, max_members)
        except BaseException:
            self._file.close()
            raise

    def _check_members(self, directory_start: int, max_members: int) -> dict[str, zipfile.ZipInfo]:
        register = NameRegister(self.path, max_members)
        members, total = {}, 0
        for info in self._zip.infolist():
            if info.orig_filename != info.filename and "\x00" in info.orig_filename:
                raise UnsafeFileError(self.path, "name holds a NUL", member=info.orig_filename)
            name = register.add(info.filename)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UnsafeFileError(self.path, "is a link or special file, which is not followed", member=name)
            if info.flag_bits & 0x1:
                raise UnsupportedFormatError(self.path, "is encrypted", member=name)
            if info.compress_type not in _METHODS:
                raise UnsupportedFormatError(
                    self.path,
                    "has an unsupported compression method",
                    member=name,
                    expected="stored or deflated",
                    received=f"method {info.compress_type}",
                )
            total += info.file_size
            if total > self._limit:
                raise TooLargeError(
                    self.path,
                    "the members unpack to more than the limit",
                    member=name,
                    expected=f"at most {self._limit} bytes in all",
                    received=f"{total} bytes so far",
                    hint="Pass max_bytes= if you trust the file",
                )
            members[name] = info
        self._check_overlaps(directory_start)
        return members

    def _check_overlaps(self, directory_start: int) -> None:
        infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        if infos and infos[0].header_offset != 0:
            raise UnsafeFileError(
                self.path, "bytes before the first member", received=f"{infos[0].header_offset} bytes"
            )
        ends = [info.header_offset for info in infos[1:]] + [directory_start]
        for info, following in zip(infos, ends, strict=True):
            if info.header_offset + _LOCAL_HEADER + len(info.orig_filename) + info.compress_size > following:
                raise UnsafeFileError(
                    self.path, "overlaps what follows it", member=info.filename, offset=info.header_offset
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members, folders left out."""
        return tuple(name for name, info in self._members.items() if not info.is_dir())

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def size(self, name: str) -> int:
        """Bytes of a member, unpacked, as announced."""
        return self._info(name).file_size

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self._members.get(name)
        if info is None:
            have = ", ".join(self.names[:8]) or "nothing"
            raise CorruptFileError(self.path, "is missing from the archive", member=name, received=f"members: {have}")
        return info

    def open(self, name: str) -> BinaryIO:
        """A member as a binary stream that gives at most the bytes announced. Damage raises when it is reached."""
        info = self._info(name)
        try:
            stream = self._zip.open(info)
        except _FAILURES as error:
            raise CorruptFileError(self.path, f"cannot be read ({error})", member=name) from None
        return _MemberStream(stream, info.file_size, self.path, name)  # type: ignore[return-value]

    def window(self, name: str) -> BinaryIO:
        """A member as a seekable stream, its CRC checked; a stored one is read in place, not copied.

        Raises:
            CorruptFileError: damaged, or missing.
        """
        info = self._info(name)
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            return io.BytesIO(self.read(name))
        self._file.seek(info.header_offset)
        header = self._file.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
            raise CorruptFileError(self.path, "has no header where the directory says", member=name)
        start = info.header_offset + _LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30]))
        found, count = crc32_of(self._file, start, info.file_size)
        if count != info.file_size:
            raise TruncatedFileError(self.path, "is truncated", member=name, expected=f"{info.file_size} bytes")
        if found != info.CRC:
            raise CorruptFileError(self.path, "is damaged (bad CRC-32)", member=name)
        return _Window(self._file, start, info.file_size)  # type: ignore[return-value]

    def read(self, name: str, max_bytes: int | None = None) -> bytes:
        """The bytes of a member, its CRC checked.

        Args:
            name: the member.
            max_bytes: refuse a longer one (a few MiB for a JSON text), or None.
        """
        size = self.size(name)
        if max_bytes is not None and size > max_bytes:
            raise TooLargeError(
                self.path, "too large", member=name, expected=f"at most {max_bytes} bytes", received=f"{size} bytes"
            )
        with self.open(name) as stream:
            data = stream.read()
        if len(data) != size:
            raise TruncatedFileError(
                self.path, "is truncated", member=name, expected=f"{size} bytes", received=f"{len(data)} bytes"
            )
        return data

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def __enter__(self) -> SafeZip:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Window(io.RawIOBase):
    """A part of a file as a stream of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._whole, self._start, self._size, self._at = file, start, size, 0

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from a place, on any thread; returns the count."""
        if offset > self._size:
            return 0
        return read_at(self._whole, self._start + offset, buffer[: self._size - offset])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")[: max(0, self._size - self._at)]
        self._whole.seek(self._start + self._at)
        count = self._whole.readinto(view)  # type: ignore[attr-defined]
        self._at += count
        return count


class _MemberStream(BoundedReader):
    """A member's stream whose failures name the file and the member."""

    def __init__(self, stream: BinaryIO, size: int, path: str, name: str) -> None:
        super().__init__(stream, size, path)
        self._name = name

    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except CorruptFileError:
            raise
        except _FAILURES as error:
            raise CorruptFileError(self._file, f"is damaged ({error})", member=self._name) from None

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._stream.close()
        super().close()


def _check_end_record(file: BinaryIO, size: int, path: str, max_members: int) -> tuple[int, int]:
    """Check the end of the archive before the directory is parsed (a million members would take a GiB).

    Returns where the directory starts in the file, and how many members it has.
    """
    tail_size = min(size, 22 + 0xFFFF + 20)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        received = f"{size} bytes beginning {file.read(8)!r}"
        file.seek(0)
        raise CorruptFileError(
            path,
            "not a zip archive, or truncated: it has no directory at its end",
            expected="a zip archive",
            received=received,
            hint="To do: save or download it again, it is not whole",
        )
    count, directory_size, directory_start = struct.unpack("<HII", tail[at + 10 : at + 20])
    locator = tail.rfind(_END64_LOCATOR, 0, at)
    if locator >= 0 and locator + 20 == at and 0xFFFF in (count, directory_size >> 16, directory_start >> 16):
        (record_at,) = struct.unpack("<Q", tail[locator + 8 : locator + 16])
        if record_at > size - 56:
            raise CorruptFileError(path, "zip64 directory lies outside the file", offset=record_at)
        file.seek(record_at)
        record = file.read(56)
        file.seek(0)
        count, directory_size, directory_start = struct.unpack("<QQQ", record[32:56])
    if count > max_members or directory_size > 512 * max_members:
        raise TooLargeError(path, "too many members", expected=f"at most {max_members}", received=f"{count}")
    if directory_start + directory_size > size:
        raise TruncatedFileError(path, "the directory lies outside the file", offset=directory_start)
    return directory_start, count


def buffered(stream: BinaryIO) -> io.BufferedReader:
    """A member stream with a buffer, for readers that take small pieces."""
    return io.BufferedReader(stream)  # type: ignore[arg-type]
