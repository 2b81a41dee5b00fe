"""What XLA is told of a program: nothing, unless it rounds to half precision, convolves or is large."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

import addax as tf
from addax.core import freed_memory, machine_memory
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
def test_large_programs_ask_for_memory_in_pieces(monkeypatch):
    pieces = "xla_multiheap_size_constraint_per_heap"

    def grow(a):
        return jax.lax.fori_loop(0, 2, lambda _, total: jnp.sin(total @ total), a)

    small, large = jnp.ones((64, 64), "float32"), jnp.ones((3000, 3000), "float32")
    assert options_of(grow, small) is None
    assert pieces in options_of(grow, large)
    jax.jit(grow, compiler_options=options_of(grow, large)).lower(small).compile()
    assert options_of(grow, jnp.ones((4000, 4000), "float32")) is None  # one result is larger than a piece
    monkeypatch.setattr(machine_memory, "available", lambda: 128 << 20)
    assert options_of(grow, large) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc returns large pieces to the system")
def test_large_programs_do_not_ask_the_system_for_memory_again():
    if not freed_memory.keep():
        pytest.skip("another allocator than glibc's, or one that the user tuned")
    code = """
import resource
import addax as tf
@tf.function
def step(x):
    rows = [tf.sin(x + float(i)) for i in range(8)]
    return tf.reduce_sum(tf.matmul(tf.concat(rows, 0), tf.concat(rows[::-1], 0), transpose_a=True))
x = tf.ones((1024, 1024))
for _ in range(20):
    step(x).numpy()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step(x).numpy()
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
assert faults < 10 * 64 * 2**20 / 4096 / 2, faults
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


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
