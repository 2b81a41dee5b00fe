"""Blocks of space moved into the batch or the channels and back."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import TensorLike, convert_to_tensor
from addax.core.dispatch import UnfitError, namespace, op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor

__all__ = [
    "batch_to_space",
    "depth_to_space",
    "required_space_to_batch_paddings",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
    "with_space_to_batch",
]


def _wrong(who: str, expected: str, received: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(errors.message(f"tf.{who}", expected=expected, received=received))


@op(name="space_to_batch")
def _space_to_batch(input: TensorLike, block_shape, paddings):  # noqa: A002
    blocks = block_shape if isinstance(block_shape, tuple) else (block_shape,)
    n, rank = len(blocks), input.ndim
    x = jnp.pad(input, [(0, 0), *paddings, *[(0, 0)] * (rank - n - 1)])
    if any(size % block for size, block in zip(x.shape[1 : n + 1], blocks, strict=True)):
        raise _wrong(
            "space_to_batch", f"padded sizes that the blocks {blocks} divide", f"padded shape {tuple(x.shape)}"
        )
    split = [x.shape[0]]
    for size, block in zip(x.shape[1 : n + 1], blocks, strict=True):
        split += [size // block, block]
    parts = x.reshape(*split, *x.shape[n + 1 :])
    order = [2 * i + 2 for i in range(n)] + [0] + [2 * i + 1 for i in range(n)] + list(range(2 * n + 1, parts.ndim))
    moved = parts.transpose(order)
    return moved.reshape(int(np.prod(blocks)) * x.shape[0], *moved.shape[n + 1 :])


def space_to_batch(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """Cut space into blocks, and make each position in the block an example of its own.

    Args:
        input: a tensor of shape (batch, *sizes, ...).
        block_shape: a block size for each spatial dimension.
        paddings: a pair of zeros to add for each spatial dimension.
        name: ignored.

    Returns:
        A tensor of shape (batch * prod(block_shape), *(padded sizes / block_shape), ...).

    Raises:
        InvalidArgumentError: sizes that the blocks do not divide.

    >>> import addax as tf
    >>> tf.space_to_batch(tf.reshape([1, 2, 3, 4], [1, 2, 2, 1]), [2, 2], [[0, 0], [0, 0]]).numpy().ravel().tolist()
    [1, 2, 3, 4]
    """
    return _space_to_batch(input, block_shape, paddings)


def space_to_batch_nd(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """`tf.space_to_batch` under its other name.

    >>> import addax as tf
    >>> tf.space_to_batch_nd(tf.ones([1, 4, 2]), [2], [[0, 0]]).shape
    TensorShape([2, 2, 2])
    """
    return _space_to_batch(input, block_shape, paddings)


@op(name="batch_to_space")
def _batch_to_space(input: TensorLike, block_shape, crops):  # noqa: A002
    blocks = block_shape if isinstance(block_shape, tuple) else (block_shape,) * len(crops)
    n, count = len(blocks), int(np.prod(blocks))
    if input.ndim < n + 1 or input.shape[0] % count:
        raise _wrong(
            "batch_to_space", f"a batch that the block of {count} positions divides", f"shape {tuple(input.shape)}"
        )
    batch = input.shape[0] // count
    parts = input.reshape(*blocks, batch, *input.shape[1:])
    order = [n]
    for i in range(n):
        order += [n + 1 + i, i]
    moved = parts.transpose(order + list(range(2 * n + 1, parts.ndim)))
    sizes = [size * block for size, block in zip(input.shape[1 : n + 1], blocks, strict=True)]
    x = moved.reshape(batch, *sizes, *input.shape[n + 1 :])
    if any(before + after > size for (before, after), size in zip(crops, sizes, strict=True)):
        raise _wrong("batch_to_space", f"crops within the sizes {sizes}", f"crops {crops}")
    keep = [slice(before, size - after) for (before, after), size in zip(crops, sizes, strict=True)]
    return x[(slice(None), *keep)]


def batch_to_space(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The inverse of `tf.space_to_batch`.

    Args:
        input: a tensor of shape (batch * prod(block_shape), *sizes, ...).
        block_shape: a block size for each spatial dimension.
        crops: a pair for each spatial dimension: how much to cut off at the start and the end.
        name: ignored.

    Raises:
        InvalidArgumentError: a batch that the block does not divide, or crops that are too large.

    >>> import addax as tf
    >>> tf.batch_to_space(tf.reshape([1, 2, 3, 4], [4, 1, 1, 1]), [2, 2], [[0, 0], [0, 0]]).numpy().ravel().tolist()
    [1, 2, 3, 4]
    """
    return _batch_to_space(input, block_shape, crops)


