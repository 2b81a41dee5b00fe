"""Products of many rows with one matrix, laid out so that XLA runs their gradients fast.

What leads the rows' axis is folded into one axis before the product. The gradient of the matrix then sums over that
one axis; over several, XLA on a CPU first transposes all the rows, which was measured to take twice as long as the
product itself.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from addax.core.sizes import is_open


def rows_times(x: Any, matrix: Any) -> Any:
    """x (..., features) times a matrix (features, outputs): (..., outputs), in x's dtype."""
    if x.ndim == 2 or is_open(x.shape):
        return jnp.matmul(x, matrix, preferred_element_type=x.dtype)
    rows = math.prod(x.shape[:-1])
    flat = jnp.matmul(x.reshape(rows, x.shape[-1]), matrix, preferred_element_type=x.dtype)
    return flat.reshape(*x.shape[:-1], matrix.shape[-1])


def contract(equation: str, x: Any, kernel: Any) -> Any:
    """`jnp.einsum` of two arrays; a sum over the last axes of one and the first of the other is `rows_times`."""
    bound = _bound(equation)
    if bound is None or is_open([*x.shape, *kernel.shape]):
        return jnp.einsum(equation, x, kernel, preferred_element_type=x.dtype)
    lead, inner, rest = x.shape[: x.ndim - bound], math.prod(kernel.shape[:bound]), kernel.shape[bound:]
    out = rows_times(x.reshape(*lead, inner), kernel.reshape(inner, math.prod(rest)))
    return out.reshape(*lead, *rest)


def _bound(equation: str) -> int | None:
    """How many last axes of the first operand are summed with the first of the second, if that is the equation."""
    operands, arrow, result = equation.replace(" ", "").partition("->")
    first, comma, second = operands.partition(",")
    if not arrow or not comma or "," in second or "..." in second or len({*second}) < len(second):
        return None
    free = first.replace("...", "")
    shared = [letter for letter in second if letter in free]
    bound = len(shared)
    if len({*free}) < len(free) or not bound or second[:bound] != first[-bound:]:
        return None
    return bound if result == first[:-bound] + second[bound:] else None
