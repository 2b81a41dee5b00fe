"""Sums and extremes that a CPU's programs write out."""

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

import addax as tf

LONG = 2**14 + 3


def _written_out(function, *shapes):
    given = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes]
    return "stablehlo.case" in jax.jit(function).lower(*given).as_text()


@pytest.mark.parametrize("name", ["sum", "max", "min"])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((2, LONG), 0),
        ((17, LONG), 0),
        ((35, 2, LONG), (0, 1)),
        ((2, 3, LONG), 1),
        ((300, 3, LONG // 3 + 1), 0),
        ((5000, 3), -1),
        ((8, 32, 32, 2, 4), (-2, -1)),
    ],
)
def test_is_written_out_and_right(name, shape, axis):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    expected = getattr(np, name)(x.astype("float64"), axis)
    ours = getattr(tf, f"reduce_{name}")
    np.testing.assert_allclose(ours(x, axis).numpy(), expected, 1e-5, 1e-5)
    np.testing.assert_allclose(tf.function(lambda x: ours(x * 2.0, axis))(x).numpy(), 2 * expected, 1e-5, 1e-5)
    assert _written_out(lambda x: getattr(jnp, name)(x, axis), shape)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((64, 128), 0), ((64, 128), 1), ((LONG, 9), 1), ((100, 3), 1), ((1, LONG), 0), ((3, 5, LONG, 2), (0, 2))],
)
def test_the_library_takes_the_others(shape, axis):
    assert not _written_out(lambda x: jnp.sum(x, axis), shape)


def test_programs_written_for_others_are_as_jax_lowers_them():
    exported = jax.export.export(jax.jit(lambda x: jnp.sum(x, 0)))(jax.ShapeDtypeStruct((2, LONG), np.float32))
    assert "stablehlo.case" not in exported.mlir_module()


def test_no_number_is_lost():
    x = np.zeros((3, LONG), "float32")
    x[1, 0], x[0, 1], x[2, 2] = np.nan, np.inf, -np.inf
    assert np.isnan(tf.reduce_max(x, 0).numpy()[0])
    np.testing.assert_equal(tf.reduce_sum(x, 0).numpy()[:3], [np.nan, np.inf, -np.inf])
    np.testing.assert_equal(tf.reduce_min(x, 0).numpy()[1:3], [0, -np.inf])
    assert tf.reduce_sum(np.zeros((0, LONG), "float32"), 0).numpy().sum() == 0
    assert tf.reduce_sum(np.ones((2, LONG), "int32"), 0).numpy().max() == 2


def test_the_gradient_of_what_is_added_to_each_example():
    x = tf.random.stateless_normal([6, 3, LONG // 3 + 1], [1, 2])
    place = tf.Variable(tf.zeros(x.shape[1:]))

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((x + place) ** 3)
        return tape.gradient(loss, place)

    np.testing.assert_allclose(gradient().numpy(), np.sum(3.0 * x.numpy() ** 2, 0), 1e-5)


def test_in_a_loop_and_over_a_batch():
    x = np.random.default_rng(0).normal(size=(4, 3, LONG)).astype("float32")
    total = jax.lax.map(lambda x: jnp.sum(x, 0), jnp.asarray(x))
    np.testing.assert_allclose(total, x.sum(1), 1e-5, 1e-5)
    np.testing.assert_allclose(jax.vmap(lambda x: jnp.max(x, 0))(x), x.max(1))
    slope = jax.grad(lambda x: jnp.sum(jax.nn.softmax(x) ** 2))(jnp.asarray(x[:, :, :9000].transpose(0, 2, 1)))
    y = jax.nn.softmax(jnp.asarray(x[:, :, :9000].transpose(0, 2, 1)))
    np.testing.assert_allclose(slope, 2 * y * (y - (y * y).sum(-1, keepdims=True)), 1e-4, 1e-6)
