"""Tensors put together, taken apart, repeated and moved: concat, stack, split, tile, pad, reverse, roll, ..."""

from __future__ import annotations

import contextlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors
from addax.core.convert import FreeLike, TensorLike, TensorList
from addax.core.dispatch import UnfitError, namespace, op
from addax.core.sizes import is_open
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import small_twins
from addax.ops.gathering import known_indices
from addax.ops.shaping import normal_axis, stop_gradient


@op(name="concat", host=True, small=np.concatenate)
def _concat(values: TensorList, axis: Any, name: str | None = None) -> Any:
    if not values:
        raise errors.InvalidArgumentError(errors.message("tf.concat", expected="at least one tensor", received="none"))
    rank = values[0].ndim
    if any(value.ndim != rank for value in values):
        raise errors.InvalidArgumentError(
            errors.message("tf.concat: Ranks of all input tensors should match", received={"values": list(values)})
        )
    if not isinstance(axis, int) or not -rank <= axis < rank:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.concat: Expected concatenating dimensions in the range [{-rank}, {rank}), but got {axis}",
                received={"values": list(values)},
            )
        )
    axis %= rank
    first = values[0].shape
    for i, value in enumerate(values):
        if any(d != axis and value.shape[d] != first[d] for d in range(rank)):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.concat: Dimensions of inputs should match",
                    expected=f"all dimensions but axis {axis} equal",
                    received=f"values[0] of shape {tuple(first)}, values[{i}] of shape {tuple(value.shape)}",
                )
            )
    return namespace(values).concatenate(values, axis=axis)


def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """Tensors joined along an axis that they have.

    Args:
        values: a list of tensors of one dtype, equal in all dimensions but `axis`.
        axis: an int.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes do not fit.

    >>> import addax as tf
    >>> tf.concat([[1, 2], [3]], 0).numpy().tolist()
    [1, 2, 3]
    """
    if not isinstance(values, list | tuple):
        values = [values]
    for each in values:
        if type(each) is not Tensor and hasattr(each, "__concat__"):  # ragged and sparse tensors
            return each.__concat__(values, axis)
    return _concat(values, axis)


_concat.op.public = concat


@op(name="stack", host=True, small=np.stack)
def _stack(values: TensorList, axis: Any = 0, name: str = "stack") -> Any:
    if not isinstance(values, list | tuple):  # one tensor: its rows
        place = normal_axis("tf.stack", axis, values.ndim - 1, 1, ValueError)
        return namespace([values]).moveaxis(values, 0, place)
    if not values:
        return jnp.zeros((0,), np.float32)
    first = values[0].shape
    for i, value in enumerate(values):
        if value.shape != first:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.stack: Shapes of all inputs must match: values[0].shape = {list(first)} != "
                    f"values[{i}].shape = {list(value.shape)}",
                    received={"values": list(values)},
                )
            )
    return namespace(values).stack(values, normal_axis("tf.stack", axis, len(first), 1, ValueError))


