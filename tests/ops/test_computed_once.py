"""The fence of XLA's CPU compiler."""

import jax
import jax.numpy as jnp
import numpy as np

import addax as tf
from addax.ops.computed_once import computed_once


def test_what_is_behind_it_joins_no_loop():
    def total(x):
        return jnp.sum(computed_once(lambda x: x[1:] * 2 + x[:-1], x) ** 2)

    x = jnp.arange(5.0)
    assert jax.jit(total)(x) == np.sum((np.arange(1, 5) * 2.0 + np.arange(4)) ** 2)
    assert "conditional(" in jax.jit(total).lower(x).compile().as_text()


def test_masks_that_broadcast_are_drawn_once():
    for function in (
        lambda x: tf.keras.layers.SpatialDropout2D(0.5)(x, training=True),
        lambda x: tf.nn.dropout(x, 0.5, noise_shape=[2, 1, 1, 1]),
        tf.image.random_flip_left_right,
    ):
        text = tf.function(function).experimental_get_compiler_ir(tf.ones([2, 8, 8, 3]))("hlo")
        assert "conditional(" in text
