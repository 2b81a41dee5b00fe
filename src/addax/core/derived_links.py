"""What derivatives depend on: a second derivative that nothing flows back through is None, as in TensorFlow.

JAX would answer zeros. Which inputs a derivative depends on is read off its jaxpr, when an outer tape first asks.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax

from addax.core.links import curved, links

_ZEROS = ("tf.function", "while", "scan")  # what these call is not taken apart
_CONTROL_FLOW = ("tf.cond", "tf.case", "tf.switch_case", "if", "tf.while_loop", "while", "for")  # one call each
_HANDS_ON = frozenset(("identity", "cast", "negative", "ensure_shape"))  # their derivatives are rows if they get rows
_missing = object()


def has_none(name: str) -> bool:
    """Whether the derivative of an op of this name may have None for a derivative of its own."""
    return not any(word in name for word in _ZEROS)


def of_plan(name: str, pull: Callable[..., Any], body: Callable[..., Any], wanted: int) -> Any:
    """What finds the links of an op's derivative; None where all its results depend on everything.

    Args:
        name: of the op.
        pull: its derivative.
        body: the op.
        wanted: how many cotangents come out.
    """
    if name in _CONTROL_FLOW:
        return functools.partial(_of_control_flow, body, wanted, {})
    return functools.partial(by_jaxpr, pull, {}) if has_none(name) else None


def _of_control_flow(
    body: Callable[..., Any], wanted: int, known: dict[Any, int], values: Any
) -> tuple[int, ...] | None:
    """The same for conditionals and loops, whose derivatives take values of all inputs or of none."""
    key = jax.tree.structure(values[1:])
    found = known.get(key)
    if found is None:
        try:
            jaxpr = jax.make_jaxpr(body)(*jax.tree.map(_aval, values[1:])).jaxpr
        except Exception:  # it cannot be traced by itself: then everything depends on everything
            return None
        found = known[key] = curved(jaxpr, len(jaxpr.outvars))
    return of_function(found, wanted, values)


def by_jaxpr(body: Callable[..., Any], known: dict[Any, Any], values: Any) -> tuple[int, ...] | None:
    """For each result of `body(*values)`, the inputs it depends on, as bits; None: not known.

    Args:
        body: a derivative.
        known: what was found before, by the structure of values.
        values: arrays, in any structure.
    """
    key = jax.tree.structure(values)
    found = known.get(key, _missing)
    if found is _missing:
        avals = jax.tree.map(_aval, values)
        try:
            found = links(jax.make_jaxpr(body)(*avals).jaxpr)
        except Exception:  # an op that cannot be traced by itself: then everything depends on everything
            found = None
        known[key] = found
    return found


def of_function(curved: int, wanted: int, values: Any) -> tuple[int, ...]:
    """The same for the derivative of a tf.function, which TensorFlow calls whole: of all results or of none.

    Args:
        curved: the inputs of the function that its derivative takes (see `links.curved`).
        wanted: how many cotangents come out.
        values: the cotangents of its results (None: zero), and its arguments.
    """
    count = len(jax.tree.leaves(values[0]))
    return ((1 << count) - 1 | curved << count,) * wanted


def _aval(value: Any) -> Any:
    return jax.ShapeDtypeStruct(value.shape, value.dtype) if hasattr(value, "shape") else value


def makes_rows(plan: Any) -> bool:
    """Whether the derivative of an op may be rows with their numbers, of which nothing is known here."""
    return plan.rows is not None and plan.name not in _HANDS_ON


def pulled(plan: Any, mask: tuple[bool, ...], given: Sequence[int | None], own: list[int], values: Any) -> list[int]:
    """What the cotangents depend on that a plan's pullback makes.

    Args:
        plan: the plan.
        mask: which inputs have cotangents.
        given: what the cotangents of its results depend on, None where there is none.
        own: a bit for each leaf of its values.
        values: these.
    """
    leaves = [each for each in given if each is not None] + own
    pull = plan.pullback(mask)
    found = None
    if pull.derived is not None:
        out = jax.tree.leaves(jax.eval_shape(plan.body, *values))
        found = pull.derived([[None if g is None else o for g, o in zip(given, out, strict=True)], *values])
    if found is None:
        return [_union(leaves)] * sum(mask)
    return [_union([leaf for i, leaf in enumerate(leaves) if each >> i & 1]) for each in found]


def _union(bits: Sequence[int]) -> int:
    return functools.reduce(operator.or_, bits, 0)


def numbered(values: Any) -> tuple[list[list[int]], list[int | None]]:
    """A bit for each array that a whole way back takes: those of its records, and the seeds (None: ones)."""
    records, targets, seeds = values
    numbers = itertools.count()
    own = [[1 << next(numbers) for _ in jax.tree.leaves(each)] for each in records]
    for _ in targets:
        next(numbers)
    return own, [None if seed is None else 1 << next(numbers) for seed in seeds]
