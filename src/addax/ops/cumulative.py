"""Running sums, products and log-sums along an axis."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import small_twins

__all__ = ["cumprod", "cumsum", "cumulative_logsumexp"]


def _running(who: str, scan: Any, start: float, x: Any, axis: Any, exclusive: Any, reverse: Any) -> Any:
    if not -x.ndim <= axis < x.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.math.{who}",
                expected=f"an axis from {-x.ndim} to {x.ndim - 1}",
                received=f"axis={axis}, x of shape {tuple(x.shape)}",
            )
        )
    axis %= x.ndim
    if exclusive and x.shape[axis]:
        # The running value before each element: shift by one and start with the neutral element.
        keep = lax.slice_in_dim(x, 1, None, axis=axis) if reverse else lax.slice_in_dim(x, 0, -1, axis=axis)
        first = jnp.full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), start, x.dtype)
        x = jnp.concatenate([keep, first] if reverse else [first, keep], axis)
    return scan(x, axis=axis, reverse=bool(reverse))


@op(kinds="fciu", small=small_twins.running_total)
def cumsum(x: TensorLike, axis=0, exclusive=False, reverse=False, name: str | None = None) -> Tensor:
    """The sum of the elements up to each one, along an axis.

    Args:
        x: a tensor of numbers.
        axis: the axis.
        exclusive: whether an element is left out of its own sum.
        reverse: whether to sum from the end.
        name: ignored.

    Raises:
        InvalidArgumentError: an axis out of range.

    >>> import addax as tf
    >>> tf.cumsum([1, 2, 3]).numpy().tolist(), tf.cumsum([1, 2, 3], exclusive=True, reverse=True).numpy().tolist()
    ([1, 3, 6], [5, 3, 0])
    """
    return _running("cumsum", lax.cumsum, 0, x, axis, exclusive, reverse)


@op(kinds="fciu")
def cumprod(x: TensorLike, axis=0, exclusive=False, reverse=False, name: str | None = None) -> Tensor:
    """The product of the elements up to each one, along an axis.

    Args:
        x: a tensor of numbers.
        axis: the axis.
        exclusive: whether an element is left out of its own product.
        reverse: whether to multiply from the end.
        name: ignored.

    Raises:
        InvalidArgumentError: an axis out of range.

    >>> import addax as tf
    >>> tf.math.cumprod([1, 2, 3]).numpy().tolist()
    [1, 2, 6]
    """
    return _products(x, axis, bool(exclusive), bool(reverse))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _products(x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
    return _running("cumprod", lax.cumprod, 1, x, axis, exclusive, reverse)


@_products.defjvp
def _products_jvp(axis: int, exclusive: bool, reverse: bool, primals: Any, tangents: Any) -> Any:
    # TensorFlow's gradient: the running sum of gradient * product, divided by x; 0 where x is 0. It does not conjugate.
    (x,), (dx,) = primals, tangents
    out, zero = _products(x, axis, exclusive, reverse), x == 0
    slopes = jnp.conj(jnp.where(zero, 0, 1 / jnp.where(zero, 1, x)))
    return out, jnp.conj(out) * _running("cumprod", lax.cumsum, 0, dx * slopes, axis, exclusive, reverse)


@op(kinds="f")
def cumulative_logsumexp(x: TensorLike, axis=0, exclusive=False, reverse=False, name: str | None = None) -> Tensor:
    """log(cumsum(exp(x))), computed so that it does not overflow.

    Args:
        x: a floating tensor.
        axis: the axis.
        exclusive: whether an element is left out of its own sum (the first is then -inf).
        reverse: whether to sum from the end.
        name: ignored.

    >>> import addax as tf
    >>> tf.math.cumulative_logsumexp([0.0, 0.0]).numpy().round(4).tolist()
    [0.0, 0.6930999755859375]
    """
    return _running("cumulative_logsumexp", lax.cumlogsumexp, -jnp.inf, x, axis, exclusive, reverse)
