"""SparseTensor: a tensor by its entries that are not zero."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors, trees
from addax.core.composite_specs import SparseTensorSpec
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.failures import UnfitError, refusing_methods
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor, Tracer
from addax.ops import arithmetic


def _int64(value: Any, what: str) -> Tensor:
    if isinstance(value, TensorShape):
        value = np.asarray(value.as_list(), np.int64)
    if not isinstance(value, Tensor):
        value = np.asarray([int(each) for each in value] if _flat(value) else value)
        if value.size and value.dtype.kind not in "iu":
            raise UnfitError(f"tf.SparseTensor: {what} must be int64, received {value.dtype}: {value.tolist()!r:.80}.")
        value = convert.constant(value.astype(np.int64))
    if value._value.dtype != np.int64:
        raise ValueError(
            errors.message(
                "tf.SparseTensor", expected=f"{what} of dtype int64", received=value, hint="tf.cast(x, tf.int64)"
            )
        )
    return value


def _flat(value: Any) -> bool:
    whole = isinstance(value, list | tuple) and any(isinstance(each, Tensor) for each in value)
    return whole and all(isinstance(each, Tensor | int | np.integer) and not np.ndim(each) for each in value)


def expected_sparse(who: str, value: Any) -> SparseTensor:
    """`value`, if it is a sparse tensor.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, SparseTensor):
        raise TypeError(
            errors.message(
                f"tf.{who}", expected="a SparseTensor", received=f"a {type(value).__name__}",
                hint="tf.sparse.from_dense makes one of a tensor",
            )
        )  # fmt: skip
    return value


class NotDense(TypeError, ValueError):
    """A sparse tensor where a dense one is needed: TensorFlow's error is one while it traces, the other otherwise."""


