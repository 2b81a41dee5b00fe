"""What may still be read out of an HDF5 file, and what of its bytes is looked at before HDF5 itself reads them."""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable
from typing import Any, BinaryIO

from addax.formats import hdf5_headers
from addax.formats.hdf5_heap import heap_size, largest_heap
from addax.formats.limits import open_regular
from addax.formats.memory import read_at

__all__ = ["Budget"]


class Budget:
    """What may still be read out of a file.

    Args:
        size: bytes of the file.
        limit: bytes that may be read out of it in all.
        objects: groups and datasets that may be visited.
        source: the file: a path, bytes or a stream.
    """

    def __init__(self, size: int, limit: int, objects: int, source: Any) -> None:
        self.size, self.limit, self.left, self.objects, self._source = size, limit, limit, objects, source
        self._heaps: dict[int, int] = {}  # bytes of those that were checked, by place

    @functools.cached_property
    def longest_text(self) -> int:
        """Bytes that no string of any length in the file exceeds."""
        return self._looked_at(largest_heap)

    def _looked_at(self, look: Callable[[BinaryIO], Any]) -> Any:
        """What a function of the file's bytes says."""
        if isinstance(self._source, bytes):
            return look(io.BytesIO(self._source))
        if hasattr(self._source, "readinto"):
            return look(self._source)
        with open_regular(self._source) as stream:
            return look(stream)

    @property
    def has_places(self) -> bool:
        """Whether `read_at` can be used."""
        return isinstance(self._source, bytes | str | os.PathLike) or hasattr(self._source, "read_at")

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from a place in the file; returns the count."""
        if isinstance(self._source, bytes):
            found = self._source[offset : offset + len(buffer)]
            buffer[: len(found)] = found
            return len(found)
        if hasattr(self._source, "read_at"):
            return self._source.read_at(offset, buffer)
        with open_regular(self._source) as file:
            return read_at(file, offset, buffer)

    def texts_of(self, owner: Any) -> dict[str, int]:
        """Bytes of the strings of each attribute of an object, as announced in its header.

        Raises:
            ValueError: a longer one, or a damaged header.
        """
        import h5py

        address = h5py.h5o.get_info(owner.id).addr

        def look(stream: BinaryIO) -> dict[bytes, bytes]:
            return {} if self._base is None else hdf5_headers.attribute_bytes(stream, address, self._base)

        found = {}
        header = self._looked_at(look)
        for name in owner.attrs:
            text = h5py.check_string_dtype(owner.attrs.get_id(name).dtype)
            value = header.get(name.encode("utf-8")) if isinstance(name, str) else None
            if text is not None and text.length is None and value is not None:
                found[name] = self.text_bytes(value, name)
        return found

    @functools.cached_property
    def _base(self) -> int | None:
        return self._looked_at(hdf5_headers.base_address)

    def text_bytes(self, value: bytes, name: str) -> int:
        """Bytes of strings whose references are given, their heaps checked.

        Raises:
            ValueError: one is longer than its heap, or a damaged heap.
        """
        references = hdf5_headers.text_references(value)
        base = self._base or 0
        new = {heap for length, heap in references if length and heap not in self._heaps}
        if new:
            self._heaps |= self._looked_at(lambda stream: {heap: heap_size(stream, heap + base) for heap in new})
        for length, heap in references:
            if length and length > self._heaps[heap]:
                raise ValueError(f"{name!r:.100} announces a text of {length} bytes")
        return sum(length for length, _ in references)
