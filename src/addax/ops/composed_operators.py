"""Linear operators made of others: adjoints, inverses, products, updates of low rank."""

from __future__ import annotations

import functools
from typing import Any

from addax.core.tensor import Tensor
from addax.ops import arithmetic, casting, elementwise
from addax.ops.diagonal_operators import LinearOperatorDiag, LinearOperatorIdentity
from addax.ops.linear_operator import LinearOperator, LinearOperatorFullMatrix, batch_of, given, parameter
from addax.ops.matrix_functions import adjoint as adjoint_matrix
from addax.ops.products import matmul

__all__ = [
    "LinearOperatorAdjoint",
    "LinearOperatorComposition",
    "LinearOperatorInversion",
    "LinearOperatorLowRankUpdate",
]

HINTS = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")


def product_of(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """left right, as an operator; products with identities and of diagonals are simplified."""
    if left.domain_dimension != right.range_dimension:
        raise ValueError(
            f"{left.name}.matmul: operators do not fit: {left.shape} takes {left.domain_dimension} rows, {right.shape} "
            f"makes {right.range_dimension}."
        )
    if isinstance(left, LinearOperatorIdentity) and not left.batch_shape.rank:
        return right
    if isinstance(right, LinearOperatorIdentity) and not right.batch_shape.rank:
        return left
    if isinstance(left, LinearOperatorDiag) and isinstance(right, LinearOperatorDiag):
        return LinearOperatorDiag(arithmetic.multiply(left.diag, right.diag))
    return LinearOperatorComposition([left, right])


def several(operators: Any, who: str) -> list[LinearOperator]:
    operators = list(operators)
    if not operators or not all(isinstance(each, LinearOperator) for each in operators):
        raise ValueError(f"{who}: operators must be a list of one or more LinearOperators, received {operators!r:.80}.")
    kinds = {each.dtype for each in operators}
    if len(kinds) > 1:
        raise TypeError(f"{who}: operators must have the same dtype, found {sorted(kind.name for kind in kinds)}.")
    return operators


def promised(operators: list[LinearOperator], hint: str, said: bool | None) -> bool | None:
    """A promise that holds where it holds for all parts."""
    return True if said is None and all(getattr(each, hint) for each in operators) else said


class LinearOperatorAdjoint(LinearOperator):
    """The conjugate transpose of an operator.

    Args:
        operator: the operator.
        is_non_singular: a promise, or None to take the operator's; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: as in `LinearOperator`.
        name: a name.

    >>> import addax as tf
    >>> matrix = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.linalg.LinearOperatorAdjoint(matrix).to_dense().numpy().tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """

    _matrix_dimensions = {"operator": 2}

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = given(locals())
        self._operator = operator
        hints = [getattr(operator, hint) if parameters[hint] is None else parameters[hint] for hint in HINTS[:3]]
        super().__init__(operator.dtype, None, *hints, None, name or f"{operator.name}_adjoint", parameters)

    @property
    def operator(self) -> LinearOperator:
        """The operator."""
        return self._operator

    def _shape(self) -> list[int]:
        *batch, rows, columns = self._operator.shape.as_list()
        return [*batch, columns, rows]

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return self._operator.matmul(x, adjoint=not is_adjoint)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return self._operator.solve(rhs, adjoint=not is_adjoint)

    def _to_dense(self) -> Tensor:
        return adjoint_matrix(self._operator.to_dense())

    def _determinant(self) -> Tensor:
        return casting.conj(self._operator.determinant())

    def _log_abs_determinant(self) -> Tensor:
        return self._operator.log_abs_determinant()

    def _adjoint(self) -> LinearOperator:
        return self._operator


class LinearOperatorInversion(LinearOperator):
    """The inverse of an operator.

    Args:
        operator: the operator.
        is_non_singular: a promise, or None to take the operator's; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> matrix = tf.linalg.LinearOperatorFullMatrix([[2.0, 0.0], [0.0, 4.0]])
    >>> tf.linalg.LinearOperatorInversion(matrix).to_dense().numpy().tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """

    _matrix_dimensions = {"operator": 2}

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = given(locals())
        self._operator = operator
        if is_non_singular is False or operator.is_non_singular is False:
            raise ValueError("LinearOperatorInversion: a singular operator has no inverse.")
        if is_square is False or not operator.is_square:
            raise ValueError(f"LinearOperatorInversion: {operator.shape} is not square and has no inverse.")
        hints = [getattr(operator, hint) if parameters[hint] is None else parameters[hint] for hint in HINTS[1:3]]
        super().__init__(operator.dtype, None, True, *hints, True, name or f"{operator.name}_inv", parameters)

    @property
    def operator(self) -> LinearOperator:
        """The operator."""
        return self._operator

    def _shape(self) -> list[int]:
        return self._operator.shape.as_list()

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return self._operator.solve(x, adjoint=is_adjoint)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return self._operator.matmul(rhs, adjoint=is_adjoint)

    def _determinant(self) -> Tensor:
        return elementwise.reciprocal(self._operator.determinant())

    def _log_abs_determinant(self) -> Tensor:
        return elementwise.negative(self._operator.log_abs_determinant())

    def _cond(self) -> Tensor:
        return self._operator.cond()

    def _inverse(self) -> LinearOperator:
        return self._operator


class LinearOperatorComposition(LinearOperator):
    """The product of operators, A_1 A_2 ... A_k.

    Args:
        operators: a list of operators whose sizes fit each other.
        is_non_singular: a promise, or None (then what all parts promise); likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: as in `LinearOperator`.
        name: a name.

    >>> import addax as tf
    >>> d = tf.linalg.LinearOperatorDiag([2.0, 3.0])
    >>> m = tf.linalg.LinearOperatorFullMatrix([[1.0, 1.0], [1.0, 1.0]])
    >>> tf.linalg.LinearOperatorComposition([d, m]).to_dense().numpy().tolist()
    [[2.0, 2.0], [3.0, 3.0]]
    """

    _matrix_dimensions = {"operators": 2}

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = given(locals())
        self._operators = several(operators, "LinearOperatorComposition")
        for left, right in zip(self._operators[:-1], self._operators[1:], strict=True):
            if left.domain_dimension != right.range_dimension:
                raise ValueError(f"LinearOperatorComposition: operators do not fit: {left.shape} and {right.shape}.")
        is_non_singular = promised(self._operators, "is_non_singular", is_non_singular)
        name = name or "_o_".join(each.name for each in self._operators)
        super().__init__(
            self._operators[0].dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name,
            parameters,
        )  # fmt: skip

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors."""
        return self._operators

    def _shape(self) -> list[int]:
        batch = batch_of(*[each.batch_shape for each in self._operators])
        return [*batch, self._operators[0].range_dimension, self._operators[-1].domain_dimension]

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        for each in self._operators if is_adjoint else reversed(self._operators):
            x = each.matmul(x, adjoint=is_adjoint)
        return x

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        if not all(each.is_square for each in self._operators):
            return super()._solve(rhs, is_adjoint)
        for each in reversed(self._operators) if is_adjoint else self._operators:
            rhs = each.solve(rhs, adjoint=is_adjoint)
        return rhs

    def _determinant(self) -> Tensor:
        if not all(each.is_square for each in self._operators):
            return super()._determinant()
        return functools.reduce(arithmetic.multiply, [each.determinant() for each in self._operators])

    def _log_abs_determinant(self) -> Tensor:
        if not all(each.is_square for each in self._operators):
            return super()._log_abs_determinant()
        return functools.reduce(arithmetic.add, [each.log_abs_determinant() for each in self._operators])


class LinearOperatorLowRankUpdate(LinearOperator):
    """A base operator plus a matrix of low rank: L + U D V^H.

    Args:
        base_operator: L, of shape (..., m, n).
        u: U, of shape (..., m, k).
        diag_update: the diagonal of D, of shape (..., k); None for the identity.
        v: V, of shape (..., n, k); None for U.
        is_diag_update_positive: a promise that D is positive.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: as in `LinearOperator`.
        name: a name.

    >>> import addax as tf
    >>> base = tf.linalg.LinearOperatorIdentity(2)
    >>> tf.linalg.LinearOperatorLowRankUpdate(base, [[1.0], [2.0]]).to_dense().numpy().tolist()
    [[2.0, 2.0], [2.0, 5.0]]
    """

    _matrix_dimensions = {"base_operator": 2, "u": 2, "diag_update": 1, "v": 2}

    def __init__(
        self,
        base_operator: LinearOperator,
        u: Any,
        diag_update: Any = None,
        v: Any = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorLowRankUpdate",
    ) -> None:
        parameters = given(locals())
        who = "LinearOperatorLowRankUpdate"
        self._base, self._u = base_operator, parameter(u, who, "u")
        self._v = self._u if v is None else parameter(v, who, "v")
        rank = self._u.shape[-1]
        self._positive = is_diag_update_positive if diag_update is not None else True
        self._update = None if diag_update is None else parameter(diag_update, who, "diag_update")
        self._diag_operator: LinearOperator = (
            LinearOperatorIdentity(rank, dtype=base_operator.dtype)
            if self._update is None
            else LinearOperatorDiag(self._update, is_positive_definite=is_diag_update_positive)
        )
        if self._u.shape[-2] != base_operator.range_dimension or self._v.shape[-2] != base_operator.domain_dimension:
            raise ValueError(
                f"{who}: u {self._u.shape} and v {self._v.shape} do not fit the base {base_operator.shape}."
            )
        real = not base_operator.dtype.is_complex
        if v is None and is_self_adjoint is None and base_operator.is_self_adjoint and real:
            is_self_adjoint = True
            if base_operator.is_positive_definite and self._positive and is_positive_definite is None:
                is_positive_definite = True
        super().__init__(
            base_operator.dtype,
            None,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
            parameters,
        )

    @property
    def base_operator(self) -> LinearOperator:
        """L."""
        return self._base

    @property
    def u(self) -> Any:
        """U."""
        return self._u

    @property
    def v(self) -> Any:
        """V."""
        return self._v

    @property
    def diag_update(self) -> Any:
        """The diagonal of D, or None."""
        return self._update

    @property
    def diag_operator(self) -> LinearOperator:
        """D as an operator."""
        return self._diag_operator

    @property
    def is_diag_update_positive(self) -> bool | None:
        """Whether D is known to be positive."""
        return self._positive

    def _shape(self) -> list[int]:
        batch = batch_of(
            self._base.batch_shape, self._u.shape[:-2], self._v.shape[:-2], self._diag_operator.batch_shape
        )
        return [*batch, self._base.range_dimension, self._base.domain_dimension]

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        left, right = (self._v, self._u) if is_adjoint else (self._u, self._v)
        inner = self._diag_operator.matmul(matmul(right, x, adjoint_a=True), adjoint=is_adjoint)
        return arithmetic.add(self._base.matmul(x, adjoint=is_adjoint), matmul(left, inner))

    def _capacitance(self, is_adjoint: bool = False) -> Tensor:
        """D^-1 + V^H L^-1 U, the small matrix of Woodbury's formula."""
        left, right = (self._v, self._u) if is_adjoint else (self._u, self._v)
        inverse = self._diag_operator.inverse()
        inverse = inverse.adjoint() if is_adjoint else inverse
        inside = matmul(right, self._base.solve(left, adjoint=is_adjoint), adjoint_a=True)
        return inverse.add_to_tensor(inside)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        left, right = (self._v, self._u) if is_adjoint else (self._u, self._v)
        base = self._base.solve(rhs, adjoint=is_adjoint)
        small = LinearOperatorFullMatrix(self._capacitance(is_adjoint))
        inner = small.solve(matmul(right, base, adjoint_a=True))
        return arithmetic.subtract(base, self._base.solve(matmul(left, inner), adjoint=is_adjoint))

    def _determinant(self) -> Tensor:
        small = LinearOperatorFullMatrix(self._capacitance()).determinant()
        return functools.reduce(
            arithmetic.multiply, [small, self._diag_operator.determinant(), self._base.determinant()]
        )

    def _log_abs_determinant(self) -> Tensor:
        small = LinearOperatorFullMatrix(self._capacitance()).log_abs_determinant()
        parts = [small, self._diag_operator.log_abs_determinant(), self._base.log_abs_determinant()]
        return functools.reduce(arithmetic.add, [casting.cast(each, self.dtype) for each in parts])