def stack(values: Any, axis: Any = 0, name: str = "stack") -> Tensor:
    """Tensors of one shape packed along a new axis.

    Args:
        values: a list of tensors of one shape and dtype.
        axis: where the new axis stands.
        name: ignored.

    >>> import addax as tf
    >>> tf.stack([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    for each in values if isinstance(values, list | tuple) else ():
        if type(each) is not Tensor and hasattr(each, "__stack__"):
            return each.__stack__(values, axis)
    first = values[0] if isinstance(values, list | tuple) and values else None
    numbers = type(first) is not Tensor and first is not None
    if numbers and type(axis) is int and axis == 0 and not _beside_tensors(values):
        with contextlib.suppress(TypeError, ValueError):  # of unequal shapes, say, of which `_stack` tells
            return convert.convert_to_tensor(values)  # numbers alone are one list of numbers with a common dtype
    return _stack(values, axis)


def _beside_tensors(values: Any) -> bool:
    """Whether there is anything but numbers of Python and NumPy in nested lists."""
    for each in values:
        if isinstance(each, list | tuple):
            if _beside_tensors(each):
                return True
        elif not isinstance(each, int | float | complex | np.ndarray | np.generic):
            return True
    return False


_stack.op.public = stack


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """`tf.stack` along axis 0.

    >>> import addax as tf
    >>> tf.parallel_stack([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return _stack(values, 0)


@op(name="unstack", host=True, small=small_twins.rows)
def unstack(value: FreeLike, num: Any = None, axis: Any = 0, name: str = "unstack") -> list[Tensor]:
    """The slices of a tensor along an axis, as a list.

    Args:
        value: a tensor.
        num: the size of the axis, which is known anyway.
        axis: an int.
        name: ignored.

    >>> import addax as tf
    >>> [t.numpy().tolist() for t in tf.unstack([[1, 2], [3, 4]], axis=1)]
    [[1, 3], [2, 4]]
    """
    axis = normal_axis("tf.unstack", axis, value.ndim, 0, ValueError)
    size = value.shape[axis]
    if not isinstance(size, int):
        size = num
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {tuple(value.shape)}")
    if num is not None and num != size:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.unstack: Input shape axis {axis} must equal {num}, got shape {list(value.shape)}")
        )
    if isinstance(value, np.ndarray):
        return [np.asarray(each, object) for each in np.moveaxis(value, axis, 0)]
    if not size or is_open(value.shape):
        return [jax.lax.index_in_dim(value, i, axis, keepdims=False) for i in range(size)]
    # a split, whose gradient is one concatenation; that of slices is a sum of padded arrays
    return [jax.lax.squeeze(each, (axis,)) for each in jax.lax.split(value, (1,) * size, axis)]


@op(name="split", host=True, small=small_twins.parts)
def split(
    value: FreeLike, num_or_size_splits: Any, axis: Any = 0, num: Any = None, name: str = "split"
) -> list[Tensor]:
    """A tensor cut into parts along an axis.

    Args:
        value: a tensor.
        num_or_size_splits: how many equal parts, or the list of their sizes (one may be -1: the rest).
        axis: an int.
        num: the number of parts, known anyway.
        name: ignored.

    >>> import addax as tf
    >>> [t.numpy().tolist() for t in tf.split([1, 2, 3], [1, 2])]
    [[1], [2, 3]]
    """
    axis = normal_axis("tf.split", axis, value.ndim)
    size = value.shape[axis]
    if isinstance(num_or_size_splits, int):
        count = num_or_size_splits
        if count < 1 or size % count:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.split: Number of ways to split should evenly divide the split dimension",
                    received=f"split_dim {axis} (size = {size}) and num_split {count}",
                )
            )
        return list(namespace(value).split(value, count, axis))
    sizes = list(num_or_size_splits)
    known = sum(part for part in sizes if part != -1)
    if sizes.count(-1) == 1 and known <= size:
        sizes[sizes.index(-1)] = size - known
    if sum(sizes) != size or any(part < 0 for part in sizes):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.split",
                expected=f"sizes that add up to {size}, that of axis {axis} (Determined shape must match input shape)",
                received=f"{sizes}",
            )
        )
    return list(namespace(value).split(value, np.cumsum(sizes[:-1]).tolist(), axis)) if len(sizes) > 1 else [value]


@op(name="tile", host=True, small=small_twins.repeated)
def tile(input: FreeLike, multiples: Any, name: str | None = None) -> Tensor:
    """The tensor repeated `multiples[i]` times along axis i.

    Args:
        input: a tensor.
        multiples: an int per axis.
        name: ignored.

    >>> import addax as tf
    >>> tf.tile([1, 2], [2]).numpy().tolist()
    [1, 2, 1, 2]
    """
    multiples = (multiples,) if isinstance(multiples, int) else tuple(multiples)
    if len(multiples) != input.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.tile: Expected multiples argument to be a vector of length {input.ndim} but got length "
                f"{len(multiples)}",
                received={"input": input},
            )
        )
    return namespace(input).tile(input, multiples)


