"""The shape of a tensor, and the same values in another shape: reshape, transpose, squeeze, broadcast_to, ..."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors, known_sizes
from addax.core.context import state
from addax.core.convert import FreeLike
from addax.core.dispatch import UnfitError, namespace, op
from addax.core.row_gradients import of_first, passed
from addax.core.shapes import TensorShape
from addax.core.sizes import SizesTensor, is_open
from addax.core.tensor import Tensor
from addax.ops import small_twins


def normal_axis(
    who: str, axis: Any, rank: int, extra: int = 0, error: type[Exception] = errors.InvalidArgumentError
) -> int:
    """`axis` counted from the front; an `error` where a tensor of `rank` (+ extra) has no such axis."""
    count = rank + extra
    if not isinstance(axis, int) or not -count <= axis < count:
        raise (error if isinstance(axis, int) else UnfitError)(
            errors.message(
                who, expected=f"axis in the range [{-count}, {count})", received=f"axis {axis}, which is out of range"
            )
        )
    return axis + count if axis < 0 else axis


@op(name="reshape", host=True, small=small_twins.reshaped)
def reshape(tensor: FreeLike, shape: Any, name: str | None = None) -> Tensor:
    """The same values in another shape.

    Args:
        tensor: a tensor.
        shape: ints, or an int tensor; one -1 stands for what is left over.
        name: ignored.

    Raises:
        InvalidArgumentError: the number of values does not fit.

    >>> import addax as tf
    >>> tf.reshape([1, 2, 3, 4], [2, -1]).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    dims = [shape] if isinstance(shape, int) else list(shape)
    _check_reshape(tensor, dims)
    if -1 in dims and 0 in dims and all(isinstance(size, int) for size in (*dims, *tensor.shape)):
        left = math.prod(size for size in tensor.shape if size) // math.prod(size for size in dims if size > 0)
        dims = [left if size == -1 else size for size in dims]  # of nothing: what is left over of the other sizes
    return namespace(tensor).reshape(tensor, dims)


def _check_reshape(tensor: Any, dims: list[Any]) -> None:
    if not all(isinstance(size, int) for size in (*dims, *tensor.shape)):
        return  # symbolic dimensions: jax.numpy checks
    known = math.prod(size for size in dims if size != -1)
    free = [i for i, size in enumerate(dims) if size == -1]
    if len(free) > 1:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.reshape: Only one input size may be -1, not both {free[0]} and {free[1]}", received=f"shape {dims}"
            )
        )
    if any(size < -1 for size in dims):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.reshape", expected="sizes >= 0, or -1 once (Size must be non-negative)", received=f"shape {dims}"
            )
        )
    count = math.prod(tensor.shape)
    if (free and (known == 0 or count % known) and count != known) or (not free and known != count):
        what = f"the requested shape requires a multiple of {known}" if free else f"the requested shape has {known}"
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.reshape: Input to reshape is a tensor with {count} values, but {what}",
                received=f"tensor of shape {tuple(tensor.shape)}, shape {dims}",
                hint="use -1 for the size that shall follow from the others",
            )
        )


@op(name="shape")
def _shape(input: FreeLike, out_type: Any = dtypes.int32, name: str | None = None) -> Any:
    # Symbolic dimensions (a Keras input's batch) become numbers when the function runs.
    return jnp.asarray(
        [jnp.asarray(size, dtypes.as_dtype(out_type).np) for size in input.shape], dtypes.as_dtype(out_type).np
    )


@op(name="size")
def _size(input: FreeLike, out_type: Any = dtypes.int32, name: str | None = None) -> Any:
    return jnp.asarray(math.prod(input.shape), dtypes.as_dtype(out_type).np)


def _symbolic(x: Any) -> bool:
    return hasattr(x, "__symbolic_call__")


def _static_shape(x: Any) -> tuple[int, ...]:
    if isinstance(x, Tensor):
        return x._form.shape
    if hasattr(x, "known_shape"):  # sparse tensors
        return x.known_shape()
    return tuple(convert.value_of(x).shape)


