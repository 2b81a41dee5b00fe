"""`tf.summary.histogram`: how the values of a tensor are distributed."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.tensor import Tensor
from addax.summary.events import encode_metadata
from addax.summary.writer import summary_scope, write_made

__all__ = ["buckets_of", "histogram"]

_BUCKETS = 30


def histogram(
    name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None
) -> Tensor:
    """Write a histogram of a tensor's values.

    Args:
        name: its name; the tag is the name behind the open name scopes.
        data: a tensor of any shape.
        step: an int, or an integer tensor or variable; default the thread's step.
        buckets: number of buckets; default 30.
        description: a text about it, in Markdown.

    Returns:
        a bool tensor: whether it was written.

    Raises:
        ValueError: no step is set.

    Example:
        >>> import tempfile, addax as tf
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     _ = tf.summary.histogram("weights", [0.0, 0.5, 0.5, 1.0], step=1, buckets=2)
    """
    with summary_scope(name, "histogram_summary") as (tag, _):
        metadata = encode_metadata("histograms", description=description)
        return write_made(tag, data, lambda array: buckets_of(array, buckets), step, metadata)


def buckets_of(data: np.ndarray, buckets: int | None = None) -> np.ndarray:
    """(left edge, right edge, count) of each bucket: float64 (buckets, 3).

    The last bucket holds its right edge. Equal values all fall into the last bucket; no values give zeros.

    Example:
        >>> import numpy as np
        >>> from addax.summary.histogram import buckets_of
        >>> buckets_of(np.array([0.0, 1.0, 1.0]), 2).tolist()
        [[0.0, 0.5, 1.0], [0.5, 1.0, 2.0]]
    """
    count = _BUCKETS if buckets is None else max(0, int(buckets))
    values = np.asarray(data).ravel().astype(np.float64)
    if count == 0 or values.size == 0:
        return np.zeros((count, 3))
    low, high = values.min(), values.max()
    if low == high:
        counts = np.zeros(count)
        counts[-1] = values.size
        return np.stack([np.full(count, low), np.full(count, high), counts], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        edges = np.linspace(low, high, count + 1)
        edges[-1] = high
        places = np.floor((values - low) / ((high - low) / count))
    places = np.minimum(places[np.isfinite(places)], count - 1).astype(np.int64)  # of a NaN nothing can be counted
    counts = np.bincount(places, minlength=count).astype(np.float64)
    return np.stack([edges[:-1], edges[1:], counts], axis=1)
