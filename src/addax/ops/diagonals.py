"""Diagonals and bands of matrices: taking them, setting them, making matrices of them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.sizes import is_open
from addax.core.tensor import Tensor

__all__ = ["band_part", "diag", "diag_part", "set_diag", "tensor_diag", "tensor_diag_part", "trace"]

_ALIGNMENTS = ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT")


def _bounds(who: str, k: Any, align: str) -> tuple[int, int]:
    """The lowest and highest diagonal; 0 is the main one, positive ones are above it."""
    if align not in _ALIGNMENTS:
        raise UnfitError(f"tf.linalg.{who}: align must be one of {', '.join(_ALIGNMENTS)}, received {align!r}.")
    pair = tuple(k) if isinstance(k, tuple) else (k,)
    if len(pair) not in (1, 2) or pair[0] > pair[-1]:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.linalg.{who}", expected="k as a number or a pair (low, high)", received=f"k={k}")
        )
    return int(pair[0]), int(pair[-1])


def _check_bounds(who: str, low: int, high: int, rows: int, columns: int) -> None:
    for what, each in (("lower_diag_index", low), ("upper_diag_index", high)):
        if not (-rows < each < columns or each == 0):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.linalg.{who}",
                    expected=f"diagonals between {1 - rows} and {columns - 1}, of matrices of {rows} x {columns}",
                    received=f"{what} {each} is out of bound",
                )
            )


def _places(low: int, high: int, rows: int, columns: int, align: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and validity of each entry of packed diagonals, shape (high - low + 1, longest)."""
    longest = max(_length(d, rows, columns) for d in range(low, high + 1))
    row = np.zeros((high - low + 1, longest), np.int64)
    column, valid = np.zeros_like(row), np.zeros(row.shape, bool)
    for i, d in enumerate(range(high, low - 1, -1)):
        size = _length(d, rows, columns)
        # The first word is for the diagonals above the main one, the second for those below.
        right = align.split("_")[0 if d >= 0 else 1] == "RIGHT"
        start = longest - size if right else 0
        steps = np.arange(size)
        row[i, start : start + size] = steps + max(-d, 0)
        column[i, start : start + size] = steps + max(d, 0)
        valid[i, start : start + size] = True
    return row, column, valid


def _length(d: int, rows: int, columns: int) -> int:
    return max(min(rows + min(d, 0), columns - max(d, 0)), 0)


@op(name="linalg.diag")
def _diag(diagonal: TensorLike, padding_value: FreeLike, k, num_rows, num_cols, align):
    low, high = _bounds("diag", k, align)
    if not diagonal.ndim or (high > low and (diagonal.ndim < 2 or diagonal.shape[-2] != high - low + 1)):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.diag",
                expected=f"a diagonal of shape (..., {'length' if low == high else f'{high - low + 1}, length'})",
                received=f"diagonal {tuple(diagonal.shape)}, k={k}",
            )
        )
    packed = diagonal[..., None, :] if low == high else diagonal
    longest = packed.shape[-1]
    rows, columns = _matrix_size(num_rows, num_cols, low, high, longest)
    row, column, valid = _places(low, high, rows, columns, align)
    if row.shape[1] != longest:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.diag",
                expected=f"diagonals of {row.shape[1]} numbers, for a matrix of {rows} x {columns}",
                received=f"diagonal {tuple(diagonal.shape)}",
            )
        )
    base = jnp.broadcast_to(padding_value.astype(packed.dtype), (*packed.shape[:-2], rows, columns))
    return base.at[..., row[valid], column[valid]].set(packed[..., valid])


def _matrix_size(num_rows: Any, num_cols: Any, low: int, high: int, longest: int) -> tuple[int, int]:
    least_rows, least_columns = longest - min(high, 0), longest + max(low, 0)
    rows, columns = int(num_rows), int(num_cols)
    if rows == -1 and columns == -1:
        size = max(least_rows, least_columns)
        return size, size
    return least_rows if rows == -1 else rows, least_columns if columns == -1 else columns


def diag(
    diagonal: Any,
    name: str | None = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """Matrices with the given diagonals.

    Args:
        diagonal: a tensor of shape (..., length), or for several (..., number of diagonals, longest), highest first.
        name: ignored.
        k: which diagonal (0 is the main one, positive ones lie above), or a pair: from the lowest to the highest.
        num_rows: the number of rows; -1 is as few as possible.
        num_cols: the number of columns; -1 likewise.
        padding_value: what stands elsewhere.
        align: on which side shorter diagonals are written: above the main one, then below it.

    Returns:
        A tensor of shape (..., num_rows, num_cols).

    Raises:
        InvalidArgumentError: sizes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.diag([1, 2]).numpy().tolist()
    [[1, 0], [0, 2]]
    """
    return _diag(diagonal, padding_value, k, num_rows, num_cols, align)


@op(name="linalg.diag_part")
def _diag_part(input: TensorLike, padding_value: FreeLike, k, align):  # noqa: A002
    low, high = _bounds("diag_part", k, align)
    _check_matrix("diag_part", input)
    rows, columns = input.shape[-2:]
    _check_bounds("diag_part", low, high, rows, columns)
    row, column, valid = _places(low, high, rows, columns, align)
    taken = input[..., row, column]
    if not valid.all():
        taken = jnp.where(valid, taken, padding_value.astype(input.dtype))
    return taken[..., 0, :] if low == high else taken


def _check_matrix(who: str, x: Any) -> None:
    if x.ndim < 2:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.linalg.{who}", expected="matrices: 2 or more dimensions", received=f"shape {tuple(x.shape)}"
            )
        )