def shape(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """The shape of a tensor, as a 1-D int tensor.

    Shapes are known while a function is traced, so the result is always concrete (except for a Keras input).

    Args:
        input: a tensor.
        out_type: tf.int32 or tf.int64.
        name: ignored.

    >>> import addax as tf
    >>> tf.shape([[1, 2, 3]]).numpy().tolist()
    [1, 3]
    """
    out_type = out_type or dtypes.int32
    if _symbolic(input):
        return _shape(input, out_type)
    if hasattr(input, "__ragged_shape__"):
        return input.__ragged_shape__(out_type)
    sizes = _static_shape(input)
    if (state.portable or state.relaxed) and is_open(sizes):
        return SizesTensor(tuple(sizes), dtypes.as_dtype(out_type).np)
    return convert.tensor_of(np.array(sizes, dtypes.as_dtype(out_type).np))


_shape.op.public = shape


def shape_n(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors; see `tf.shape`.

    >>> import addax as tf
    >>> [each.numpy().tolist() for each in tf.shape_n([tf.ones([2, 3]), tf.ones([4])])]
    [[2, 3], [4]]
    """
    return [shape(each, out_type) for each in input]


def size(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """The number of elements of a tensor, as a scalar int tensor.

    Args:
        input: a tensor.
        out_type: tf.int32 or tf.int64.
        name: ignored.

    >>> import addax as tf
    >>> tf.size([[1, 2, 3]]).numpy()
    np.int32(3)
    """
    out_type = out_type or dtypes.int32
    if _symbolic(input):
        return _size(input, out_type)
    if hasattr(input, "flat_values"):
        return size(input.flat_values, out_type)
    sizes = _static_shape(input)
    if (state.portable or state.relaxed) and is_open(sizes):
        return SizesTensor(math.prod(sizes), dtypes.as_dtype(out_type).np)
    return convert.tensor_of(np.array(math.prod(sizes), dtypes.as_dtype(out_type).np))


_size.op.public = size


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions of a tensor, as a scalar int32 tensor.

    >>> import addax as tf
    >>> tf.rank([[1, 2, 3]]).numpy()
    np.int32(2)
    """
    composite = hasattr(input, "__is_tf_composite__")
    ndim = len(input.shape) if composite or _symbolic(input) else len(_static_shape(input))
    return convert.tensor_of(np.array(ndim, np.int32))


@op(name="expand_dims", host=True, small=np.expand_dims)
def expand_dims(input: FreeLike, axis: Any, name: str | None = None) -> Tensor:
    """The tensor with a new axis of size 1.

    Args:
        input: a tensor.
        axis: where the new axis will stand, in [-rank - 1, rank].
        name: ignored.

    >>> import addax as tf
    >>> tf.expand_dims([1, 2], 0).shape
    TensorShape([1, 2])
    """
    if isinstance(axis, tuple) and len(axis) == 1:
        (axis,) = axis
    if not isinstance(axis, int):
        raise UnfitError(
            errors.message("tf.expand_dims", expected="axis of one whole number", received=f"axis {axis!r}")
        )
    if not -input.ndim - 1 <= axis <= input.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.expand_dims: Tried to expand dim index {axis} for tensor with {input.ndim} dimensions",
                received={"input": input},
            )
        )
    return namespace(input).expand_dims(input, axis)


@op(name="squeeze", host=True, small=np.squeeze)
def squeeze(input: FreeLike, axis: Any = None, name: str | None = None) -> Tensor:
    """The tensor without axes of size 1.

    Args:
        input: a tensor.
        axis: the axes to drop (each of size 1); all of size 1 by default.
        name: ignored.

    Raises:
        InvalidArgumentError: an axis of another size.

    >>> import addax as tf
    >>> tf.squeeze([[[1], [2]]], [0]).shape
    TensorShape([2, 1])
    """
    if axis is None or axis == ():
        return namespace(input).squeeze(input)
    axes = [normal_axis("tf.squeeze", each, input.ndim) for each in ((axis,) if isinstance(axis, int) else axis)]
    for each in axes:
        if isinstance(input.shape[each], int) and input.shape[each] != 1:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.squeeze: Can not squeeze dim[{each}], expected a dimension of 1, got {input.shape[each]}",
                    received={"input": input},
                )
            )
    return namespace(input).squeeze(input, tuple(axes))