def repeat(input: Any, repeats: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """Each element (or slice along `axis`) repeated.

    Args:
        input: a tensor.
        repeats: how often: an int, or one per slice.
        axis: an int; None repeats the elements of the flattened tensor.
        name: ignored.

    >>> import addax as tf
    >>> tf.repeat([1, 2], [2, 3]).numpy().tolist()
    [1, 1, 2, 2, 2]
    """
    counts = concrete(convert.convert_to_tensor(repeats), "repeat")
    if counts.dtype.kind not in "iub" or counts.ndim > 1:
        raise UnfitError(
            errors.message("tf.repeat", expected="integer repeats, of rank 0 or 1", received={"repeats": counts})
        )
    return _repeat(input, counts.tolist(), axis)


@op(name="repeat", host=True)
def _repeat(input: FreeLike, repeats: Any, axis: Any) -> Any:
    if axis is None:
        input, axis = input.reshape(-1), 0
    input = input if input.ndim else input.reshape(1)  # noqa: A001
    axis = normal_axis("tf.repeat", axis, input.ndim, 0, ValueError)
    counts = np.asarray(repeats).reshape(-1)
    if counts.size not in (1, input.shape[axis]):
        raise ValueError(f"tf.repeat: Dimensions {input.shape[axis]} and {counts.size} are not compatible")
    if counts.size == 1:
        return namespace(input).repeat(input, int(counts[0]), axis)
    where = np.repeat(np.arange(input.shape[axis]), counts)
    return namespace(input).take(input, where, axis=axis)


_MODES = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "symmetric"}


@op(name="pad", small=small_twins.padded)
def _pad(tensor: TensorLike, constant_values: TensorLike, paddings: Any, mode: str) -> Any:
    _check_paddings(tuple(tensor.shape), paddings, mode)
    if mode == "CONSTANT":
        return jax.lax.pad(tensor, constant_values.reshape(()), [(a, b, 0) for a, b in paddings])
    return jnp.pad(tensor, paddings, mode=_MODES[mode])


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: str | None = None
) -> Tensor:
    """The tensor with values put before and behind it along each axis.

    Args:
        tensor: a tensor.
        paddings: (before, behind) per axis: ints of shape (rank, 2).
        mode: "CONSTANT", "REFLECT" (without repeating the border) or "SYMMETRIC" (repeating it).
        constant_values: a scalar of the tensor's dtype, for "CONSTANT"; it has no gradient.
        name: ignored.

    >>> import addax as tf
    >>> tf.pad([1, 2], [[1, 2]]).numpy().tolist()
    [0, 1, 2, 0, 0]
    """
    if (
        mode == "CONSTANT"
        and type(tensor) is Tensor
        and type(constant_values) is int
        and (dtype := tensor._form.dtype).kind in "fiu"
    ):
        return _pad(tensor, convert.scalar_tensor(constant_values, dtype), paddings, mode)
    mode = mode.upper()
    if mode not in _MODES:
        raise ValueError(
            f"tf.pad: expected a mode of CONSTANT, REFLECT and SYMMETRIC (Value of argument `mode` expected to be one "
            f"of these), received {mode!r}."
        )
    if isinstance(constant_values, bool | int | float) and not hasattr(tensor, "__symbolic_call__"):
        tensor = convert.convert_to_tensor(tensor)
        if tensor.dtype.name == "string" and constant_values == 0 and type(constant_values) is int:
            return _pad_text(tensor, paddings, b"", mode)  # the default pads with nothing
        if tensor.dtype.name == "string" and mode == "CONSTANT":
            raise TypeError(_other_padding(tensor, constant_values))
        if mode != "CONSTANT":
            constant_values = 0  # read by nobody
        if tensor.dtype.name == "bool" and constant_values == 0:
            constant_values = False  # the default pads with it
        constant_values = Tensor(convert.scalar(constant_values, tensor._value.dtype))
    elif isinstance(constant_values, Tensor) and constant_values.dtype.name == "string" and not constant_values.ndim:
        return _pad_text(convert.convert_to_tensor(tensor), paddings, constant_values.numpy(), mode)
    elif isinstance(constant_values, str | bytes):
        return _pad_text(convert.convert_to_tensor(tensor), paddings, constant_values, mode)
    elif isinstance(constant_values, Tensor) or hasattr(constant_values, "__tf_value__"):  # or a variable
        constant_values = stop_gradient(constant_values)
    return _pad(tensor, constant_values, paddings, mode)


