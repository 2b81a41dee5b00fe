"""Linear operators: matrices known by what they do. Here: the base of all, and the one that holds a full matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import convert_to_tensor
from addax.core.module import Module
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import arithmetic, elementwise, reductions
from addax.ops.creation import eye
from addax.ops.decompositions import cholesky, eigvalsh, svd
from addax.ops.diagonals import diag_part, trace
from addax.ops.matrix_functions import adjoint, det, slogdet
from addax.ops.products import matmul
from addax.ops.shaping import broadcast_to, expand_dims, squeeze
from addax.ops.solvers import solve

__all__ = ["LinearOperator", "LinearOperatorFullMatrix"]


def parameter(value: Any, who: str, what: str, floating: bool = True) -> Any:
    """A constructor argument as a tensor (variables stay variables)."""
    made = value if hasattr(value, "__tf_value__") else convert_to_tensor(value)
    if floating and not (made.dtype.is_floating or made.dtype.is_complex):
        raise TypeError(f"{who}: {what} must be floating or complex, received {made.dtype.name}.")
    return made


def given(values: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a constructor, from its `locals()`."""
    return {key: value for key, value in values.items() if key not in ("self", "__class__")}


def batch_of(*shapes: Any) -> list[int]:
    """The broadcast of batch shapes."""
    return list(np.broadcast_shapes(*[tuple(shape) for shape in shapes]))