def diag_part(
    input: Any,  # noqa: A002
    name: str | None = "diag_part",
    k: Any = 0,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """The diagonals of matrices.

    Args:
        input: a tensor of shape (..., rows, columns).
        name: ignored.
        k: which diagonal, or a pair: from the lowest to the highest.
        padding_value: what fills up shorter diagonals.
        align: on which side shorter diagonals are written: above the main one, then below it.

    Returns:
        A tensor of shape (..., length), or (..., number of diagonals, longest), the highest diagonal first.

    Raises:
        InvalidArgumentError: a diagonal that the matrices do not have.

    >>> import addax as tf
    >>> tf.linalg.diag_part([[1, 2], [3, 4]]).numpy().tolist()
    [1, 4]
    """
    return _diag_part(input, padding_value, k, align)


@op(name="linalg.set_diag")
def _set_diag(input: TensorLike, diagonal: TensorLike, k, align):  # noqa: A002
    low, high = _bounds("set_diag", k, align)
    _check_matrix("set_diag", input)
    rows, columns = input.shape[-2:]
    _check_bounds("set_diag", low, high, rows, columns)
    row, column, valid = _places(low, high, rows, columns, align)
    packed = diagonal[..., None, :] if low == high else diagonal
    if packed.shape != (*input.shape[:-2], *row.shape):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.set_diag",
                expected=f"a diagonal of shape {(*input.shape[:-2], *(row.shape[1:] if low == high else row.shape))}",
                received=f"input {tuple(input.shape)}, diagonal {tuple(diagonal.shape)}, k={k}",
            )
        )
    return input.at[..., row[valid], column[valid]].set(packed[..., valid])


def set_diag(
    input: Any,  # noqa: A002
    diagonal: Any,
    name: str | None = "set_diag",
    k: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """Matrices with some of their diagonals replaced.

    Args:
        input: a tensor of shape (..., rows, columns).
        diagonal: the new diagonals, as `tf.linalg.diag_part` returns them.
        name: ignored.
        k: which diagonal, or a pair: from the lowest to the highest.
        align: on which side shorter diagonals are written: above the main one, then below it.

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.set_diag([[1, 2], [3, 4]], [9, 9]).numpy().tolist()
    [[9, 2], [3, 9]]
    """
    return _set_diag(input, diagonal, k, align)


@op(name="linalg.band_part")
def band_part(input: TensorLike, num_lower, num_upper, name: str | None = None) -> Tensor:  # noqa: A002
    """Matrices with everything outside a band around the main diagonal set to 0.

    Args:
        input: a tensor of shape (..., rows, columns).
        num_lower: how many diagonals below the main one to keep; negative keeps all.
        num_upper: how many above it; negative keeps all.
        name: ignored.

    Raises:
        InvalidArgumentError: fewer than 2 dimensions, or more diagonals than there are rows or columns.

    >>> import addax as tf
    >>> tf.linalg.band_part([[1, 2], [3, 4]], -1, 0).numpy().tolist()
    [[1, 0], [3, 4]]
    """
    _check_matrix("band_part", input)
    rows, columns = input.shape[-2:]
    for what, number, most in (("num_lower", num_lower, rows), ("num_upper", num_upper, columns)):
        if not isinstance(number, int) or not is_open([most]) and number > most:
            raise UnfitError(
                errors.message(
                    "tf.linalg.band_part",
                    expected=f"an int {what} that is negative, or at most {most}",
                    received=f"{what} {number!r}, input of shape {tuple(input.shape)}",
                    hint=f"{what}=-1 keeps all",
                )
            )
    numbers = jnp if is_open([rows, columns]) else np
    below = numbers.arange(rows)[:, None] - numbers.arange(columns)
    keep = ((num_lower < 0) | (below <= num_lower)) & ((num_upper < 0) | (-below <= num_upper))
    return jnp.where(keep, input, jnp.zeros((), input.dtype))


@op(kinds="fciu", name="linalg.trace")
def trace(x: TensorLike, name: str | None = None) -> Tensor:
    """The sum of the main diagonal of matrices (..., rows, columns).

    >>> import addax as tf
    >>> int(tf.linalg.trace([[1, 2], [3, 4]]))
    5
    """
    _check_matrix("trace", x)
    return jnp.trace(x, axis1=-2, axis2=-1, dtype=x.dtype)


_DIAGONAL = "bfloat16 float16 float32 float64 int32 int64 complex64 complex128"


@op(only=_DIAGONAL, name="linalg.tensor_diag")
def tensor_diag(diagonal: TensorLike, name: str | None = None) -> Tensor:
    """A tensor of twice the rank with `diagonal` where both halves of the index agree, 0 elsewhere.

    >>> import addax as tf
    >>> tf.linalg.tensor_diag([1, 2]).numpy().tolist()
    [[1, 0], [0, 2]]
    """
    if not diagonal.ndim:
        raise errors.InvalidArgumentError(
            errors.message("tf.linalg.tensor_diag", expected="a tensor of rank 1 or more", received="a scalar")
        )
    flat = diagonal.reshape(-1)
    return (jnp.eye(flat.size, dtype=flat.dtype) * flat).reshape(diagonal.shape * 2)


@op(only=_DIAGONAL, name="linalg.tensor_diag_part")
def tensor_diag_part(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The elements of a tensor whose index has two equal halves.

    >>> import addax as tf
    >>> tf.linalg.tensor_diag_part([[1, 2], [3, 4]]).numpy().tolist()
    [1, 4]
    """
    half = input.ndim // 2
    shape = input.shape[:half]
    if not input.ndim or input.ndim % 2 or shape != input.shape[half:]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.tensor_diag_part",
                expected="an even rank, whose second half of dimensions repeats the first",
                received=f"shape {tuple(input.shape)}",
            )
        )
    size = int(np.prod(shape))
    return jnp.diagonal(input.reshape(size, size)).reshape(shape)
