"""Writing HDF5 files: groups, arrays, attributes and second names (hard links). `h5py` is imported when one is made."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

__all__ = ["HDF5Writer"]

# HDF5 keeps attributes in an object's header, which holds 64 KB; a longer list is cut into name0, name1, ...
MAX_ATTRIBUTE_BYTES = 64512


class HDF5Writer:
    """An HDF5 file that is being written.

    Args:
        target: a path, or an open binary file that can be read too.

    Example:
        >>> import io
        >>> from addax.formats.hdf5 import open_hdf5
        >>> from addax.formats.hdf5_writer import HDF5Writer
        >>> memory = io.BytesIO()
        >>> with HDF5Writer(memory) as out:
        ...     out.dataset("layer/vars/0", [1.0, 2.0])
        >>> with open_hdf5(memory.getvalue()) as file:
        ...     file["layer/vars/0"].read()
        array([1., 2.])
    """

    def __init__(self, target: str | os.PathLike[str] | BinaryIO) -> None:
        import h5py

        self._name = str(getattr(target, "name", target))
        with _failures(self._name, None):
            self._file = h5py.File(target, "w")

    def group(self, path: str) -> None:
        """Make a group, and those above it, unless it is there."""
        self._file.require_group(path)

    def dataset(self, path: str, array: Any) -> None:
        """Store an array of numbers; bfloat16, which HDF5 lacks, as float32 (exact; readers cast back).

        Raises:
            TypeError: not numbers.
        """
        array = np.asarray(array)
        if array.dtype.name == "bfloat16":
            array = array.astype(np.float32)
        if array.dtype.kind not in "?biufc":
            raise TypeError(f"HDF5 dataset {path!r}: expected numbers, received {array.dtype}")
        with _failures(self._name, path):
            self._file.create_dataset(path, data=array, track_times=False)

    def attribute(self, path: str, name: str, value: Any) -> None:
        """Set an attribute: text, a number or an array."""
        self._file[path].attrs[name] = value

    def texts(self, path: str, name: str, values: Sequence[str]) -> None:
        """Set a list of texts as attribute, in pieces (name0, name1, ...) where it is too long for one.

        Raises:
            ValueError: a single text that does not fit.
        """
        encoded = [value.encode("utf-8") for value in values]
        longest = max((len(each) for each in encoded), default=0)
        if longest > MAX_ATTRIBUTE_BYTES:
            raise ValueError(
                f"HDF5 attribute {name!r} of {path!r}: a name of {longest} bytes, at most {MAX_ATTRIBUTE_BYTES} fit"
            )
        attributes = self._file[path].attrs
        if longest * len(encoded) <= MAX_ATTRIBUTE_BYTES:
            attributes[name] = encoded if encoded else np.array([], np.float64)  # an empty list, as h5py writes it
            return
        pieces = 1
        while any(len(part) * longest > MAX_ATTRIBUTE_BYTES for part in np.array_split(encoded, pieces)):
            pieces += 1
        for index, part in enumerate(np.array_split(np.asarray(encoded), pieces)):
            attributes[f"{name}{index}"] = part

    def link(self, path: str, existing: str) -> None:
        """Give a group or dataset a second name."""
        self._file[path] = self._file[existing]

    def close(self) -> None:
        """Finish the file.

        Raises:
            OSError: it could not be written, as a rule because the disk is full.
        """
        with _failures(self._name, None):
            self._file.close()

    def __enter__(self) -> HDF5Writer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@contextlib.contextmanager
def _failures(name: str, member: str | None) -> Iterator[None]:
    """HDF5's own errors of writing as OSError with the file's name."""
    try:
        yield
    except (OSError, RuntimeError, SystemError) as error:
        # h5py asks the file for more after it failed, which some versions of Python take for an error of their own
        told = error.__cause__ if isinstance(error, SystemError) and error.__cause__ else error
        found = re.search(r"errno = (\d+)", str(told))
        number = int(found.group(1)) if found else getattr(told, "errno", None) or errno.EIO
        place = "" if member is None else f": {member}"
        raise OSError(number, f"{os.strerror(number)} while writing{place} ({told!s:.200})", name) from None
