"""Gradients of rows: what flows back through a gather is some rows and their numbers, until something needs it whole.

A plan's `rows` is a rule (cotangent, *values) -> Rows or None for its first argument. It sees an array or `Rows`, and
answers None where TensorFlow makes the gradient dense too; then the ordinary pullback runs.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import derived_links
from addax.core.dispatch import _plain, run_plan
from addax.core.indexed_slices import IndexedSlices
from addax.core.plans import Plan
from addax.core.tensor import Tensor

Rule = Callable[..., Any]


class Rows(NamedTuple):
    """Rows of an array of `shape` that is zero elsewhere; repeated rows add up."""

    values: Any
    indices: Any
    shape: tuple[int, ...]


def picked(cotangent: Any, params: Any, indices: Any) -> Rows | None:
    """The rule of picking along the first axis."""
    if isinstance(cotangent, Rows) or not params.ndim:
        return None
    count = math.prod(indices.shape)
    return Rows(cotangent.reshape((count, *params.shape[1:])), indices.reshape(count), params.shape)


def passed(cotangent: Any, x: Any) -> Rows | None:
    """The rule of what hands its input on, perhaps in another dtype."""
    if not isinstance(cotangent, Rows):
        return None
    return cotangent._replace(values=cotangent.values.astype(x.dtype))


def negated(cotangent: Any, x: Any) -> Rows | None:
    """The rule of the negative."""
    return cotangent._replace(values=-cotangent.values) if isinstance(cotangent, Rows) else None


def of_first(rule: Rule) -> Rule:
    """A rule of the cotangent and the first argument as the rule of an op, which names its arguments."""
    return lambda cotangent, **arguments: rule(cotangent, next(iter(arguments.values())))


def whole(cotangent: Any) -> Any:
    """A cotangent as one array."""
    if not isinstance(cotangent, Rows):
        return cotangent
    return jnp.zeros(cotangent.shape, cotangent.values.dtype).at[cotangent.indices].add(cotangent.values, mode="drop")


def added(a: Any, b: Any) -> Any:
    """The sum of two cotangents, each an array or `Rows`; rows stay rows while both are."""
    if isinstance(a, Rows) and isinstance(b, Rows):
        kind = np.promote_types(a.indices.dtype, b.indices.dtype)
        indices = jnp.concatenate([b.indices.astype(kind), a.indices.astype(kind)])
        return Rows(jnp.concatenate([b.values, a.values]), indices, a.shape)
    return whole(a) + whole(b)


def applies(plan: Plan, mask: tuple[bool, ...]) -> bool:
    """Whether the plan has a rule, and nothing but its first argument is asked for."""
    return plan.rows is not None and mask[0] and not any(mask[1:])


def rows_back(plan: Plan, mask: tuple[bool, ...], cotangent: Any, values: Sequence[Any]) -> Rows | None:
    """What the plan's rule says of a cotangent; None where there is none."""
    return plan.rows(cotangent, *values) if applies(plan, mask) else None  # type: ignore[misc]


# ---------------------------------------------------------------------------- the same with tensors


def slices_back(plan: Plan, mask: tuple[bool, ...], given: Any, arrays: Any, values: Sequence[Any]) -> Any:
    """`rows_back` where cotangents are tensors or IndexedSlices, as an op that outer tapes see."""
    if not applies(plan, mask):
        return None
    sparse = isinstance(given, IndexedSlices)
    shapes = [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in values if leaf is not None]
    if not _answers(plan, sparse, given, shapes):
        return None
    pull = plan.row_pullbacks.get(sparse)
    if pull is None:

        def body(cotangent: Any, *values: Any) -> Any:
            rows = plan.rows(Rows(*cotangent, values[0].shape) if sparse else cotangent, *values)  # type: ignore[misc]
            return rows.values, rows.indices

        pull = plan.row_pullbacks[sparse] = Plan(f"gradient of {plan.name}", body)
        pull.derived = functools.partial(derived_links.by_jaxpr, body, {})
    cotangent = [given.values, given.indices] if sparse else given
    out, where = run_plan(pull, (cotangent, *arrays), [_plain(cotangent), *values])
    return IndexedSlices(out, where, np.asarray(values[0].shape, np.int32))


def _answers(plan: Plan, sparse: bool, given: Any, shapes: list[Any]) -> bool:
    """Whether the rule has an answer for arguments of these shapes."""
    found = False

    def ask(cotangent: Any, *values: Any) -> Any:
        nonlocal found
        rows = plan.rows(Rows(*cotangent, values[0].shape) if sparse else cotangent, *values)  # type: ignore[misc]
        found = rows is not None
        return None if rows is None else (rows.values, rows.indices)

    cotangent = [given.values._value, given.indices._value] if sparse else given._value
    jax.eval_shape(ask, cotangent, *shapes)
    return found


def dense(given: Any) -> Any:
    """A gradient as a tensor."""
    return given.to_tensor() if isinstance(given, IndexedSlices) else given


_ADD = Plan("add", lambda a, b: a + b)


def _joined(a: Any, b: Any) -> Any:
    rows = added(Rows(*a, ()), Rows(*b, ()))
    return rows.values, rows.indices


_JOIN = Plan("add", _joined)


def add(a: Any, b: Any) -> Any:
    """The sum of two gradients, each a tensor or IndexedSlices."""
    if isinstance(a, IndexedSlices) and isinstance(b, IndexedSlices):
        parts = ([a.values, a.indices], [b.values, b.indices])
        return IndexedSlices(*run_plan(_JOIN, parts), a.dense_shape)
    return run_plan(_ADD, (dense(a), dense(b)))


def as_slices(values: Tensor, indices: Tensor, source: Any) -> IndexedSlices:
    """The gradient of `source` (a tensor or variable) of some of its rows."""
    return IndexedSlices(values, indices, np.asarray(tuple(source.shape), np.int32))
