"""Sharpness-aware minimization: numbers as TensorFlow's."""

import numpy as np
import pytest

import addax as tf

X = np.linspace(-1, 1, 24).reshape(8, 3).astype("float32")
Y = (X.sum(1, keepdims=True) ** 2).astype("float32")
WEIGHTS = np.linspace(0.5, 1, 8).astype("float32")


def trained(splits, weights):
    k = tf.keras
    hidden = k.layers.Dense(4, "tanh", kernel_initializer=k.initializers.Constant(0.3), input_shape=(3,))
    inner = k.Sequential([hidden, k.layers.Dense(1, kernel_initializer="ones")])
    model = k.models.experimental.SharpnessAwareMinimization(inner, rho=0.1, num_batch_splits=splits)
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    history = model.fit(X, Y, sample_weight=weights, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return model, inner, history.history


@pytest.mark.parametrize(
    ("splits", "weights", "loss", "mae", "kernel"),
    [
        (None, None, [24.763035, 8.543062], [3.729105, 2.484232], [-0.056524, 0.018905, 0.094335]),
        (None, WEIGHTS, [14.814741, 7.559132], [3.607342, 2.694702], [0.078508, 0.141583, 0.204659]),
        (2, None, [23.275154, 14.041107], [3.500843, 2.986711], [-0.691492, -0.595480, -0.499468]),
        (2, WEIGHTS, [15.607456, 6.417293], [3.735543, 2.462035], [-0.017569, 0.065370, 0.148309]),
    ],
)
def test_training(splits, weights, loss, mae, kernel):
    _, inner, history = trained(splits, weights)
    np.testing.assert_allclose(history["loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(history["mae"], mae, rtol=1e-5)
    np.testing.assert_allclose(inner.get_weights()[0][:, 0], kernel, atol=1e-5)


def test_there_and_back(tmp_path):
    model, _, _ = trained(2, None)
    model.save(tmp_path / "sam.keras")
    found = tf.keras.models.load_model(tmp_path / "sam.keras")
    assert type(found) is type(model) and found.rho == 0.1 and found.num_batch_splits == 2
    np.testing.assert_array_equal(found.predict(X, verbose=0), model.predict(X, verbose=0))
