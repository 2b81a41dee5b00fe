"""RaggedTensor: rows of different lengths, as flat values and the places where rows begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, operators, trees
from addax.core.composite_specs import RaggedTensorSpec
from addax.core.failures import refusing_methods
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor, Tracer
from addax.ops.gathering import gather
from addax.ops.ragged_construction import RowConstructors, as_values, count_of, host, ints
from addax.ops.shaping import reshape


@refusing_methods("tf.RaggedTensor")
@operators.operand
class RaggedTensor(RowConstructors, trees.CompositeTensor):
    """A tensor with one or more ragged dimensions. Made by `tf.ragged.constant` and the `from_...` class methods.

    Row i holds `values[row_splits[i]:row_splits[i + 1]]`; with several ragged dimensions, `values` is ragged itself.

    >>> import addax as tf
    >>> r = tf.RaggedTensor.from_row_splits([3, 1, 4, 1], [0, 2, 2, 4])
    >>> r
    <tf.RaggedTensor [[3, 1], [], [4, 1]]>
    >>> r + 1
    <tf.RaggedTensor [[4, 2], [], [5, 2]]>
    """

    __is_tf_composite__ = True
    __array_priority__ = 200  # NumPy arrays and tensors leave operators to this class

    def __init__(self, values: Any, row_splits: Tensor, uniform_row_length: int | None = None) -> None:
        self._values = values
        self._splits = row_splits
        self._uniform = uniform_row_length

    # ------------------------------------------------------------------ what it is

    @property
    def values(self) -> Any:
        """The rows joined: a tensor, or a ragged tensor of one ragged dimension less."""
        return self._values

    @property
    def row_splits(self) -> Tensor:
        """Where rows begin and end: row i is values[row_splits[i]:row_splits[i + 1]]."""
        return self._splits

    @property
    def uniform_row_length(self) -> Tensor | None:
        """The length of all rows, where it was said."""
        return None if self._uniform is None else ints(self._uniform, self._splits._value.dtype)

    @property
    def flat_values(self) -> Tensor:
        """The innermost values."""
        return self._values.flat_values if isinstance(self._values, RaggedTensor) else self._values

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        """The row splits of all ragged dimensions, the outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensor) else ()
        return (self._splits, *inner)

    @property
    def ragged_rank(self) -> int:
        """How many ragged dimensions."""
        return 1 + (self._values.ragged_rank if isinstance(self._values, RaggedTensor) else 0)

    @property
    def dtype(self) -> dtypes.DType:
        """The element type."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The shape; ragged dimensions are None."""
        rows = self._splits._value.shape[0] - 1
        return TensorShape([rows, self._uniform, *self._values.shape.as_list()[1:]])

    def get_shape(self) -> TensorShape:
        """The shape; the older spelling of `.shape`."""
        return self.shape

    @property
    def _type_spec(self) -> RaggedTensorSpec:
        return RaggedTensorSpec(self.shape, self.dtype, self.ragged_rank, self._splits.dtype)

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        # The splits decide shapes; known ones go with the structure, so that a traced function knows them.
        if any(splits.is_symbolic for splits in self.nested_row_splits):
            return None, (self.flat_values, *self.nested_row_splits)
        return tuple((tuple(s.numpy().tolist()), s.dtype.name) for s in self.nested_row_splits), (self.flat_values,)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> Any:
        if metadata is None:
            return cls.from_nested_row_splits(parts[0], parts[1:], validate=False)
        splits = [ints(numbers, np.dtype(kind)) for numbers, kind in metadata]
        return cls.from_nested_row_splits(parts[0], splits, validate=False)

    # ------------------------------------------------------------------ rows

    def nrows_known(self) -> int:
        """The number of rows, as a Python int."""
        return self._splits._value.shape[0] - 1

    def _ints(self, array: Any) -> Tensor:
        return ints(array, self._splits._value.dtype)

    def nrows(self, out_type: Any = None, name: str | None = None) -> Tensor:
        """The number of rows."""
        return ints(self.nrows_known(), self._splits._value.dtype if out_type is None else dtypes.as_dtype(out_type).np)

    def row_starts(self, name: str | None = None) -> Tensor:
        """Where rows begin."""
        return self._splits[:-1]

    def row_limits(self, name: str | None = None) -> Tensor:
        """Where rows end."""
        return self._splits[1:]

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """The number of values in each row of an axis (a tensor for axis 1, ragged for deeper ones)."""
        rank = self.ragged_rank + len(self.flat_values.shape)
        if not -rank <= axis < rank or rank == axis:
            raise ValueError(f"RaggedTensor.row_lengths: axis={axis} out of bounds: expected {-rank}<=axis<{rank}.")
        axis %= rank
        if axis == 0:
            return self.nrows()
        if axis == 1:
            return self._splits[1:] - self._splits[:-1]
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.row_lengths(axis - 1))
        size = self._values.shape[axis - 1]
        return self.with_values(self._ints(np.full(self._values.shape[: axis - 1].as_list(), size)))

    def value_rowids(self, name: str | None = None) -> Tensor:
        """The row of each value."""
        return self._ints(np.repeat(np.arange(self.nrows_known()), np.diff(host(self._splits))))

    def nested_row_lengths(self, name: str | None = None) -> tuple[Tensor, ...]:
        """The row lengths of all ragged dimensions, the outermost first."""
        return tuple(splits[1:] - splits[:-1] for splits in self.nested_row_splits)

    def nested_value_rowids(self, name: str | None = None) -> tuple[Tensor, ...]:
        """The rows of values of all ragged dimensions, the outermost first."""
        inner = self._values.nested_value_rowids() if isinstance(self._values, RaggedTensor) else ()
        return (self.value_rowids(), *inner)

    def bounding_shape(self, axis: Any = None, name: str | None = None, out_type: Any = None) -> Tensor:
        """The shape of the smallest tensor that holds all rows."""
        lengths = np.diff(host(self._splits))
        inner = (
            host(self._values.bounding_shape()) if isinstance(self._values, RaggedTensor)
            else np.asarray(self._values.shape.as_list())
        )  # fmt: skip
        whole = np.concatenate([[self.nrows_known(), lengths.max(initial=0)], inner[1:]])
        picked = whole if axis is None else whole[np.asarray(axis)]
        return ints(picked, self._splits._value.dtype if out_type is None else dtypes.as_dtype(out_type).np)

    # ------------------------------------------------------------------ others like it

    def with_values(self, new_values: Any) -> RaggedTensor:
        """The same rows with other values.

        Raises:
            ValueError: another number of values.
        """
        values = as_values(new_values)
        have, want = count_of(values), count_of(self._values)
        if have != want:
            raise ValueError(f"RaggedTensor.with_values: expected {want} values, as the rows say, received {have}.")
        return RaggedTensor(values, self._splits, self._uniform)

    def with_flat_values(self, new_values: Any) -> RaggedTensor:
        """The same rows with other innermost values."""
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.with_flat_values(new_values))
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype: Any) -> RaggedTensor:
        """The same with row splits of another int dtype."""
        kind = dtypes.as_dtype(dtype).np
        inner = self._values.with_row_splits_dtype(dtype) if isinstance(self._values, RaggedTensor) else self._values
        return RaggedTensor(inner, ints(host(self._splits), kind), self._uniform)

    def merge_dims(self, outer_axis: int, inner_axis: int) -> Any:
        """The same with several axes as one."""
        rank = self.ragged_rank + len(self.flat_values.shape)
        if not -rank <= outer_axis < rank or not -rank <= inner_axis < rank:
            raise ValueError(f"RaggedTensor.merge_dims: axes {outer_axis}, {inner_axis} out of bounds for rank {rank}.")
        outer, inner = outer_axis % rank, inner_axis % rank
        if outer > inner:
            raise ValueError(f"RaggedTensor.merge_dims: outer_axis ({outer}) must be <= inner_axis ({inner}).")
        if outer == inner:
            return self
        if outer == 0:
            merged: Any = self._values
            for _ in range(inner - 1):
                if isinstance(merged, RaggedTensor):
                    merged = merged.values
                else:
                    merged = reshape(merged, (-1, *merged.shape.as_list()[2:]))
            return merged
        if outer == 1 and isinstance(self._values, RaggedTensor):
            splits = host(self._values.row_splits)[host(self._splits)]
            shorter = RaggedTensor(self._values.values, self._ints(splits))
            return shorter.merge_dims(1, inner - 1) if inner > 2 else shorter
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.merge_dims(outer - 1, inner - 1))
        shape = self._values.shape.as_list()
        if outer == 1:
            width = shape[1]
            flat = reshape(self._values, (-1, *shape[2:]))
            wide = RaggedTensor(flat, self._ints(host(self._splits) * width))
            return wide.merge_dims(1, inner - 1) if inner > 2 else wide
        size = int(np.prod(shape[outer - 1 : inner]))
        return self.with_values(reshape(self._values, (*shape[: outer - 1], size, *shape[inner:])))

    # ------------------------------------------------------------------ out

    def to_list(self) -> list[Any]:
        """Nested Python lists."""
        inner = self._values.to_list() if isinstance(self._values, RaggedTensor) else self._values.numpy().tolist()
        splits = host(self._splits).tolist()
        return [inner[a:b] for a, b in zip(splits[:-1], splits[1:], strict=True)]

    def numpy(self) -> np.ndarray:
        """An array of rows (an object array where their lengths differ)."""
        inner = self._values.numpy()
        splits = host(self._splits)
        rows = [inner[a:b] for a, b in zip(splits[:-1], splits[1:], strict=True)]
        if len({row.shape for row in rows}) <= 1:
            return np.stack(rows) if rows else np.zeros((0, 0, *inner.shape[1:]), inner.dtype)
        out = np.empty(len(rows), object)
        out[:] = rows
        return out

    def to_tensor(self, default_value: Any = None, name: str | None = None, shape: Any = None) -> Tensor:
        """A tensor in which short rows are filled up.

        Args:
            default_value: what to fill with; 0 (or "") by default.
            name: ignored.
            shape: the shape of the result, None where it follows; longer rows are cut.

        >>> import addax as tf
        >>> tf.ragged.constant([[1], [2, 3]]).to_tensor().numpy().tolist()
        [[1, 0], [2, 3]]
        """
        wanted = TensorShape(shape).as_list() if shape is not None and TensorShape(shape).rank is not None else None
        if wanted is not None and len(wanted) != self.ragged_rank + len(self.flat_values.shape):
            raise errors.InvalidArgumentError(
                f"RaggedTensor.to_tensor: shape {wanted} does not have the rank of {self.shape}."
            )
        inner = self._values
        if isinstance(inner, RaggedTensor):
            inner = inner.to_tensor(default_value, shape=None if wanted is None else [None, *wanted[2:]])
        lengths = np.diff(host(self._splits))
        rows, width = self.nrows_known(), int(lengths.max(initial=0))
        if wanted is not None:
            rows = rows if wanted[0] is None else wanted[0]
            width = width if wanted[1] is None else wanted[1]
        begin = host(self._splits)[:-1]
        place = (
            np.arange(width)[None] + np.resize(begin, max(rows, 1))[:rows, None]
            if len(begin)
            else np.zeros((rows, width), int)
        )
        present = np.zeros((rows, width), bool)
        present[: len(lengths)] = np.arange(width) < lengths[:rows, None]
        count = inner.shape[0]
        if default_value is None:
            default_value = {dtypes.string: "", dtypes.bool: False}.get(self.dtype, 0)
        return _filled(inner, np.where(present, place, count), default_value)

    def coordinates(self) -> list[np.ndarray]:
        """Where the innermost values stand: an array per ragged dimension and the rows."""
        columns: list[np.ndarray] = []
        for i, splits in enumerate(self.nested_row_splits):
            known = host(splits)
            rows = np.repeat(np.arange(len(known) - 1), np.diff(known))
            columns = [column[rows] for column in columns] if i else [rows]
            columns.append(np.arange(known[-1]) - known[rows] if len(rows) else np.zeros(0, int))
        return columns

    def to_sparse(self, name: str | None = None) -> Any:
        """A sparse tensor of the same values."""
        from addax.ops.sparse_tensor import SparseTensor  # which makes ragged tensors in turn

        dense_shape = host(self.bounding_shape())
        columns = self.coordinates()
        flat = self.flat_values
        inner = flat.shape.as_list()[1:]
        if inner:
            grid = np.indices((flat.shape[0], *inner)).reshape(1 + len(inner), -1)
            columns = [column[grid[0]] for column in columns] + list(grid[1:])
            flat = reshape(flat, [-1])
        return SparseTensor(ints(np.stack(columns, -1)), flat, ints(dense_shape))

    def consumers(self) -> list[Any]:
        """What takes it as an input; there is no graph, so nothing."""
        return []

    def __iter__(self) -> Any:
        return (self[i] for i in range(self.nrows_known()))

    def __bool__(self) -> bool:
        raise TypeError("RaggedTensor may not be used as a boolean.")

    def __hash__(self) -> int:
        raise TypeError("RaggedTensor is unhashable.")

    def __div__(self, other: Any) -> Any:
        return self / other

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        out = np.empty((), object)
        out[()] = self
        return out

    def __repr__(self) -> str:
        if isinstance(self.flat_values._value, Tracer) or any(s.is_symbolic for s in self.nested_row_splits):
            return f"tf.RaggedTensor(values={self._values!r}, row_splits={self._splits!r})"
        with np.printoptions(formatter={"all": _text}):
            return f"<tf.RaggedTensor {_text(self.numpy())}>"

    __str__ = __repr__

    # ------------------------------------------------------------------ ops (see ragged_ops)

    def __composite_call__(self, function: Callable[..., Any], arrays: Any, static: Any, op: Any) -> Any:
        from addax.ops import ragged_ops  # which is about this class

        return ragged_ops.call(function, arrays, static, op)

    def __ragged_shape__(self, out_type: Any) -> Any:
        from addax.ops.dynamic_ragged_shape import DynamicRaggedShape  # which is made of this class

        return DynamicRaggedShape.from_tensor(self, dtypes.as_dtype(out_type))

    def __ragged_call__(self, name: str, *arguments: Any, **options: Any) -> Any:
        from addax.ops import ragged_ops

        return ragged_ops.by_name(name, self, arguments, options)

    def __gather__(self, indices: Any, axis: Any, batch_dims: int) -> Any:
        from addax.ops import ragged_picking

        return ragged_picking.gather(self, indices, axis, batch_dims)

    def __concat__(self, values: Any, axis: Any) -> Any:
        from addax.ops import ragged_joining

        return ragged_joining.concat(values, axis)

    def __stack__(self, values: Any, axis: Any) -> Any:
        from addax.ops import ragged_joining

        return ragged_joining.stack(values, axis)

    def __ragged_getitem__(self, key: Any) -> Any:
        from addax.ops import ragged_picking

        return ragged_picking.getitem(self, key)


