"""The outputs of several batches, one below the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras.training import sources
from addax.ops import array, sparse_shaping
from addax.ops.ragged_tensor import RaggedTensor


def joined(parts: Any) -> Any:
    """What `predict` returns of the outputs of its batches.

    Args:
        parts: the output of each batch: arrays, ragged or sparse tensors.

    Returns:
        An array or tensor of all rows; a RaggedTensor where arrays differ in more than their rows.

    >>> import numpy as np
    >>> joined([np.ones((1, 2)), np.ones((2, 3))]).to_list()
    [[1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if len(parts) == 1:  # a copy where the device's own memory is shown, as callers may write into it
        shown = isinstance(parts[0], np.ndarray) and not parts[0].flags.writeable
        return parts[0].copy() if shown else parts[0]
    if hasattr(parts[0], "dense_shape"):
        return sparse_shaping.concat(0, list(parts))
    if sources.is_composite(parts[0]):
        return array.concat(list(parts), 0)
    ranks = {part.ndim for part in parts}
    if len(ranks) == 1 and len({part.shape[1:] for part in parts}) > 1:
        return array.concat([_ragged(part, _last_open([part.shape for part in parts])) for part in parts], 0)
    return np.concatenate(parts)


def _last_open(shapes: list[tuple[int, ...]]) -> int:
    """The last axis in which the shapes differ."""
    return max(axis for axis in range(1, len(shapes[0])) if len({shape[axis] for shape in shapes}) > 1)


def _ragged(part: np.ndarray, rank: int) -> RaggedTensor:
    return RaggedTensor.from_tensor(part, ragged_rank=rank)
