"""The fields of a StructuredTensor: what they may be, the shape that they share, and how each is cut and changed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, trees
from addax.core.composite_specs import RaggedTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.ops import joining, ragged
from addax.ops.dynamic_ragged_shape import DynamicRaggedShape
from addax.ops.ragged_tensor import RaggedTensor, ints
from addax.ops.row_partition import RowPartition, RowPartitionSpec
from addax.ops.shaping import reshape

_WHO = "StructuredTensor"


def is_structured(value: Any) -> bool:
    """Whether a field is a StructuredTensor."""
    return hasattr(value, "__stacked__")


def as_field(value: Any) -> Any:
    """A value as a field holds it."""
    if isinstance(value, Tensor | RaggedTensor) or is_structured(value) or hasattr(value, "__symbolic_call__"):
        return value
    if isinstance(value, trees.CompositeTensor):
        raise TypeError(f"{_WHO}: Unexpected type for value in `fields`: {value!r:.200}.")
    return convert.convert_to_tensor(value)


def converted(fields: Any) -> dict[str, Any]:
    """Values by name as fields; TypeError where they are none."""
    if not isinstance(fields, Mapping):
        raise TypeError(f"{_WHO}: fields must be a dictionary, got {type(fields).__name__}.")
    for name in fields:
        if not isinstance(name, str):
            raise TypeError(f"{_WHO}: Unexpected type for key in `fields`: {name!r}.")
    return {name: as_field(value) for name, value in fields.items()}


def _prefix(value: Any, rank: int) -> DynamicRaggedShape:
    """The outer dimensions of a field, the most of them with row partitions."""
    whole = DynamicRaggedShape.from_tensor(value)
    if whole.rank < rank:
        raise ValueError(f"{_WHO}: a field of shape {value.shape} has fewer dimensions than the structure, {rank}.")
    return whole[:rank].with_row_partitions(max(rank - 1, 0))


def _same(a: DynamicRaggedShape, b: DynamicRaggedShape) -> bool:
    pairs = zip(a.row_partitions, b.row_partitions, strict=True)
    return a.outer_size == b.outer_size and all(np.array_equal(x.splits, y.splits) for x, y in pairs)


def check(columns: Mapping[str, Any], shape: DynamicRaggedShape) -> None:
    """Refuse fields whose outer dimensions are not those of the structure."""
    wanted = shape.with_row_partitions(max(shape.rank - 1, 0))
    for name, value in columns.items():
        try:
            fits = not shape.rank or _same(_prefix(value, shape.rank), wanted)
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(
                f"{_WHO}: Error in shape of {name}: expected outer dimensions {shape}, received "
                f"{DynamicRaggedShape.from_tensor(value)}."
            )


def common_shape(
    columns: Mapping[str, Any], shape: TensorShape, nrows: Any, parts: Sequence[RowPartition] | None
) -> DynamicRaggedShape:
    """The shape that fields share, with what else is said of it; ValueError where that contradicts itself."""
    rank = len(shape)
    if not rank:
        return DynamicRaggedShape([], [])
    given = [_prefix(value, rank) for value in columns.values()]
    known = shape.as_list()
    count = known[0]
    if nrows is not None:
        count = int(np.asarray(convert.value_of(nrows)))
    kinds = {part.dtype for value in columns.values() for part in DynamicRaggedShape.from_tensor(value).row_partitions}
    dtype = kinds.pop() if len(kinds) == 1 else dtypes.int64
    if parts is not None:
        if len(parts) != rank - 1:
            raise ValueError(f"{_WHO}: expected {rank - 1} row_partitions for rank {rank}, received {len(parts)}.")
        rows = parts[0].static_nrows if parts else count
        found = DynamicRaggedShape(parts, [parts[-1].static_nvals if parts else rows])
    elif given:
        found = DynamicRaggedShape(
            [_most_uniform(level) for level in zip(*[each.row_partitions for each in given], strict=True)],
            given[0].inner_sizes, dtype,
        )  # fmt: skip
    elif rank == 1 and count is None:
        raise ValueError(f"{_WHO}: Must specify `nrows`, a fully specified `shape`, or have `fields` if `rank=1`.")
    elif any(size is None for size in known[1:]):
        raise ValueError(f"{_WHO}: Must specify row_partitions, a fully specified shape, or have fields if rank > 1.")
    else:
        found = DynamicRaggedShape.from_lengths([count, *known[1:]], rank - 1, dtype)
    found = found.with_sizes()
    if not found.static_shape.is_compatible_with(shape) or count not in (None, found.outer_size):
        raise ValueError(f"{_WHO}: Shapes {shape} and {found.static_shape} are not compatible (nrows {count}).")
    return found


def _most_uniform(level: Sequence[RowPartition]) -> RowPartition:
    return next((part for part in level if part.uniform is not None), level[0])


def check_key(key: Any) -> None:
    """Refuse what cannot index a dimension of structures."""
    if key is None:
        raise ValueError(f"{_WHO}: Slicing not supported for tf.newaxis.")
    if key is Ellipsis:
        raise ValueError(f"{_WHO}: Slicing not supported for Ellipsis; name each dimension.")
    if not isinstance(key, int | np.integer | slice | Tensor):
        raise TypeError(
            f"{_WHO}: Only integers, slices (`:`) and scalar int tensors are valid indices of dimensions, got {key!r}."
        )


def numbers_of(shape: DynamicRaggedShape) -> Any:
    """0, 1, 2, ... in a shape: what is done to them says what becomes of the shape."""
    return shape.around(reshape(ints(np.arange(shape.num_elements)), list(shape.inner_sizes)))


# ---------------------------------------------------------------------------- what is done to each field


def merged(value: Any, outer: int, inner: int) -> Any:
    """A field with the dimensions outer, ..., inner as one."""
    if outer == inner:
        return value
    if isinstance(value, RaggedTensor) or is_structured(value):
        return value.merge_dims(outer, inner)
    sizes = value.shape.as_list()
    return reshape(value, [*sizes[:outer], int(np.prod(sizes[outer : inner + 1])), *sizes[inner + 1 :]])


def partitioned(value: Any, part: RowPartition) -> Any:
    """A field with its rows divided into rows."""
    if is_structured(value):
        return value.partition_outer_dimension(part)
    if isinstance(value, RaggedTensor) and value.row_splits.dtype != part.dtype:
        value = value.with_row_splits_dtype(part.dtype)
    return RaggedTensor(value, part.row_splits(), part.uniform)


def with_splits_dtype(value: Any, kind: dtypes.DType) -> Any:
    """A field with row splits of another type."""
    if is_structured(value):
        return value.with_shape_dtype(kind)
    return value.with_row_splits_dtype(kind) if isinstance(value, RaggedTensor) else value


# ---------------------------------------------------------------------------- updates

Path = tuple[str, ...]
_UPDATES = "`StructuredTensor.with_updates`"


def paths(updates: Mapping[Any, Any]) -> dict[Path, Any]:
    """Updates by path; ValueError for an empty path, or one that another one leads through."""
    found = {(name,) if isinstance(name, str) else tuple(name): value for name, value in updates.items()}
    if () in found:
        raise ValueError(f"{_UPDATES} does not allow empty names ((),).")
    for path in sorted(found):
        for length in range(1, len(path)):
            if path[:length] in found:
                raise ValueError(
                    f"{_UPDATES} does not allow both parent and child nodes to be updated: parent={path[:length]}, "
                    f"child={path}. If needed you can update child nodes in the parent update value."
                )
    return found


def with_updates(value: Any, updates: Mapping[Path, Any], above: Path) -> Any:
    """A StructuredTensor with the fields of `updates` set, changed or left out."""
    columns = dict(value._columns)
    for name, group in itertools.groupby(sorted(updates), key=lambda path: path[0]):
        inner = {path[1:]: updates[path] for path in group}
        where = (*above, name)
        if () not in inner:
            held = columns.get(name)
            if held is None:
                path = (*where, *next(iter(inner)))
                raise ValueError(f"{_UPDATES} cannot create new sub-field {path} if parent field {where} is not set.")
            if not is_structured(held):
                raise ValueError(f"{_UPDATES}: the field {where} is no StructuredTensor, and has no fields to update.")
            columns[name] = with_updates(held, inner, where)
            continue
        new = inner[()]
        if new is None:
            if name not in columns:
                raise ValueError(f"{_UPDATES} cannot delete field {where} because it is not present.")
            del columns[name]
        elif callable(new) and not isinstance(new, Tensor | trees.CompositeTensor):
            if name not in columns:
                raise ValueError(
                    f"{_UPDATES} cannot update the field {where} because a transforming function was given, but that "
                    "field does not already exist."
                )
            columns[name] = new(columns[name])
        else:
            columns[name] = new
    try:
        return type(value)(columns, value.ragged_shape)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{_UPDATES} failed for {above or 'the fields'}: {error}") from None


# ---------------------------------------------------------------------------- stacking, for datasets


def stacked(cls: Any, column: Sequence[Any], spec: Any) -> Any:
    """Structures as the rows of one.

    Args:
        cls: StructuredTensor.
        column: the structures.
        spec: that of one of them, which says what may differ in length; None where nothing does.
    """
    fields = {}
    for name in column[0].field_names():
        values = [each.field_value(name) for each in column]
        below = None if spec is None else spec._columns.get(name)
        fields[name] = stacked(cls, values, below) if is_structured(values[0]) else _stacked_field(values, below)
    rank = column[0].rank
    if not rank:
        return cls(fields, DynamicRaggedShape([], [len(column)], column[0].ragged_shape.dtype))
    kind = column[0].ragged_shape.dtype
    numbers = [_as_ragged(numbers_of(each.ragged_shape)) for each in column]
    uniform = None if spec is None else spec.shape[0]
    shape = DynamicRaggedShape.from_tensor(ragged.stack(numbers), kind)[: rank + 1]
    if uniform is not None and shape.row_partitions:
        outer = RowPartition.from_uniform_row_length(uniform, nrows=len(column), dtype=kind)
        shape = DynamicRaggedShape([outer, *shape.row_partitions[1:]], shape.inner_sizes, kind)
    return cls(fields, shape)


def _as_ragged(value: Any) -> Any:
    rank = len(value.shape)
    return (
        value if isinstance(value, RaggedTensor) or rank < 2 else RaggedTensor.from_tensor(value, ragged_rank=rank - 1)
    )


def _stacked_field(values: Sequence[Any], spec: Any) -> Any:
    dense = all(isinstance(value, Tensor) for value in values)
    if dense and not isinstance(spec, RaggedTensorSpec) and len({tuple(value.shape) for value in values}) == 1:
        return joining.stack(list(values))
    return ragged.stack(list(values))


# ---------------------------------------------------------------------------- specs


def _shape_spec(parts: Sequence[RowPartitionSpec], inner: Any) -> Any:
    kind: Any = DynamicRaggedShape
    return kind.Spec(tuple(parts), TensorShape(inner), dtypes.int64)


def known_shape(spec: Any) -> TensorShape:
    """What the spec of a shape says of it."""
    parts, inner = spec._row_partitions, spec._static_inner_shape.as_list()
    if not parts:
        return TensorShape(inner)
    return TensorShape([parts[0].nrows, *[part.uniform_row_length for part in parts], *inner[1:]])


def shape_spec(fields: Mapping[str, Any], rank: int) -> Any:
    """The spec of the shape that the specs of fields share."""
    if not rank:
        return _shape_spec((), [])
    sizes: list[int | None] = [None] * rank
    for spec in fields.values():
        for axis, size in enumerate(spec.shape.as_list()[:rank]):
            sizes[axis] = size if sizes[axis] is None else sizes[axis]
    return _of_sizes(sizes)


def _of_sizes(sizes: Sequence[int | None]) -> Any:
    if len(sizes) < 2 or all(size is not None for size in sizes[1:]):
        return _shape_spec((), sizes)
    rows, parts = sizes[0], []
    for size in sizes[1:]:
        values = rows * size if rows is not None and size is not None else None
        parts.append(RowPartitionSpec(rows, values, size))
        rows = values
    return _shape_spec(parts, [rows])


def batched_shape(spec: Any, size: int | None) -> Any:
    """The spec of the shape of several."""
    return _of_sizes([size, *known_shape(spec).as_list()])


def unbatched_shape(spec: Any) -> Any:
    """The spec of the shape of one row."""
    return _of_sizes(known_shape(spec).as_list()[1:])


def empty_of(spec: Any) -> Any:
    """A field without values that a spec describes."""
    sizes = [0 if size is None else size for size in spec.shape.as_list()]
    made = convert.constant(np.zeros(sizes, spec.dtype.np), spec.dtype)
    if isinstance(spec, TensorSpec) or spec.ragged_rank < 1:
        return made
    return RaggedTensor.from_tensor(made, ragged_rank=spec.ragged_rank)
