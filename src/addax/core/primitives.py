"""JAX's primitives: their class, which a program has, and where it is lowered to run.

`jax.extend.core` has the class as well, but brings Pallas along, whose 35 ms nobody would use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax

__all__ = ["Primitive", "jaxprs_in_params", "runs_here", "uses"]

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


def runs_here(module: Any) -> bool:
    """Whether a program is compiled for one of this process's processors, rather than written down or divided.

    Args:
        module: the module context of the rule by which a primitive is lowered.
    """
    devices = getattr(module.axis_context, "num_devices", 2)
    exported = getattr(module.lowering_parameters, "for_export", False)
    return devices == 1 and not exported and tuple(module.platforms) == ("cpu",)
