"""The global heaps of an HDF5 file, where strings of any length lie.

An attribute of many such strings is read as a whole, and all of its items may point to the same long one; how long
the longest can be is seen from the heaps themselves.
Format: HDF5 File Format Specification, III.E "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["largest_heap"]

_SIGNATURE = b"GCOL"
_BLOCK = 1 << 22
_HEAD = 16  # signature, version, three reserved bytes, size of the collection


def largest_heap(stream: BinaryIO) -> int:
    """Bytes of the largest collection in a file; no string in it is longer.

    Args:
        stream: the file, seekable; where it stands does not matter.

    Example:
        >>> import io
        >>> from addax.formats.hdf5_heap import largest_heap
        >>> largest_heap(io.BytesIO(b"." * 100 + b"GCOL\\x01\\0\\0\\0" + (4096).to_bytes(8, "little") + b"."))
        4096
    """
    stream.seek(0)
    largest, kept = 0, b""
    while block := stream.read(_BLOCK):
        text = kept + block
        at = text.find(_SIGNATURE)
        while 0 <= at <= len(text) - _HEAD:
            largest = max(largest, int.from_bytes(text[at + 8 : at + 16], "little"))
            at = text.find(_SIGNATURE, at + 1)
        kept = text[1 - _HEAD :]
    return largest
