"""Reading lines of text that others wrote, each of bounded length."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.limits import open_regular

__all__ = ["MAX_LINE", "bounded_lines", "read_lines"]

MAX_LINE = 1 << 28
_PIECE = 1 << 20


def bounded_lines(stream: BinaryIO, file: str | os.PathLike[str], max_bytes: int = MAX_LINE) -> Iterator[bytes]:
    """The lines of a stream with their line ends.

    Args:
        stream: a binary stream with `readline`.
        file: path to name in errors.
        max_bytes: longest line admitted.

    Raises:
        TooLargeError: a longer line.

    Example:
        >>> import io
        >>> from addax.formats.lines import bounded_lines
        >>> list(bounded_lines(io.BytesIO(b"a\\nbc"), "x.txt"))
        [b'a\\n', b'bc']
    """
    number = 0
    while line := stream.readline(_PIECE):
        number += 1
        if len(line) == _PIECE and not line.endswith(b"\n"):
            line = _rest(line, stream, file, number, max_bytes)
        yield line


def _rest(start: bytes, stream: BinaryIO, file: str | os.PathLike[str], number: int, max_bytes: int) -> bytes:
    parts, size = [start], len(start)
    while piece := stream.readline(_PIECE):
        parts.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise TooLargeError(file, "a line too long", member=f"line {number}", expected=f"at most {max_bytes} bytes")
        if piece.endswith(b"\n"):
            break
    return b"".join(parts)


def read_lines(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a UTF-8 file, without their line ends.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: no regular file, not UTF-8, or a line too long.

    Example:
        >>> import pathlib, tempfile
        >>> from addax.formats.lines import read_lines
        >>> path = pathlib.Path(tempfile.mkdtemp(), "words.txt")
        >>> _ = path.write_text("one\\ntwo\\n")
        >>> read_lines(path)
        ['one', 'two']
    """
    with open_regular(path) as stream:
        data = b"".join(bounded_lines(stream, path))
    try:
        return data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CorruptFileError(path, f"not UTF-8 ({error.reason})", offset=error.start) from None
