"""Ragged and sparse tensors as elements: taken into rows, and put together from them, by their specs' own parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.extension_type import ExtensionTypeSpec
from addax.core.tensor import Tensor


def parts_of(value: Any) -> list[np.ndarray]:
    """The parts of a composite tensor as arrays."""
    return [np.asarray(convert.value_of(part)) for part in value._type_spec._to_components(value)]


def built(spec: Any, parts: Sequence[np.ndarray]) -> Any:
    """A composite tensor from its parts; ragged ones without splits are plain arrays."""
    if isinstance(spec, RaggedTensorSpec) and spec.ragged_rank <= 0:
        return np.asarray(parts[0])
    return spec._from_components([Tensor(convert.to_device(part)) for part in parts])


class Rows:
    """The rows of a composite tensor: a list that is a leaf, not a structure."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, which: Any) -> Any:
        return Rows(self.items[which]) if isinstance(which, slice) else self.items[which]


def rows_of(leaf: Any) -> Any:
    """The rows of a leaf: itself where it is an array, `Rows` where it is composite."""
    if not isinstance(leaf, trees.CompositeTensor):
        return Rows(leaf.__rows__()) if hasattr(leaf, "__rows__") else leaf
    spec = leaf._type_spec
    if isinstance(spec, RaggedTensorSpec):
        return Rows(_ragged_rows(leaf, spec))
    if isinstance(spec, SparseTensorSpec):
        return Rows(_sparse_rows(leaf, spec))
    if hasattr(leaf, "__rows__"):
        return Rows(leaf.__rows__())
    if isinstance(spec, ExtensionTypeSpec):
        return Rows(_encoded_rows(leaf, spec))
    raise TypeError(f"elements of type {type(leaf).__name__} cannot be taken apart.")


def _ragged_rows(leaf: Any, spec: RaggedTensorSpec) -> list[Any]:
    values, splits, *inner = parts_of(leaf)
    row_spec = spec._unbatch()
    made = []
    for start, stop in zip(splits[:-1].tolist(), splits[1:].tolist(), strict=True):
        cut: list[np.ndarray] = []
        for each in inner:
            part = each[start : stop + 1]
            cut.append(part - part[0])
            start, stop = int(part[0]), int(part[-1])
        made.append(built(row_spec, [values[start:stop], *cut]))
    return made


def _sparse_rows(leaf: Any, spec: SparseTensorSpec) -> list[Any]:
    indices, values, shape = parts_of(leaf)
    row_spec = spec._unbatch()
    made = []
    for row in range(int(shape[0])):
        here = indices[:, 0] == row
        made.append(built(row_spec, [indices[here][:, 1:], values[here], shape[1:]]))
    return made


def _encoded_rows(leaf: Any, spec: Any) -> list[Any]:
    """The values that a value of a batchable extension type consists of, by its encoder."""
    encoder, row_spec = spec._encoder, spec._unbatch()
    encoded = encoder.encode(spec, leaf, minimum_rank=1)
    columns = [rows_of(_as_leaf(part)) for part in trees.flatten(encoded)]
    lengths = {len(column) for column in columns}
    if len(lengths) != 1:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{type(leaf).__name__}",
                expected="fields with one first dimension, to take values from",
                received=f"lengths {sorted(lengths)}",
            )
        )
    rows = zip(*[[column[i] for i in range(len(column))] for column in columns], strict=True)
    return [encoder.decode(row_spec, trees.pack(encoded, [_as_tensor(part) for part in row])) for row in rows]


def _as_leaf(part: Any) -> Any:
    return part if isinstance(part, trees.CompositeTensor) else np.asarray(convert.value_of(part))


def _as_tensor(leaf: Any) -> Any:
    return leaf if isinstance(leaf, trees.CompositeTensor) else Tensor(convert.to_device(np.asarray(leaf)))


def _stacked_encodings(column: Sequence[Any], spec: Any) -> Any:
    """Values of a batchable extension type as one, by its encoder."""
    whole = spec.most_specific_common_supertype([value._type_spec for value in column[1:]])
    if whole is None:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{type(column[0]).__name__}", expected="values that differ in their tensors only, to be stacked",
                received="; ".join(str(value._type_spec) for value in column[:3]),
            )
        )  # fmt: skip
    encoder = spec._encoder
    encoded = [encoder.encode(value._type_spec, value) for value in column]
    stacked = []
    for parts in zip(*[trees.flatten(each) for each in encoded], strict=True):
        if isinstance(parts[0], trees.CompositeTensor):
            stacked.append(stack(parts))
            continue
        arrays = [np.asarray(convert.value_of(part)) for part in parts]
        if len({array.shape for array in arrays}) > 1:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"{type(column[0]).__name__}", expected="tensors of one shape, to be stacked",
                    received=", ".join(str(array.shape) for array in arrays[:6]),
                    hint="pad them with map, or give the type a __batch_encoder__",
                )
            )  # fmt: skip
        stacked.append(_as_tensor(np.stack(arrays)))
    return encoder.decode(encoder.batch(whole, len(column)), trees.pack(encoded[0], stacked))


def stack(column: Sequence[Any], row_spec: Any = None) -> Any:
    """Composite tensors of one kind stacked along a new first axis; `row_spec` says more of them, where it is known."""
    if hasattr(column[0], "__stacked__"):
        return type(column[0]).__stacked__(column, row_spec)
    spec = next(leaf for leaf in column if isinstance(leaf, trees.CompositeTensor))._type_spec
    if isinstance(spec, RaggedTensorSpec):
        return stack_ragged(column, spec.ragged_rank, spec.row_splits_dtype.np)
    if isinstance(spec, SparseTensorSpec):
        all_parts = [parts_of(leaf) for leaf in column]
        return _joined_sparse(all_parts, np.max([parts[2] for parts in all_parts], axis=0).tolist())
    if isinstance(spec, ExtensionTypeSpec):
        return _stacked_encodings(column, spec)
    raise TypeError(f"elements of type {type(column[0]).__name__} cannot be batched.")


