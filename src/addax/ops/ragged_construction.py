"""Ragged tensors from values and row numbers of every kind: the `from_...` class methods of RaggedTensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.dispatch import UnfitError
from addax.core.failures import refusing_methods
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.gathering import gather
from addax.ops.shaping import reshape

_INT64 = np.dtype(np.int64)


def host(value: Any) -> np.ndarray:
    """Row numbers as NumPy ints; they decide shapes, so they have to be known."""
    return np.asarray(concrete(convert.convert_to_tensor(value), "RaggedTensor"))


def ints(array: Any, dtype: Any = _INT64) -> Tensor:
    """NumPy ints as a tensor."""
    return convert.tensor_of(np.asarray(array).astype(dtype))


def as_values(values: Any) -> Any:
    """Values as a tensor; ragged ones as they are."""
    return values if isinstance(values, RowConstructors) else convert.convert_to_tensor(values)


def count_of(values: Any) -> int:
    """How many rows there are."""
    return values.nrows_known() if isinstance(values, RowConstructors) else values.shape[0]


def _int_dtype(given: Any) -> np.dtype:
    """int32 stays int32; everything else becomes int64."""
    dtype = getattr(given, "dtype", None)
    return np.dtype(np.int32) if dtype is not None and getattr(dtype, "name", "") == "int32" else _INT64


def _row_numbers(values: Any, what: str) -> np.ndarray:
    found = host(values)
    if found.size and found.dtype.kind not in "iu" or found.ndim != 1:
        raise UnfitError(f"RaggedTensor: {what} must be a vector of int32 or int64, received {errors.describe(found)}.")
    return found.astype(np.int64) if not found.size else found


def _row_ints(values: Any, what: str) -> Tensor:
    if isinstance(values, Tensor):
        if values._value.dtype not in (np.int32, np.int64):
            raise ValueError(f"RaggedTensor: {what} must be int32 or int64, received {values.dtype.name}.")
        return values
    numbers = np.asarray(values)
    if numbers.size and numbers.dtype.kind not in "iu":
        raise ValueError(f"RaggedTensor: {what} must be int32 or int64, received {numbers.dtype}.")
    return ints(numbers, _int_dtype(values))


@refusing_methods("tf.RaggedTensor")
class RowConstructors:
    """The part of a RaggedTensor that makes one."""

    if TYPE_CHECKING:

        def __init__(self, values: Any, row_splits: Tensor, uniform_row_length: int | None = None) -> None: ...
        def nrows_known(self) -> int: ...
        def with_values(self, new_values: Any) -> Self: ...
        @property
        def values(self) -> Any: ...

    @classmethod
    def from_row_splits(cls, values: Any, row_splits: Any, name: str | None = None, validate: bool = True) -> Self:
        """From where rows begin and end.

        Args:
            values: a tensor, or a ragged tensor.
            row_splits: ints that begin with 0, do not decrease and end with the number of values.
            name: ignored.
            validate: whether to check that.

        Raises:
            InvalidArgumentError: the splits do not fit.
        """
        values = as_values(values)
        splits = _row_ints(row_splits, "row_splits")
        if validate and not splits.is_symbolic:
            known, count = splits.numpy(), count_of(values)
            if known.ndim != 1 or not known.size:
                raise ValueError(
                    f"RaggedTensor.from_row_splits: row_splits must be a vector, received {known.tolist()}."
                )
            if known[0] != 0:
                raise errors.InvalidArgumentError(
                    "Arguments to from_row_splits do not form a valid RaggedTensor: they must begin with 0: "
                    f"{known.tolist()}"
                )
            if (np.diff(known) < 0).any() or known[-1] != count:
                raise errors.InvalidArgumentError(
                    errors.message(
                        "Arguments to from_row_splits do not form a valid RaggedTensor",
                        expected=f"row_splits that do not decrease and end with {count}, the number of values",
                        received=f"{known.tolist()}",
                    )
                )
        return cls(values, splits)

    @classmethod
    def from_row_lengths(cls, values: Any, row_lengths: Any, name: str | None = None, validate: bool = True) -> Self:
        """From how many values each row has."""
        lengths = _row_numbers(row_lengths, "row_lengths")
        if validate and (lengths < 0).any():
            raise errors.InvalidArgumentError(
                f"RaggedTensor.from_row_lengths: lengths must be >= 0: {lengths.tolist()}"
            )
        return cls.from_row_splits(
            values, ints(np.concatenate([[0], np.cumsum(lengths)]), _int_dtype(row_lengths)), validate=validate
        )

    @classmethod
    def from_value_rowids(
        cls, values: Any, value_rowids: Any, nrows: Any = None, name: str | None = None, validate: bool = True
    ) -> Self:
        """From the row of each value, in order."""
        rows = _row_numbers(value_rowids, "value_rowids")
        count = (int(rows[-1]) + 1 if rows.size else 0) if nrows is None else int(host(nrows))
        values = as_values(values)
        if len(rows) != count_of(values) or rows.size and nrows is not None and rows[-1] >= count >= 0:
            raise ValueError(
                f"RaggedTensor.from_value_rowids: {count_of(values)} values in {count} rows, received {rows.tolist()}."
            )
        if validate and rows.size and ((np.diff(rows) < 0).any() or rows[-1] >= count or rows[0] < 0):
            raise errors.InvalidArgumentError(
                f"RaggedTensor.from_value_rowids: expected ordered rows in [0, {count}), received {rows.tolist()}."
            )
        return cls.from_row_lengths(
            values, ints(np.bincount(rows, minlength=count), _int_dtype(value_rowids)), validate=validate
        )

    @classmethod
    def from_row_starts(cls, values: Any, row_starts: Any, name: str | None = None, validate: bool = True) -> Self:
        """From where rows begin."""
        values = as_values(values)
        count = count_of(values)
        return cls.from_row_splits(
            values,
            ints(np.append(_row_numbers(row_starts, "row_starts"), count), _int_dtype(row_starts)),
            validate=validate,
        )

    @classmethod
    def from_row_limits(cls, values: Any, row_limits: Any, name: str | None = None, validate: bool = True) -> Self:
        """From where rows end."""
        return cls.from_row_splits(
            values,
            ints(np.append(0, _row_numbers(row_limits, "row_limits")), _int_dtype(row_limits)),
            validate=validate,
        )

    @classmethod
    def from_uniform_row_length(
        cls, values: Any, uniform_row_length: Any, nrows: Any = None, validate: bool = True, name: str | None = None
    ) -> Self:
        """Rows of one length."""
        values = as_values(values)
        count = count_of(values)
        length = int(host(uniform_row_length))
        rows = (count // length if length else 0) if nrows is None else int(host(nrows))
        if validate and rows * length != count:
            raise ValueError(f"RaggedTensor.from_uniform_row_length: {count} values are no rows of length {length}.")
        return cls(values, ints(np.arange(rows + 1) * length), length)

    @classmethod
    def from_nested_row_splits(
        cls, flat_values: Any, nested_row_splits: Sequence[Any], name: str | None = None, validate: bool = True
    ) -> Any:
        """From the row splits of each ragged dimension, the outermost first."""
        made = flat_values
        for splits in reversed(list(nested_row_splits)):
            made = cls.from_row_splits(made, splits, validate=validate)
        return made

    @classmethod
    def from_nested_row_lengths(
        cls, flat_values: Any, nested_row_lengths: Sequence[Any], name: str | None = None, validate: bool = True
    ) -> Any:
        """From the row lengths of each ragged dimension, the outermost first."""
        made = flat_values
        for lengths in reversed(list(nested_row_lengths)):
            made = cls.from_row_lengths(made, lengths, validate=validate)
        return made

    @classmethod
    def from_nested_value_rowids(
        cls,
        flat_values: Any,
        nested_value_rowids: Sequence[Any],
        nested_nrows: Sequence[Any] | None = None,
        name: str | None = None,
        validate: bool = True,
    ) -> Any:
        """From the rows of values of each ragged dimension, the outermost first."""
        counts = nested_nrows if nested_nrows is not None else [None] * len(nested_value_rowids)
        made = flat_values
        for rows, count in reversed(list(zip(nested_value_rowids, counts, strict=True))):
            made = cls.from_value_rowids(made, rows, count, validate=validate)
        return made

    @classmethod
    def from_tensor(
        cls,
        tensor: Any,
        lengths: Any = None,
        padding: Any = None,
        ragged_rank: int = 1,
        name: str | None = None,
        row_splits_dtype: Any = dtypes.int64,
    ) -> Self:
        """From a tensor, without what lies behind `lengths`, or without trailing `padding`.

        Args:
            tensor: a tensor of rank > ragged_rank.
            lengths: the length of each row.
            padding: the value that fills the ends of rows.
            ragged_rank: how many ragged dimensions.
            name: ignored.
            row_splits_dtype: tf.int64 or tf.int32.

        >>> import addax as tf
        >>> tf.RaggedTensor.from_tensor([[1, 0], [2, 3]], padding=0)
        <tf.RaggedTensor [[1], [2, 3]]>
        """
        made = convert.convert_to_tensor(tensor)
        kind = dtypes.as_dtype(row_splits_dtype).np
        shape = tuple(made.shape)
        if ragged_rank >= len(shape) or ragged_rank < 1:
            raise ValueError(
                f"RaggedTensor.from_tensor: ragged_rank must be in [1, {len(shape) - 1}], not {ragged_rank}."
            )
        if lengths is not None and padding is not None:
            raise ValueError("RaggedTensor.from_tensor: Specify argument 'lengths' or 'padding', but not both.")
        if lengths is not None and isinstance(lengths, list | tuple) and lengths and np.ndim(lengths[0]):
            return cls._of_nested_lengths(made, list(lengths), kind)
        if lengths is None and padding is None:
            inner: Any = reshape(made, (-1, *shape[ragged_rank + 1 :]))
        else:
            inner = cls._cut(made, lengths, padding, ragged_rank, kind)
            ragged_rank -= 1
        for i in reversed(range(ragged_rank)):
            splits = ints(np.arange(int(np.prod(shape[: i + 1])) + 1) * shape[i + 1], kind)
            inner = cls(inner, splits, shape[i + 1])
        return inner

    @classmethod
    def _cut(cls, made: Tensor, lengths: Any, padding: Any, ragged_rank: int, kind: Any) -> Self:
        """The innermost ragged dimension: rows without what lies behind their ends."""
        shape = tuple(made.shape)
        if lengths is None:
            used = host(made) != np.asarray(convert.value_of(padding, made._value.dtype))
            used = used.reshape((*used.shape[: ragged_rank + 1], -1)).any(-1)
            sizes = np.where(used.any(-1), used.shape[-1] - np.argmax(used[..., ::-1], -1), 0)
        else:
            sizes = np.clip(host(lengths), 0, shape[ragged_rank])
        keep = np.arange(shape[ragged_rank]) < sizes.reshape(-1)[:, None]
        flat = gather(reshape(made, (-1, *shape[ragged_rank + 1 :])), ints(np.flatnonzero(keep)))
        return cls.from_row_lengths(flat, ints(sizes.reshape(-1), kind), validate=False)

    @classmethod
    def _of_nested_lengths(cls, made: Tensor, lengths: list[Any], kind: Any) -> Self:
        """Rows cut at several depths: `lengths[0]` says how many sub-rows each row keeps, and so on."""
        outer = cls.from_tensor(made, lengths=lengths[0], row_splits_dtype=dtypes.from_numpy(kind))
        if len(lengths) == 1:
            return outer
        rest = lengths[1:] if len(lengths) > 2 else lengths[1]
        return outer.with_values(cls.from_tensor(outer.values, lengths=rest, row_splits_dtype=dtypes.from_numpy(kind)))

    @classmethod
    def from_sparse(cls, st_input: Any, name: str | None = None, row_splits_dtype: Any = dtypes.int64) -> Self:
        """From a 2-D sparse tensor whose rows are filled from the left."""
        indices, shape = host(st_input.indices), host(st_input.dense_shape)
        if shape.size != 2:
            raise ValueError(f"RaggedTensor.from_sparse: rank(st_input) must be 2, it is {shape.size}.")
        counts = np.bincount(indices[:, 0], minlength=int(shape[0]))
        if not np.array_equal(indices[:, 1], np.concatenate([np.arange(n) for n in counts] or [[]])):
            raise errors.InvalidArgumentError("RaggedTensor.from_sparse: SparseTensor is not right-ragged.")
        return cls.from_row_lengths(st_input.values, ints(counts, dtypes.as_dtype(row_splits_dtype).np), validate=False)
