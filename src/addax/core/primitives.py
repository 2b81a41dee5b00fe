"""JAX's primitives: their class, which a program has, and for which place and use it is lowered.

`jax.extend.core` has the class as well, but brings Pallas along, whose 35 ms nobody would use.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import jax

__all__ = ["Primitive", "in_a_loop", "jaxprs_in_params", "lowering_a_loop", "runs_here", "uses"]

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


class _Lowering(threading.local):
    loops = 0


_lowering = _Lowering()


class _LoweringALoop:
    """While this is entered, programs are lowered whose work is in a loop, such as an epoch's steps.

    In a loop XLA's CPU compiler runs the same op in other ways: what is fastest by itself may not be there.
    """

    def __enter__(self) -> None:
        _lowering.loops += 1

    def __exit__(self, *exception: Any) -> None:
        _lowering.loops -= 1


lowering_a_loop = _LoweringALoop()


def in_a_loop() -> bool:
    """Whether what is lowered now is a loop's work; only `core.repeat` says so, not a loop within a program."""
    return _lowering.loops > 0
