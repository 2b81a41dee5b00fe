"""Names of layers: `dense`, `dense_1`, ...; counted per class until `clear_session`.

What is made while a function is traced, or while a symbolic call is inferred, counts for that trace alone.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from addax.core import context
from addax.core.trace import Trace

_counts: dict[str, int] = defaultdict(int)
_layer_names: dict[str, int] = defaultdict(int)
_names_in_trace: WeakKeyDictionary[Trace, dict[str, int]] = WeakKeyDictionary()


class _Apart(threading.local):
    names: dict[str, int] = _layer_names


_apart = _Apart()


@contextmanager
def apart(wanted: bool = True) -> Iterator[None]:
    """Names made in a block count from the beginning, and for that block alone.

    >>> from addax.keras import naming
    >>> with naming.apart():
    ...     print(naming.unique_name("dense"), naming.unique_name("dense"))
    dense dense_1
    """
    outer = _apart.names
    if wanted:
        _apart.names = defaultdict(int)
    try:
        yield
    finally:
        _apart.names = outer


def to_snake_case(name: str) -> str:
    """`MaxPooling2D` -> `max_pooling2d`, as Keras does."""
    between = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", between).lower()
    return "private" + snake if snake[0] == "_" else snake


def get_uid(prefix: str = "") -> int:
    """A number that counts up for each prefix, from 1.

    >>> from addax.keras import naming
    >>> naming.get_uid("docs"), naming.get_uid("docs")
    (1, 2)
    """
    _counts[prefix] += 1
    return _counts[prefix]


def unique_name(prefix: str, zero_based: bool = True) -> str:
    """`prefix`, `prefix_1`, ... each time another one."""
    trace = context.state.trace
    names = _apart.names if trace is None else _names_in_trace.setdefault(trace, defaultdict(int))
    count = names[prefix]
    names[prefix] += 1
    if zero_based:
        return prefix if count == 0 else f"{prefix}_{count}"
    return f"{prefix}_{count + 1}"


def reset_uids() -> None:
    """Start all counts over."""
    _counts.clear()
    _layer_names.clear()
