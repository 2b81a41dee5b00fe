"""Derivatives that are zero rather than absent: a second derivative of relu is 0 in TensorFlow, that of a maximum None.

JAX answers zeros for both, and `links` tells them apart by what a program computes with. So the first kind says in the
program, by a primitive that is nothing when it runs, that its derivative depends on its input. Another one says that
results come from one call, whose gradient function TensorFlow calls for all of them: each depends on what any does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jax.interpreters import ad, batching, mlir

from addax.core.links import inexact
from addax.core.primitives import Primitive

_linked_p = Primitive("zero_link")
_linked_p.def_impl(lambda y, x: y)
_linked_p.def_abstract_eval(lambda y, x: y)
mlir.register_lowering(_linked_p, lambda context, y, x: [y])


def _pushed(primals: Any, tangents: Any) -> Any:
    (y, x), (dy, _) = primals, tangents
    return linked(y, x), dy if isinstance(dy, ad.Zero) else linked(dy, x)


def _pulled(cotangent: Any, y: Any, x: Any) -> Any:
    return [cotangent if isinstance(cotangent, ad.Zero) else linked(cotangent, x), None]


ad.primitive_jvps[_linked_p] = _pushed
ad.primitive_transposes[_linked_p] = _pulled
batching.primitive_batchers[_linked_p] = lambda operands, dims: (linked(*operands), dims[0])


def linked(y: Any, x: Any) -> Any:
    """`y`; its derivatives count as depending on `x`, with the derivative zero."""
    return _linked_p.bind(y, x)


def with_zeros(body: Callable[..., Any]) -> Callable[..., Any]:
    """The body of an op of one result whose second derivative by its first argument is zero."""

    def marked(*arrays: Any) -> Any:
        return linked(body(*arrays), arrays[0])

    return marked


_shared_p = Primitive("shared_sources")
_shared_p.multiple_results = True
_shared_p.def_impl(lambda *values: list(values))
_shared_p.def_abstract_eval(lambda *values: list(values))
mlir.register_lowering(_shared_p, lambda context, *values: list(values))
ad.primitive_jvps[_shared_p] = lambda primals, tangents: (_shared_p.bind(*primals), list(tangents))
batching.primitive_batchers[_shared_p] = lambda operands, dims: (_shared_p.bind(*operands), list(dims))


def sharing(values: Sequence[Any]) -> list[Any]:
    """The same arrays; of those that gradients flow through, each counts as depending on what any of them does."""
    found = list(values)
    places = [i for i, value in enumerate(found) if inexact(value.dtype)]
    if len(places) > 1:
        for i, value in zip(places, _shared_p.bind(*[found[i] for i in places]), strict=True):
            found[i] = value
    return found
