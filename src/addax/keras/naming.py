"""Names of layers: `dense`, `dense_1`, ...; counted per class until `clear_session`."""

from __future__ import annotations

import re
from collections import defaultdict

_counts: dict[str, int] = defaultdict(int)
_layer_names: dict[str, int] = defaultdict(int)


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
    count = _layer_names[prefix]
    _layer_names[prefix] += 1
    if zero_based:
        return prefix if count == 0 else f"{prefix}_{count}"
    return f"{prefix}_{count + 1}"


def reset_uids() -> None:
    """Start all counts over."""
    _counts.clear()
    _layer_names.clear()
