"""StructuredTensor: a (possibly ragged) tensor whose elements have named fields, as nested dicts and lists do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from addax.core import dtypes, errors, trees
from addax.core.extension_fields import ImmutableDict
from addax.core.extension_type import BatchableExtensionType
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.ops import structured_fields, structured_pyval
from addax.ops.dynamic_ragged_shape import DynamicRaggedShape
from addax.ops.row_partition import RowPartition
from addax.ops.structured_fields import merged, partitioned, with_splits_dtype

__all__ = ["StructuredTensor"]

FieldName = str | Sequence[str]
_WHO = "StructuredTensor"


class StructuredTensor(BatchableExtensionType):
    """A tensor of structures: each field is a tensor (ragged, structured) with the structure's outer dimensions.

    Made by `from_pyval`, `from_fields`, `from_fields_and_rank` and `from_shape`.

    Args:
        fields: values by name.
        ragged_shape: the shape, a tf.experimental.DynamicRaggedShape.

    Raises:
        TypeError: a name that is no string, or a value that is no tensor.
        ValueError: a field of another shape.

    >>> import addax as tf
    >>> s = tf.experimental.StructuredTensor.from_pyval([{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}])
    >>> s.shape
    TensorShape([2])
    >>> s.field_value("tags")
    <tf.RaggedTensor [[b'a', b'b'], []]>
    >>> s[0].to_pyval()["tags"]
    [b'a', b'b']
    """

    FieldName = FieldName

    _columns: Mapping[str, Tensor | trees.CompositeTensor]
    _ragged_shape: DynamicRaggedShape

    def __init__(self, fields: Mapping[str, Any], ragged_shape: DynamicRaggedShape) -> None:
        columns = structured_fields.converted(fields)
        if not isinstance(ragged_shape, DynamicRaggedShape):
            raise TypeError(f"{_WHO}: ragged_shape must be a DynamicRaggedShape, received {ragged_shape!r:.80}.")
        structured_fields.check(columns, ragged_shape)
        self._columns = ImmutableDict(columns)
        self._ragged_shape = ragged_shape

    # ------------------------------------------------------------------ making one

    @classmethod
    def from_fields(
        cls, fields: Mapping[str, Any], shape: Any = (), nrows: Any = None,
        row_partitions: Sequence[RowPartition] | None = None, validate: bool = False,
    ) -> StructuredTensor:  # fmt: skip
        """From values by name, and the shape that they share.

        Args:
            fields: tensors, ragged tensors, StructuredTensors, or what becomes a tensor.
            shape: what is known of the shape; its rank has to be.
            nrows: the number of rows, where neither shape nor fields say it.
            row_partitions: how the dimensions 1, 2, ... are divided; by default as the fields say.
            validate: accepted: fields are always checked.

        Raises:
            TypeError: no mapping of names to tensors.
            ValueError: fields whose shapes do not fit, or too little said of the shape.

        >>> import addax as tf
        >>> tf.experimental.StructuredTensor.from_fields({"x": [1, 2], "y": [[1], [2]]}, shape=[2]).to_pyval()
        [{'x': 1, 'y': [1]}, {'x': 2, 'y': [2]}]
        """
        columns = structured_fields.converted(fields)
        wanted = TensorShape(shape)
        if wanted.rank is None:
            raise ValueError(f"{_WHO}.from_fields: StructuredTensor's shape must have known rank.")
        found = structured_fields.common_shape(columns, wanted, nrows, row_partitions)
        return cls(columns, found)

    @classmethod
    def from_fields_and_rank(
        cls, fields: Mapping[str, Any], rank: int, validate: bool = False, dtype: Any = None
    ) -> StructuredTensor:
        """From values by name, and how many of their outer dimensions are the structure's.

        Args:
            fields: at least one; see `from_fields`.
            rank: the number of dimensions.
            validate: accepted: fields are always checked.
            dtype: tf.int64 or tf.int32, the type of the shape's numbers.

        Raises:
            ValueError: no fields, a negative rank, or one above a field's.
        """
        if not fields:
            raise ValueError(f"{_WHO}.from_fields_and_rank: Must provide at least one field.")
        if rank < 0:
            raise ValueError(f"{_WHO}.from_fields_and_rank: rank must be nonnegative.")
        columns = structured_fields.converted(fields)
        found = structured_fields.common_shape(columns, TensorShape([None] * rank), None, None)
        return cls(columns, found if dtype is None else found.with_dtype(dtype))

    @classmethod
    def from_shape(cls, ragged_shape: DynamicRaggedShape) -> StructuredTensor:
        """Structures without fields, of a shape."""
        return cls({}, ragged_shape)

    @classmethod
    def from_pyval(cls, pyval: Any, typespec: Any = None) -> Any:
        """From nested dicts, lists and numbers.

        Args:
            pyval: a dict; nested lists of dicts with the same keys; or nested lists of numbers or strings, which become
                a tensor or ragged tensor.
            typespec: a spec that says dtypes (and what empty lists hold).

        Raises:
            ValueError: values that do not go together, or that the spec does not describe.
            KeyError: dicts with other keys than the first.
        """
        return structured_pyval.from_pyval(cls, pyval, typespec)

    # ------------------------------------------------------------------ what it is

    @property
    def ragged_shape(self) -> DynamicRaggedShape:
        """The shape with all row lengths."""
        return self._ragged_shape

    @property
    def rank(self) -> int:
        """The number of dimensions (of the structure; its fields may have more)."""
        return self._ragged_shape.rank

    @property
    def shape(self) -> TensorShape:
        """The shape; ragged dimensions are None."""
        return self._ragged_shape.static_shape

    @property
    def row_partitions(self) -> tuple[RowPartition, ...]:
        """How the dimensions 1, 2, ... are divided into rows."""
        return self._ragged_shape.with_row_partitions(max(self.rank - 1, 0)).row_partitions[: max(self.rank - 1, 0)]

    def nrows(self) -> Tensor | None:
        """The number of rows, a scalar; None for a single structure."""
        return self._ragged_shape[0] if self.rank else None

    def field_names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(self._columns)

    def field_value(self, field_name: FieldName) -> Any:
        """A field, or by several names one of a field's.

        Raises:
            KeyError: no such field.
        """
        if isinstance(field_name, list | tuple):
            value: Any = self
            for depth, name in enumerate(field_name):
                if not isinstance(value, StructuredTensor):
                    raise KeyError(
                        f"Field path {tuple(field_name)} not found: {tuple(field_name[:depth])} is a tensor."
                    )
                value = value.field_value(name)
            return value
        return self._columns[field_name]

    # ------------------------------------------------------------------ parts

    def __getitem__(self, key: Any) -> Any:
        """Structures by numbers and slices, then a field by its name, then what is below: `s[0]`, `s[:, "name", 1:]`.

        Raises:
            ValueError: a key that is none, or one of a ragged dimension.
            KeyError: no such field.
        """
        keys = key if isinstance(key, tuple) else tuple(key) if isinstance(key, list) else (key,)
        if not self.rank and keys and isinstance(keys[0], slice) and keys[0] == slice(None):
            keys = keys[1:]
            if not keys:
                return self
        outer, inner = keys[: self.rank], keys[self.rank :]
        for each in outer:
            structured_fields.check_key(each)
        if inner:
            if not isinstance(inner[0], str):
                raise ValueError(
                    f"{_WHO}: Key for indexing a StructuredTensor must be a string, received {inner[0]!r}."
                )
            value = self.field_value(inner[0])
            rest = outer + inner[1:]
            return value[rest] if rest else value
        numbers = structured_fields.numbers_of(self._ragged_shape)[outer]
        shape = DynamicRaggedShape.from_tensor(numbers, self._ragged_shape.dtype)
        return StructuredTensor({name: value[outer] for name, value in self._columns.items()}, shape)

    def __iter__(self) -> Any:
        if not self.rank:
            raise TypeError("iteration over a StructuredTensor of rank 0, which has no rows.")
        return (self[i] for i in range(self._ragged_shape.outer_size))

    # ------------------------------------------------------------------ others like it

    def merge_dims(self, outer_axis: int, inner_axis: int) -> StructuredTensor:
        """The same with several dimensions as one.

        Raises:
            ValueError: axes out of bounds, or in the wrong order.
        """
        rank = self.rank
        for name, axis in (("outer_axis", outer_axis), ("inner_axis", inner_axis)):
            if not -rank <= axis < rank:
                raise ValueError(f"{_WHO}.merge_dims: {name}={axis} out of bounds: expected {-rank}<={name}<{rank}.")
        outer, inner = outer_axis % rank, inner_axis % rank
        if outer > inner:
            raise ValueError(f"{_WHO}.merge_dims: outer_axis ({outer}) must be <= inner_axis ({inner}).")
        numbers = merged(structured_fields.numbers_of(self._ragged_shape), outer, inner)
        shape = DynamicRaggedShape.from_tensor(numbers, self._ragged_shape.dtype)
        return StructuredTensor({name: merged(value, outer, inner) for name, value in self._columns.items()}, shape)

    def partition_outer_dimension(self, row_partition: RowPartition) -> StructuredTensor:
        """The same with its rows divided into rows.

        Args:
            row_partition: of as many values as there are rows.

        Raises:
            TypeError: no RowPartition.
            ValueError: a single structure, which has no rows.
            InvalidArgumentError: a partition of another number of values.
        """
        if not isinstance(row_partition, RowPartition):
            raise TypeError(f"{_WHO}.partition_outer_dimension: row_partition must be a RowPartition.")
        if not self.rank:
            raise ValueError(f"{_WHO}.partition_outer_dimension: Shape () must have rank at least 1.")
        if row_partition.static_nvals != self._ragged_shape.outer_size:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"{_WHO}.partition_outer_dimension",
                    expected=f"{self._ragged_shape.outer_size} values, one per row",
                    received=f"a partition of {row_partition.static_nvals}",
                )
            )  # fmt: skip
        part = row_partition.with_dtype(self._ragged_shape.dtype)
        columns = {name: partitioned(value, part) for name, value in self._columns.items()}
        return StructuredTensor(columns, self._ragged_shape.partitioned(part))

    def promote(self, source_path: Sequence[str], new_name: str) -> StructuredTensor:
        """The same with a field of a field copied one level up.

        Args:
            source_path: at least two names; the last is the field to copy.
            new_name: its name beside the field that holds it. The rows of that field are merged in it.

        Raises:
            ValueError: a shorter path, or a name that is no string.
            KeyError: no such field.

        >>> import addax as tf
        >>> s = tf.experimental.StructuredTensor.from_pyval([{"docs": [{"t": [1, 2]}, {"t": [3]}]}])
        >>> s.promote(("docs", "t"), "all").field_value("all")
        <tf.RaggedTensor [[1, 2, 3]]>
        """
        if not isinstance(new_name, str):
            raise ValueError(f"{_WHO}.promote: new_name is not a string: {new_name!r}.")
        path = tuple(source_path)
        if len(path) < 2:
            raise ValueError(f"{_WHO}.promote: source_path must have length at least two: {path}.")
        above, holder, value = (self.field_value(path[:-2]), self.field_value(path[:-1]), self.field_value(path))
        last = min(holder.rank, len(value.shape) - 1)
        if last > above.rank:
            value = merged(value, above.rank, last)
        return self.with_updates({(*path[:-2], new_name): value})

    def with_updates(self, updates: Mapping[Any, Any], validate: bool = False) -> StructuredTensor:
        """The same with fields set, changed or left out.

        Args:
            updates: by name, or path of names: a value, a function of the old value, or None to leave the field out.
            validate: accepted: fields are always checked.

        Raises:
            ValueError: a field that is not there, a value that does not fit, or a path that another one leads through.

        >>> import addax as tf
        >>> s = tf.experimental.StructuredTensor.from_pyval([{"x": 1}, {"x": 2}])
        >>> s.with_updates({"x": None, "y": [5, 6]}).to_pyval()
        [{'y': 5}, {'y': 6}]
        """
        return structured_fields.with_updates(self, structured_fields.paths(updates), ())

    def with_shape_dtype(self, dtype: Any) -> StructuredTensor:
        """The same with row splits and shapes of another type: tf.int64 or tf.int32."""
        kind = dtypes.as_dtype(dtype)
        columns = {name: with_splits_dtype(value, kind) for name, value in self._columns.items()}
        return StructuredTensor(columns, self._ragged_shape.with_dtype(kind))

    # ------------------------------------------------------------------ out

    def to_pyval(self) -> Any:
        """As a dict, or nested lists of dicts."""
        return structured_pyval.to_pyval(self)

    def __repr__(self) -> str:
        indent = "\n" + " " * 12
        shown = [f'"{name}": ' + str(self._columns[name]).replace("\n", indent) for name in sorted(self._columns)]
        fields = ",\n        ".join(shown)
        return f"<StructuredTensor(\n    fields={{\n        {fields}}},\n    shape={self.shape})>"

    __str__ = __repr__

    # ------------------------------------------------------------------ as elements of datasets

    def __rows__(self) -> list[StructuredTensor]:
        return list(self)

    @classmethod
    def __stacked__(cls, column: Sequence[StructuredTensor], spec: Any) -> StructuredTensor:
        return structured_fields.stacked(cls, column, spec)

    class Spec:
        """What is known of a StructuredTensor: specs of its fields, and of its shape."""

        @classmethod
        def _from_fields_and_rank(cls: Any, fields: Mapping[str, Any], rank: int) -> Any:
            return cls(dict(fields), structured_fields.shape_spec(fields, rank))

        @property
        def shape(self: Any) -> TensorShape:
            """The shape; ragged and unknown dimensions are None."""
            return structured_fields.known_shape(self._ragged_shape)

        @property
        def rank(self: Any) -> int:
            """The number of dimensions."""
            return len(self.shape)

        def _batch(self: Any, batch_size: int | None) -> Any:
            fields = {name: spec._batch(batch_size) for name, spec in self._columns.items()}
            return type(self)(fields, structured_fields.batched_shape(self._ragged_shape, batch_size))

        def _unbatch(self: Any) -> Any:
            fields = {name: spec._unbatch() for name, spec in self._columns.items()}
            return type(self)(fields, structured_fields.unbatched_shape(self._ragged_shape))

        def __repr__(self: Any) -> str:
            return f"StructuredTensor.Spec(_fields={dict(self._columns)!r}, _ragged_shape={self._ragged_shape!r})"
