"""What XLA is told of a program: nothing, unless it rounds to half precision or convolves."""

import jax
import jax.numpy as jnp
import pytest

import addax as tf
from addax.core.compiler_options import compiler_options
from addax.ops import conv_layers
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
@pytest.mark.parametrize(
    "op",
    [
        pytest.param(lambda x, f: tf.nn.conv2d(x, f, 1, "SAME"), id="conv2d"),
        pytest.param(lambda x, f: conv_layers.conv(x, f, None, (1, 1), "same", False, (1, 1), None), id="layer"),
        pytest.param(lambda x, f: tf.image.ssim(x, x, 1.0, filter_size=3), id="ssim"),
        pytest.param(tf.function(lambda x, f: tf.nn.conv2d(x, f, 1, "SAME")), id="function"),
    ],
)
def test_ops_that_convolve_have_the_same_choice_when_they_run_alone_and_on_their_way_back(op):
    x, filters = tf.ones((1, 6, 6, 9)), tf.ones((3, 3, 9, 4))
    with tf.GradientTape() as tape:
        tape.watch([x, filters])
        op(x, filters)
    (plan,) = [record.plan for record in tape._records]
    assert plan.convolves and plan.pullback((True, True)).convolves


def test_ops_that_do_not_convolve_are_compiled_as_ever():
    with tf.GradientTape() as tape:
        x = tf.Variable([1.0])
        tf.cast(x * x, "float64")
    assert not any(record.plan.convolves for record in tape._records)


def test_an_op_that_convolves_may_be_part_of_a_jax_program():
    x, filters = jnp.ones((1, 4, 4, 1), jnp.float32), tf.ones((2, 2, 1, 1))
    inside = jax.jit(lambda x: tf.nn.conv2d(x, filters, 1, "VALID"))(x)
    assert (inside == 4).all() and inside.shape == (1, 3, 3, 1)