@refusing_methods("tf.SparseTensor")
class SparseTensor(trees.CompositeTensor):
    """A tensor by its entries that are not zero.

    Args:
        indices: int64 (n, rank): where the entries are.
        values: (n,): what they are.
        dense_shape: int64 (rank,): the shape of the whole.

    Raises:
        ValueError: shapes that do not fit.

    >>> import addax as tf
    >>> s = tf.SparseTensor([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    >>> tf.sparse.to_dense(s).numpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]
    """

    __is_tf_composite__ = True
    __array_priority__ = 200

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        self._indices = _int64(indices, "indices")
        self._values = convert.convert_to_tensor(values)
        self._dense_shape = _int64(dense_shape, "dense_shape")
        sizes = self._dense_shape._value
        if not isinstance(sizes, Tracer) and (np.asarray(sizes) < 0).any():
            raise ValueError(
                f"tf.SparseTensor: dense_shape must not be negative, received {np.asarray(sizes).tolist()}."
            )
        found, count, rank = tuple(self._indices.shape), self._values.shape, self._dense_shape.shape
        if len(found) != 2 or len(count) != 1 or len(rank) != 1 or found != (count[0], rank[0]):
            raise ValueError(
                errors.message(
                    "tf.SparseTensor",
                    expected="indices (n, rank), values (n,) and dense_shape (rank,)",
                    received={"indices": self._indices, "values": self._values, "dense_shape": self._dense_shape},
                )
            )

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """A sparse tensor of anything with indices, values and dense_shape."""
        return cls(sparse_tensor_value.indices, sparse_tensor_value.values, sparse_tensor_value.dense_shape)

    @property
    def indices(self) -> Tensor:
        """Where the entries are: int64 (n, rank)."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The entries (n,)."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the whole: int64 (rank,)."""
        return self._dense_shape

    @property
    def dtype(self) -> dtypes.DType:
        """The element type."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole, as far as it is known."""
        if self._dense_shape.is_symbolic:
            return TensorShape([None] * self._dense_shape.shape[0])
        return TensorShape(self._dense_shape.numpy().tolist())

    def set_shape(self, shape: Any) -> None:
        """Check that the shape is compatible with `shape` (there is nothing to refine: shapes are known).

        Raises:
            ValueError: the shape of this tensor does not fit.
        """
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"SparseTensor.set_shape: {shape} does not fit the shape {self.shape}.")

    def get_shape(self) -> TensorShape:
        """The shape of the whole; the older spelling of `.shape`."""
        return self.shape

    @property
    def _type_spec(self) -> SparseTensorSpec:
        return SparseTensorSpec(self.shape, self.dtype)

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        if self._dense_shape.is_symbolic:
            return None, (self._indices, self._values, self._dense_shape)
        return tuple(self._dense_shape.numpy().tolist()), (self._indices, self._values)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> SparseTensor:
        return cls(*parts) if metadata is None else cls(*parts, metadata)

    def with_values(self, new_values: Any) -> SparseTensor:
        """The same places with other entries."""
        return SparseTensor(self._indices, new_values, self._dense_shape)

    def known_shape(self) -> tuple[int, ...]:
        """The shape of the whole as Python ints."""
        return tuple(concrete(self._dense_shape, "sparse").tolist())

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self._indices!s}, values={self._values!s}, dense_shape={self._dense_shape!s})"

    def __mul__(self, other: Any) -> SparseTensor:
        return self.with_values(arithmetic.multiply(self._values, self._beside(other)))

    def __rmul__(self, other: Any) -> Any:
        return self * other if isinstance(other, Tensor) else NotImplemented

    def __truediv__(self, other: Any) -> SparseTensor:
        beside = self._beside(other)
        if isinstance(beside, Tensor) and len(beside.shape) and not beside.is_symbolic and not beside.numpy().all():
            raise errors.InvalidArgumentError("SparseTensor / tensor: cannot divide by zero at one of the entries.")
        return self.with_values(arithmetic.truediv(self._values, beside))

    def consumers(self) -> list[Any]:
        """What takes it as an input; there is no graph, so nothing."""
        return []

    def _beside(self, other: Any) -> Any:
        """The numbers of a dense operand (which broadcasts to this shape) at the entries."""
        if isinstance(other, int | float | complex):
            return other
        if isinstance(other, SparseTensor):
            raise ValueError(f"SparseTensor: expected a tensor as the other operand, received {other!r:.80}.")
        dense = convert.convert_to_tensor(other, self.dtype) if not isinstance(other, Tensor) else other
        if not len(dense.shape):
            return dense
        return _picked(dense, self._indices, self.known_shape())

    def __composite_call__(self, function: Any, arrays: Any, static: Any, made: Any) -> Any:
        name = made.name.rsplit(".", 1)[-1]
        options = dict(zip(made.statics, static, strict=True))
        only_one = sum(isinstance(array, SparseTensor) for array in arrays) == 1
        if name in _ZERO_STAYS_ZERO and only_one:
            values = [array._values if isinstance(array, SparseTensor) else array for array in arrays]
            return self.with_values(function(*values, **options))
        if name in _QUOTIENTS and only_one and arrays[0] is self:
            return self / arrays[1]
        if isinstance(arrays[0], Tensor) and only_one and name == "multiply":  # d * s, which asks the tensor first
            return self * arrays[0]
        raise NotDense(
            errors.message(
                f"tf.{made.name}", expected="a tensor", received=f"a SparseTensor of shape {self.shape}",
                hint="tf.sparse has functions for sparse tensors, and tf.sparse.to_dense makes it dense",
            )
        )  # fmt: skip


# Functions of one tensor that TensorFlow applies to the entries of a sparse one.
_ZERO_STAYS_ZERO = frozenset(
    """
    abs asin asinh atan atanh bessel_i0e bessel_i1e cast erf identity negative sign sin sqrt square stop_gradient tan
    tanh
    """.split()
)
_QUOTIENTS = frozenset(("divide", "truediv"))


@op(name="sparse.pick")
def _picked(dense: FreeLike, indices: FreeLike, shape: Any) -> Any:
    return jnp.broadcast_to(dense, shape)[tuple(jnp.moveaxis(indices, -1, 0))]


def _entries_text(values: Any, which: Any) -> Any:
    return values[np.asarray(which)]


