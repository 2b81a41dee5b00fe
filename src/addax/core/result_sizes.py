"""Results that no machine can hold, refused before XLA is asked: it ends the process when a size overflows."""

from __future__ import annotations

import math
from typing import Any

import jax

from addax.core import dtypes, errors

_MOST_ELEMENTS = 1 << 63
_MOST_BYTES = 1 << 48  # what a process can address


def possible(who: str, out: Any) -> Any:
    """The result of an op as it is.

    Args:
        who: the op's name.
        out: abstract or concrete arrays; dimensions that are not known are left out.

    Raises:
        InvalidArgumentError: an array has 2**63 elements or more.
        ResourceExhaustedError: an array is larger than what a process can address.
    """
    for leaf in jax.tree.leaves(out):
        shape = getattr(leaf, "shape", ())
        count = math.prod([size for size in shape if type(size) is int])
        if count < _MOST_BYTES >> 4:
            continue
        shown = f"{dtypes.from_numpy(leaf.dtype).name} {tuple(shape)}"
        if count >= _MOST_ELEMENTS:
            raise errors.InvalidArgumentError(
                errors.message(f"tf.{who}", expected="a result of less than 2**63 elements", received=shown)
            )
        if count * leaf.dtype.itemsize >= _MOST_BYTES:
            raise errors.ResourceExhaustedError(
                errors.message(
                    f"tf.{who}: OOM, a result cannot be allocated", received=shown, hint="make it smaller, or in parts"
                )
            )
    return out
