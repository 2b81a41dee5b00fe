"""Tensors and variables as arguments and results of JAX's own functions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import addax as tf


@pytest.mark.parametrize("make", [tf.constant, tf.Variable, tf.keras.Variable])
def test_jax_takes_them_as_arrays(make):
    x = make([1.0, 2.0])
    assert jnp.sum(x) == 3
    assert jax.jit(lambda each: each["x"] * 2)({"x": x}).tolist() == [2, 4]
    assert jax.grad(lambda each: jnp.sum(each**2))(x).tolist() == [2, 4]
    assert [leaf.tolist() for leaf in jax.tree.leaves([x, x])] == [[1, 2], [1, 2]]


def test_jax_returns_tensors_as_arrays():
    assert isinstance(jax.jit(lambda x: tf.square(x) + tf.constant(1.0))(jnp.ones(2, jnp.float32)), jax.Array)
    assert isinstance(jax.vmap(lambda x: tf.constant([1.0]) * x)(jnp.ones(2, jnp.float32)), jax.Array)


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(lambda x: tf.reduce_sum(tf.square(x)), id="op"),
        pytest.param(lambda x: tf.keras.ops.sum(tf.keras.ops.square(x)), id="keras.ops"),
        pytest.param(lambda x: 3 * tf.keras.losses.mean_squared_error(jnp.zeros_like(x), x), id="function"),
        pytest.param(lambda x: 3 * tf.keras.losses.MeanSquaredError()(jnp.zeros_like(x), x), id="object"),
        pytest.param(lambda x: jnp.sum(tf.keras.layers.Activation(tf.square)(x)), id="layer"),
    ],
)
def test_jax_differentiates_what_is_computed_of_its_arrays(loss):
    value, gradient = jax.jit(jax.value_and_grad(loss))(np.array([1, 2, 3], np.float32))
    np.testing.assert_allclose(value, 14, rtol=1e-6)
    np.testing.assert_allclose(gradient, [2, 4, 6], rtol=1e-6)


def test_loops_of_jax_carry_what_ops_return():
    last, _ = jax.lax.scan(lambda carry, x: (tf.maximum(carry, x), None), jnp.float32(0), jnp.array([1, 3, 2.0], "f4"))
    assert last == 3


def test_outside_of_jax_programs_arrays_become_tensors():
    assert isinstance(tf.square(jnp.ones(2)), tf.Tensor)


def test_known_tensors_are_constants_of_a_program():
    known = tf.constant([[1.0], [0.0]])
    bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    value, slope = jax.value_and_grad(lambda p: bce(known, p))(jnp.zeros((2, 1)))
    np.testing.assert_allclose(value, np.log(2.0), rtol=1e-6)
    np.testing.assert_allclose(slope, [[-0.25], [0.25]])
    ops = tf.keras.ops
    made = jax.grad(lambda x: ops.sum(ops.concatenate([known, x], axis=0) * tf.constant(2.0)))(jnp.ones((3, 1)))
    np.testing.assert_allclose(made, 2.0 * np.ones((3, 1)))
