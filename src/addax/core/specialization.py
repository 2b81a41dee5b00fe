"""A jaxpr with symbols for sizes, as the function that it is for given sizes.

`jax.export` gives the symbols, and JAX traces with them. What it traced is evaluated here once more, equation by
equation, with numbers in the places of the symbols, so that XLA sees the same program as if it had been traced for
those sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import export
from jax.custom_derivatives import SymbolicZero

from addax.core.primitives import jaxprs_in_params
from addax.core.tensor import NotCompilable

_SYMBOL = type(export.symbolic_shape("n")[0])
_FUNCTIONS = {
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "max": max,
    "min": min,
    "non_negative": lambda a: max(a, 0),
}


def size_of(size: Any, sizes: Mapping[str, int]) -> int:
    """A size as a number; of a symbolic one, the value of its formula.

    Args:
        size: an int or a symbol of `jax.export`.
        sizes: the number of each symbol by name.
    """
    if not isinstance(size, _SYMBOL):
        return size
    # The text of a symbolic size is a formula of its symbols, the functions above, and + - * ^.
    return eval(str(size).replace("^", "**"), {"__builtins__": {}}, {**_FUNCTIONS, **sizes})


def specialized(closed: Any, sizes: Mapping[str, int]) -> Callable[..., list[Any]]:
    """What a closed jaxpr computes, as a function of arrays, for given sizes.

    Args:
        closed: the jaxpr.
        sizes: the number of each symbol by name.

    Raises:
        NotCompilable: it has a part that cannot be had for other sizes.
    """
    return lambda *arrays: _Evaluation(sizes).run(closed.jaxpr, closed.consts, arrays)


class _Evaluation:
    """Equations with numbers in the places of symbols."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes

    def run(self, jaxpr: Any, consts: Sequence[Any], arrays: Sequence[Any]) -> list[Any]:
        from jax.extend import core  # here, because it brings Pallas along, which is 35 ms of an import

        known: dict[Any, Any] = {}

        def read(atom: Any) -> Any:
            return atom.val if isinstance(atom, core.Literal) else known[atom]

        known.update(zip(jaxpr.constvars, consts, strict=True))
        known.update(zip(jaxpr.invars, arrays, strict=True))
        for equation in jaxpr.eqns:
            out = self._one(equation, [read(atom) for atom in equation.invars])
            known.update(zip(equation.outvars, out, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _one(self, equation: Any, arrays: list[Any]) -> list[Any]:
        name, params = equation.primitive.name, equation.params
        if name == "dim_as_value":
            return [jnp.asarray(size_of(params["dim"], self._sizes), equation.outvars[0].aval.dtype)]
        if name == "jit" and _mentions(params["jaxpr"]):
            return self.run(params["jaxpr"].jaxpr, params["jaxpr"].consts, arrays)
        if name == "custom_jvp_call" and _mentions(params["call_jaxpr"]):
            return self._custom_jvp(equation, arrays)
        seen = (*equation.invars, *equation.outvars)
        if name.startswith("custom_vjp_call") and any(_open(atom.aval) for atom in seen):
            raise NotCompilable("a gradient of its own, for sizes that are open")
        bound = equation.primitive.get_bind_params({key: self._param(part) for key, part in params.items()})
        if name == "reshape" and math.prod(bound["new_sizes"]) != arrays[0].size:
            raise ValueError(f"{arrays[0].shape} as {bound['new_sizes']}")  # of numbers, JAX asks this earlier
        out = equation.primitive.bind(*arrays, **bound)
        return list(out) if equation.primitive.multiple_results else [out]

    def _custom_jvp(self, equation: Any, arrays: list[Any]) -> list[Any]:
        """The function again with the rule that it had, traced with symbols."""
        inner = equation.params["call_jaxpr"]
        _, rule = equation.primitive.get_bind_params(equation.params)["subfuns"]
        inputs = [jax.ShapeDtypeStruct(atom.aval.shape, atom.aval.dtype) for atom in equation.invars]
        inexact = [jnp.issubdtype(each.dtype, jnp.inexact) for each in inputs]
        if not any(inexact):  # nothing has a gradient
            return self.run(inner.jaxpr, inner.consts, arrays)
        if not all(inexact):
            raise NotCompilable("a gradient of its own with integers, for sizes that are open")
        closed = jax.make_jaxpr(lambda *given: [_filled(each) for each in rule.call_wrapped(*given)])(*inputs, *inputs)

        @jax.custom_jvp
        def again(*arrays: Any) -> list[Any]:
            return self.run(inner.jaxpr, inner.consts, arrays)

        @again.defjvp
        def push(primals: Any, tangents: Any) -> Any:
            out = self.run(closed.jaxpr, closed.consts, [*primals, *tangents])
            half = len(out) // 2
            return out[:half], out[half:]

        return list(again(*arrays))

    def _param(self, part: Any) -> Any:
        """A parameter of an equation with numbers for symbols."""
        from jax.extend import core  # as above

        if isinstance(part, _SYMBOL):
            return size_of(part, self._sizes)
        if isinstance(part, core.ClosedJaxpr):
            return self._jaxpr(part) if _mentions(part) else part
        if isinstance(part, core.Jaxpr):
            return self._jaxpr(core.ClosedJaxpr(part, ())).jaxpr if _mentions(part) else part
        if isinstance(part, list | tuple):
            made = [self._param(each) for each in part]
            return type(part)(*made) if hasattr(part, "_fields") else type(part)(made)
        if isinstance(part, dict):
            return {key: self._param(each) for key, each in part.items()}
        if hasattr(part, "shape") and hasattr(part, "update") and _open(part):
            return part.update(shape=self._shape(part.shape))
        return part

    def _jaxpr(self, closed: Any) -> Any:
        examples = [
            jax.ShapeDtypeStruct(self._shape(var.aval.shape), var.aval.dtype, weak_type=var.aval.weak_type)
            for var in closed.jaxpr.invars
        ]
        return jax.make_jaxpr(lambda *arrays: self.run(closed.jaxpr, closed.consts, arrays))(*examples)

    def _shape(self, shape: Any) -> tuple[int, ...]:
        return tuple(size_of(size, self._sizes) for size in shape)


def _filled(slope: Any) -> Any:
    return jnp.zeros(slope.shape, slope.dtype) if isinstance(slope, SymbolicZero) else slope


def _open(aval: Any) -> bool:
    return any(isinstance(size, _SYMBOL) for size in getattr(aval, "shape", ()))


def _mentions(jaxpr: Any) -> bool:
    """Whether a jaxpr has a symbol anywhere."""
    jaxpr = getattr(jaxpr, "jaxpr", jaxpr)
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dim_as_value" or any(_open(atom.aval) for atom in equation.outvars):
            return True
        if any(_mentions(inner) for inner in jaxprs_in_params(equation.params)):
            return True
    return any(_open(atom.aval) for atom in (*jaxpr.invars, *jaxpr.outvars))