@op(name="transpose", host=True, small=small_twins.transposed)
def transpose(a: FreeLike, perm: Any = None, conjugate: bool = False, name: str = "transpose") -> Tensor:
    """The tensor with its axes in another order.

    Args:
        a: a tensor.
        perm: the axes in the new order; reversed by default.
        conjugate: whether to conjugate complex values as well.
        name: ignored.

    >>> import addax as tf
    >>> tf.transpose([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    if perm is not None:
        perm = (perm,) if isinstance(perm, int) else tuple(perm)
        if len(perm) != a.ndim:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.transpose: transpose expects a vector of size {a.ndim}. But perm is one of size {len(perm)}",
                    received=f"a of shape {tuple(a.shape)}, perm {list(perm)}",
                )
            )
        perm = tuple(normal_axis("tf.transpose: perm", each, a.ndim) for each in perm)
        if sorted(perm) != list(range(a.ndim)):
            raise errors.InvalidArgumentError(
                errors.message("tf.transpose", expected="each axis once in perm", received=f"perm {list(perm)}")
            )
    out = namespace(a).transpose(a, perm)
    return jnp.conj(out) if conjugate and jnp.iscomplexobj(out) else out


@op(name="broadcast_to", host=True)
def broadcast_to(input: FreeLike, shape: Any, name: str | None = None) -> Tensor:
    """The tensor repeated along axes of size 1 (and new leading axes) up to `shape`.

    Args:
        input: a tensor.
        shape: ints, or an int tensor.
        name: ignored.

    >>> import addax as tf
    >>> tf.broadcast_to([1, 2], [2, 2]).numpy().tolist()
    [[1, 2], [1, 2]]
    """
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    try:
        return namespace(input).broadcast_to(input, dims)
    except ValueError:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.broadcast_to: Incompatible shapes: {list(input.shape)} vs. {list(dims)}", received={"input": input}
            )
        ) from None


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two static shapes broadcast to.

    Raises:
        ValueError: they do not fit.

    >>> import addax as tf
    >>> tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
    TensorShape([2, 3])
    """
    a, b = TensorShape(shape_x), TensorShape(shape_y)
    if a.rank is None or b.rank is None:
        return TensorShape(None)
    left, right = a.as_list(), b.as_list()
    count = max(len(left), len(right))
    left, right = [1] * (count - len(left)) + left, [1] * (count - len(right)) + right
    dims: list[int | None] = []
    for x, y in zip(left, right, strict=True):
        if x == y or y == 1:
            dims.append(x)
        elif x == 1:
            dims.append(y)
        elif x is None or y is None:
            dims.append(x if y is None else y)
        else:
            raise UnfitError(f"tf.broadcast_static_shape: Incompatible shapes for broadcasting: {a} and {b}")
    return TensorShape(dims)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Any:
    """The shape that two shapes, given as int tensors or tf.experimental.DynamicRaggedShape, broadcast to.

    >>> import addax as tf
    >>> tf.broadcast_dynamic_shape([2, 1], [3]).numpy().tolist()
    [2, 3]
    """
    for ragged in (shape_x, shape_y):
        if hasattr(ragged, "__broadcast_shapes__"):
            return ragged.__broadcast_shapes__(shape_x, shape_y)
    left, right = convert.convert_to_tensor(shape_x), convert.convert_to_tensor(shape_y)
    if any(each.dtype.name not in ("int32", "int64") or each.shape.rank != 1 for each in (left, right)):
        raise UnfitError(
            errors.message(
                "tf.broadcast_dynamic_shape",
                expected="shapes, int32 or int64 vectors",
                received={"shape_x": left, "shape_y": right},
            )
        )
    try:
        dims = np.broadcast_shapes(tuple(left.numpy().tolist()), tuple(right.numpy().tolist()))
    except ValueError as error:
        raise errors.InvalidArgumentError(
            errors.message("tf.broadcast_dynamic_shape: Incompatible shapes", received=str(error))
        ) from None
    return convert.tensor_of(np.array(dims, left._value.dtype))


@op(name="identity", host=True, small=np.copy)
def identity(input: FreeLike, name: str | None = None) -> Tensor:
    """A tensor of the same value; tapes see it as a new tensor.

    >>> import addax as tf
    >>> tf.identity([1, 2]).numpy().tolist()
    [1, 2]
    """
    return input


identity.op.rows = of_first(passed)


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """`input` as it is: in TensorFlow a promise to the runtime, which needs none here.

    >>> import addax as tf
    >>> tf.guarantee_const([1, 2]).numpy().tolist()
    [1, 2]
    """
    return identity(input)


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """`tf.identity` of each tensor of a list, of one or more.

    >>> import addax as tf
    >>> [each.numpy().tolist() for each in tf.identity_n([[1, 2], 3.0])]
    [[1, 2], 3.0]
    """
    if not len(input):
        raise errors.InvalidArgumentError(
            errors.message("tf.identity_n", expected="one tensor or more", received="an empty list")
        )
    return [identity(each) for each in input]


