"""What users give as a vocabulary, as a list of its tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.tensor import Tensor


def tokens(vocabulary: Any, text: bool) -> list[Any]:
    """The tokens of a vocabulary.

    Args:
        vocabulary: a list, tuple, array or tensor.
        text: whether tokens are strings; otherwise they are integers.

    Raises:
        AttributeError: a set, which has no order.
        ValueError: tokens of the other kind.
        TypeError: what is no token at all.

    >>> tokens(np.array(["a", "b"]), True)
    ['a', 'b']
    """
    if isinstance(vocabulary, set | frozenset):
        raise AttributeError(f"a vocabulary has an order: expected a list. Received: {type(vocabulary).__name__}.")
    if isinstance(vocabulary, Tensor):
        vocabulary = vocabulary.numpy()
    items = vocabulary.tolist() if isinstance(vocabulary, np.ndarray) else list(vocabulary)
    if text:
        return [item if type(item) is str else _word(item, items) for item in items]
    return [_whole(item) for item in items]


def _word(item: Any, items: list[Any]) -> str:
    """A token of a vocabulary of texts; numbers are texts where they stand among texts, as in NumPy's arrays."""
    if isinstance(item, bytes):
        return item.decode("utf-8")
    among = isinstance(item, int | float) and any(isinstance(other, str | bytes) for other in items)
    if not isinstance(item, str) and not among:
        kind = ValueError if item is None or isinstance(item, int | float) else TypeError
        raise kind(f"StringLookup: a vocabulary is of strings. Received: {item!r:.100} of {type(item).__name__}.")
    return str(item)


def _whole(item: Any) -> int:
    """A token of a vocabulary of integers."""
    try:
        number = int(item)
    except ValueError:
        raise ValueError(f"IntegerLookup: a vocabulary is of integers. Received: {item!r:.100}.") from None
    except TypeError:
        raise TypeError(f"IntegerLookup: a vocabulary is of integers. Received: {item!r:.100}.") from None
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"IntegerLookup: a vocabulary is of 64 bit integers. Received: {number}.")
    return number
