"""The k largest elements, whether a class is among them, and the smallest, exactly or approximately."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from addax.core import dtypes, errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.tensor import Tensor
from addax.ops import portable

__all__ = ["approx_max_k", "approx_min_k", "in_top_k", "top_k"]


class TopKV2(NamedTuple):
    """The result of `tf.math.top_k`."""

    values: Any
    indices: Any


@op(kinds="fiu", name="math.top_k")
def _top_k(input: TensorLike, k, index_type):  # noqa: A002
    if not input.ndim:
        raise errors.InvalidArgumentError(
            errors.message("tf.math.top_k", expected="a tensor of 1 or more dimensions", received="a scalar")
        )
    k = int(k)
    if k < 0 or input.shape[-1] < k:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.top_k",
                expected=f"an input with at least k={k} elements along its last dimension, and k of 0 or more",
                received=f"shape {tuple(input.shape)}",
            )
        )
    values, indices = portable.top_k(input, k)
    return TopKV2(values, indices.astype(dtypes.as_dtype(index_type).np))


def top_k(
    input: Any,
    k: Any = 1,
    sorted: bool = True,
    index_type: Any = dtypes.int32,
    name: str | None = None,  # noqa: A002
) -> Any:
    """The k largest elements along the last dimension, and where they are; of equal ones the first come first.

    Args:
        input: a tensor of real numbers.
        k: how many.
        sorted: whether they must come in descending order (here they always do).
        index_type: the dtype of the indices: int16, int32 or int64.
        name: ignored.

    Returns:
        (values, indices), a named tuple; both have the shape of `input` with k last.

    Raises:
        InvalidArgumentError: fewer than k elements, or a scalar.

    >>> import addax as tf
    >>> values, indices = tf.math.top_k([1, 9, 4], k=2)
    >>> values.numpy().tolist(), indices.numpy().tolist()
    ([9, 4], [1, 2])
    """
    kind = dtypes.as_dtype(index_type)
    if kind.name not in ("int16", "int32", "int64"):
        raise errors.InvalidArgumentError(
            errors.message("tf.math.top_k", expected="index_type int16, int32 or int64", received=f"{kind.name}")
        )
    return _top_k(input, k, kind)


@op(name="math.in_top_k")
def _in_top_k(targets: FreeLike, predictions: FreeLike, k):
    if predictions.ndim != 2 or targets.ndim != 1 or targets.shape[0] != predictions.shape[0]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.in_top_k",
                expected="predictions of shape (batch, classes) and targets of shape (batch,)",
                received=f"predictions {tuple(predictions.shape)}, targets {tuple(targets.shape)}",
            )
        )
    classes = predictions.shape[1]
    valid = (targets >= 0) & (targets < classes)
    index = jnp.where(valid, targets, 0)[:, None]
    of_target = jnp.take_along_axis(predictions, index, axis=1)
    # A class is in the top k if fewer than k are strictly better; equal ones do not push it out.
    better = jnp.sum(predictions > of_target, axis=1)
    return (better < k) & valid & jnp.isfinite(of_target[:, 0]) & jnp.all(jnp.isfinite(predictions), axis=1)


def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether each target class is among the k classes with the largest predictions; ties count as in.

    Args:
        targets: an integer tensor of shape (batch,).
        predictions: a floating tensor of shape (batch, classes).
        k: how many classes count.
        name: ignored.

    Returns:
        A bool tensor of shape (batch,); False for targets out of range and predictions that are not finite.

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.math.in_top_k([0, 1], [[0.1, 0.7], [0.3, 0.4]], 1).numpy().tolist()
    [False, True]
    """
    wide = isinstance(predictions, Tensor) and predictions.dtype.name != "float32"
    if wide or isinstance(targets, Tensor) and targets.dtype.name not in ("int32", "int64"):
        raise UnfitError(
            errors.message(
                "tf.math.in_top_k",
                expected="float32 predictions, and int32 or int64 targets",
                received={"targets": targets, "predictions": predictions},
            )
        )
    return _in_top_k(targets, predictions, k)


@op(kinds="f", name="nn.approx_max_k")
def _approx(operand: TensorLike, k, dimension, recall, size, aggregate, largest):
    pick = lax.approx_max_k if largest else lax.approx_min_k
    values, indices = pick(
        operand,
        int(k),
        reduction_dimension=int(dimension),
        recall_target=float(recall),
        reduction_input_size_override=int(size),
        aggregate_to_topk=bool(aggregate),
    )
    return values, indices


def approx_max_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> Any:
    """About the k largest elements along a dimension, faster than exactly on a TPU (Chern et al. 2022).

    Args:
        operand: a floating tensor.
        k: how many.
        reduction_dimension: the dimension to search.
        recall_target: the share of the true k that must be found.
        reduction_input_size_override: the size of that dimension over all shards, or -1.
        aggregate_to_topk: whether to reduce the candidates to exactly k.
        name: ignored.

    Returns:
        (values, indices).

    >>> import addax as tf
    >>> tf.nn.approx_max_k([1.0, 9.0, 4.0], 2)[0].numpy().tolist()
    [9.0, 4.0]
    """
    return _approx(
        operand, k, reduction_dimension, recall_target, reduction_input_size_override, aggregate_to_topk, True
    )


def approx_min_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> Any:
    """About the k smallest elements along a dimension, faster than exactly on a TPU (Chern et al. 2022).

    Args:
        operand: a floating tensor.
        k: how many.
        reduction_dimension: the dimension to search.
        recall_target: the share of the true k that must be found.
        reduction_input_size_override: the size of that dimension over all shards, or -1.
        aggregate_to_topk: whether to reduce the candidates to exactly k.
        name: ignored.

    Returns:
        (values, indices).

    >>> import addax as tf
    >>> tf.nn.approx_min_k([1.0, 9.0, 4.0], 2)[0].numpy().tolist()
    [1.0, 4.0]
    """
    return _approx(
        operand, k, reduction_dimension, recall_target, reduction_input_size_override, aggregate_to_topk, False
    )
