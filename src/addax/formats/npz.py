"""Reading NumPy's .npy and .npz files that others wrote: no pickle, no more memory than the file accounts for."""

from __future__ import annotations

import io
import math
import os
import warnings
import zipfile
from typing import BinaryIO

import numpy as np

from addax.formats.atomic import atomic_write
from addax.formats.errors import CorruptFileError, TruncatedFileError, UnsafeFileError, UnsupportedFormatError
from addax.formats.limits import open_regular
from addax.formats.pickles import read_pickled_data
from addax.formats.zips import SafeZip

__all__ = ["read_npy", "read_npz", "write_npz"]

_KINDS = "?biufcSUmM"
_HEADER_LIMIT = 10_000
_READ_STEP = 1 << 24


def read_npz(
    path: str | os.PathLike[str],
    *,
    max_bytes: int | None = None,
    members: list[str] | None = None,
    integer_lists: bool = False,
) -> dict[str, np.ndarray]:
    """The arrays of an .npz archive.

    Args:
        path: the file.
        max_bytes: most bytes that all arrays together may take; default 100 times the file, plus 64 MiB.
        members: names of the arrays to read (without ".npy"), all of which must be there; default all.
        integer_lists: admit object arrays whose items are lists of ints (as the IMDB and Reuters data sets are), read
            without running their pickle. Other object arrays are always refused.

    Returns:
        arrays by name.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: damaged or refused; the message names the file and the member.

    Example:
        >>> import os, tempfile
        >>> import numpy as np
        >>> from addax.formats.npz import read_npz
        >>> path = os.path.join(tempfile.mkdtemp(), "a.npz")
        >>> np.savez(path, x=np.arange(3))
        >>> read_npz(path)
        {'x': array([0, 1, 2])}
    """
    with SafeZip(path, max_bytes=max_bytes) as archive:
        if members is None:
            members = [name.removesuffix(".npy") for name in archive.names if name.endswith(".npy")]
        result = {}
        for name in members:
            member = name + ".npy"
            with archive.open(member) as stream:
                result[name] = _read(stream, archive.size(member), archive.path, member, integer_lists)
        return result


def read_npy(path: str | os.PathLike[str]) -> np.ndarray:
    """The array of an .npy file.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: damaged, or an array of Python objects.

    Example:
        >>> import os, tempfile
        >>> import numpy as np
        >>> from addax.formats.npz import read_npy
        >>> path = os.path.join(tempfile.mkdtemp(), "a.npy")
        >>> np.save(path, np.float32([1.5]))
        >>> read_npy(path)
        array([1.5], dtype=float32)
    """
    path = os.fspath(path)
    with open_regular(path) as stream:
        return _read(stream, os.fstat(stream.fileno()).st_size, path, None, False)


def write_npz(path: str | os.PathLike[str], arrays: dict[str, np.ndarray], *, compressed: bool = False) -> None:
    """Write arrays by name as an .npz archive, whole or not at all.

    Raises:
        TypeError: an array of Python objects, which could only be stored as a pickle.
    """
    checked = {name: np.asarray(array) for name, array in arrays.items()}
    for name, array in checked.items():
        if array.dtype.hasobject:
            raise TypeError(f"write_npz: expected numeric or text arrays; received an array of objects for {name!r}")
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with atomic_write(path) as file, zipfile.ZipFile(file, "w", method) as archive:
        for name, array in checked.items():
            with archive.open(name + ".npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read(stream: BinaryIO, size: int, path: str, member: str | None, integer_lists: bool) -> np.ndarray:
    shape, fortran, dtype, used = _header(stream, path, member)
    if dtype.hasobject:
        if not integer_lists:
            raise UnsafeFileError(
                path,
                "is an array of Python objects, stored as a pickle, which is never run",
                member=member,
                expected="a numeric or text array",
                hint="Save it again as a numeric array",
            )
        return _integer_lists(read_pickled_data(stream, file=path, member=member), shape, path, member)
    if dtype.kind not in _KINDS and dtype.names is None:
        raise UnsupportedFormatError(path, "has an unsupported dtype", member=member, received=str(dtype))
    expected = math.prod(shape) * dtype.itemsize
    if expected != size - used:
        kind = TruncatedFileError if expected > size - used else CorruptFileError
        raise kind(
            path,
            "the data do not fit the header",
            member=member,
            expected=f"{expected} bytes for {dtype} {shape}",
            received=f"{size - used} bytes",
        )
    data = bytearray()
    while len(data) < expected:
        piece = stream.read(min(_READ_STEP, expected - len(data)))
        if not piece:
            raise TruncatedFileError(
                path, "ends early", member=member, expected=f"{expected} bytes", received=f"{len(data)} bytes"
            )
        data += piece
    stream.read(1)  # reach the end, where an archive checks its CRC
    array = np.frombuffer(data, dtype) if dtype.itemsize else np.zeros(0, dtype)
    return array.reshape(shape, order="F" if fortran else "C")


def _header(stream: BinaryIO, path: str, member: str | None) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, order, dtype and the bytes that the header takes."""
    start = stream.read(8)
    if len(start) < 8 or start[:6] != b"\x93NUMPY":
        raise CorruptFileError(path, "not a NumPy array file", member=member, received=repr(start))
    width = {1: 2, 2: 4, 3: 4}.get(start[6])
    if width is None:
        raise UnsupportedFormatError(
            path, "NumPy format of an unknown version", member=member, expected="1, 2 or 3", received=f"{start[6]}"
        )
    length = stream.read(width)
    count = int.from_bytes(length, "little")
    if count > _HEADER_LIMIT:
        raise CorruptFileError(
            path, "array header too long", member=member, expected=f"at most {_HEADER_LIMIT}", received=f"{count} bytes"
        )
    text = stream.read(count)
    replay = io.BytesIO(start + length + text)
    np.lib.format.read_magic(replay)
    read = np.lib.format.read_array_header_1_0 if start[6] == 1 else np.lib.format.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header written by Python 2 is read, with a warning
            shape, fortran, dtype = read(replay, max_header_size=_HEADER_LIMIT)
    except Exception as error:  # the header is a literal: damage raises many types
        raise CorruptFileError(path, f"unreadable array header ({error})", member=member, offset=8) from None
    if any(type(n) is not int or not 0 <= n < 1 << 62 for n in shape) or len(shape) > 64:
        raise CorruptFileError(path, "impossible array shape", member=member, received=f"{shape!s:.200}")
    if not dtype.itemsize and math.prod(shape):
        raise UnsupportedFormatError(
            path, "is an array of items without bytes", member=member, received=f"{dtype} {shape!s:.200}"
        )
    return shape, fortran, dtype, 8 + width + count


def _integer_lists(value: object, shape: tuple[int, ...], path: str, member: str | None) -> np.ndarray:
    fits = isinstance(value, np.ndarray) and value.shape == shape and value.dtype == object
    if not fits or not all(type(x) is list and all(type(n) is int for n in x) for x in value):  # type: ignore[union-attr]
        raise UnsafeFileError(
            path, "is an array of objects other than lists of ints", member=member, expected=f"lists of ints {shape}"
        )
    return value  # type: ignore[return-value]
