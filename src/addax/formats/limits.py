"""How much a file may ask for: sizes that are checked before anything is allocated, and names that stay inside."""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
from typing import BinaryIO

from addax.formats.errors import TooLargeError, UnsafeFileError

__all__ = [
    "MAX_MEMBERS",
    "NameRegister",
    "BoundedReader",
    "check_member_name",
    "open_regular",
    "unpacked_limit",
]

MAX_MEMBERS = 100_000
MAX_NAME = 1024
# Weights hardly compress; text and masks do. A real archive stays far below a hundredfold, a bomb (1032 to 1) does not.
RATIO = 100
ALLOWANCE = 64 * 2**20


def unpacked_limit(file_bytes: int, max_bytes: int | None = None) -> int:
    """Bytes that a file of `file_bytes` bytes may unpack to, all members together.

    Args:
        file_bytes: size of the file on disk, in bytes.
        max_bytes: a limit that replaces the default (100 times the file, plus 64 MiB).

    Example:
        >>> from addax.formats.limits import unpacked_limit
        >>> unpacked_limit(0) // 2**20, unpacked_limit(2**20) // 2**20, unpacked_limit(5, max_bytes=7)
        (64, 164, 7)
    """
    return RATIO * file_bytes + ALLOWANCE if max_bytes is None else max_bytes


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading in binary, refusing folders, FIFOs and devices (which could block or never end).

    Raises:
        FileNotFoundError: there is no such file.
        UnsafeFileError: it is not a regular file.
    """
    path = os.fspath(path)
    # O_NONBLOCK: opening a FIFO would otherwise wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a directory" if stat.S_ISDIR(mode) else "a device or pipe"
        raise UnsafeFileError(path, "not a regular file", expected="a file", received=kind)
    return os.fdopen(descriptor, "rb")


def check_member_name(name: str, file: str | os.PathLike[str]) -> str:
    """The name of an archive member, if it is a plain relative path that stays inside its archive; else raises.

    Example:
        >>> from addax.formats.limits import check_member_name
        >>> check_member_name("assets/vocabulary.txt", "m.keras")
        'assets/vocabulary.txt'
        >>> check_member_name("../x", "m.keras")
        Traceback (most recent call last):
            ...
        addax.formats.errors.UnsafeFileError: m.keras: member '../x': name leaves the archive
    """
    problem = None
    if not name or len(name) > MAX_NAME:
        problem = f"name is empty or longer than {MAX_NAME} characters"
    elif "\\" in name or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        problem = "name holds a backslash or a control character"
    elif name.startswith("/") or re.match(r"[A-Za-z]:", name):
        problem = "name is an absolute path"
    elif ".." in name.split("/"):
        problem = "name leaves the archive"
    if problem:
        raise UnsafeFileError(file, problem, member=name)
    return name


class NameRegister:
    """Takes the names of an archive's members one by one; refuses bad ones, repeated ones and too many.

    Names that differ only in case or Unicode form count as repeated: some file systems take them for one.
    """

    def __init__(self, file: str | os.PathLike[str], max_members: int = MAX_MEMBERS) -> None:
        self._file = os.fspath(file)
        self._max = max_members
        self._seen: dict[str, str] = {}

    def add(self, name: str) -> str:
        """Take a name and return it, or raise UnsafeFileError or TooLargeError."""
        check_member_name(name, self._file)
        if len(self._seen) >= self._max:
            raise TooLargeError(self._file, "too many members", expected=f"at most {self._max}")
        key = unicodedata.normalize("NFC", name).casefold().rstrip("/")
        if key in self._seen:
            raise UnsafeFileError(self._file, f"name collides with member {self._seen[key]!r}", member=name)
        self._seen[key] = name
        return name


class BoundedReader(io.RawIOBase):
    """A read-only stream that raises TooLargeError once more than `limit` bytes have come out of it."""

    def __init__(self, stream: BinaryIO, limit: int, file: str | os.PathLike[str]) -> None:
        super().__init__()
        self._stream = stream
        self._left = limit
        self._limit = limit
        self._file = os.fspath(file)

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, or all."""
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        data = self._stream.read(wanted)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError(
                self._file,
                "unpacks to more than the limit",
                expected=f"at most {self._limit} bytes",
                hint="Pass max_bytes= if you trust the file",
            )
        return data

    def readinto(self, buffer) -> int:  # type: ignore[override]
        """Fill a buffer; returns how many bytes went in."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
