"""Files of text and records as streams, plain or compressed, with lines of bounded length."""

from __future__ import annotations

import io
import os
import zlib
from typing import BinaryIO

from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.limits import open_regular, unpacked_limit
from addax.formats.tfrecord import unpacking

__all__ = ["open_stream", "unpacked"]


def open_stream(
    path: str | os.PathLike[str], compression: str = "", buffer: int = 1 << 18, max_line: int | None = None
) -> BinaryIO:
    """A file as a buffered stream of its (unpacked) bytes.

    Args:
        path: the file.
        compression: "", "GZIP" or "ZLIB".
        buffer: bytes read at once.
        max_line: longest run of bytes without a line end that is admitted, for readers of lines; None for any.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: no regular file; while reading: damaged, or (TooLargeError) a line too long.

    Example:
        >>> import gzip, os, tempfile
        >>> from addax.formats.streams import open_stream
        >>> path = os.path.join(tempfile.mkdtemp(), "a.gz")
        >>> with gzip.open(path, "wb") as out:
        ...     _ = out.write(b"one\\ntwo")
        >>> open_stream(path, "GZIP").readlines()
        [b'one\\n', b'two']
    """
    raw = open_regular(path)
    source = raw if not compression else unpacking(raw, os.fspath(path), compression)
    if not compression and max_line is None:
        return raw
    return io.BufferedReader(_Stream(raw, source, path, max_line), max(buffer, 2))  # type: ignore[return-value]


def unpacked(data: bytes, compression: str, file: str = "contents") -> bytes:
    """Bytes uncompressed; of a stream that ends early, what there is of it.

    Args:
        data: the compressed bytes.
        compression: "GZIP" or "ZLIB".
        file: what errors call it.

    Raises:
        CorruptFileError: no such stream, or (TooLargeError) one of more than 100 times its bytes plus 64 MiB.

    Example:
        >>> import zlib
        >>> from addax.formats.streams import unpacked
        >>> unpacked(zlib.compress(b"text"), "ZLIB")
        b'text'
    """
    left, parts = unpacked_limit(len(data)), []
    while True:
        decoder = zlib.decompressobj(31 if compression == "GZIP" else 15)
        try:
            parts.append(decoder.decompress(data, left + 1))
        except zlib.error as error:
            raise CorruptFileError(file, f"not a {compression} stream ({error})") from None
        left -= len(parts[-1])
        if left < 0:
            raise TooLargeError(
                file, "unpacks to more than the limit", expected=f"at most {unpacked_limit(len(data))} bytes"
            )
        data = decoder.unused_data.lstrip(b"\0") if compression == "GZIP" else b""
        if not data:
            return b"".join(parts)


class _Stream(io.RawIOBase):
    """What a reader gives, as a raw stream that watches the length of lines."""

    def __init__(self, raw: BinaryIO, source: object, path: str | os.PathLike[str], max_line: int | None) -> None:
        super().__init__()
        self._raw, self._source, self._path = raw, source, path
        self._max_line, self._run, self._lines = max_line, 0, 1

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer) -> int:  # type: ignore[override]
        """Fill a buffer; returns how many bytes went in."""
        data = self._source.read(len(buffer))  # type: ignore[attr-defined]
        buffer[: len(data)] = data
        if self._max_line is not None:
            end = max(data.rfind(b"\n"), data.rfind(b"\r"))
            self._run = self._run + len(data) if end < 0 else len(data) - end
            self._lines += data.count(b"\n")
            if self._run > self._max_line:
                raise TooLargeError(
                    self._path, "a line too long", member=f"line {self._lines}",
                    expected=f"at most {self._max_line} bytes",
                )  # fmt: skip
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()