def _text(array: Any) -> str:
    """Nested rows with commas, where NumPy's own text of an array of arrays has none."""
    if not isinstance(array, np.ndarray):
        return str(array)
    return np.array2string(array, separator=", ") if array.size else repr(array.tolist())


def _filled(values: Any, place: np.ndarray, fill: Any) -> Tensor:
    """values[place], where a place behind the last value gives `fill`."""
    from addax.ops.creation import fill as filled_with
    from addax.ops.joining import concat

    shape = values.shape.as_list()
    other = convert.convert_to_tensor(fill, values.dtype) if not isinstance(fill, Tensor) else fill
    if other.dtype != values.dtype:
        raise ValueError(
            f"RaggedTensor.to_tensor: default_value has dtype {other.dtype.name}, not {values.dtype.name}."
        )
    row = filled_with([1, *shape[1:]], other) if not len(other.shape) else reshape(other, [1, *shape[1:]])
    return gather(concat([values, row], 0), ints(place, np.int32))


def _convert(value: RaggedTensor, dtype: Any, name: Any, as_ref: bool) -> Any:
    raise ValueError(
        f"TypeError: Failed to convert a RaggedTensor of shape {value.shape} to a Tensor.\n"
        "  To do: use its to_tensor(), or work on its rows with tf.map_fn."
    )


convert.register_conversion(RaggedTensor, _convert)
RaggedTensorSpec.register_value_type(RaggedTensor)
