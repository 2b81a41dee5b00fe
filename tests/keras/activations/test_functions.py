import numpy as np
import pytest

import addax as tf
from addax.core.convert import constant
from addax.core.tape import GradientTape
from addax.keras import activations
from addax.ops.ragged_tensor import RaggedTensor

X = np.array([[-7.0, -1.5, -0.2], [0.0, 0.4, 7.5]])


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


REFERENCES = {
    "elu": np.where(X > 0, X, np.expm1(X)),
    "selu": 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * np.expm1(X)),
    "softplus": np.log1p(np.exp(X)),
    "softsign": X / (1 + np.abs(X)),
    "swish": X * _sigmoid(X),
    "mish": X * np.tanh(np.log1p(np.exp(X))),
    "relu": np.maximum(X, 0),
    "relu6": np.clip(X, 0, 6),
    "leaky_relu": np.where(X > 0, X, 0.2 * X),
    "tanh": np.tanh(X),
    "sigmoid": _sigmoid(X),
    "exponential": np.exp(X),
    "hard_sigmoid": np.clip(0.2 * X + 0.5, 0, 1),
    "hard_silu": X * np.clip(X + 3, 0, 6) / 6,
    "hard_tanh": np.clip(X, -1, 1),
    "log_sigmoid": np.log(_sigmoid(X)),
    "celu": np.where(X > 0, X, np.expm1(X)),
    "linear": X,
    "softmax": np.exp(X) / np.exp(X).sum(-1, keepdims=True),
    "log_softmax": X - np.log(np.exp(X).sum(-1, keepdims=True)),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_values(name):
    np.testing.assert_allclose(getattr(activations, name)(constant(X)).numpy(), REFERENCES[name], rtol=1e-6, atol=1e-8)


def test_options():
    x = constant(X)
    np.testing.assert_allclose(activations.elu(x, alpha=0.3).numpy(), np.where(X > 0, X, 0.3 * np.expm1(X)))
    np.testing.assert_allclose(activations.celu(x, alpha=2.0).numpy(), np.where(X > 0, X, 2 * np.expm1(X / 2)))
    np.testing.assert_allclose(activations.relu(x, alpha=0.1).numpy(), np.where(X > 0, X, 0.1 * X))
    np.testing.assert_allclose(activations.relu(x, max_value=6).numpy(), np.clip(X, 0, 6))
    bent = np.where(X > 0.3, np.minimum(X, 2.0), 0.1 * (np.minimum(X, 0.3) - 0.3))
    np.testing.assert_allclose(activations.relu(x, alpha=0.1, max_value=2.0, threshold=0.3).numpy(), bent)
    np.testing.assert_allclose(activations.softmax(x, axis=0).numpy().sum(0), 1)
    assert activations.relu(constant([1, -2])).numpy().tolist() == [1, 0]


def test_gradients_at_the_bends():
    def slope(function, at):
        x = constant([at])
        with GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x).numpy().tolist()

    assert slope(activations.relu, 0.0) == [0.0]
    assert slope(activations.hard_sigmoid, 2.5) == pytest.approx([0.2])
    assert slope(lambda x: activations.elu(x, 0.5), -1000.0) == [0.0]
    assert slope(lambda x: activations.relu(x, threshold=1.0, max_value=2.0), 1.5) == [1.0]


def test_softmax_needs_two_axes():
    with pytest.raises(ValueError, match="1D"):
        activations.softmax(constant([1.0, 2.0]))


def test_what_came_before_is_remembered_for_the_losses():
    x = constant(X)
    assert activations.softmax(x)._keras_logits == ("softmax", x)
    assert activations.sigmoid(x)._keras_logits == ("sigmoid", x)
    assert activations.softmax(x, axis=0)._keras_logits == ("softmax:0", x)


def test_slopes_by_the_name_of_keras_3():
    np.testing.assert_allclose(activations.relu(np.float32([-2.0, 3.0]), negative_slope=0.5), [-1.0, 3.0])


def test_bent_functions_of_what_is_not_finite_and_of_ragged_tensors():
    x = constant([np.nan, np.inf, -np.inf, 0.0, 90.0, -90.0])
    np.testing.assert_array_equal(
        activations.relu(x, threshold=0.1, max_value=6.0), [np.nan, 6.0, np.nan, 0.0, 6.0, 0.0]
    )
    np.testing.assert_array_equal(activations.relu(x, max_value=0), [np.nan, 0.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(activations.relu(constant([1.0, -1.0]), max_value=-1), [0.0, 0.0])
    rows = RaggedTensor.from_row_lengths(constant([1.0, -2.0, 3.0]), [2, 1])
    np.testing.assert_array_equal(activations.relu(rows, threshold=1.5).flat_values, [0.0, 0.0, 3.0])
    assert activations.relu(rows, max_value=2.0).row_splits.numpy().tolist() == [0, 2, 3]
    np.testing.assert_allclose(activations.elu(rows, alpha=0.5).flat_values, [1.0, -0.43233237, 3.0], 1e-6)


def test_softmax_over_several_axes():
    x = tf.reshape(tf.range(24.0), [2, 3, 4]) * 0.1
    found = tf.keras.activations.softmax(x, axis=(1, 2))
    np.testing.assert_allclose(found[0, 0], [0.04533, 0.0500974, 0.0553662, 0.0611891], rtol=1e-5)  # TensorFlow's
    np.testing.assert_allclose(tf.reduce_sum(found, [1, 2]), [1.0, 1.0], rtol=1e-6)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.keras.activations.softmax(x, axis=[0, 2]) ** 2)
    expected = [0.00042116, 0.00674376, 0.0151213, 0.0260778]
    np.testing.assert_allclose(tape.gradient(y, x)[1, 2], expected, rtol=1e-4)