@op(name="stop_gradient", host=True, differentiable=False)
def stop_gradient(input: FreeLike, name: str | None = None) -> Tensor:
    """The value of `input`, as a constant for every tape.

    >>> import addax as tf
    >>> x = tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * tf.stop_gradient(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(2.0)
    """
    return input if isinstance(input, np.ndarray) else jax.lax.stop_gradient(input)


@op(name="cast")
def cast_to(x: FreeLike, dtype: Any) -> Any:
    """Values as another (NumPy) dtype; for ops of this room (`tf.cast` is in `ops.math`)."""
    if x.dtype.kind == "c" and np.dtype(dtype).kind != "c":
        x = x.real
    return x.astype(dtype)


@op(name="bitcast")
def bitcast(input: FreeLike, type: Any, name: str | None = None) -> Tensor:
    """The bits of a tensor read as another dtype.

    Args:
        input: a tensor.
        type: the dtype; a smaller one adds a last axis, a larger one takes it away.
        name: ignored.

    >>> import addax as tf
    >>> tf.bitcast([1.0], tf.int32).numpy().tolist()
    [1065353216]
    """
    want = dtypes.as_dtype(type).np
    if input.dtype == want:
        return input
    ratio = want.itemsize // input.dtype.itemsize
    if ratio > 1 and input.shape[-1:] != (ratio,):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.bitcast: Cannot bitcast from {input.dtype.itemsize} to {want.itemsize} bytes",
                expected=f"a last dimension of {ratio}",
                received={"input": input},
            )
        )
    if input.dtype.kind == "c":  # XLA has no bits of complex numbers: their parts lie side by side
        whole = jnp.stack([jnp.real(input), jnp.imag(input)], -1)
        if want.kind != "c":
            bits = jax.lax.bitcast_convert_type(whole, want)
            return bits.reshape((*input.shape, -1)) if bits.ndim > whole.ndim else bits
    elif want.kind != "c":
        return jax.lax.bitcast_convert_type(input, want)
    else:
        whole = input.reshape((*input.shape[:-1], 2, -1)) if 2 * input.dtype.itemsize < want.itemsize else input
    parts = jax.lax.bitcast_convert_type(whole, np.dtype(f"f{want.itemsize // 2}"))
    return jax.lax.complex(parts[..., 0], parts[..., 1])


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """`x`, after checking that its shape fits `shape`.

    Args:
        x: a tensor.
        shape: a shape, in which None fits everything.
        name: ignored.

    Raises:
        InvalidArgumentError: another shape.

    >>> import addax as tf
    >>> tf.ensure_shape([[1, 2]], [None, 2]).shape
    TensorShape([1, 2])
    """
    wanted = TensorShape(shape)
    return _ensure_shape(x, None if wanted.rank is None else tuple(wanted.as_list()))


@op(name="ensure_shape", host=True)
def _ensure_shape(x: FreeLike, shape: Any) -> Any:
    have = tuple(size if isinstance(size, int) else None for size in x.shape)
    if not TensorShape(have).is_compatible_with(None if shape is None else TensorShape(shape)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.ensure_shape: Shape of tensor x {list(have)} is not compatible with expected shape "
                f"{TensorShape(shape)}",
                received={"x": x},
            )
        )
    if shape is not None and any(size is None and wanted is not None for size, wanted in zip(have, shape, strict=True)):
        return known_sizes.sized(x, tuple(a if b is None else b for a, b in zip(x.shape, shape, strict=True)))
    return x


_ensure_shape.op.rows = of_first(passed)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a tensor as a NumPy array if it is known while a function is traced, else None.

    >>> import addax as tf
    >>> tf.get_static_value(tf.constant([1, 2])).tolist()
    [1, 2]
    """
    if isinstance(tensor, Tensor):
        return None if tensor.is_symbolic else tensor.numpy()
    if hasattr(tensor, "__symbolic_call__"):
        return None
    value = convert.value_of(tensor)
    return None if isinstance(value, jax.core.Tracer) else np.asarray(value)[()]