def stack_ragged(column: Sequence[Any], ragged_rank: int, splits_dtype: Any) -> Any:
    """Ragged tensors of a ragged rank, or arrays taken as such, as one ragged tensor with one ragged dimension more."""
    all_parts = [
        parts_of(leaf) if isinstance(leaf, trees.CompositeTensor) else _as_ragged(np.asarray(leaf), ragged_rank)
        for leaf in column
    ]
    values = np.concatenate([parts[0] for parts in all_parts])
    lengths = [len(parts[1]) - 1 if ragged_rank else len(parts[0]) for parts in all_parts]
    splits = [np.concatenate([[0], np.cumsum(lengths)]).astype(splits_dtype)]
    for level in range(1, ragged_rank + 1):
        sizes = np.concatenate([np.diff(parts[level]) for parts in all_parts])
        splits.append(np.concatenate([[0], np.cumsum(sizes)]).astype(splits_dtype))
    shape = [len(column), *[None] * (ragged_rank + 1), *values.shape[1:]]
    spec = RaggedTensorSpec(shape, values.dtype, ragged_rank + 1, splits_dtype)
    return built(spec, [values, *splits])


def _as_ragged(array: np.ndarray, ragged_rank: int) -> list[np.ndarray]:
    """The parts of an array as a ragged tensor whose rows happen to be of equal lengths."""
    splits, rows = [], 1
    for level in range(ragged_rank):
        rows *= array.shape[level]
        splits.append(np.arange(rows + 1) * array.shape[level + 1])
    return [array.reshape(rows * array.shape[ragged_rank], *array.shape[ragged_rank + 1 :]), *splits]


def stack_to_sparse(column: Sequence[Any], row_shape: Sequence[int | None]) -> Any:
    """Arrays or sparse tensors as one sparse tensor whose rows have room for `row_shape`.

    Raises:
        tf.errors.DataLossError: an element is larger.
    """
    all_parts = [sparse_parts(leaf, row_shape) for leaf in column]
    largest = np.max([parts[2] for parts in all_parts], axis=0).tolist()
    shape = [have if want is None else want for have, want in zip(largest, row_shape, strict=True)]
    return _joined_sparse(all_parts, shape)


def sparse_parts(leaf: Any, row_shape: Sequence[int | None]) -> list[np.ndarray]:
    """Indices, values and shape of an array or a sparse tensor, which has to fit into `row_shape`.

    Raises:
        tf.errors.InvalidArgumentError: it has another rank.
        tf.errors.DataLossError: it is larger.
    """
    if isinstance(leaf, trees.CompositeTensor):
        parts = parts_of(leaf)
    else:
        array = np.asarray(leaf)
        indices = np.argwhere(np.ones(array.shape, bool))
        parts = [indices.astype(np.int64), array.reshape(-1), np.array(array.shape, np.int64)]
    if len(parts[2]) != len(row_shape):
        raise errors.InvalidArgumentError(
            None, None, f"Dataset.sparse_batch: expected elements of rank {len(row_shape)}, as row_shape "
            f"{list(row_shape)} says, received one of shape {parts[2].tolist()}.",
        )  # fmt: skip
    if any(want is not None and have > want for have, want in zip(parts[2].tolist(), row_shape, strict=True)):
        raise errors.DataLossError(
            None, None, f"Dataset.sparse_batch: an element of shape {parts[2].tolist()} exceeds {list(row_shape)}."
        )
    return parts


def _joined_sparse(all_parts: Sequence[Sequence[np.ndarray]], shape: Sequence[int]) -> Any:
    indices = [
        np.concatenate([np.full((len(parts[0]), 1), row, np.int64), parts[0]], axis=1)
        for row, parts in enumerate(all_parts)
    ]
    values = np.concatenate([parts[1] for parts in all_parts])
    dense = [len(all_parts), *shape]
    return built(SparseTensorSpec(dense, values.dtype), [np.concatenate(indices), values, np.array(dense, np.int64)])


def made_up(spec: RaggedTensorSpec | SparseTensorSpec, unknown: int = 1) -> Any:
    """A ragged tensor of zeros, or a sparse one without values, that fits a spec; unknown dimensions have one size.

    Raises:
        TypeError: nothing is known of the rank.
    """
    if spec.shape.rank is None:
        raise TypeError("tensors of unknown rank cannot be made up")
    sizes = [unknown if size is None else size for size in spec.shape.as_list()]
    kind = spec.dtype.np
    if isinstance(spec, SparseTensorSpec):
        return built(spec, [np.zeros((0, len(sizes)), np.int64), np.zeros(0, kind), np.array(sizes, np.int64)])
    zeros = np.full(sizes, b"", object) if kind == np.dtype(object) else np.zeros(sizes, kind)
    if spec.ragged_rank <= 0:
        return zeros
    values, *splits = _as_ragged(zeros, spec.ragged_rank)
    return built(spec, [values, *[each.astype(spec.row_splits_dtype.np) for each in splits]])


def to_numpy(value: Any) -> Any:
    """A composite tensor as NumPy has it: a ragged one as an array of rows, a sparse one dense."""
    spec = value._type_spec
    if isinstance(spec, RaggedTensorSpec):
        return value.numpy()
    if not isinstance(spec, SparseTensorSpec):
        return value
    indices, values, shape = parts_of(value)
    dense = np.full(shape, b"", object) if values.dtype == np.dtype(object) else np.zeros(shape, values.dtype)
    dense[tuple(indices.T)] = values
    return dense
