"""Reading tar archives that others wrote (plain, gzip, bzip2 or xz), member by member.

Only regular files and folders are admitted. Links, devices and pipes are refused, so no name can lead outside; modes,
owners and times of the archive are not taken over.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from addax.formats.errors import CorruptFileError, TruncatedFileError, UnsafeFileError
from addax.formats.limits import MAX_MEMBERS, BoundedReader, NameRegister, open_regular, unpacked_limit

__all__ = ["is_tar", "read_tar", "read_tar_member"]

_FAILURES = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError, RecursionError)
_MAGIC = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


def read_tar(
    path: str | os.PathLike[str], *, max_bytes: int | None = None, max_members: int = MAX_MEMBERS
) -> Iterator[tuple[str, IO[bytes] | None]]:
    """The members of a tar archive, in order.

    Args:
        path: the file.
        max_bytes: most bytes that the archive may unpack to; default 100 times the file, plus 64 MiB.
        max_members: most members.

    Yields:
        (name, stream): a checked relative name, and a stream of its bytes (None for a folder) that is valid until the
        next member is asked for.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: damaged; UnsafeFileError or TooLargeError (subclasses) where it asks for what is never done.

    Example:
        >>> import io, os, tarfile, tempfile
        >>> from addax.formats.tar import read_tar
        >>> path = os.path.join(tempfile.mkdtemp(), "a.tar.gz")
        >>> with tarfile.open(path, "w:gz") as out:
        ...     info = tarfile.TarInfo("d/a")
        ...     info.size = 2
        ...     out.addfile(info, io.BytesIO(b"hi"))
        >>> [(name, stream.read()) for name, stream in read_tar(path)]
        [('d/a', b'hi')]
    """
    path = os.fspath(path)
    register = NameRegister(path, max_members)
    with open_regular(path) as raw:
        limit = unpacked_limit(os.fstat(raw.fileno()).st_size, max_bytes)
        bounded = BoundedReader(_unpacking(raw), limit, path)
        try:
            # "r|": strictly forwards, so that nothing is unpacked twice and every byte counts against the limit.
            with tarfile.open(fileobj=bounded, mode="r|", errorlevel=2) as archive:  # type: ignore[call-overload]
                for info in archive:
                    name = info.name.removeprefix("./").rstrip("/")
                    if info.isdir() and name in ("", "."):
                        continue
                    register.add(name)
                    if not (info.isreg() or info.isdir()) or info.issparse():
                        raise UnsafeFileError(
                            path,
                            "is a link or special file, which is not unpacked",
                            member=info.name,
                            expected="regular files and folders",
                            received=f"type {info.type!r}" + (f" to {info.linkname!r}" if info.linkname else ""),
                        )
                    yield name, None if info.isdir() else _Member(archive.extractfile(info), path, name, info.size)
                    archive.members = []  # tarfile keeps every header it has met; nothing looks back here
            while bounded.read(1 << 20):  # to the end, where a compressed stream checks its sum
                pass
        except CorruptFileError:
            raise
        except _FAILURES as error:
            kind = TruncatedFileError if isinstance(error, EOFError) or "end of" in str(error) else CorruptFileError
            raise kind(path, f"not a readable tar archive, or damaged ({error})") from None


class _Member:
    """A member's stream: ending early is an error."""

    def __init__(self, stream: IO[bytes] | None, path: str, name: str, size: int) -> None:
        assert stream is not None
        self._stream, self._path, self._name, self._left = stream, path, name, size

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        try:
            data = self._stream.read(wanted)
        except CorruptFileError:
            raise
        except _FAILURES as error:
            raise CorruptFileError(self._path, f"is damaged ({error})", member=self._name) from None
        if len(data) < wanted:
            raise TruncatedFileError(
                self._path,
                "is truncated",
                member=self._name,
                expected=f"{self._left} more bytes",
                received=f"{len(data)}",
            )
        self._left -= len(data)
        return data


def read_tar_member(path: str | os.PathLike[str], name: str, *, max_bytes: int | None = None) -> bytes:
    """The bytes of one member.

    Raises:
        CorruptFileError: there is no such member, or the archive is damaged or refused.
    """
    for member, stream in read_tar(path, max_bytes=max_bytes):
        if member == name and stream is not None:
            return stream.read()
    raise CorruptFileError(path, "is missing from the archive", member=name)


def is_tar(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a tar archive does (plain or compressed).

    Raises:
        CorruptFileError: a compressed file that is damaged at its start: what it holds cannot be told.
    """
    with open_regular(path) as raw:
        source = _unpacking(raw)
        try:
            head = source.read(512)
        except _FAILURES as error:
            raise CorruptFileError(path, f"a damaged compressed file ({error})") from None
    if len(head) < 512:
        return False
    try:
        return sum(head[:148]) + sum(head[156:]) + 8 * 32 == int(head[148:156].strip(b"\x00 ") or b"x", 8)
    except ValueError:
        return False


def _unpacking(raw: BinaryIO) -> BinaryIO:
    head = raw.read(6)
    raw.seek(0)
    for magic, reader in _MAGIC.items():
        if head.startswith(magic):
            return reader(raw)  # type: ignore[return-value]
    return raw
