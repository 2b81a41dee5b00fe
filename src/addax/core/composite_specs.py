"""Specs of values that are made of several tensors: ragged, sparse, and slices of a larger one.

What such a value is made of, and how it is taken apart and put together again, is said here; its class tells the spec
its name with `register_value_type`, so that this file need not know the files above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import dtypes, trees
from addax.core.dtypes import DType
from addax.core.shapes import TensorShape
from addax.core.spec import ShapedSpec, TensorSpec, TypeSpec

__all__ = ["IndexedSlicesSpec", "RaggedTensorSpec", "SparseTensorSpec"]


class RaggedTensorSpec(ShapedSpec, trees.CompositeSpec):
    """What is known of a `tf.RaggedTensor`.

    Args:
        shape: anything `tf.TensorShape` takes; ragged dimensions are None.
        dtype: the type of the values.
        ragged_rank: how many dimensions are partitioned by row splits; the rank minus one by default.
        row_splits_dtype: the type of the row splits, int64 or int32.
        flat_values_spec: the spec of the flat values where they are not a plain tensor; `dtype` then comes from it.

    Raises:
        ValueError: where the ragged rank is not below the rank, or neither is known.
        TypeError: where `ragged_rank` is no int.

    Example:
        >>> import addax as tf
        >>> tf.RaggedTensorSpec([2, None], tf.int32)
        RaggedTensorSpec(TensorShape([2, None]), tf.int32, 1, tf.int64)
    """

    __slots__ = ()

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        ragged_rank: int | None = None,
        row_splits_dtype: Any = dtypes.int64,
        flat_values_spec: TypeSpec | None = None,
    ) -> None:
        shape = TensorShape(shape)
        rank = shape.rank
        if flat_values_spec is not None:
            dtype = flat_values_spec.dtype  # type: ignore[attr-defined]
        if ragged_rank is None:
            if rank is None:
                raise ValueError("RaggedTensorSpec: expected `ragged_rank`, or a shape whose rank is known.")
            ragged_rank = rank - 1
        elif not isinstance(ragged_rank, int):
            raise TypeError(f"RaggedTensorSpec: expected `ragged_rank` to be an int, received {ragged_rank!r}.")
        elif rank is not None and ragged_rank >= rank:
            raise ValueError(f"RaggedTensorSpec: expected `ragged_rank` below the rank {rank}, received {ragged_rank}.")
        splits = dtypes.as_dtype(row_splits_dtype)
        self._key = (shape, dtypes.as_dtype(dtype), ragged_rank, splits, flat_values_spec)

    @property
    def ragged_rank(self) -> int:
        """How many dimensions are partitioned by row splits."""
        return self._key[2]

    @property
    def row_splits_dtype(self) -> DType:
        """The type of the row splits."""
        return self._key[3]

    @property
    def flat_values_spec(self) -> TypeSpec | None:
        """The spec of the flat values where they are not a plain tensor."""
        return self._key[4]

    @classmethod
    def from_value(cls, value: Any) -> RaggedTensorSpec:
        """The spec of a ragged tensor."""
        return value._type_spec

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a spec or value could stand for the same; a plain tensor fits where nothing is ragged."""
        if self.ragged_rank <= 0 and not isinstance(spec_or_value, (RaggedTensorSpec, trees.CompositeTensor)):
            return TensorSpec(self.shape, self.dtype).is_compatible_with(spec_or_value)
        return super().is_compatible_with(spec_or_value)

    @property
    def _component_specs(self) -> list[TypeSpec]:
        shape, ragged_rank = self.shape, self.ragged_rank
        if ragged_rank <= 0:
            return [self.flat_values_spec or TensorSpec(shape, self.dtype)]
        inner = None if shape.rank is None else TensorShape([None]).concatenate(shape[ragged_rank + 1 :])
        rows = None if shape.rank is None or shape[0] is None else shape[0] + 1
        splits = [TensorSpec([rows if i == 0 else None], self.row_splits_dtype) for i in range(ragged_rank)]
        return [self.flat_values_spec or TensorSpec(inner, self.dtype), *splits]

    def _to_components(self, value: Any) -> list[Any]:
        if not isinstance(value, trees.CompositeTensor):
            return [value]
        return [value.flat_values, *value.nested_row_splits]  # type: ignore[attr-defined]

    def _from_components(self, components: Sequence[Any]) -> Any:
        values, *splits = components
        if not splits:
            return values
        return self.value_type.from_nested_row_splits(values, splits, validate=False)  # type: ignore[attr-defined]

    def _batch(self, batch_size: int | None) -> RaggedTensorSpec:
        shape = TensorShape([batch_size]).concatenate(self.shape)
        return RaggedTensorSpec(shape, self.dtype, self.ragged_rank + 1, self.row_splits_dtype, self.flat_values_spec)

    def _unbatch(self) -> RaggedTensorSpec:
        shape = self.shape[1:]
        return RaggedTensorSpec(shape, self.dtype, self.ragged_rank - 1, self.row_splits_dtype, self.flat_values_spec)

    def __repr__(self) -> str:
        shown = self._key if self._key[4] is not None else self._key[:4]
        return f"RaggedTensorSpec({', '.join(map(repr, shown))})"


