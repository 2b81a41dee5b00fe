"""Pools over windows of random, nearly equal sizes (Graham 2014, "Fractional Max-Pooling")."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors, random
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.ops.division import divided

__all__ = ["fractional_avg_pool", "fractional_max_pool"]


class FractionalPool(NamedTuple):
    """The result of a fractional pool."""

    output: Any
    row_pooling_sequence: Any
    col_pooling_sequence: Any


def _sequence(key: Any, size: int, out: int, pseudo_random: bool) -> Any:
    """The borders of `out` windows over `size` elements, each of size // out or one more."""
    if pseudo_random:
        alpha, k = size / out, size // out
        largest = min((k + 2) / alpha - 1, (size + 1 - k) / alpha - (out - 1))
        u = jax.random.uniform(key, (), np.float64) * largest
        inner = jnp.ceil(alpha * (np.arange(1, out) + u)).astype(np.int64) - 1
        return jnp.concatenate([jnp.zeros(1, np.int64), inner, jnp.full(1, size, np.int64)])
    steps = np.full(out, size // out)
    steps[: size % out] += 1
    shuffled = jax.random.permutation(key, jnp.asarray(steps, np.int64))
    return jnp.concatenate([jnp.zeros(1, np.int64), jnp.cumsum(shuffled)])


def _pool_axis(x: Any, borders: Any, axis: int, out: int, overlapping: bool, largest: bool) -> tuple[Any, Any]:
    """Reduce the windows between the borders along one axis; (result, how many elements each had)."""
    size = x.shape[axis]
    longest = size // out + 2 + int(overlapping)
    start, stop = borders[:-1], borders[1:] + (1 if overlapping else 0)
    places = start[:, None] + np.arange(longest)
    inside = (places < stop[:, None]) & (places < size)
    taken = jnp.take(x, jnp.minimum(places, size - 1), axis=axis)
    shape = [1] * taken.ndim
    shape[axis], shape[axis + 1] = out, longest
    mask = inside.reshape(shape)
    if largest:
        lowest = -jnp.inf if x.dtype.kind not in "iu" else np.iinfo(x.dtype).min
        return jnp.max(jnp.where(mask, taken, jnp.asarray(lowest, x.dtype)), axis + 1), None
    total = jnp.sum(jnp.where(mask, taken, jnp.zeros((), x.dtype)), axis + 1, dtype=x.dtype)
    return total, jnp.sum(inside, 1)


@op(kinds="fiu", name="nn.fractional_pool")
def _fractional(value: TensorLike, key: FreeLike, ratios, pseudo_random, overlapping, largest):
    if value.ndim != 4 or len(ratios) != 4 or ratios[0] != 1 or ratios[3] != 1 or min(ratios) < 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.fractional_max_pool / fractional_avg_pool",
                expected="a 4-dimensional value and ratios [1, row ratio, column ratio, 1] of at least 1",
                received=f"value {tuple(value.shape)}, pooling_ratio {ratios}",
            )
        )
    keys = jax.random.split(random.unwrap(key))
    outs = [int(value.shape[axis] / ratios[axis]) for axis in (1, 2)]
    borders = [_sequence(keys[i], value.shape[i + 1], outs[i], pseudo_random) for i in (0, 1)]
    x, rows = _pool_axis(value, borders[0], 1, outs[0], overlapping, largest)
    x, columns = _pool_axis(x, borders[1], 2, outs[1], overlapping, largest)
    if not largest:
        counts = (rows[:, None] * columns[None, :]).astype(x.dtype)[None, :, :, None]
        x = divided(x, counts) if x.dtype.kind == "f" else lax.div(x, jnp.broadcast_to(counts, x.shape))
    return FractionalPool(x, *borders)


def _ratios(pooling_ratio: Any) -> tuple[float, ...]:
    if not isinstance(pooling_ratio, list | tuple):
        return (1.0, float(pooling_ratio), float(pooling_ratio), 1.0)
    given = tuple(float(each) for each in pooling_ratio)
    if len(given) == 1:
        return (1.0, given[0], given[0], 1.0)
    return (1.0, *given, 1.0) if len(given) == 2 else given


def fractional_max_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> Any:
    """The maximum over windows of random, nearly equal sizes.

    Args:
        value: a tensor of shape (batch, height, width, channels).
        pooling_ratio: how much smaller the result is: a number, or a list of 1, 2 or 4.
        pseudo_random: whether sizes follow a line with a random start, or are shuffled.
        overlapping: whether windows share their borders.
        seed: an integer for a stream of its own; 0 takes the global stream.
        name: ignored.

    Returns:
        (output, row_pooling_sequence, col_pooling_sequence), a named tuple: the borders of windows are int64.

    Raises:
        InvalidArgumentError: ratios below 1, or another rank.

    >>> import addax as tf
    >>> tf.nn.fractional_max_pool(tf.ones([1, 6, 6, 1]), 1.5).output.shape
    TensorShape([1, 4, 4, 1])
    """
    key = random.next_key(seed or None)
    return _fractional(value, key, _ratios(pooling_ratio), bool(pseudo_random), bool(overlapping), True)


def fractional_avg_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> Any:
    """The mean over windows of random, nearly equal sizes; arguments and result as `tf.nn.fractional_max_pool`.

    >>> import addax as tf
    >>> tf.nn.fractional_avg_pool(tf.ones([1, 6, 6, 1]), 1.5).output.shape
    TensorShape([1, 4, 4, 1])
    """
    key = random.next_key(seed or None)
    return _fractional(value, key, _ratios(pooling_ratio), bool(pseudo_random), bool(overlapping), False)
