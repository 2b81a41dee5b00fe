"""Reading IDX files, the format of MNIST: a small header of sizes, then bytes; usually gzipped."""

from __future__ import annotations

import gzip
import math
import os
import zlib

import numpy as np

from addax.formats.errors import CorruptFileError, TruncatedFileError
from addax.formats.limits import BoundedReader, open_regular, unpacked_limit

__all__ = ["read_idx"]


def read_idx(path: str | os.PathLike[str], *, max_bytes: int | None = None) -> np.ndarray:
    """The array of an IDX file of unsigned bytes, plain or gzipped.

    Args:
        path: the file.
        max_bytes: most bytes it may unpack to; default 100 times the file, plus 64 MiB.

    Returns:
        a uint8 array.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: no such file format, or damaged.

    Example:
        >>> import pathlib, tempfile
        >>> from addax.formats.idx import read_idx
        >>> path = pathlib.Path(tempfile.mkdtemp(), "a.idx")
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(path)
        array([7, 8, 9], dtype=uint8)
    """
    path = os.fspath(path)
    with open_regular(path) as raw:
        limit = unpacked_limit(os.fstat(raw.fileno()).st_size, max_bytes)
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            data = BoundedReader(gzip.open(raw) if zipped else raw, limit, path).read()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CorruptFileError(path, f"a damaged gzip stream ({error})") from None
    if len(data) < 4 or data[:3] != b"\x00\x00\x08" or not 1 <= data[3] <= 8:
        raise CorruptFileError(path, "not an IDX file of unsigned bytes", received=repr(data[:4]))
    start = 4 + 4 * data[3]
    shape = np.frombuffer(data[4:start].ljust(start - 4, b"\0"), ">u4").tolist()
    if math.prod(shape) != len(data) - start:
        kind = TruncatedFileError if math.prod(shape) > len(data) - start else CorruptFileError
        raise kind(
            path,
            "the data do not fit the header",
            expected=f"{math.prod(shape)} bytes for {tuple(shape)}",
            received=f"{max(0, len(data) - start)} bytes",
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