class LinearOperator(Module):
    """A (batch of) matrices A of shape (..., m, n), known by what they do to vectors.

    Subclasses give `_shape` and `_matmul`, and override what their structure makes cheaper; the rest works on the
    dense matrix.

    Args:
        dtype: the dtype of the matrix.
        graph_parents: not used in TensorFlow 2.
        is_non_singular: a promise (True or False), or None for not known; so are
        is_self_adjoint: whether A is its own conjugate transpose,
        is_positive_definite: whether x^H A x > 0 for all x,
        is_square: whether m == n.
        name: a name.
        parameters: the arguments of the subclass's constructor.

    Raises:
        ValueError: promises that contradict each other.

    >>> import addax as tf
    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> operator.matvec([1.0, 1.0]).numpy().tolist()
    [3.0, 7.0]
    """

    _TF_MODULE_IGNORED_PROPERTIES = frozenset({"_parameters"})

    def __init__(
        self,
        dtype: Any,
        graph_parents: Any = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("LinearOperator: a positive definite matrix is always non-singular.")
            is_non_singular = True
        if is_positive_definite or is_self_adjoint or is_non_singular:
            if is_square is False:
                raise ValueError(
                    "LinearOperator: a non-singular, self-adjoint or positive definite matrix is always square."
                )
            is_square = True
        self._dtype = dtypes.as_dtype(dtype)
        self._graph_parents = graph_parents or []
        self._is_non_singular, self._is_self_adjoint = is_non_singular, is_self_adjoint
        self._is_positive_definite, self._is_square_set = is_positive_definite, is_square
        self._operator_name = name or type(self).__name__
        self._parameters = dict(parameters or {})

    # ------------------------------------------------------------------ what it is

    def _shape(self) -> list[int]:
        raise NotImplementedError(f"{type(self).__name__} has to define _shape.")

    @property
    def shape(self) -> TensorShape:
        """The shape of the matrices, (..., m, n)."""
        return TensorShape(self._shape())

    @property
    def batch_shape(self) -> TensorShape:
        """The leading dimensions."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int:
        """How many dimensions the dense tensor has."""
        return len(self._shape())

    @property
    def domain_dimension(self) -> int:
        """n, the size of the vectors it takes."""
        return self._shape()[-1]

    @property
    def range_dimension(self) -> int:
        """m, the size of the vectors it makes."""
        return self._shape()[-2]

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the matrices."""
        return self._dtype

    @property
    def name(self) -> str:
        """The name."""
        return self._operator_name

    @property
    def parameters(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(self._parameters)

    @property
    def graph_parents(self) -> list[Any]:
        """Not used in TensorFlow 2."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> bool | None:
        """Whether it can be inverted; None where nobody said."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether it is its own conjugate transpose; None where nobody said."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether it is positive definite; None where nobody said."""
        return self._is_positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether it is square."""
        return self._shape()[-1] == self._shape()[-2]

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """The shape as an int32 tensor."""
        return convert_to_tensor(np.array(self._shape(), np.int32))

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The leading dimensions as an int32 tensor."""
        return convert_to_tensor(np.array(self._shape()[:-2], np.int32))

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """The rank as an int32 tensor."""
        return convert_to_tensor(self.tensor_rank)

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """n as an int32 tensor."""
        return convert_to_tensor(self.domain_dimension)

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """m as an int32 tensor."""
        return convert_to_tensor(self.range_dimension)

    # ------------------------------------------------------------------ products

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has to define _matmul.")

    def _argument(self, x: Any, is_adjoint: bool, adjoint_arg: bool, rows: int, who: str) -> Any:
        x = convert_to_tensor(x, dtype_hint=self.dtype)
        if x.dtype != self.dtype:
            raise TypeError(
                errors.message(
                    f"{self.name}.{who}", expected=f"an argument of {self.dtype.name}", received=x.dtype.name
                )
            )
        x = adjoint(x) if adjoint_arg else x
        if x.shape.rank < 2 or x.shape[-2] != rows:
            raise ValueError(
                errors.message(
                    f"{self.name}.{who}",
                    expected=f"an argument of shape (..., {rows}, columns), for the operator {self.shape}",
                    received=f"shape {x.shape}",
                )
            )
        return x

    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        """A x, of a tensor (..., n, columns) or of another operator (which gives an operator).

        Args:
            x: what to multiply.
            adjoint: whether to use the conjugate transpose of A.
            adjoint_arg: whether to use that of x.
            name: ignored.
        """
        if isinstance(x, LinearOperator):
            return self._compose(self.adjoint() if adjoint else self, x.adjoint() if adjoint_arg else x)
        rows = self.range_dimension if adjoint else self.domain_dimension
        return self._matmul(self._argument(x, adjoint, adjoint_arg, rows, "matmul"), adjoint)

    @staticmethod
    def _compose(left: LinearOperator, right: LinearOperator) -> Any:
        from addax.ops.composed_operators import product_of  # that file is built on this one

        return product_of(left, right)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """A x, of vectors (..., n)."""
        return squeeze(self.matmul(expand_dims(convert_to_tensor(x, dtype_hint=self.dtype), -1), adjoint), -1)

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    # ------------------------------------------------------------------ solutions

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        dense = self.to_dense()
        batch = batch_of(dense.shape[:-2], rhs.shape[:-2])
        dense = broadcast_to(dense, [*batch, *dense.shape[-2:]])
        rhs = broadcast_to(rhs, [*batch, *rhs.shape[-2:]])
        if self.is_positive_definite and self.is_self_adjoint:
            from addax.ops.solvers import cholesky_solve

            return cholesky_solve(cholesky(dense), rhs)
        return solve(dense, rhs, adjoint=is_adjoint)

    def _invertible(self, who: str) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError(f"{self.name}.{who}: not possible for an operator expected to be singular.")
        if not self.is_square:
            raise NotImplementedError(f"{self.name}.{who}: not possible for an operator that is not square.")

    def solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve") -> Any:
        """The x with A x = rhs, of a tensor (..., m, columns) or of another operator.

        Args:
            rhs: the right hand side.
            adjoint: whether to solve with the conjugate transpose of A.
            adjoint_arg: whether to use that of rhs.
            name: ignored.

        Raises:
            NotImplementedError: the operator is not square or singular.
        """
        self._invertible("solve")
        if isinstance(rhs, LinearOperator):
            left = self.adjoint() if adjoint else self
            return self._compose(left.inverse(), rhs.adjoint() if adjoint_arg else rhs)
        rows = self.domain_dimension if adjoint else self.range_dimension
        return self._solve(self._argument(rhs, adjoint, adjoint_arg, rows, "solve"), adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """The x with A x = rhs, of vectors (..., m)."""
        return squeeze(self.solve(expand_dims(convert_to_tensor(rhs, dtype_hint=self.dtype), -1), adjoint), -1)

    # ------------------------------------------------------------------ other operators

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The conjugate transpose, as an operator."""
        if self.is_self_adjoint:
            return self
        return self._adjoint()

    def _adjoint(self) -> LinearOperator:
        from addax.ops.composed_operators import LinearOperatorAdjoint

        return LinearOperatorAdjoint(self)

    @property
    def H(self) -> LinearOperator:  # noqa: N802
        """The conjugate transpose, as an operator."""
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """The inverse, as an operator.

        Raises:
            ValueError: the operator is not square or singular.
        """
        if not self.is_square or self.is_non_singular is False:
            raise ValueError(f"{self.name}.inverse: not possible for an operator that is singular or not square.")
        return self._inverse()

    def _inverse(self) -> LinearOperator:
        from addax.ops.composed_operators import LinearOperatorInversion

        return LinearOperatorInversion(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """The lower triangular L with L L^H = A, as an operator.

        Raises:
            ValueError: the operator is not known to be self-adjoint and positive definite.
        """
        if not (self.is_self_adjoint and self.is_positive_definite):
            raise ValueError(
                f"{self.name}.cholesky: Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                "matrix (is_self_adjoint=True and is_positive_definite=True say that it is)."
            )
        return self._cholesky()

    def _cholesky(self) -> LinearOperator:
        from addax.ops.structured_operators import LinearOperatorLowerTriangular

        return LinearOperatorLowerTriangular(cholesky(self.to_dense()), is_non_singular=True, is_square=True)

    def __getitem__(self, slices: Any) -> LinearOperator:
        """The operators of some batches."""
        return type(self)(**self._sliced(slices))

    # How many dimensions of each tensor among the parameters belong to the matrix; the others are batches.
    _matrix_dimensions: dict[str, int] = {}

    def _sliced(self, slices: Any) -> dict[str, Any]:
        slices = slices if isinstance(slices, tuple) else (slices,)
        if Ellipsis not in slices:
            slices = (*slices, Ellipsis)
        chosen = dict(self._parameters)
        for key, dimensions in self._matrix_dimensions.items():
            value = chosen.get(key)
            if isinstance(value, list | tuple) and all(isinstance(each, LinearOperator) for each in value):
                chosen[key] = [each[slices] for each in value]
            elif isinstance(value, LinearOperator):
                chosen[key] = value[slices]
            elif value is not None:
                tensor = convert_to_tensor(value)
                tail = tensor.shape.as_list()[tensor.shape.rank - dimensions :] if dimensions else []
                full = broadcast_to(tensor, [*self.batch_shape.as_list(), *tail])
                chosen[key] = full[(*slices, *[slice(None)] * dimensions)]
        return chosen

    # ------------------------------------------------------------------ numbers

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """The matrices as a tensor (..., m, n)."""
        return self._to_dense()

    def _to_dense(self) -> Tensor:
        return self._matmul(eye(self.domain_dimension, batch_shape=self.batch_shape.as_list(), dtype=self.dtype))

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """A + x, of a tensor."""
        return arithmetic.add(self.to_dense(), convert_to_tensor(x, dtype_hint=self.dtype))

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """The main diagonals."""
        return self._diag_part()

    def _diag_part(self) -> Tensor:
        return diag_part(self.to_dense())

    def trace(self, name: str = "trace") -> Tensor:
        """The sums of the main diagonals."""
        return self._trace()

    def _trace(self) -> Tensor:
        return trace(self.to_dense())

    def determinant(self, name: str = "det") -> Tensor:
        """The determinants.

        Raises:
            NotImplementedError: the operator is not square.
        """
        if not self.is_square:
            raise NotImplementedError(f"{self.name}.determinant: not possible for an operator that is not square.")
        return self._determinant()

    def _determinant(self) -> Tensor:
        return det(self.to_dense())

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """The logarithms of the absolute values of the determinants.

        Raises:
            NotImplementedError: the operator is not square.
        """
        if not self.is_square:
            raise NotImplementedError(
                f"{self.name}.log_abs_determinant: not possible for an operator that is not square."
            )
        return self._log_abs_determinant()

    def _log_abs_determinant(self) -> Tensor:
        return slogdet(self.to_dense()).log_abs_determinant

    def eigvals(self, name: str = "eigvals") -> Tensor:
        """The eigenvalues of a self-adjoint operator.

        Raises:
            NotImplementedError: it is not known to be self-adjoint.
        """
        if not self.is_self_adjoint:
            raise NotImplementedError(f"{self.name}.eigvals: Only self-adjoint matrices are supported.")
        return self._eigvals()

    def _eigvals(self) -> Tensor:
        return eigvalsh(self.to_dense())

    def cond(self, name: str = "cond") -> Tensor:
        """The condition numbers: the largest singular value over the smallest."""
        return self._cond()

    def _cond(self) -> Tensor:
        values = elementwise.abs(self.eigvals()) if self.is_self_adjoint else svd(self.to_dense(), compute_uv=False)
        return arithmetic.divide(reductions.reduce_max(values, -1), reductions.reduce_min(values, -1))

    # ------------------------------------------------------------------ assertions

    def assert_non_singular(self, name: str = "assert_non_singular") -> None:
        """Check that no matrix is singular to working precision.

        Raises:
            InvalidArgumentError: one is.
        """
        limit = 1.0 / np.finfo(self.dtype.real_dtype.as_numpy_dtype).eps
        if not np.all(concrete(self.cond(), "linalg.LinearOperator.assert_non_singular") < limit):
            raise errors.InvalidArgumentError(f"{self.name}: Singular matrix up to precision epsilon.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> None:
        """Check that the Hermitian part x^H A x is positive for all x.

        Raises:
            InvalidArgumentError: it is not.
        """
        dense = np.asarray(concrete(self.to_dense(), "linalg.LinearOperator.assert_positive_definite"))
        if not np.all(np.linalg.eigvalsh((dense + dense.conj().swapaxes(-1, -2)) / 2) > 0):
            raise errors.InvalidArgumentError(f"{self.name}: Operator was not positive definite.")

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> None:
        """Check that the matrices are their own conjugate transposes.

        Raises:
            InvalidArgumentError: they are not.
        """
        dense = np.asarray(concrete(self.to_dense(), "linalg.LinearOperator.assert_self_adjoint"))
        if not np.array_equal(dense, dense.conj().swapaxes(-1, -2)):
            raise errors.InvalidArgumentError(f"{self.name}: Matrix was not equal to its adjoint.")

    def __repr__(self) -> str:
        return f"<tf.{type(self).__name__}: shape={self.shape}, dtype={self.dtype.name}>"


class LinearOperatorFullMatrix(LinearOperator):
    """A full matrix as an operator.

    Args:
        matrix: a floating or complex tensor of shape (..., m, n).
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: as in `LinearOperator`.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorFullMatrix([[2.0, 0.0], [0.0, 4.0]]).solvevec([2.0, 8.0]).numpy().tolist()
    [1.0, 2.0]
    """

    _matrix_dimensions = {"matrix": 2}

    def __init__(
        self,
        matrix: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorFullMatrix",
    ) -> None:
        parameters = given(locals())
        self._matrix = parameter(matrix, "LinearOperatorFullMatrix", "matrix")
        if self._matrix.shape.rank < 2:
            raise ValueError(
                f"LinearOperatorFullMatrix: matrix must have 2 or more dimensions, not {self._matrix.shape}."
            )
        square = self._matrix.shape[-1] == self._matrix.shape[-2]
        if is_square is False and square:
            raise ValueError("LinearOperatorFullMatrix: is_square is False, but the matrix is square.")
        super().__init__(
            self._matrix.dtype,
            None,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
            parameters,
        )

    @property
    def matrix(self) -> Any:
        """The matrix."""
        return self._matrix

    def _shape(self) -> list[int]:
        return self._matrix.shape.as_list()

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return matmul(self._matrix, x, adjoint_a=is_adjoint)

    def _to_dense(self) -> Tensor:
        return convert_to_tensor(self._matrix)