@op(name="sparse.entries", host=_entries_text)
def entries(values: FreeLike, which: FreeLike) -> Any:
    """Some of the entries, by number; their gradient is dense."""
    return values[which]


def _dense_text(values: Any, default: Any, indices: Any, shape: Any) -> Any:
    out = np.full(shape, default.reshape(())[()], object)
    out[tuple(np.moveaxis(np.asarray(indices), -1, 0))] = values
    return out


@op(name="sparse.to_dense", host=_dense_text)
def _dense(values: TensorLike, default: TensorLike, indices: FreeLike, shape: Any) -> Any:
    return jnp.broadcast_to(default, shape).at[tuple(jnp.moveaxis(indices, -1, 0))].set(values)


def to_dense(
    sp_input: SparseTensor, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Tensor:
    """The tensor that a sparse one stands for.

    Args:
        sp_input: a sparse tensor.
        default_value: what stands elsewhere; 0 (or "") by default.
        validate_indices: whether to refuse indices that repeat or are out of order.
        name: ignored.

    Raises:
        TypeError: something that is not sparse.
        InvalidArgumentError: indices that are out of bounds, repeat or are out of order.

    >>> import addax as tf
    >>> tf.sparse.to_dense(tf.SparseTensor([[0, 1]], [5], [2, 2]), default_value=-1).numpy().tolist()
    [[-1, 5], [-1, -1]]
    """
    expected_sparse("sparse.to_dense", sp_input)
    if validate_indices and not sp_input.indices.is_symbolic:
        known = sp_input.indices.numpy()
        shape = np.asarray(sp_input.known_shape())
        if known.size and ((known < 0) | (known >= shape)).any():
            raise errors.InvalidArgumentError(f"tf.sparse.to_dense: indices out of bounds of {shape.tolist()}.")
        flat = np.ravel_multi_index(tuple(known.T), shape) if known.size else np.zeros(0)
        if (np.diff(flat) <= 0).any():
            what = "repeated" if (np.diff(flat) == 0).any() else "out of order"
            raise errors.InvalidArgumentError(
                f"tf.sparse.to_dense: indices are {what}. Many sparse operations require sorted, unique indices.\n"
                "  To do: use tf.sparse.reorder, or validate_indices=False."
            )
    if default_value is None:
        default_value = convert.constant("" if sp_input.dtype is dtypes.string else np.zeros((), sp_input.dtype.np))
    return _dense(sp_input.values, default_value, sp_input.indices, sp_input.known_shape())


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """A sparse tensor of the entries of a tensor that are not zero (or "").

    >>> import addax as tf
    >>> tf.sparse.from_dense([[0, 3], [4, 0]]).values.numpy().tolist()
    [3, 4]
    """
    from addax.ops.gathering import gather_nd, where  # used here only

    made = convert.convert_to_tensor(tensor)
    known = concrete(made, "sparse.from_dense")
    if not known.ndim:
        raise errors.InvalidArgumentError(
            "tf.sparse.from_dense: expected a tensor of rank 1 or more, received a scalar."
        )
    places = where(known != (b"" if known.dtype.kind == "O" else 0))
    return SparseTensor(places, gather_nd(made, places), known.shape)


def ordered(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The entries in row-major order (`tf.sparse.reorder`).

    >>> import addax as tf
    >>> tf.sparse.reorder(tf.SparseTensor([[1, 0], [0, 1]], [5, 6], [2, 2])).values.numpy().tolist()
    [6, 5]
    """
    expected_sparse("sparse.reorder", sp_input)
    indices = sp_input.indices._value
    if isinstance(indices, Tracer):
        order = Tensor(jnp.lexsort(indices.T[::-1]))
    else:
        known = np.asarray(indices)
        if not known.size:
            return sp_input
        order = convert.constant(np.lexsort(known.T[::-1]).astype(np.int64))
    return SparseTensor(entries(sp_input.indices, order), entries(sp_input.values, order), sp_input.dense_shape)


SparseTensorSpec.register_value_type(SparseTensor)