class SparseTensorSpec(ShapedSpec, trees.CompositeSpec):
    """What is known of a `tf.SparseTensor`.

    Args:
        shape: the dense shape, anything `tf.TensorShape` takes.
        dtype: the type of the values.

    Example:
        >>> import addax as tf
        >>> tf.SparseTensorSpec([2, 3], tf.int32)
        SparseTensorSpec(TensorShape([2, 3]), tf.int32)
    """

    __slots__ = ()

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        self._key = (TensorShape(shape), dtypes.as_dtype(dtype))

    @classmethod
    def from_value(cls, value: Any) -> SparseTensorSpec:
        """The spec of a sparse tensor."""
        return value._type_spec

    @property
    def _component_specs(self) -> list[TensorSpec]:
        rank = self.shape.rank
        indices = TensorSpec([None, rank], dtypes.int64)
        return [indices, TensorSpec([None], self.dtype), TensorSpec([rank], dtypes.int64)]

    def _to_components(self, value: Any) -> list[Any]:
        return [value.indices, value.values, value.dense_shape]

    def _from_components(self, components: Sequence[Any]) -> Any:
        return self.value_type(*components)

    def _batch(self, batch_size: int | None) -> SparseTensorSpec:
        return SparseTensorSpec(TensorShape([batch_size]).concatenate(self.shape), self.dtype)

    def _unbatch(self) -> SparseTensorSpec:
        if self.shape.rank == 0:
            raise ValueError(f"{self} has no first dimension to take items from: expected a rank of at least 1.")
        return SparseTensorSpec(self.shape[1:], self.dtype)


class IndexedSlicesSpec(ShapedSpec, trees.CompositeSpec):
    """What is known of a `tf.IndexedSlices`, the gradient of a gather.

    Args:
        shape: the shape of the values.
        dtype: the type of the values.
        indices_dtype: the type of the indices.
        dense_shape_dtype: the type of the dense shape; None where the slices carry none.
        indices_shape: the shape of the indices, [None] by default.

    Example:
        >>> import addax as tf
        >>> tf.IndexedSlicesSpec([None, 4])
        IndexedSlicesSpec(TensorShape([None, 4]), tf.float32, tf.int64, None, TensorShape([None]))
    """

    __slots__ = ()

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        indices_dtype: Any = dtypes.int64,
        dense_shape_dtype: Any = None,
        indices_shape: Any = None,
    ) -> None:
        self._key = (
            TensorShape(shape),
            dtypes.as_dtype(dtype),
            dtypes.as_dtype(indices_dtype),
            None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype),
            TensorShape([None] if indices_shape is None else indices_shape).with_rank(1),
        )

    @property
    def _component_specs(self) -> tuple[TensorSpec, ...]:
        shape, dtype, indices_dtype, dense_dtype, indices_shape = self._key
        parts = (TensorSpec(shape, dtype), TensorSpec(indices_shape, indices_dtype))
        return parts if dense_dtype is None else (*parts, TensorSpec([shape.rank], dense_dtype))

    def _to_components(self, value: Any) -> tuple[Any, ...]:
        parts = (value.values, value.indices)
        return parts if value.dense_shape is None else (*parts, value.dense_shape)

    def _from_components(self, components: Sequence[Any]) -> Any:
        return self.value_type(*components)