def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The paddings with which blocks divide the sizes, and the crops that undo them.

    Args:
        input_shape: the spatial sizes.
        block_shape: the block sizes.
        base_paddings: paddings there must be at least, shape (n, 2).
        name: ignored.

    Returns:
        (paddings, crops), int32 tensors of shape (n, 2).

    >>> import addax as tf
    >>> tf.required_space_to_batch_paddings([7], [2])[0].numpy().tolist()
    [[0, 1]]
    """
    who = "required_space_to_batch_paddings"
    sizes, blocks = concrete(input_shape, who), concrete(block_shape, who)
    base = np.zeros((len(blocks), 2), np.int32) if base_paddings is None else concrete(base_paddings, who)
    extra = (-(sizes + base.sum(1))) % blocks
    paddings = np.stack([base[:, 0], base[:, 1] + extra], 1).astype(np.int32)
    crops = np.stack([np.zeros_like(extra), extra], 1).astype(np.int32)
    return convert_to_tensor(paddings), convert_to_tensor(crops)


def _channels_first(who: str, data_format: str) -> bool:
    if data_format not in ("NHWC", "NCHW"):
        raise UnfitError(f"tf.nn.{who}: data_format must be 'NHWC' or 'NCHW', received {data_format!r}.")
    return data_format == "NCHW"


@op(name="nn.space_to_depth", host=True)
def space_to_depth(input: TensorLike, block_size, data_format="NHWC", name: str | None = None) -> Tensor:  # noqa: A002
    """Move the positions within blocks of space to the channels.

    Args:
        input: a tensor of shape (batch, height, width, channels).
        block_size: the side of a block.
        data_format: "NHWC" or "NCHW".
        name: ignored.

    Returns:
        A tensor of shape (batch, height / block_size, width / block_size, channels * block_size^2).

    Raises:
        InvalidArgumentError: sizes that the block does not divide.

    >>> import addax as tf
    >>> tf.nn.space_to_depth(tf.reshape([1, 2, 3, 4], [1, 2, 2, 1]), 2).numpy().ravel().tolist()
    [1, 2, 3, 4]
    """
    first = _channels_first("space_to_depth", data_format)
    x = namespace(input).moveaxis(input, 1, -1) if first else input
    batch, height, width, channels = x.shape
    if block_size < 2 or height % block_size or width % block_size:
        raise _wrong(
            "nn.space_to_depth", f"sizes that block_size={block_size} (2 or more) divides", f"{tuple(input.shape)}"
        )
    parts = x.reshape(batch, height // block_size, block_size, width // block_size, block_size, channels)
    out = parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height // block_size, width // block_size, -1)
    return namespace(out).moveaxis(out, -1, 1) if first else out


@op(name="nn.depth_to_space", host=True)
def depth_to_space(input: TensorLike, block_size, data_format="NHWC", name: str | None = None) -> Tensor:  # noqa: A002
    """The inverse of `tf.nn.space_to_depth`.

    Args:
        input: a tensor of shape (batch, height, width, channels * block_size^2).
        block_size: the side of a block.
        data_format: "NHWC" or "NCHW".
        name: ignored.

    Raises:
        InvalidArgumentError: channels that the block does not divide.

    >>> import addax as tf
    >>> tf.nn.depth_to_space(tf.reshape([1, 2, 3, 4], [1, 1, 1, 4]), 2).numpy().ravel().tolist()
    [1, 2, 3, 4]
    """
    first = _channels_first("depth_to_space", data_format)
    x = namespace(input).moveaxis(input, 1, -1) if first else input
    batch, height, width, channels = x.shape
    if block_size < 2 or channels % (block_size * block_size):
        raise _wrong(
            "nn.depth_to_space", f"channels that block_size={block_size} (2 or more), squared, divides", f"{x.shape}"
        )
    parts = x.reshape(batch, height, width, block_size, block_size, -1)
    out = parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height * block_size, width * block_size, -1)
    return namespace(out).moveaxis(out, -1, 1) if first else out


def with_space_to_batch(
    input: Any,  # noqa: A002
    dilation_rate: Any,
    padding: str,
    op: Any,
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: str | None = None,
) -> Any:
    """Run an op with dilated windows: on every dilation_rate-th element, in space_to_batch's order.

    Args:
        input: a tensor of shape (batch, *sizes, channels).
        dilation_rate: the step between the elements of a window, for each spatial dimension.
        padding: "SAME" (needs filter_shape) or "VALID".
        op: op(input, num_spatial_dims, padding), which is called with "VALID" where there is dilation.
        filter_shape: the window's sizes.
        spatial_dims: which dimensions they are, by default 1, 2, ...
        data_format: "N...C" (default) or "NC...".

    Returns:
        What `op` returns, brought back to space.

    Raises:
        ValueError: an unknown padding, or "SAME" without filter_shape.

    >>> import addax as tf
    >>> x = tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 4, 1])
    >>> pool = lambda x, num_spatial_dims, padding: tf.nn.max_pool1d(x, 2, 1, padding)
    >>> tf.nn.with_space_to_batch(x, [2], "VALID", pool).numpy().ravel().tolist()
    [3.0, 4.0]
    """
    rates = [int(rate) for rate in concrete(dilation_rate, "nn.with_space_to_batch").reshape(-1)]
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"tf.nn.with_space_to_batch: padding must be 'SAME' or 'VALID', received {padding!r}.")
    if all(rate == 1 for rate in rates):
        return op(input, len(rates), padding)
    start = 2 if data_format is not None and data_format.startswith("NC") else 1
    dims = list(range(start, start + len(rates))) if spatial_dims is None else sorted(int(d) for d in spatial_dims)
    base = np.zeros((len(rates), 2), np.int32)
    if padding == "SAME":
        if filter_shape is None:
            raise ValueError("tf.nn.with_space_to_batch: filter_shape must be specified for 'SAME' padding.")
        reach = [(int(k) - 1) * rate for k, rate in zip(filter_shape, rates, strict=False)]
        base = np.array([[each // 2, each - each // 2] for each in reach], np.int32)
    x = convert_to_tensor(input)
    # Dimensions in front of or between the spatial ones have blocks of 1.
    blocks = np.ones(dims[-1], np.int32)
    blocks[[d - 1 for d in dims]] = rates
    full = np.zeros((dims[-1], 2), np.int32)
    full[[d - 1 for d in dims]] = base
    sizes = np.array([int(n) for n in x.shape[1 : dims[-1] + 1]])
    extra = (-(sizes + full.sum(1))) % blocks
    paddings = np.stack([full[:, 0], full[:, 1] + extra], 1)
    crops = np.stack([np.zeros_like(extra), extra], 1)
    inside = op(space_to_batch(x, blocks, paddings), len(rates), "VALID")
    return batch_to_space(inside, blocks, crops)
