"""The global heaps of an HDF5 file, where strings of any length lie, checked before HDF5 itself walks through them.

An attribute of many such strings is read as a whole, and all of its items may point to the same long one; how long
the longest can be is seen from the heaps. And a heap whose objects do not add up makes HDF5 (2.0) walk for ever.
The heaps that an attribute refers to are looked at alone where its bytes are known: a search through a file of
400 MB takes longer than reading its weights.
Format: HDF5 File Format Specification, III.E "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["DamagedHeap", "heap_size", "largest_heap"]

_SIGNATURE = b"GCOL\x01\x00\x00\x00"
_BLOCK = 1 << 22
_HEAD = 16  # signature, version, three reserved bytes, size of the collection; and of an object: number, uses, size
_MOST = 1 << 30


class DamagedHeap(ValueError):
    """A heap whose objects do not add up."""


def largest_heap(stream: BinaryIO) -> int:
    """Check all global heaps of a file.

    Args:
        stream: the file, seekable; where it stands does not matter.

    Returns:
        bytes of the largest one; no string in the file is longer.

    Raises:
        DamagedHeap: one of them cannot be walked through.

    Example:
        >>> import io
        >>> from addax.formats.hdf5_heap import largest_heap
        >>> heap = b"GCOL\\1\\0\\0\\0" + (48).to_bytes(8, "little") + bytes(8) + (32).to_bytes(8, "little") + bytes(16)
        >>> largest_heap(io.BytesIO(b"." * 100 + heap))
        48
    """
    places, start, kept = [], 0, b""
    stream.seek(0)
    while block := stream.read(_BLOCK):
        text = kept + block
        at = text.find(_SIGNATURE)
        while at >= 0:
            places.append(start + at)
            at = text.find(_SIGNATURE, at + 1)
        kept = text[1 - len(_SIGNATURE) :]
        start += len(text) - len(kept)
    return max((heap_size(stream, place) for place in places), default=0)


def heap_size(stream: BinaryIO, place: int) -> int:
    """Check one global heap.

    Args:
        stream: the file, seekable.
        place: where the heap begins in it.

    Returns:
        its bytes; no string in it is longer.

    Raises:
        DamagedHeap: there is none, or it cannot be walked through.
    """
    stream.seek(place)
    head = stream.read(_HEAD)
    if not head.startswith(_SIGNATURE):
        raise DamagedHeap(f"no heap at byte {place}")
    size = int.from_bytes(head[len(_SIGNATURE) :], "little")
    if not _HEAD <= size <= _MOST:
        raise DamagedHeap(f"a heap of {size} bytes at byte {place}")
    stream.seek(place)
    heap = stream.read(size)
    if len(heap) < size:
        raise DamagedHeap(f"a heap of {size} bytes at byte {place}, where {len(heap)} are left")
    at = _HEAD
    while at + _HEAD <= size:
        number = int.from_bytes(heap[at : at + 2], "little")
        length = int.from_bytes(heap[at + 8 : at + 16], "little")
        taken = _HEAD + (length + 7) // 8 * 8 if number else length  # number 0: what is free, its head included
        if taken < _HEAD or at + taken > size:
            raise DamagedHeap(f"an object of {length} bytes in the heap at byte {place}")
        at += taken
    return size