def _other_padding(tensor: Tensor, value: Any) -> str:
    return errors.message(
        "tf.pad", expected=f"constant_values of dtype {tensor.dtype.name}, the tensor's", received=f"{value!r}"
    )


def _check_paddings(shape: tuple[int, ...], paddings: Any, mode: str) -> None:
    if len(paddings) != len(shape) or any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in paddings):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.pad: The first dimension of paddings must be the rank of inputs",
                expected=f"paddings of shape ({len(shape)}, 2)",
                received=f"paddings {list(paddings)}, tensor of shape {shape}",
            )
        )
    if any(size < 0 for pair in paddings for size in pair):
        raise errors.InvalidArgumentError(
            errors.message("tf.pad: Paddings must be non-negative", received=f"paddings {list(paddings)}")
        )
    limit = 1 if mode == "REFLECT" else 0
    if mode != "CONSTANT" and any(max(pair) > size - limit for size, pair in zip(shape, paddings, strict=True)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.pad ({mode})",
                expected=f"paddings that are no greater than the dimension size{' minus 1' if limit else ''}",
                received=f"paddings {list(paddings)}, tensor of shape {shape}",
            )
        )


def _pad_text(tensor: Tensor, paddings: Any, value: Any, mode: str) -> Tensor:
    if tensor.dtype.name != "string":
        raise TypeError(_other_padding(tensor, value))
    value = value.encode() if isinstance(value, str) else value
    pairs = concrete(convert.convert_to_tensor(paddings), "pad").tolist()
    _check_paddings(tuple(tensor._form.shape), pairs, mode)
    if mode != "CONSTANT":
        return Tensor(np.pad(tensor._value, pairs, mode=mode.lower()))
    before = [a for a, _ in pairs]
    out = np.empty([a + n + b for (a, b), n in zip(pairs, tensor._value.shape, strict=True)], object)
    out.fill(value)
    out[tuple(slice(a, a + n) for a, n in zip(before, tensor._value.shape, strict=True))] = tensor._value
    return Tensor(out)


@op(name="reverse", host=True, small=small_twins.reversed_along)
def reverse(tensor: FreeLike, axis: Any, name: str | None = None) -> Tensor:
    """The tensor read backwards along the given axes.

    Args:
        tensor: a tensor.
        axis: a list of ints.
        name: ignored.

    >>> import addax as tf
    >>> tf.reverse([1, 2, 3], [0]).numpy().tolist()
    [3, 2, 1]
    """
    if not tensor.ndim or 0 in tensor.shape:
        return tensor
    if isinstance(axis, int):
        raise UnfitError(errors.message("tf.reverse", expected=f"a list of axes, [{axis}]", received=f"axis {axis}"))
    axes = tuple(normal_axis("tf.reverse", each, tensor.ndim) for each in axis)
    if len(set(axes)) != len(axes):
        raise errors.InvalidArgumentError(
            errors.message("tf.reverse", expected="each axis once", received=f"axis {list(axis)}")
        )
    return namespace(tensor).flip(tensor, axes) if axes else tensor


