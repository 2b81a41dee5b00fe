"""Memory for arrays of files, on boundaries where XLA takes it over without a copy; reads on several threads."""

from __future__ import annotations

import contextlib
import math
import mmap
import os
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import numpy as np

__all__ = ["ALIGNMENT", "PIECE", "aligned", "aligned_empty", "aligned_zeros", "read_at", "run_all"]

ALIGNMENT = 64  # bytes
PIECE = 8 << 20  # bytes that one thread handles at a time


def aligned(array: np.ndarray) -> np.ndarray:
    """The array itself if it begins on a boundary of 64 bytes, else a copy that does.

    Example:
        >>> import numpy as np
        >>> from addax.formats.memory import aligned
        >>> aligned(np.zeros(100, "u1")[1:]).ctypes.data % 64
        0
    """
    if array.__array_interface__["data"][0] % ALIGNMENT == 0:
        return array
    copy = aligned_empty(array.shape, array.dtype)
    copy[...] = array
    return copy


def aligned_empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array of any values that begins on a boundary of 64 bytes.

    Example:
        >>> from addax.formats.memory import aligned_empty
        >>> aligned_empty((3, 5), "float32").ctypes.data % 64
        0
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    whole = np.empty(size + ALIGNMENT, np.uint8)
    start = -whole.ctypes.data % ALIGNMENT
    return whole[start : start + size].view(dtype).reshape(shape)


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Zeros that begin on a boundary of 64 bytes; the system gives the memory when it is first written."""
    dtype = np.dtype(dtype)
    pages = mmap.mmap(-1, max(1, math.prod(shape) * dtype.itemsize))  # NumPy may take memory that it has to clear
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a system without them
            pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, dtype, math.prod(shape)).reshape(shape)


def read_at(file: BinaryIO, offset: int, buffer: memoryview) -> int:
    """Fill a buffer from a place in a file, without moving its position where the system can; returns the count."""
    count = 0
    while count < len(buffer):
        if hasattr(os, "preadv"):
            more = os.preadv(file.fileno(), [buffer[count:]], offset + count)
        else:
            file.seek(offset + count)
            more = file.readinto(buffer[count:])  # type: ignore[attr-defined]
        if not more:
            break
        count += more
    return count


def run_all(tasks: Iterable[Callable[[], Any]]) -> list[Any]:
    """The results of functions that mostly wait or copy, on a thread for each core; the first error is raised."""
    tasks = list(tasks)
    workers = min(len(tasks), os.cpu_count() or 1, 8)
    if workers < 2 or not hasattr(os, "preadv"):
        return [task() for task in tasks]
    from concurrent.futures import ThreadPoolExecutor  # 4 ms, which `import addax` should not take

    with ThreadPoolExecutor(workers, "addax-files") as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]
