"""Half precision: numbers of TensorFlow 2.21 on a CPU, eager and in graphs, to the last bit."""

import jax
import numpy as np
import pytest

import addax as tf

rng = np.random.default_rng(0)
X = rng.standard_normal((8, 5)).astype("float32")
K = (rng.standard_normal((5, 6)) * 0.4).astype("float32")
B = (rng.standard_normal(6) * 0.1).astype("float32")


def rounded(x):
    return np.asarray(x, np.float32).astype(tf.bfloat16.as_numpy_dtype).astype(np.float32)


def cut(x):
    """Float32 without the digits that bfloat16 has not; products of matrices are not rounded."""
    return (np.ascontiguousarray(x, np.float32).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices round products")
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "elu", None])
def test_a_layer_cuts_its_product_and_rounds_after_each_other_op(compiled, activation):
    layer = tf.keras.layers.Dense(6, activation, dtype="mixed_bfloat16")
    layer.build((None, 5))
    layer.set_weights([K, B])

    def both(x):
        with tf.GradientTape() as tape:
            y = layer(x)
            loss = tf.reduce_sum(tf.cast(y, tf.float32) * tf.constant(Y))
        return y, tape.gradient(loss, layer.kernel)

    functions = {
        "tanh": (np.tanh, lambda g, y: g * rounded(1 - rounded(y * y))),
        "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda g, y: rounded(g * y) * rounded(1 - y)),
        "relu": (lambda x: np.maximum(x, 0), lambda g, y: g * (y > 0)),
        "elu": (lambda x: np.where(x < 0, np.expm1(x), x), lambda g, y: np.where(y < 0, g * rounded(y + 1), g)),
        None: (lambda x: x, lambda g, y: g),
    }
    Y = np.linspace(-1, 1, 48, dtype="float32").reshape(8, 6)
    forward, backward = functions[activation]
    before = rounded(cut(rounded(X) @ rounded(K)) + rounded(B))
    y = rounded(forward(before))
    found, gradient = (tf.function(both) if compiled else both)(tf.constant(X))
    np.testing.assert_allclose(tf.cast(found, tf.float32).numpy(), y, atol=0.004)  # exp and tanh differ in a last digit
    y = tf.cast(found, tf.float32).numpy()
    expected = cut(rounded(X).T @ rounded(backward(rounded(Y), y)))
    np.testing.assert_allclose(gradient.numpy(), expected, rtol=0.008, atol=0.01)
    if compiled and activation in ("tanh", "relu", None):  # sigmoid keeps its logits apart, elu rounds elsewhere
        assert (gradient.numpy() == expected).mean() > 0.9


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices round products")
def test_products_of_every_kind_are_cut():
    a, b = rounded(rng.standard_normal((4, 6, 5))), rounded(rng.standard_normal((4, 5, 7)))
    x, y = tf.constant(a, tf.bfloat16), tf.constant(b, tf.bfloat16)

    def same(found, expected):
        np.testing.assert_array_equal(tf.cast(found, tf.float32).numpy(), cut(expected))

    same(x @ y, a @ b)
    same(tf.matmul(x, y[0]), a @ b[0])
    same(tf.tensordot(x, y[0], 1), a @ b[0])
    same(tf.linalg.matvec(x[0], y[0, :, 0]), a[0] @ b[0][:, 0])
    assert np.isnan(tf.cast(tf.constant([[float("nan")]], tf.bfloat16) @ y[:1, 0, :1], tf.float32).numpy()).all()


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices round products")
def test_products_have_derivatives_of_every_kind():
    a, b = tf.constant(X, tf.bfloat16), tf.constant(K, tf.bfloat16)
    with tf.autodiff.ForwardAccumulator(a, tf.ones_like(a)) as forward:
        y = tf.vectorized_map(lambda row: tf.linalg.matvec(tf.transpose(b), row), a)
    np.testing.assert_allclose(
        tf.cast(forward.jvp(y), tf.float32).numpy(), np.ones_like(X) @ rounded(K), atol=0.02, rtol=0.02
    )


def test_float32_is_compiled_as_ever():
    from addax.core.compiler_options import compiler_options
    from addax.core.trace import lift

    def options(dtype):
        def f(x):
            return [(x._value + 1).astype(np.float32)], None

        return compiler_options(lift(f, [tf.constant([1], dtype)._value], []).closed)

    assert options(tf.float32) is None and options(tf.int32) is None
    assert options(tf.bfloat16) == options(tf.float16) == {"xla_allow_excess_precision": False}
