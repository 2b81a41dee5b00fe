"""JAX's primitives: their class, and which a program has.

`jax.extend.core` has the class as well, but brings Pallas along, whose 35 ms nobody would use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax

__all__ = ["Primitive", "jaxprs_in_params", "uses"]

Primitive: Any = type(jax.lax.add_p)


def jaxprs_in_params(params: dict[str, Any]) -> Iterator[Any]:
    """The programs among an equation's parameters, such as a loop's body."""
    for value in params.values():
        for part in value if isinstance(value, tuple | list) else (value,):
            inner = getattr(part, "jaxpr", part)  # of a closed one
            if hasattr(inner, "eqns"):
                yield inner


def uses(jaxpr: Any, names: tuple[str, ...]) -> bool:
    """Whether a jaxpr, or one inside it, has a primitive whose name starts so."""
    return any(
        equation.primitive.name.startswith(names)
        or any(uses(inner, names) for inner in jaxprs_in_params(equation.params))
        for equation in jaxpr.eqns
    )
