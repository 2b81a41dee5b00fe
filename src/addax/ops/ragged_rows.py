"""tf.ragged_fill_empty_rows: rows without values get one."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor
from addax.ops.gathering import gather
from addax.ops.joining import concat
from addax.ops.shaping import reshape

__all__ = ["ragged_fill_empty_rows", "ragged_fill_empty_rows_grad"]


class FilledRows(NamedTuple):
    """Values by row without empty rows, which rows were empty, and where each value of before is now."""

    output_value_rowids: Tensor
    output_values: Tensor
    empty_row_indicator: Tensor
    reverse_index_map: Tensor


class FilledRowsGradient(NamedTuple):
    """Gradients with respect to the values and to the default value."""

    d_values: Tensor
    d_default_value: Tensor


def ragged_fill_empty_rows(
    value_rowids: Any, values: Any, nrows: Any, default_value: Any, name: str | None = None
) -> FilledRows:
    """Values grouped by row, with `default_value` in the rows that have none.

    Args:
        value_rowids: int64, the row of each value, of shape (n,).
        values: the values, of shape (n,).
        nrows: the number of rows.
        default_value: a scalar of the dtype of `values`.
        name: ignored.

    Returns:
        (output_value_rowids, output_values, empty_row_indicator, reverse_index_map).

    Raises:
        InvalidArgumentError: a row number that is negative or not less than nrows, or shapes that do not fit.

    >>> import addax as tf
    >>> tf.ragged_fill_empty_rows([0, 2], [1.0, 2.0], 3, 9.0).output_values.numpy().tolist()
    [1.0, 9.0, 2.0]
    """
    ids = convert.convert_to_tensor(value_rowids, dtype_hint=dtypes.int64)
    if ids.is_symbolic:
        raise NotCompilable("the shape of what tf.ragged_fill_empty_rows gives depends on the values of value_rowids")
    numbers = concrete(ids, "ragged_fill_empty_rows").astype(np.int64)
    count = int(concrete(nrows, "ragged_fill_empty_rows"))
    values = convert.convert_to_tensor(values)
    default = convert.convert_to_tensor(default_value, values.dtype)
    if default.ndim or numbers.ndim != 1 or values.ndim != 1 or len(numbers) != values.shape[0]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.ragged_fill_empty_rows",
                expected="value_rowids and values of one shape (n,), and a scalar default_value",
                received={"value_rowids": ids, "values": values, "default_value": default},
            )
        )
    wrong = np.flatnonzero((numbers < 0) | (numbers >= count))
    if wrong.size:
        raise errors.InvalidArgumentError(
            None, None, f"indices({wrong[0]}, 0) is invalid: {numbers[wrong[0]]} >= {count}"
        )
    empty = np.bincount(numbers, minlength=count)[:count] == 0
    rows = np.concatenate([numbers, np.flatnonzero(empty)])
    order = np.argsort(rows, kind="stable")
    places = np.empty(len(rows), np.int64)
    places[order] = np.arange(len(rows))
    # The default is the value after the last; each empty row takes it.
    sources = np.where(order < len(numbers), order, len(numbers))
    filled = gather(_with_default(values, default), convert.convert_to_tensor(sources))
    return FilledRows(
        convert.convert_to_tensor(rows[order]),
        filled,
        convert.convert_to_tensor(empty),
        convert.convert_to_tensor(places[: len(numbers)]),
    )


def _with_default(values: Tensor, default: Tensor) -> Any:
    return concat([values, reshape(default, [1])], 0)


@op(name="ragged_fill_empty_rows_grad")
def _grad(places: FreeLike, grads: FreeLike) -> Any:
    kept = grads[places]
    rest = jnp.ones(grads.shape, bool).at[places].set(False)
    return kept, jnp.sum(jnp.where(rest, grads, jnp.zeros_like(grads)))


def ragged_fill_empty_rows_grad(
    reverse_index_map: Any, grad_values: Any, name: str | None = None
) -> FilledRowsGradient:
    """The gradients of `ragged_fill_empty_rows`.

    Args:
        reverse_index_map: where each value went, of shape (n,).
        grad_values: the gradient of the filled values.
        name: ignored.

    Returns:
        (d_values, d_default_value).

    >>> import addax as tf
    >>> tf.ragged_fill_empty_rows_grad([0, 2], [1.0, 5.0, 2.0]).d_default_value.numpy()
    np.float32(5.0)
    """
    return FilledRowsGradient(*_grad(reverse_index_map, grad_values))
