"""Which JAX primitives a program has."""

from __future__ import annotations

from typing import Any

from jax.extend.core import jaxprs_in_params


def uses(jaxpr: Any, names: tuple[str, ...]) -> bool:
    """Whether a jaxpr, or one inside it, has a primitive whose name starts so."""
    return any(
        equation.primitive.name.startswith(names)
        or any(uses(getattr(inner, "jaxpr", inner), names) for inner in jaxprs_in_params(equation.params))
        for equation in jaxpr.eqns
    )
