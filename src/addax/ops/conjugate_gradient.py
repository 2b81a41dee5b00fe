"""The conjugate gradient method (Hestenes and Stiefel 1952)."""

from __future__ import annotations

from typing import Any, NamedTuple

from addax.core.convert import convert_to_tensor
from addax.core.tensor import Tensor
from addax.ops import arithmetic, elementwise, reductions
from addax.ops.comparison import greater, less, logical_and
from addax.ops.control_flow import while_loop
from addax.ops.creation import zeros_like
from addax.ops.linear_operator import LinearOperator
from addax.ops.products import matmul
from addax.ops.shaping import expand_dims, squeeze

__all__ = ["conjugate_gradient"]


class CGState(NamedTuple):
    """The state of `tf.linalg.experimental.conjugate_gradient`."""

    i: Any
    x: Any
    r: Any
    p: Any
    gamma: Any


def conjugate_gradient(
    operator: LinearOperator,
    rhs: Any,
    preconditioner: LinearOperator | None = None,
    x: Any = None,
    tol: float = 1e-5,
    max_iter: int = 20,
    name: str | None = "conjugate_gradient",
) -> CGState:
    """Solve A x = rhs of a self-adjoint positive definite operator, step by step.

    Args:
        operator: the operator.
        rhs: vectors of shape (..., n).
        preconditioner: an operator near the inverse of A.
        x: where to start, by default at 0.
        tol: stop where |r| <= tol |rhs|.
        max_iter: stop after so many steps.
        name: ignored.

    Returns:
        The last state (i, x, r, p, gamma): the number of steps, the solution, the residual, the direction and r^H r
        (preconditioned).

    Raises:
        ValueError: the operator is not known to be self-adjoint and positive definite.

    >>> import addax as tf
    >>> diag = tf.linalg.LinearOperatorDiag([2.0, 4.0], is_positive_definite=True)
    >>> tf.linalg.experimental.conjugate_gradient(diag, tf.constant([2.0, 8.0])).x.numpy().round(4).tolist()
    [1.0, 2.0]
    """
    if not (operator.is_self_adjoint and operator.is_positive_definite):
        raise ValueError(
            "tf.linalg.experimental.conjugate_gradient: expected a self-adjoint, positive definite operator."
        )
    rhs = convert_to_tensor(rhs, dtype_hint=operator.dtype)
    limit = arithmetic.multiply(_norm(rhs), float(tol))

    def precondition(r: Any) -> Any:
        return r if preconditioner is None else preconditioner.matvec(r)

    start = zeros_like(rhs) if x is None else convert_to_tensor(x, dtype_hint=operator.dtype)
    residual = rhs if x is None else arithmetic.subtract(rhs, operator.matvec(start))
    direction = precondition(residual)
    gamma = _dot(residual, direction)
    state = CGState(convert_to_tensor(0), start, residual, direction, gamma)

    def going(i: Any, x: Any, r: Any, p: Any, gamma: Any) -> Any:
        return logical_and(less(i, int(max_iter)), reductions.reduce_any(greater(_norm(r), limit)))

    def step(i: Any, x: Any, r: Any, p: Any, gamma: Any) -> CGState:
        image = operator.matvec(p)
        alpha = expand_dims(arithmetic.divide_no_nan(gamma, _dot(p, image)), -1)
        x = arithmetic.add(x, arithmetic.multiply(alpha, p))
        r = arithmetic.subtract(r, arithmetic.multiply(alpha, image))
        q = precondition(r)
        after = _dot(r, q)
        beta = expand_dims(arithmetic.divide_no_nan(after, gamma), -1)
        return CGState(arithmetic.add(i, 1), x, r, arithmetic.add(q, arithmetic.multiply(beta, p)), after)

    return CGState(*while_loop(going, step, list(state)))


def _dot(a: Any, b: Any) -> Tensor:
    return squeeze(matmul(expand_dims(a, -1), expand_dims(b, -1), adjoint_a=True), [-2, -1])


def _norm(a: Any) -> Tensor:
    return elementwise.sqrt(reductions.reduce_sum(elementwise.square(elementwise.abs(a)), -1))
