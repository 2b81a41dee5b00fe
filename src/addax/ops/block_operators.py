"""Linear operators made of blocks: block diagonal, block triangular, Kronecker products."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from addax.core.tensor import Tensor
from addax.ops import arithmetic
from addax.ops.composed_operators import HINTS, promised, several
from addax.ops.joining import concat
from addax.ops.linear_operator import LinearOperator, batch_of, given
from addax.ops.shaping import broadcast_to, reshape, transpose

__all__ = ["LinearOperatorBlockDiag", "LinearOperatorBlockLowerTriangular", "LinearOperatorKronecker"]


class LinearOperatorKronecker(LinearOperator):
    """The Kronecker product of operators.

    Args:
        operators: a list of operators.
        is_non_singular: a promise, or None (then what all parts promise); likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: as in `LinearOperator`.
        name: a name.

    >>> import addax as tf
    >>> d = tf.linalg.LinearOperatorDiag([2.0, 3.0])
    >>> tf.linalg.LinearOperatorKronecker([d, d]).diag_part().numpy().tolist()
    [4.0, 6.0, 6.0, 9.0]
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
        self._operators = several(operators, "LinearOperatorKronecker")
        hints = [promised(self._operators, hint, parameters[hint]) for hint in HINTS[:3]]
        name = name or "_x_".join(each.name for each in self._operators)
        super().__init__(self._operators[0].dtype, None, *hints, is_square, name, parameters)

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors."""
        return self._operators

    def _shape(self) -> list[int]:
        batch = batch_of(*[each.batch_shape for each in self._operators])
        sizes = [[each.range_dimension, each.domain_dimension] for each in self._operators]
        return [*batch, *np.prod(sizes, 0).tolist()]

    def _apply(self, x: Any, is_adjoint: bool, how: str) -> Tensor:
        """Each factor acts on its own axis of x, reshaped to (..., n_1, ..., n_k, columns)."""
        sizes = [
            each.range_dimension if is_adjoint == (how == "matmul") else each.domain_dimension
            for each in self._operators
        ]
        columns = x.shape[-1]
        batch = batch_of(self._shape()[:-2], x.shape[:-2])
        x = broadcast_to(x, [*batch, *x.shape[-2:]])
        before = 1
        for i, each in enumerate(self._operators):
            after = int(np.prod(sizes[i + 1 :])) * columns
            # (..., before, n_i, after) -> rows n_i first, everything else as columns.
            lead = len(batch)
            parts = reshape(x, [*batch, before, sizes[i], after])
            turned = _swap(parts, lead)
            out = getattr(each, how)(reshape(turned, [*batch, sizes[i], before * after]), adjoint=is_adjoint)
            size = out.shape[-2]
            x = _swap(reshape(out, [*batch, size, before, after]), lead)
            before *= size
        return reshape(x, [*batch, before, columns])

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        return self._apply(x, is_adjoint, "matmul")

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        return self._apply(rhs, is_adjoint, "solve")

    def _determinant(self) -> Tensor:
        total = self.domain_dimension
        powers = [arithmetic.pow(o.determinant(), float(total // o.domain_dimension)) for o in self._operators]
        return functools.reduce(arithmetic.multiply, powers)

    def _log_abs_determinant(self) -> Tensor:
        total = self.domain_dimension
        logs = [
            arithmetic.multiply(o.log_abs_determinant(), float(total // o.domain_dimension)) for o in self._operators
        ]
        return functools.reduce(arithmetic.add, logs)

    def _trace(self) -> Tensor:
        return functools.reduce(arithmetic.multiply, [each.trace() for each in self._operators])

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorKronecker([each.adjoint() for each in self._operators])

    def _inverse(self) -> LinearOperator:
        return LinearOperatorKronecker([each.inverse() for each in self._operators])

    def _cholesky(self) -> LinearOperator:
        return LinearOperatorKronecker([each.cholesky() for each in self._operators])


def _swap(x: Any, lead: int) -> Tensor:
    """Exchange the two axes after the batch."""
    return transpose(x, [*range(lead), lead + 1, lead, lead + 2])


class LinearOperatorBlockDiag(LinearOperator):
    """Operators along the diagonal, zeros elsewhere.

    Args:
        operators: a list of operators.
        is_non_singular: a promise, or None (then what all parts promise); likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: as in `LinearOperator`.
        name: a name.

    >>> import addax as tf
    >>> d = tf.linalg.LinearOperatorDiag([2.0])
    >>> tf.linalg.LinearOperatorBlockDiag([d, d]).to_dense().numpy().tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """

    _matrix_dimensions = {"operators": 2}

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        parameters = given(locals())
        self._operators = several(operators, "LinearOperatorBlockDiag")
        hints = [promised(self._operators, hint, parameters[hint]) for hint in HINTS[:3]]
        name = name or "_ds_".join(each.name for each in self._operators)
        super().__init__(self._operators[0].dtype, None, *hints, None, name, parameters)

    @property
    def operators(self) -> list[LinearOperator]:
        """The blocks."""
        return self._operators

    def _shape(self) -> list[int]:
        batch = batch_of(*[each.batch_shape for each in self._operators])
        return [
            *batch,
            sum(each.range_dimension for each in self._operators),
            sum(each.domain_dimension for each in self._operators),
        ]

    def _by_blocks(self, x: Any, sizes: list[int], how: str, is_adjoint: bool) -> Tensor:
        batch = batch_of(self._shape()[:-2], x.shape[:-2])
        x, start, out = broadcast_to(x, [*batch, *x.shape[-2:]]), 0, []
        for each, size in zip(self._operators, sizes, strict=True):
            out.append(getattr(each, how)(x[..., start : start + size, :], adjoint=is_adjoint))
            start += size
        return concat(out, -2)

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        sizes = [each.range_dimension if is_adjoint else each.domain_dimension for each in self._operators]
        return self._by_blocks(x, sizes, "matmul", is_adjoint)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        if not all(each.is_square for each in self._operators):
            return super()._solve(rhs, is_adjoint)
        return self._by_blocks(rhs, [each.range_dimension for each in self._operators], "solve", is_adjoint)

    def _determinant(self) -> Tensor:
        return functools.reduce(arithmetic.multiply, [each.determinant() for each in self._operators])

    def _log_abs_determinant(self) -> Tensor:
        return functools.reduce(arithmetic.add, [each.log_abs_determinant() for each in self._operators])

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorBlockDiag([each.adjoint() for each in self._operators])

    def _inverse(self) -> LinearOperator:
        return LinearOperatorBlockDiag([each.inverse() for each in self._operators])

    def _cholesky(self) -> LinearOperator:
        return LinearOperatorBlockDiag([each.cholesky() for each in self._operators])


class LinearOperatorBlockLowerTriangular(LinearOperator):
    """Operators in a lower triangle of blocks, zeros above.

    Args:
        operators: a list of lists: row i has i + 1 operators, the last of which is square.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    Raises:
        ValueError: rows of other lengths, or sizes that do not fit.

    >>> import addax as tf
    >>> d = tf.linalg.LinearOperatorDiag([2.0])
    >>> tf.linalg.LinearOperatorBlockLowerTriangular([[d], [d, d]]).to_dense().numpy().tolist()
    [[2.0, 0.0], [2.0, 2.0]]
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorBlockLowerTriangular",
    ) -> None:
        parameters = given(locals())
        if not isinstance(operators, list | tuple) or not operators:
            raise ValueError(f"LinearOperatorBlockLowerTriangular: expected one or more rows, received {operators!r}.")
        self._operators = [several(row, "LinearOperatorBlockLowerTriangular") for row in operators]
        for i, row in enumerate(self._operators):
            heights = {each.range_dimension for each in row}
            widths = [each.domain_dimension for each in row]
            if (
                len(row) != i + 1
                or len(heights) > 1
                or widths != [self._operators[j][j].domain_dimension for j in range(i + 1)]
            ):
                raise ValueError(
                    f"LinearOperatorBlockLowerTriangular: row {i} must have {i + 1} operators of one height and the "
                    f"widths of the blocks above, received {[str(each.shape) for each in row]}."
                )
        diagonal = [row[-1] for row in self._operators]
        is_non_singular = promised(diagonal, "is_non_singular", is_non_singular)
        super().__init__(
            diagonal[0].dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )

    @property
    def operators(self) -> list[list[LinearOperator]]:
        """The rows of blocks."""
        return self._operators

    def _sliced(self, slices: Any) -> dict[str, Any]:
        return {**self._parameters, "operators": [[each[slices] for each in row] for row in self._operators]}

    def _shape(self) -> list[int]:
        batch = batch_of(*[each.batch_shape for row in self._operators for each in row])
        n = sum(row[-1].range_dimension for row in self._operators)
        return [*batch, n, n]

    def _split(self, x: Any) -> list[Any]:
        batch = batch_of(self._shape()[:-2], x.shape[:-2])
        x, start, parts = broadcast_to(x, [*batch, *x.shape[-2:]]), 0, []
        for row in self._operators:
            size = row[-1].range_dimension
            parts.append(x[..., start : start + size, :])
            start += size
        return parts

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        parts, k = self._split(x), len(self._operators)
        out = []
        for i in range(k):
            if is_adjoint:
                terms = [self._operators[j][i].matmul(parts[j], adjoint=True) for j in range(i, k)]
            else:
                terms = [self._operators[i][j].matmul(parts[j]) for j in range(i + 1)]
            out.append(functools.reduce(arithmetic.add, terms))
        return concat(out, -2)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        parts, k = self._split(rhs), len(self._operators)
        solved: dict[int, Any] = {}
        for i in reversed(range(k)) if is_adjoint else range(k):
            rest = parts[i]
            for j, known in solved.items():
                block = self._operators[j][i] if is_adjoint else self._operators[i][j]
                rest = arithmetic.subtract(rest, block.matmul(known, adjoint=is_adjoint))
            solved[i] = self._operators[i][i].solve(rest, adjoint=is_adjoint)
        return concat([solved[i] for i in range(k)], -2)

    def _determinant(self) -> Tensor:
        return functools.reduce(arithmetic.multiply, [row[-1].determinant() for row in self._operators])

    def _log_abs_determinant(self) -> Tensor:
        return functools.reduce(arithmetic.add, [row[-1].log_abs_determinant() for row in self._operators])
