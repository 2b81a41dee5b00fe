"""Linear operators with a structure of their own: triangular, banded, reflections, permutations."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import convert_to_tensor
from addax.core.failures import UnfitError
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import arithmetic, elementwise, reductions
from addax.ops.creation import eye, ones, zeros
from addax.ops.diagonal_operators import batched
from addax.ops.diagonals import band_part, diag_part
from addax.ops.gathering import gather
from addax.ops.joining import concat, reverse
from addax.ops.linear_operator import LinearOperator, batch_of, given, parameter
from addax.ops.matrix_functions import adjoint
from addax.ops.products import matmul
from addax.ops.shaping import broadcast_to, expand_dims
from addax.ops.solvers import triangular_solve, tridiagonal_matmul, tridiagonal_solve

__all__ = [
    "LinearOperatorHouseholder",
    "LinearOperatorLowerTriangular",
    "LinearOperatorPermutation",
    "LinearOperatorToeplitz",
    "LinearOperatorTridiag",
]


def _at_least(who: str, what: str, value: Any, rank: int) -> None:
    if value.shape.rank < rank:
        raise ValueError(f"{who}: {what} must have at least {rank} dimensions, received shape {value.shape}.")


class LinearOperatorLowerTriangular(LinearOperator):
    """A lower triangular matrix.

    Args:
        tril: a floating or complex tensor of shape (..., n, n), of which the lower triangle is read.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorLowerTriangular([[1.0, 9.0], [2.0, 3.0]]).to_dense().numpy().tolist()
    [[1.0, 0.0], [2.0, 3.0]]
    """

    _matrix_dimensions = {"tril": 2}

    def __init__(
        self,
        tril: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorLowerTriangular",
    ) -> None:
        parameters = given(locals())
        self._given = parameter(tril, "LinearOperatorLowerTriangular", "tril", floating=False)
        _at_least("LinearOperatorLowerTriangular", "tril", self._given, 2)
        if is_square is False:
            raise ValueError("LinearOperatorLowerTriangular: only square lower triangular operators are supported.")
        super().__init__(
            self._given.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )

    @property
    def tril(self) -> Any:
        """The lower triangular matrix."""
        return self._given

    def _shape(self) -> list[int]:
        return self._given.shape.as_list()

    def _to_dense(self) -> Tensor:
        return band_part(self._given, -1, 0)

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return matmul(self._to_dense(), x, adjoint_a=is_adjoint)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return triangular_solve(self._given, rhs, lower=True, adjoint=is_adjoint)

    def _diag_part(self) -> Tensor:
        return diag_part(self._given)

    def _determinant(self) -> Tensor:
        return reductions.reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self) -> Tensor:
        return reductions.reduce_sum(elementwise.log(elementwise.abs(self._diag_part())), -1)

    def _eigvals(self) -> Tensor:
        return self._diag_part()


class LinearOperatorTridiag(LinearOperator):
    """A tridiagonal matrix.

    Args:
        diagonals: as for `tf.linalg.tridiagonal_solve`.
        diagonals_format: "compact", "sequence" or "matrix".
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    Raises:
        ValueError: an unknown format.

    >>> import addax as tf
    >>> diagonals = tf.constant([[1.0, 0.0], [4.0, 5.0], [0.0, 2.0]])
    >>> tf.linalg.LinearOperatorTridiag(diagonals).to_dense().numpy().tolist()
    [[4.0, 1.0], [2.0, 5.0]]
    """

    def __init__(
        self,
        diagonals: Any,
        diagonals_format: str = "compact",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorTridiag",
    ) -> None:
        parameters = given(locals())
        if diagonals_format not in ("compact", "sequence", "matrix"):
            raise ValueError(f"LinearOperatorTridiag: unknown diagonals_format {diagonals_format!r}.")
        if diagonals_format == "sequence":
            self._diagonals: Any = [parameter(each, "LinearOperatorTridiag", "diagonals") for each in diagonals]
            self._main = self._diagonals[1]
        else:
            self._diagonals = parameter(diagonals, "LinearOperatorTridiag", "diagonals")
            packed = diagonals_format == "compact"
            self._main = self._diagonals[..., 1, :] if packed else diag_part(self._diagonals)
        self._format = diagonals_format
        super().__init__(
            self._main.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )

    @property
    def diagonals(self) -> Any:
        """The diagonals as they were given."""
        return self._diagonals

    @property
    def diagonals_format(self) -> str:
        """Their format."""
        return self._format

    def _sliced(self, slices: Any) -> dict[str, Any]:
        dimensions = {"sequence": 1}.get(self._format, 2)
        slices = slices if isinstance(slices, tuple) else (slices,)
        slices = slices if Ellipsis in slices else (*slices, Ellipsis)
        cut = (*slices, *[slice(None)] * dimensions)
        parts = [each[cut] for each in self._diagonals] if self._format == "sequence" else self._diagonals[cut]
        return {**self._parameters, "diagonals": parts}

    def _shape(self) -> list[int]:
        shape = self._main.shape.as_list()
        return [*shape, shape[-1]]

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        x = batched(x, self._shape()[:-2])
        if is_adjoint:
            return matmul(self._to_dense(), x, adjoint_a=True)
        return tridiagonal_matmul(self._diagonals, x, self._format)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        if is_adjoint:
            return tridiagonal_solve(adjoint(self._to_dense()), batched(rhs, self._shape()[:-2]), "matrix")
        return tridiagonal_solve(self._diagonals, batched(rhs, self._shape()[:-2]), self._format)

    def _to_dense(self) -> Tensor:
        if self._format == "matrix":
            return band_part(self._diagonals, 1, 1)
        unit = eye(self._shape()[-1], batch_shape=self._shape()[:-2], dtype=self.dtype)
        return tridiagonal_matmul(self._diagonals, unit, self._format)

    def _diag_part(self) -> Tensor:
        return convert_to_tensor(self._main)


class LinearOperatorToeplitz(LinearOperator):
    """A Toeplitz matrix: constant along each diagonal.

    Args:
        col: the first column, a floating or complex tensor of shape (..., n).
        row: the first row; its first number does not count.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorToeplitz([1.0, 2.0], [1.0, 3.0]).to_dense().numpy().tolist()
    [[1.0, 3.0], [2.0, 1.0]]
    """

    _matrix_dimensions = {"col": 1, "row": 1}

    def __init__(
        self,
        col: Any,
        row: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorToeplitz",
    ) -> None:
        parameters = given(locals())
        self._col = parameter(col, "LinearOperatorToeplitz", "col")
        self._row = parameter(row, "LinearOperatorToeplitz", "row")
        if self._col.shape[-1:] != self._row.shape[-1:]:
            raise ValueError(
                f"LinearOperatorToeplitz: col and row differ in length: {self._col.shape} and {self._row.shape}."
            )
        super().__init__(
            self._row.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )

    @property
    def col(self) -> Any:
        """The first column."""
        return self._col

    @property
    def row(self) -> Any:
        """The first row."""
        return self._row

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> None:
        """Check that the first row is the first column.

        Raises:
            InvalidArgumentError: it is not.
        """
        if not np.array_equal(concrete(self._row, self.name), concrete(self._col, self.name)):
            raise errors.InvalidArgumentError(f"{self.name}: row and col are not the same.")

    def _shape(self) -> list[int]:
        n = self._row.shape[-1]
        return [*batch_of(self._row.shape[:-1], self._col.shape[:-1]), n, n]

    def _to_dense(self) -> Tensor:
        *batch, n, _ = self._shape()
        col, row = broadcast_to(self._col, [*batch, n]), broadcast_to(self._row, [*batch, n])
        # The numbers from the bottom left to the top right corner, and where each place finds its own.
        line = concat([reverse(col, [-1]), row[..., 1:]], -1)
        return gather(line, np.arange(n) - np.arange(n)[:, None] + n - 1, axis=-1)

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return matmul(self._to_dense(), x, adjoint_a=is_adjoint)

    def _diag_part(self) -> Tensor:
        return broadcast_to(self._col[..., :1], self._shape()[:-1])


class LinearOperatorHouseholder(LinearOperator):
    """A reflection at the hyperplane orthogonal to an axis: I - 2 v v^H / |v|^2.

    Args:
        reflection_axis: a floating or complex tensor of shape (..., n).
        is_non_singular: it is; likewise the next three.
        is_self_adjoint: it is.
        is_positive_definite: it is not.
        is_square: it is.
        name: a name.

    Raises:
        ValueError: a promise that contradicts this.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorHouseholder([1.0, 0.0]).matvec([3.0, 4.0]).numpy().tolist()
    [-3.0, 4.0]
    """

    _matrix_dimensions = {"reflection_axis": 1}

    def __init__(
        self,
        reflection_axis: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorHouseholder",
    ) -> None:
        parameters = given(locals())
        self._axis = parameter(reflection_axis, "LinearOperatorHouseholder", "reflection_axis")
        _at_least("LinearOperatorHouseholder", "reflection_axis", self._axis, 1)
        if is_positive_definite or False in (is_self_adjoint, is_non_singular, is_square):
            raise ValueError(
                "LinearOperatorHouseholder: it is always self-adjoint and non-singular, never positive definite."
            )
        super().__init__(self._axis.dtype, None, True, True, False, True, name, parameters)

    @property
    def reflection_axis(self) -> Any:
        """The axis."""
        return self._axis

    def _shape(self) -> list[int]:
        shape = self._axis.shape.as_list()
        return [*shape, shape[-1]]

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        v = expand_dims(self._axis, -1)
        along = matmul(v, x, adjoint_a=True)
        scale = arithmetic.divide(2.0, matmul(v, v, adjoint_a=True))
        return arithmetic.subtract(x, arithmetic.multiply(matmul(v, along), scale))

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return self._matmul(rhs)

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> None:
        """It always is."""

    def _determinant(self) -> Tensor:
        return elementwise.negative(ones(self._shape()[:-2], self.dtype))

    def _log_abs_determinant(self) -> Tensor:
        return zeros(self._shape()[:-2], self.dtype)

    def _cond(self) -> Tensor:
        return ones(self._shape()[:-2], self.dtype)

    def _inverse(self) -> LinearOperator:
        return self


class LinearOperatorPermutation(LinearOperator):
    """A permutation: row i of A x is row perm[i] of x.

    Args:
        perm: integers of shape (..., n), each of 0 to n - 1 once.
        dtype: the dtype of the matrix.
        is_non_singular: it is; likewise the next three.
        is_self_adjoint: whether the permutation is its own inverse.
        is_positive_definite: a promise, or None.
        is_square: it is.
        name: a name.

    Raises:
        TypeError: `perm` does not hold integers.
        InvalidArgumentError: it is no permutation.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorPermutation([1, 0]).matvec([3.0, 4.0]).numpy().tolist()
    [4.0, 3.0]
    """

    _matrix_dimensions = {"perm": 1}

    def __init__(
        self,
        perm: Any,
        dtype: Any = dtypes.float32,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorPermutation",
    ) -> None:
        parameters = given(locals())
        self._perm = parameter(perm, "LinearOperatorPermutation", "perm", floating=False)
        if not self._perm.dtype.is_integer or not self._perm.shape.rank:
            raise UnfitError(f"LinearOperatorPermutation: perm must be vectors of integers, received {self._perm!r}.")
        host = concrete(self._perm, "linalg.LinearOperatorPermutation")
        if not np.array_equal(np.sort(host, -1), np.broadcast_to(np.arange(host.shape[-1]), host.shape)):
            raise UnfitError(
                f"LinearOperatorPermutation: expected each number from 0 to {host.shape[-1] - 1} once, received "
                f"{host.tolist()}."
            )
        if is_non_singular is False or is_square is False:
            raise ValueError("LinearOperatorPermutation: a permutation is always non-singular and square.")
        self._order = host
        super().__init__(dtype, None, True, is_self_adjoint, is_positive_definite, True, name, parameters)

    @property
    def perm(self) -> Any:
        """The permutation."""
        return self._perm

    def _shape(self) -> list[int]:
        return [*self._order.shape, self._order.shape[-1]]

    def _to_dense(self) -> Tensor:
        n = self._order.shape[-1]
        return convert_to_tensor((self._order[..., None] == np.arange(n)).astype(self.dtype.as_numpy_dtype))

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        order = np.argsort(self._order, -1) if is_adjoint else self._order
        if self._order.ndim == 1:
            return gather(x, order, axis=-2)
        batch = batch_of(order.shape[:-1], x.shape[:-2])
        x = broadcast_to(x, [*batch, *x.shape[-2:]])
        return gather(x, np.broadcast_to(order, (*batch, order.shape[-1])), axis=-2, batch_dims=len(batch))

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return self._matmul(rhs, not is_adjoint)

    def _determinant(self) -> Tensor:
        signs = np.linalg.det((self._order[..., None] == np.arange(self._order.shape[-1])).astype(np.float64))
        return convert_to_tensor(np.round(signs).astype(self.dtype.as_numpy_dtype))

    def _log_abs_determinant(self) -> Tensor:
        return zeros(self._shape()[:-2], self.dtype)

    def _cond(self) -> Tensor:
        return ones(self._shape()[:-2], self.dtype)

    def _inverse(self) -> LinearOperator:
        return LinearOperatorPermutation(np.argsort(self._order, -1), self.dtype)

    def _adjoint(self) -> LinearOperator:
        return self._inverse()
