"""Functions for programs that others read: JAX's numbers without XLA's composites."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export, lax

import addax as tf
from addax.core import context, exported
from addax.ops import portable

EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, -1e-20, 0.499999, 0.5, -0.5, 1.0, -1.0, 3.0, 6.5, -30.0]
NAMES = {
    "sinh": jnp.sinh, "cosh": jnp.cosh, "arcsin": jnp.arcsin, "arccos": jnp.arccos, "arcsinh": jnp.arcsinh,
    "arccosh": jnp.arccosh, "arctanh": jnp.arctanh, "erf": lax.erf,
}  # fmt: skip


@pytest.fixture
def as_portable():
    context.state.portable = True
    yield
    context.state.portable = False


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_numbers_and_slopes(name, dtype, as_portable):
    inner = np.linspace(-0.99, 0.99, 41)
    with np.errstate(over="ignore"):
        x = jnp.asarray(np.concatenate([EDGES, inner, 7 * inner, [1e20, 1e300]]).astype(dtype))
    plain, usual = getattr(portable, name), NAMES[name]
    tolerance = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-13}[dtype]
    np.testing.assert_allclose(plain(x), usual(x), rtol=tolerance, atol=tolerance * 0.1)
    if dtype == "float64":
        at = jnp.asarray(np.abs(inner) + 1.01 if name == "arccosh" else inner)
        found, wanted = (jax.jit(jax.vmap(jax.grad(function)))(at) for function in (plain, usual))
        np.testing.assert_allclose(found, wanted, rtol=1e-11)
        assert not np.any(np.isnan(jax.jit(jax.vmap(jax.grad(jax.grad(plain))))(at)))


def test_the_largest(as_portable):
    for x in (np.array([[1.0, np.nan, 3.0, 3.0], [-1.0, 5.0, -np.inf, 0.0]]), np.array([3, -7, 3, 9], "i4"),
              np.array([3, 200, 3], "u1")):  # fmt: skip
        for found, wanted in zip(portable.top_k(jnp.asarray(x), 3), lax.top_k(x, 3), strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("function", [
    tf.nn.gelu, tf.math.erf, tf.sinh, tf.cosh, tf.asin, tf.acos, tf.asinh, tf.acosh, tf.atanh,
    lambda x: tf.math.top_k(x, 2).values, lambda x: tf.math.in_top_k([1], x[None], 2),
])  # fmt: skip
def test_programs_hold_no_composites(function):
    """TensorFlow 2.21 refuses them."""
    program = exported.write_program(function, [tf.TensorSpec([4])], [], "f")
    assert "stablehlo.composite" not in program.exported.mlir_module()


def test_they_would_otherwise():
    """Once JAX writes none, this file is of no use."""
    assert "stablehlo.composite" in export.export(jax.jit(lax.erf))(jax.ShapeDtypeStruct((4,), "float32")).mlir_module()
