"""Limiting values and norms."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from addax.core import dtypes, errors
from addax.core.convert import TensorLike, TensorList, convert_to_tensor
from addax.core.dispatch import op
from addax.core.failures import UnfitError
from addax.core.operands import alone
from addax.core.tensor import Tensor
from addax.ops import arithmetic, small_twins
from addax.ops.casting import cast
from addax.ops.reductions import reduction_axes

__all__ = ["clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm", "l2_normalize"]


@op(kinds="fiu", small=small_twins.clipped)
def clip_by_value(
    t: TensorLike, clip_value_min: TensorLike, clip_value_max: TensorLike, name: str | None = None
) -> Tensor:
    """The values of `t`, none below `clip_value_min` or above `clip_value_max`.

    At the limits themselves the gradient still goes to `t`.

    Args:
        t: a tensor of real numbers.
        clip_value_min: the lower limit, of a shape that broadcasts to t's.
        clip_value_max: the upper limit, likewise.
        name: ignored.

    Raises:
        InvalidArgumentError: the limits would make the result larger than `t`.

    >>> import addax as tf
    >>> tf.clip_by_value([-1.0, 0.5, 3.0], 0.0, 1.0).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    out = arithmetic.maximum.body(arithmetic.minimum.body(t, clip_value_max), clip_value_min)
    if out.shape != t.shape:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.clip_by_value",
                expected=f"limits that broadcast to the shape of t, {tuple(t.shape)}",
                received=f"clip_value_min {tuple(clip_value_min.shape)}, clip_value_max {tuple(clip_value_max.shape)}",
            )
        )
    return out


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """`t`, scaled down to the norm `clip_norm` where its L2 norm is larger.

    Args:
        t: a floating tensor.
        clip_norm: the largest norm allowed, a scalar; one of real numbers is cast to the dtype of t.
        axes: the axes over which the norm is taken; None for all.
        name: ignored.

    >>> import addax as tf
    >>> tf.clip_by_norm([3.0, 4.0], 1.0).numpy().round(2).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    try:
        return _clip_by_norm(t, clip_norm, axes)
    except UnfitError:
        limit = dtypes.as_dtype(getattr(clip_norm, "dtype", dtypes.bool))
        if not (limit.is_floating or limit.is_integer):
            raise
    t = alone(t)
    return _clip_by_norm(t, cast(clip_norm, t.dtype), axes)


@op(kinds="f", name="clip_by_norm")
def _clip_by_norm(t: TensorLike, clip_norm: TensorLike, axes):
    axes = reduction_axes("clip_by_norm", axes, t.ndim)
    squared = jnp.sum(t * t, axes, dtype=t.dtype, keepdims=True)
    positive = squared > 0
    # So that the gradient at zeros is finite.
    norm = jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, jnp.ones_like(squared))), squared)
    clip_norm = jnp.maximum(clip_norm, 0)
    return t * clip_norm / arithmetic.maximum.body(norm, clip_norm)


_clip_by_norm.op.public = clip_by_norm


@op(kinds="f", name="linalg.global_norm")
def _global_norm(t_list: TensorList):
    dtype = t_list[0].dtype
    # Half of the sum of squares each, then twice the total: TensorFlow's order of operations.
    halves = [jnp.sum(t * t, dtype=dtype) * jnp.asarray(0.5, dtype) for t in t_list]
    return jnp.sqrt(sum(halves[1:], halves[0]) * jnp.asarray(2.0, dtype))


def _parts(t_list: Any, who: str) -> list[Any]:
    if not isinstance(t_list, list | tuple):
        raise TypeError(f"tf.{who}: t_list should be a sequence of tensors, received {type(t_list).__name__}.")
    return [getattr(t, "values", t) if not callable(getattr(t, "values", None)) else t for t in t_list]


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The L2 norm of all tensors of a list taken together.

    Args:
        t_list: a list of floating tensors or IndexedSlices; None entries are skipped.
        name: ignored.

    Raises:
        TypeError: `t_list` is no sequence.

    >>> import addax as tf
    >>> tf.linalg.global_norm([[3.0], None, [4.0]]).numpy()
    np.float32(5.0)
    """
    parts = [part for part in _parts(t_list, "linalg.global_norm") if part is not None]
    if not parts:
        return convert_to_tensor(0.0)
    return _global_norm(parts)


@op(kinds="f", name="clip_by_global_norm")
def _scale_to_norm(t_list: TensorList, clip_norm: TensorLike, use_norm: TensorLike):
    dtype = use_norm.dtype
    one = jnp.ones((), dtype)
    scale = clip_norm * jnp.minimum(one / use_norm, one / clip_norm)
    # An infinite norm makes everything NaN, so that training does not go on with wrong gradients.
    scale = jnp.where(jnp.isfinite(use_norm), scale, jnp.asarray(jnp.nan, dtype))
    return [t * scale for t in t_list]


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Scale a list of tensors down so that their common L2 norm is at most `clip_norm`.

    Args:
        t_list: a list of floating tensors or IndexedSlices; None entries stay None.
        clip_norm: the largest norm allowed, a scalar.
        use_norm: the global norm where it is known already.
        name: ignored.

    Returns:
        (the list of clipped tensors, the global norm). All are NaN where the norm is not finite.

    Raises:
        TypeError: `t_list` is no sequence.

    >>> import addax as tf
    >>> clipped, norm = tf.clip_by_global_norm([[3.0], [4.0]], 1.0)
    >>> float(norm), [round(float(t[0]), 4) for t in clipped]
    (5.0, [0.6, 0.8])
    """
    parts = _parts(t_list, "clip_by_global_norm")
    if use_norm is None:
        use_norm = global_norm(t_list)
    present = [part for part in parts if part is not None]
    scaled = iter(_scale_to_norm(present, clip_norm, use_norm)) if present else iter(())
    out: list[Any] = []
    for given, part in zip(t_list, parts, strict=True):
        if part is None:
            out.append(None)
        elif part is given:
            out.append(next(scaled))
        else:  # IndexedSlices: the same rows with clipped values
            out.append(type(given)(next(scaled), given.indices, given.dense_shape))
    return out, use_norm


@op(kinds="fc", name="math.l2_normalize")
def _l2_normalize(x: TensorLike, axis, epsilon):
    axes = reduction_axes("math.l2_normalize", axis, x.ndim)
    if x.dtype.kind == "c":
        squared = jnp.sum(jnp.real(x * jnp.conj(x)), axes, keepdims=True)
        scale = arithmetic.maximum.body(squared, jnp.asarray(epsilon, squared.dtype)) ** -0.5
        return x * scale.astype(x.dtype)
    squared = jnp.sum(x * x, axes, dtype=x.dtype, keepdims=True)
    return x * lax.rsqrt(arithmetic.maximum.body(squared, jnp.asarray(epsilon, x.dtype)))


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Tensor:
    """x divided by its L2 norm along axes: x * rsqrt(max(sum(x^2), epsilon)).

    Args:
        x: a floating tensor.
        axis: the axis or axes of the norm; None for all.
        epsilon: the least value of the sum of squares.
        name: ignored.
        dim: the older name of `axis`.

    Raises:
        ValueError: both `axis` and `dim` are given.

    >>> import addax as tf
    >>> tf.math.l2_normalize([3.0, 4.0]).numpy().round(4).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    if dim is not None:
        if axis is not None:
            raise ValueError("tf.math.l2_normalize: give axis or dim, which is its older name, not both.")
        axis = dim
    return _l2_normalize(x, axis, epsilon)
