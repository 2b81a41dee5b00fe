"""StructuredTensor from nested dicts and lists, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.core.composite_specs import RaggedTensorSpec
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.ops import ragged, structured_fields
from addax.ops.dynamic_ragged_shape import DynamicRaggedShape
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.row_partition import RowPartition

Path = tuple[str, ...]


def from_pyval(cls: Any, pyval: Any, spec: Any, path: Path = ()) -> Any:
    """Nested dicts, lists and numbers as a StructuredTensor, ragged tensor or tensor.

    Args:
        cls: StructuredTensor.
        pyval: the value.
        spec: what it shall be, or None.
        path: where it stands, for messages.
    """
    if isinstance(pyval, Mapping):
        if spec is not None and (not _is_structured(spec) or spec.rank or set(spec._columns) != set(pyval)):
            raise _unfit(path, pyval, spec)
        below = spec._columns if spec is not None else dict.fromkeys(pyval)
        fields = {
            key: from_pyval(cls, value, below[key], (*path, key)) if isinstance(key, str) else value
            for key, value in pyval.items()
        }
        return cls(fields, DynamicRaggedShape([], []))
    if isinstance(pyval, list | tuple):
        if spec is not None and _is_structured(spec):
            return _of_structures(cls, pyval, list(spec._columns), spec.rank, spec, path)
        found = _structures(pyval, 1)
        if found is not None:
            return _of_structures(cls, pyval, *found, None, path)
    return _of_values(pyval, spec, path)


def _is_structured(spec: Any) -> bool:
    return hasattr(spec, "_columns")


def _unfit(path: Path, pyval: Any, spec: Any) -> ValueError:
    return ValueError(
        f"StructuredTensor.from_pyval: Value at {path} does not match typespec: {pyval!r:.200} vs {spec!r}"
    )


def _structures(pyval: Any, depth: int) -> tuple[list[Any], int] | None:
    """The keys of the first dict in nested lists, and how deep it stands; None where there is none."""
    for item in pyval:
        if isinstance(item, Mapping):
            return sorted(item, key=str), depth
        if isinstance(item, list | tuple):
            found = _structures(item, depth + 1)
            if found is not None:
                return found
    return None


def _of_structures(cls: Any, pyval: Any, keys: list[Any], rank: int, spec: Any, path: Path) -> Any:
    """Nested lists of dicts: a field is the same nested lists of what the dicts have by its name."""
    if spec is not None and not rank:
        raise _unfit(path, pyval, spec)
    level, lengths = list(pyval), [len(pyval)]
    parts: list[RowPartition] = []
    for _ in range(rank - 1):
        if any(not isinstance(item, list | tuple) for item in level):
            raise _mixed(path)
        parts.append(RowPartition.from_row_lengths([len(item) for item in level]))
        level = [part for item in level for part in item]
    if any(not isinstance(item, Mapping) for item in level):
        raise _mixed(path)
    for item in level:
        extra = set(item) - set(keys)
        if extra:
            raise KeyError(sorted(extra, key=str)[0])
    fields = {}
    for key in keys:
        if not isinstance(key, str):
            raise TypeError(f"StructuredTensor: Unexpected type for key in `fields`: {key!r}.")
        below = None if spec is None else spec._columns[key]
        where = (*path, key)
        values = _by_key(pyval, key, rank)
        if not level and below is not None and not _is_structured(below):
            fields[key] = structured_fields.empty_of(below)
        else:
            fields[key] = _field(cls, values, below, rank, where)
    return cls(fields, DynamicRaggedShape(parts, [len(level) if parts else lengths[0]]))


def _mixed(path: Path) -> ValueError:
    return ValueError(
        f"StructuredTensor.from_pyval: Expected dict or nested list/tuple of dict at {path}, found others beside them."
    )


def _by_key(pyval: Any, key: str, rank: int) -> list[Any]:
    if rank == 1:
        return [item[key] for item in pyval]
    return [_by_key(item, key, rank - 1) for item in pyval]


def _field(cls: Any, values: list[Any], spec: Any, rank: int, path: Path) -> Any:
    """The field of structures of a rank; dicts right below them are structures of the same rank."""
    inner = values
    for _ in range(rank - 1):
        inner = [part for item in inner for part in item]
    plain = [item for item in inner if not isinstance(item, Mapping)]
    if plain and len(plain) < len(inner):
        raise ValueError(f"StructuredTensor.from_pyval: Error parsing path {path}: dicts beside other values.")
    return from_pyval(cls, values, spec, path)


def _of_values(pyval: Any, spec: Any, path: Path) -> Any:
    """Numbers, strings, and nested lists of them."""
    if isinstance(pyval, Tensor | RaggedTensor) or structured_fields.is_structured(pyval):
        return pyval
    dtype = None if spec is None else spec.dtype
    try:
        if isinstance(spec, RaggedTensorSpec):
            made = ragged.constant(pyval, dtype, ragged_rank=spec.ragged_rank, row_splits_dtype=spec.row_splits_dtype)
        elif spec is not None:
            made = convert.constant(pyval, dtype)
        else:
            made = ragged.constant(pyval) if isinstance(pyval, list | tuple) else _scalar(pyval)
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"StructuredTensor.from_pyval: Error parsing path {path}: {error}") from None
    if isinstance(spec, TensorSpec | RaggedTensorSpec) and not spec.is_compatible_with(made):
        raise _unfit(path, pyval, spec)
    return made


def _scalar(value: Any) -> Tensor:
    if value is None:
        raise ValueError("None is no value")
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**31) <= value < 2**31:
        return convert.constant(value, dtypes.int64)
    return convert.constant(value)


def to_pyval(value: Any) -> Any:
    """A StructuredTensor as a dict, or nested lists of dicts."""
    names, rank = value.field_names(), value.rank
    if not rank:
        return {name: _plain(value.field_value(name)) for name in names}
    flat = value.merge_dims(0, rank - 1)
    columns = [_plain(flat.field_value(name)) for name in names]
    rows: list[Any] = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if not names:
        rows = [{} for _ in range(flat.ragged_shape.outer_size)]
    for part in reversed(value.row_partitions):
        rows = [rows[a:b] for a, b in zip(part.splits[:-1].tolist(), part.splits[1:].tolist(), strict=True)]
    return rows


def _plain(field: Any) -> Any:
    if structured_fields.is_structured(field):
        return to_pyval(field)
    if isinstance(field, RaggedTensor):
        return field.to_list()
    array = field.numpy()
    return array.tolist() if isinstance(array, np.ndarray) and array.ndim else array
