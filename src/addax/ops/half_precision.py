"""Half precision, rounded where TensorFlow rounds.

In float32 the order of roundings changes the last digit; in bfloat16 the last digit is half a percent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import ShapedArray
from jax.interpreters import ad, batching, mlir

from addax.core.primitives import Primitive


@jax.custom_jvp
def sigmoid(x: Any) -> Any:
    """The logistic function y, of gradient (g y) (1 - y)."""
    return jax.nn.sigmoid(x)


@sigmoid.defjvp
def _push_sigmoid(primals: Any, tangents: Any) -> Any:
    y = sigmoid(*primals)
    return y, tangents[0] * y * (1 - y)


# ---------------------------------------------------------------------------- products


def product(multiply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """multiply(a, b), a product of matrices; of bfloat16 on a CPU summed in float32 and cut off, as TensorFlow does.

    Its kernels for processors without instructions of their own for bfloat16 leave out the digits that are too many
    (they do not round), in the gradients too.
    """
    if a.dtype != jnp.bfloat16 or b.dtype != jnp.bfloat16 or jax.default_backend() != "cpu":
        return multiply(a, b)
    return _narrow_p.bind(multiply(_wide_p.bind(a), _wide_p.bind(b)))


def _widened(x: Any) -> Any:
    return x.astype(jnp.float32)


def _cut_off(x: Any) -> Any:
    bits = lax.shift_right_logical(lax.bitcast_convert_type(x, jnp.uint32), jnp.uint32(16)).astype(jnp.uint16)
    return jnp.where(jnp.isnan(x), x.astype(jnp.bfloat16), lax.bitcast_convert_type(bits, jnp.bfloat16))


def _linear(name: str, run: Callable[[Any], Any], dtype: Any) -> Any:
    """An elementwise primitive that derivatives take for a change of dtype alone."""
    primitive = Primitive(name)
    primitive.def_impl(jax.jit(run))
    primitive.def_abstract_eval(lambda x: ShapedArray(x.shape, jnp.dtype(dtype)))
    mlir.register_lowering(primitive, mlir.lower_fun(run, multiple_results=False))
    batching.primitive_batchers[primitive] = lambda arrays, dims: (primitive.bind(*arrays), dims[0])
    return primitive


_wide_p = _linear("wide", _widened, jnp.float32)
_narrow_p = _linear("narrow", _cut_off, jnp.bfloat16)
ad.deflinear2(_wide_p, lambda change, _: [_narrow_p.bind(change)])
ad.deflinear2(_narrow_p, lambda change, _: [_wide_p.bind(change)])
