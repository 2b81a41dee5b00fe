"""How many bytes a model may take: what a description asks for is compared before anything is allocated.

While a model is made from a file, its variables may take as much as the file accounts for; elsewhere, what the machine
has.
"""

from __future__ import annotations

import math
import threading
from types import TracebackType
from typing import Any

from addax.core import errors, machine_memory
from addax.formats.errors import TooLargeError

__all__ = ["Allowance", "spend"]

# A file of weights may be packed, or of a smaller dtype than the variables; small models have small files.
RATIO = 16
LEAST = 256 * 2**20


class _Local(threading.local):
    current: Allowance | None = None


_local = _Local()


class Allowance:
    """Within the scope, variables take at most what a file of weights accounts for.

    Args:
        file: path of the file, for messages.
        weights_bytes: bytes of the weights that come with the description.

    >>> from addax.keras.allowance import Allowance, spend
    >>> with Allowance("m.keras", 1000):
    ...     spend("layer dense", (10**9, 10**9), 4)
    Traceback (most recent call last):
        ...
    addax.formats.errors.TooLargeError: m.keras: member 'layer dense': asks for more memory than the file's weights \
account for; expected at most 268435456 bytes in all, for 1000 bytes of weights; received 4000000000000000000 bytes \
for (1000000000, 1000000000)
    """

    def __init__(self, file: str, weights_bytes: int) -> None:
        self._file = file
        self._weights = weights_bytes
        self._limit = self._left = max(LEAST, RATIO * weights_bytes)

    def __enter__(self) -> Allowance:
        self._outer = _local.current
        _local.current = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _local.current = self._outer

    def take(self, who: str, shape: Any, size: int) -> None:
        """Count `size` bytes against the limit.

        Raises:
            TooLargeError: they exceed it.
        """
        self._left -= size
        if self._left < 0:
            raise TooLargeError(
                self._file, "asks for more memory than the file's weights account for", member=who,
                expected=f"at most {self._limit} bytes in all, for {self._weights} bytes of weights",
                received=f"{size} bytes for {shape}",
            )  # fmt: skip


def spend(who: str, shape: tuple[int, ...], itemsize: int) -> None:
    """Ask for the memory of an array, before it is made.

    Args:
        who: what it belongs to, for messages.
        shape: its shape.
        itemsize: bytes of an element.

    Raises:
        TooLargeError: a file's description asks for more than the file accounts for.
        tf.errors.ResourceExhaustedError: more than the machine has.
        ValueError: a negative dimension.
    """
    if any(n < 0 for n in shape):
        raise ValueError(f"{who}: expected a shape without negative dimensions, received {shape}.")
    size = math.prod(shape) * itemsize
    if _local.current is not None:
        _local.current.take(who, shape, size)
    elif size > LEAST and size > _memory():
        text = f"{who}: {size} bytes for shape {shape}, where the machine has {_memory()} bytes of memory."
        raise errors.ResourceExhaustedError(None, None, text)


def _memory() -> int:
    """Bytes of the machine's memory; more than any has where the system does not say."""
    return machine_memory.of_machine() or 1 << 44
