"""Pairs of gradients and variables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addax.core import context, convert, errors
from addax.core.explain import none_gradient_warning
from addax.distribute.reduce_op import ReduceOp

Pairs = Iterable[tuple[Any, Any]]


def summed_over_replicas(pairs: Pairs) -> list[tuple[Any, Any]]:
    """Pairs whose gradients are summed over the replicas of the strategy that runs this; otherwise as they are."""
    listed, replica = list(pairs), context.one_of_several()
    if replica is None:
        return listed
    listed = [(grad, variable) for grad, variable in listed if grad is not None]
    sums = replica._reduced(ReduceOp.SUM, [grad for grad, _ in listed])
    return [(total, variable) for total, (_, variable) in zip(sums, listed, strict=True)]


def with_gradients(pairs: list[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    """(gradients, variables) without the variables that have none, which are named in a warning.

    Raises:
        ValueError: none has a gradient.
        TypeError: the pairs are malformed.
    """
    try:
        grads = [grad for grad, _ in pairs if grad is not None]
        variables = [variable for grad, variable in pairs if grad is not None]
    except (TypeError, ValueError):
        raise TypeError(
            "apply_gradients: expected pairs (gradient, variable), as zip(gradients, variables) gives.\n"
            f"  Received: {errors.describe(pairs[0])}."
        ) from None
    if len(grads) == len(pairs):
        return grads, variables
    if not grads:
        names = ([variable.name for _, variable in pairs],)
        raise ValueError(
            f"No gradients provided for any variable: {names}.\n  To do: compute the loss inside the tape from these "
            "variables, without numpy or integer steps in between."
        )
    none_gradient_warning([variable for grad, variable in pairs if grad is None])
    return grads, variables


def divided(grad: Any, divisor: float) -> Any:
    """A gradient divided by a number."""
    if hasattr(grad, "indices") and hasattr(grad, "values"):
        return type(grad)(grad.values / divisor, grad.indices, getattr(grad, "dense_shape", None))
    return convert.convert_to_tensor(grad) / divisor
