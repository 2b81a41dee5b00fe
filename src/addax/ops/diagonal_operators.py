"""Linear operators that are diagonal: a diagonal, multiples of the identity, zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import convert_to_tensor
from addax.core.failures import UnfitError
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import arithmetic, casting, elementwise, reductions
from addax.ops.creation import ones, zeros
from addax.ops.diagonals import diag, diag_part, set_diag
from addax.ops.linear_operator import LinearOperator, batch_of, given, parameter
from addax.ops.shaping import broadcast_to, expand_dims

__all__ = ["LinearOperatorDiag", "LinearOperatorIdentity", "LinearOperatorScaledIdentity", "LinearOperatorZeros"]


def batched(x: Any, batch: list[int]) -> Any:
    """x with its batch dimensions broadcast with `batch`."""
    full = batch_of(batch, x.shape[:-2])
    return x if full == x.shape[:-2].as_list() else broadcast_to(x, [*full, *x.shape[-2:]])


class LinearOperatorDiag(LinearOperator):
    """A diagonal matrix.

    Args:
        diag: a floating or complex tensor of shape (..., n).
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`; a real diagonal always is.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorDiag([2.0, 3.0]).matvec([1.0, 1.0]).numpy().tolist()
    [2.0, 3.0]
    """

    _matrix_dimensions = {"diag": 1}

    def __init__(
        self,
        diag: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorDiag",
    ) -> None:
        parameters = given(locals())
        self._diag = parameter(diag, "LinearOperatorDiag", "diag", floating=False)
        if not self._diag.shape.rank:
            raise ValueError("LinearOperatorDiag: diag must have 1 or more dimensions, received a scalar.")
        if not self._diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("LinearOperatorDiag: a real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("LinearOperatorDiag: diagonal operators are always square.")
        super().__init__(
            self._diag.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )

    @property
    def diag(self) -> Any:
        """The diagonal."""
        return self._diag

    def _shape(self) -> list[int]:
        shape = self._diag.shape.as_list()
        return [*shape, shape[-1]]

    def _column(self, is_adjoint: bool) -> Tensor:
        return expand_dims(casting.conj(self._diag) if is_adjoint else self._diag, -1)

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return arithmetic.multiply(self._column(is_adjoint), x)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return arithmetic.divide(rhs, self._column(is_adjoint))

    def _to_dense(self) -> Tensor:
        return diag(self._diag)

    def _diag_part(self) -> Tensor:
        return convert_to_tensor(self._diag)

    def _trace(self) -> Tensor:
        return reductions.reduce_sum(self._diag, -1)

    def _determinant(self) -> Tensor:
        return reductions.reduce_prod(self._diag, -1)

    def _log_abs_determinant(self) -> Tensor:
        log = reductions.reduce_sum(elementwise.log(elementwise.abs(self._diag)), -1)
        return casting.cast(log, self.dtype) if self.dtype.is_complex else log

    def _eigvals(self) -> Tensor:
        return convert_to_tensor(self._diag)

    def _cond(self) -> Tensor:
        size = elementwise.abs(self._diag)
        return arithmetic.divide(reductions.reduce_max(size, -1), reductions.reduce_min(size, -1))

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorDiag(casting.conj(self._diag), self.is_non_singular, self.is_self_adjoint)

    def _inverse(self) -> LinearOperator:
        return LinearOperatorDiag(
            elementwise.reciprocal(self._diag), self.is_non_singular, self.is_self_adjoint, self.is_positive_definite
        )

    def _cholesky(self) -> LinearOperator:
        return LinearOperatorDiag(elementwise.sqrt(self._diag), True, True, True)


class LinearOperatorScaledIdentity(LinearOperator):
    """A number times the identity.

    Args:
        num_rows: n, the size of the matrix.
        multiplier: a floating or complex tensor of the batch's shape.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`; with a real multiplier it always is.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        assert_proper_shapes: shapes are checked either way.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorScaledIdentity(2, 3.0).to_dense().numpy().tolist()
    [[3.0, 0.0], [0.0, 3.0]]
    """

    _matrix_dimensions = {"multiplier": 0}

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str | None = "LinearOperatorScaledIdentity",
    ) -> None:
        parameters = given(locals())
        self._multiplier = parameter(multiplier, "LinearOperatorScaledIdentity", "multiplier", floating=False)
        self._rows = _count(num_rows, "LinearOperatorScaledIdentity", "num_rows")
        if not self._multiplier.dtype.is_complex:
            is_self_adjoint = True
        if not is_square:
            raise ValueError("LinearOperatorScaledIdentity: a scaled identity is always square.")
        super().__init__(
            self._multiplier.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )

    @property
    def multiplier(self) -> Any:
        """The number."""
        return self._multiplier

    def _shape(self) -> list[int]:
        return [*self._multiplier.shape.as_list(), self._rows, self._rows]

    def _factor(self, is_adjoint: bool) -> Tensor:
        return expand_dims(expand_dims(casting.conj(self._multiplier) if is_adjoint else self._multiplier, -1), -1)

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return arithmetic.multiply(self._factor(is_adjoint), x)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return arithmetic.divide(rhs, self._factor(is_adjoint))

    def _diag_part(self) -> Tensor:
        return broadcast_to(expand_dims(self._multiplier, -1), self._shape()[:-1])

    def _trace(self) -> Tensor:
        return arithmetic.multiply(self._multiplier, float(self._rows))

    def _determinant(self) -> Tensor:
        return arithmetic.pow(self._multiplier, float(self._rows))

    def _log_abs_determinant(self) -> Tensor:
        return arithmetic.multiply(elementwise.log(elementwise.abs(self._multiplier)), float(self._rows))

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _cond(self) -> Tensor:
        return ones(self._shape()[:-2], self.dtype)

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorScaledIdentity(self._rows, casting.conj(self._multiplier), self.is_non_singular)

    def _inverse(self) -> LinearOperator:
        return LinearOperatorScaledIdentity(
            self._rows, elementwise.reciprocal(self._multiplier), True, self.is_self_adjoint, self.is_positive_definite
        )

    def _cholesky(self) -> LinearOperator:
        return LinearOperatorScaledIdentity(self._rows, elementwise.sqrt(self._multiplier), True, True, True)

    def assert_non_singular(self, name: str = "assert_non_singular") -> None:
        """Check that no multiplier is zero.

        Raises:
            InvalidArgumentError: one is.
        """
        if not np.all(concrete(self._multiplier, "linalg.LinearOperator.assert_non_singular")):
            raise errors.InvalidArgumentError(f"{self.name}: LinearOperator was singular: it has a multiplier of 0.")

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """A + mat."""
        mat = batched(convert_to_tensor(mat, dtype_hint=self.dtype), self._shape()[:-2])
        return set_diag(mat, arithmetic.add(diag_part(mat), expand_dims(self._multiplier, -1)))


def _count(value: Any, who: str, what: str) -> int:
    number = concrete(value, f"linalg.{who}")
    if number.ndim or number.dtype.kind not in "iu" or number < 0:
        raise UnfitError(f"{who}: {what} must be an integer of 0 or more, received {value!r}.")
    return int(number)


def _batch(value: Any, who: str) -> list[int]:
    if value is None:
        return []
    shape = concrete(value, f"linalg.{who}")
    if shape.ndim != 1 or (shape.size and shape.dtype.kind not in "iu") or (shape < 0).any():
        raise UnfitError(f"{who}: batch_shape must be a vector of integers of 0 or more, received {value!r}.")
    return [int(n) for n in shape]


class LinearOperatorIdentity(LinearOperatorScaledIdentity):
    """The identity.

    Args:
        num_rows: n, the size of the matrix.
        batch_shape: the leading dimensions.
        dtype: the dtype (float32 by default).
        is_non_singular: it is; likewise the next three.
        is_self_adjoint: it is.
        is_positive_definite: it is.
        is_square: it is.
        assert_proper_shapes: shapes are checked either way.
        name: a name.

    Raises:
        ValueError: a promise that it is not one of these.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorIdentity(2).to_dense().numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    _matrix_dimensions: dict[str, int] = {}

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = True,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str | None = "LinearOperatorIdentity",
    ) -> None:
        parameters = given(locals())
        if not (is_non_singular and is_self_adjoint and is_positive_definite and is_square):
            raise ValueError(
                "LinearOperatorIdentity: it is always non-singular, self-adjoint, positive definite and square."
            )
        multiplier = ones(_batch(batch_shape, "LinearOperatorIdentity"), dtypes.as_dtype(dtype or "float32"))
        super().__init__(num_rows, multiplier, True, True, True, True, assert_proper_shapes, name)
        self._parameters = parameters

    def _sliced(self, slices: Any) -> dict[str, Any]:
        batch = np.empty(self.batch_shape.as_list())[slices].shape
        return {**self._parameters, "batch_shape": list(batch) or None}

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return batched(x, self._shape()[:-2])

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return batched(rhs, self._shape()[:-2])

    def _log_abs_determinant(self) -> Tensor:
        return zeros(self._shape()[:-2], self.dtype)

    def _inverse(self) -> LinearOperator:
        return self

    def _cholesky(self) -> LinearOperator:
        return self