def reverse_sequence(
    input: Any,  # noqa: A002
    seq_lengths: Any,
    seq_axis: Any = None,
    batch_axis: Any = None,
    name: str | None = None,
) -> Tensor:
    """The first `seq_lengths[i]` entries of each sequence reversed, the rest kept.

    Args:
        input: a tensor.
        seq_lengths: a 1-D int tensor, one length per entry along `batch_axis`.
        seq_axis: the axis that is partly reversed.
        batch_axis: the axis of the sequences; 0 by default.
        name: ignored.

    Raises:
        InvalidArgumentError: lengths of another number or dtype, or (known ones, on a CPU) longer than the sequences.

    >>> import addax as tf
    >>> tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1).numpy().tolist()
    [[2, 1, 3], [6, 5, 4]]
    """
    known = known_indices(seq_lengths)
    if known is not None and known.size and known.dtype.kind in "iu" and not hasattr(input, "__symbolic_call__"):
        shape, seq = convert.value_of(input).shape, 0 if seq_axis is None else seq_axis
        if isinstance(seq, int) and 0 <= seq < len(shape) and not (0 <= known.min() and known.max() <= shape[seq]):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.reverse_sequence",
                    expected=f"seq_lengths from 0 to {shape[seq]}",
                    received=f"seq_lengths from {known.min()} to {known.max()}, input of shape {tuple(shape)}",
                )
            )
    return _reverse_sequence(input, seq_lengths, seq_axis, batch_axis)


@op(name="reverse_sequence", host=True)
def _reverse_sequence(input: FreeLike, seq_lengths: FreeLike, seq_axis: Any, batch_axis: Any) -> Any:  # noqa: A002
    seq, batch = 0 if seq_axis is None else seq_axis, 0 if batch_axis is None else batch_axis
    xp = namespace(input)
    fit = 0 <= seq < input.ndim and 0 <= batch < input.ndim and seq != batch
    if not fit or seq_lengths.shape != input.shape[batch : batch + 1] or seq_lengths.dtype.kind != "i":
        raise UnfitError(
            errors.message(
                "tf.reverse_sequence",
                expected="int32 or int64 seq_lengths, one for each entry along batch_axis, and seq_axis another axis",
                received=f"seq_lengths {errors.describe(seq_lengths)}, seq_axis {seq}, batch_axis {batch}, "
                f"input {errors.describe(input)}",
            )
        )
    moved = xp.moveaxis(input, (batch, seq), (0, 1))
    steps = xp.arange(moved.shape[1])[None]
    lengths = seq_lengths.astype(steps.dtype)[:, None]
    index = xp.where(steps < lengths, lengths - 1 - steps, steps)
    index = index.reshape(index.shape + (1,) * (moved.ndim - 2))
    return xp.moveaxis(xp.take_along_axis(moved, index, 1), (0, 1), (batch, seq))


@op(name="roll", host=True)
def roll(input: FreeLike, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """The tensor shifted along axes, with what falls out at one end put in at the other.

    Args:
        input: a tensor.
        shift: an int, or one per axis; positive shifts towards larger indices.
        axis: an int, or several.
        name: ignored.

    >>> import addax as tf
    >>> tf.roll([1, 2, 3], 1, 0).numpy().tolist()
    [3, 1, 2]
    """
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    shifts = (shift,) if isinstance(shift, int) else tuple(shift)
    if isinstance(axis, int) != isinstance(shift, int) or len(axes) != len(shifts):
        raise errors.InvalidArgumentError(
            errors.message("tf.roll: shift and axis must have the same size", received=f"shift {shift}, axis {axis}")
        )
    for each in axes:
        if not -input.ndim <= each < input.ndim:
            raise errors.InvalidArgumentError(
                errors.message(f"tf.roll: axis {each} is out of range", received={"input": input})
            )
    return namespace(input).roll(input, shifts, axes)
