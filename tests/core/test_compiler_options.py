"""What XLA is told of a program: nothing, unless it rounds to half precision or convolves."""

import jax
import jax.numpy as jnp
import pytest

from addax.core.compiler_options import compiler_options, op_options
from addax.ops.correlation import correlate
from addax.ops.windows import windows


def options_of(function, *arrays):
    return compiler_options(jax.make_jaxpr(function)(*arrays))


def convolve(x, filters):
    w = windows("test", x.shape[1:-1], filters.shape[:2], (1, 1), (1, 1), "SAME", False)
    return correlate(x, filters, w)


def test_programs_of_float32_are_compiled_as_ever():
    assert options_of(lambda a: a @ a + 1, jnp.ones((3, 3))) is None


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_rounded_after_each_op(dtype):
    assert options_of(lambda a: a * a + 1, jnp.ones(3, dtype)) == {"xla_allow_excess_precision": False}


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="only CPUs have the choice")
def test_convolutions_run_in_all_threads_also_inside_loops():
    x, filters = jnp.ones((2, 6, 6, 9)), jnp.ones((3, 3, 9, 4))

    def loop(x, filters):
        return jax.lax.fori_loop(0, 2, lambda _, total: total + convolve(x, filters).sum(), 0.0)

    assert "xla_cpu_experimental_ynn_fusion_type" in options_of(loop, x, filters)
    run = jax.jit(loop, compiler_options=options_of(loop, x, filters))
    assert run(x, filters) == jax.jit(loop)(x, filters)
    assert "ynn" not in run.lower(x, filters).compile().as_text()


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="only CPUs have the choice")
def test_ops_that_convolve_have_the_same_choice_when_they_run_alone():
    assert op_options("conv2d") == op_options("gradient of depthwise_conv2d") != None  # noqa: E711
    assert op_options("matmul") is None