class LinearOperatorZeros(LinearOperator):
    """A matrix of zeros.

    Args:
        num_rows: m.
        num_columns: n, by default m.
        batch_shape: the leading dimensions.
        dtype: the dtype (float32 by default).
        is_non_singular: it is not.
        is_self_adjoint: whether it is square.
        is_positive_definite: it is not.
        is_square: whether it is square; say so where it is not, here and above.
        assert_proper_shapes: shapes are checked either way.
        name: a name.

    Raises:
        ValueError: a promise that it is non-singular or positive definite, or square where it is not.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorZeros(1, 2, is_square=False, is_self_adjoint=False).to_dense().numpy().tolist()
    [[0.0, 0.0]]
    """

    def __init__(
        self,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = False,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = False,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str | None = "LinearOperatorZeros",
    ) -> None:
        parameters = given(locals())
        rows = _count(num_rows, "LinearOperatorZeros", "num_rows")
        columns = rows if num_columns is None else _count(num_columns, "LinearOperatorZeros", "num_columns")
        if is_non_singular or is_positive_definite:
            raise ValueError("LinearOperatorZeros: a zero operator is never non-singular or positive definite.")
        if is_square and rows != columns:
            raise ValueError(f"LinearOperatorZeros: {rows} rows and {columns} columns are not square; is_square=False.")
        if is_square and is_self_adjoint is False:
            raise ValueError("LinearOperatorZeros: a zero operator is always self-adjoint.")
        self._sizes = [*_batch(batch_shape, "LinearOperatorZeros"), rows, columns]
        super().__init__(dtype or "float32", None, False, is_self_adjoint, False, is_square, name, parameters)

    def _sliced(self, slices: Any) -> dict[str, Any]:
        batch = np.empty(self.batch_shape.as_list())[slices].shape
        return {**self._parameters, "batch_shape": list(batch) or None}

    def _shape(self) -> list[int]:
        return self._sizes

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        rows = self.domain_dimension if is_adjoint else self.range_dimension
        return zeros([*batch_of(self._sizes[:-2], x.shape[:-2]), rows, x.shape[-1]], self.dtype)

    def _determinant(self) -> Tensor:
        return zeros(self._sizes[:-2], self.dtype)

    def _adjoint(self) -> LinearOperator:
        batch = self._sizes[:-2] or None
        square = self.is_square
        rows, columns = self._sizes[-1], self._sizes[-2]
        return LinearOperatorZeros(rows, columns, batch, self.dtype, is_self_adjoint=square, is_square=square)

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """A + mat."""
        return batched(convert_to_tensor(mat, dtype_hint=self.dtype), self._sizes[:-2])
