"""IndexedSlices: some rows of a tensor, by number."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors, trees
from addax.core.composite_specs import IndexedSlicesSpec
from addax.core.dispatch import run_plan
from addax.core.plans import Plan
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor


def _dense(values: Any, indices: Any, rows: int) -> Any:
    return jnp.zeros((rows, *values.shape[1:]), values.dtype).at[indices].add(values)


class IndexedSlices(trees.CompositeTensor):
    """Rows of a larger tensor that is zero elsewhere, e.g. the gradient of a gather.

    Args:
        values: the rows, of shape (n, ...).
        indices: where they belong, n ints; a row that appears twice is added twice.
        dense_shape: the shape of the larger tensor, if it is known.

    >>> import addax as tf
    >>> s = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([1]), dense_shape=tf.constant([2, 2]))
    >>> tf.convert_to_tensor(s).numpy().tolist()
    [[0.0, 0.0], [1.0, 2.0]]
    """

    __is_tf_composite__ = True

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        # Data have no dtype yet where a variable takes them.
        self._data = values if isinstance(values, list | tuple | int | float | np.ndarray | np.generic) else None
        self._values = convert.convert_to_tensor(values)
        self._indices = convert.convert_to_tensor(indices)
        self._dense_shape = None if dense_shape is None else convert.convert_to_tensor(dense_shape)

    @property
    def values(self) -> Tensor:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """Where the rows belong."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the larger tensor, or None."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The shape of the larger tensor, as far as it is known."""
        if self._dense_shape is not None and not self._dense_shape.is_symbolic:
            return TensorShape(self._dense_shape.numpy().tolist())
        return TensorShape([None, *self._values.shape[1:]])

    @property
    def dtype(self) -> Any:
        """The element type of the rows."""
        return self._values.dtype

    @property
    def device(self) -> str:
        """Where the rows are."""
        return self._values.device

    @property
    def _type_spec(self) -> IndexedSlicesSpec:
        dense = None if self._dense_shape is None else self._dense_shape.dtype
        return IndexedSlicesSpec(self.shape, self.dtype, self._indices.dtype, dense, self._indices.shape)

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        known = self._dense_shape is None or not self._dense_shape.is_symbolic
        shape = tuple(self._dense_shape.numpy().tolist()) if known and self._dense_shape is not None else None
        return shape, (self._values, self._indices, *(() if known else (self._dense_shape,)))

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> IndexedSlices:
        return cls(*parts) if metadata is None else cls(*parts, dense_shape=metadata)

    def consumers(self) -> list[Any]:
        """What takes it as an input; there is no graph, so nothing."""
        return []

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __str__(self) -> str:
        dense = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{dense})"

    __repr__ = __str__

    def to_tensor(self) -> Tensor:
        """The larger tensor.

        Raises:
            ValueError: the shape is not known.
        """
        if self._dense_shape is None:
            raise ValueError(
                "Tensor conversion requested for IndexedSlices for a tensor of unknown shape: give it a dense_shape.\n"
                f"  Received: {errors.describe(self._values)} for rows {errors.describe(self._indices)}."
            )
        rows = int(self._dense_shape.numpy()[0])
        plan = _PLANS.get(rows)
        if plan is None:
            plan = _PLANS[rows] = Plan("IndexedSlices", lambda values, indices: _dense(values, indices, rows))
        return run_plan(plan, (self._values, self._indices))

    __tf_dense__ = to_tensor

    def __composite_call__(self, function: Any, arrays: Any, static: Any, made: Any) -> Any:
        """An op with these rows among its arguments: most take the larger tensor."""
        options = dict(zip(made.statics, static, strict=True))
        names = [name for name, _ in made.groups]
        if made.name in _ON_VALUES and arrays[0] is self:
            out = function(**dict(zip(names, (self._values, *arrays[1:]), strict=True)), **options)
            return IndexedSlices(out, self._indices, self._dense_shape)
        whole = [
            [_densified(item) for item in array] if isinstance(array, list | tuple) else _densified(array)
            for array in arrays
        ]
        return function(**dict(zip(names, whole, strict=True)), **options)


# Functions of the rows alone; the norm is that of the rows as they are, repeated or not.
_ON_VALUES = frozenset(("identity", "stop_gradient", "cast", "clip_by_norm", "clip_by_value"))


def _densified(array: Any) -> Any:
    return array.to_tensor() if isinstance(array, IndexedSlices) else array


_PLANS: dict[int, Plan] = {}


def _convert(value: IndexedSlices, dtype: Any, name: Any, as_ref: bool) -> Tensor:
    return value.to_tensor()


convert.register_conversion(IndexedSlices, _convert)
IndexedSlicesSpec.register_value_type(IndexedSlices)
