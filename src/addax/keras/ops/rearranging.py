"""`keras.ops.rearrange`: axes taken apart, reordered and put together, by names."""

from __future__ import annotations

import math
from typing import Any

from addax.keras.ops.function import named
from addax.keras.ops.promotion import tensor
from addax.ops import shaping


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """The same elements with other axes, as a pattern of names says.

    Args:
        tensor: the tensor.
        pattern: names of its axes, "->", and those of the result's. Axes in brackets are one axis of the tensor, whose
            parts they are; 1 is an axis of that length.
        **axes_lengths: the lengths of axes that cannot be told from the tensor.

    Raises:
        ValueError: a pattern that cannot be read, or does not fit the tensor.

    Source: Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation".

    >>> from addax.keras import ops
    >>> ops.rearrange(ops.ones((2, 12, 3)), "b (h w) c -> b c h w", h=4).shape
    TensorShape([2, 3, 4, 3])
    """
    return _rearranged(tensor, pattern, axes_lengths)


@named("rearrange")
def _rearranged(x: Any, axes: str, lengths: dict[str, int]) -> Any:
    x, pattern = tensor(x), axes  # configs do not name functions of a `pattern`: elsewhere it is of files
    before, arrow, after = pattern.partition("->")
    if not arrow or "->" in after:
        raise ValueError(f"keras.ops.rearrange: expected a pattern as 'a b -> b a'. Received: pattern={pattern!r}")
    have, want = _groups(before, pattern), _groups(after, pattern)
    if len(have) != len(x.shape):
        raise ValueError(
            f"keras.ops.rearrange: pattern {pattern!r} has {len(have)} axes on its left side, but the tensor has shape "
            f"{tuple(x.shape)}."
        )
    names, wanted = [name for group in have for name in group], [name for group in want for name in group]
    if sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        raise ValueError(
            f"keras.ops.rearrange: expected the same names on both sides of {pattern!r}, each once on each side."
        )
    known = _lengths(have, x.shape.as_list(), lengths, pattern)
    x = shaping.transpose(shaping.reshape(x, [known[name] for name in names]), [names.index(name) for name in wanted])
    return shaping.reshape(x, [math.prod([known[name] for name in group]) for group in want])


def _groups(side: str, pattern: str) -> list[list[str]]:
    """The axes of one side of a pattern, each as the names of its parts."""
    found: list[list[str]] = []
    inside: list[str] | None = None
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word in "()":
            if (word == "(") == (inside is not None):
                raise ValueError(f"keras.ops.rearrange: brackets of pattern {pattern!r} do not match.")
            inside = [] if word == "(" else None
            if inside is not None:
                found.append(inside)
        elif not (word.isidentifier() or word == "1"):
            raise ValueError(f"keras.ops.rearrange: {word!r} of pattern {pattern!r} is not a name.")
        elif inside is not None:
            inside.append(word)
        else:
            found.append([word])
    if inside is not None:
        raise ValueError(f"keras.ops.rearrange: brackets of pattern {pattern!r} do not match.")
    return [[name for name in group if name != "1"] for group in found]


def _lengths(have: list[list[str]], shape: list[int], given: dict[str, int], pattern: str) -> dict[str, int]:
    """The length of each named axis, from the tensor's shape and the lengths that were given."""
    known = dict(given)
    for group, size in zip(have, shape, strict=True):
        open_ = [name for name in group if name not in known]
        rest = math.prod([known[name] for name in group if name in known])
        if len(open_) > 1 or (size % rest if open_ and rest else rest != size):
            raise ValueError(
                f"keras.ops.rearrange: axis ({' '.join(group)}) of pattern {pattern!r} does not fit a length "
                f"of {size}, with the lengths {given}."
            )
        known.update({name: size // max(rest, 1) for name in open_})
    return known
