"""fit(debug_nans=True) says where the first NaN or infinity was."""

import numpy as np
import pytest

import addax as tf
from addax import keras

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (24, 3)).astype("float32")
Y = X[:, :1]


def fitted(model, x=X, y=Y, **options):
    return model.fit(x, y, batch_size=8, verbose=0, shuffle=False, debug_nans=True, **options)


def with_log(at):
    model = keras.Sequential([
        keras.layers.Dense(3, kernel_initializer="identity", input_shape=(3,), name="first"),
        keras.layers.Lambda(lambda t: tf.math.log(t - at), name="logs"),
        keras.layers.Dense(1, name="last"),
    ])  # fmt: skip
    model.compile("sgd", "mse")
    return model


def test_a_layer_is_named_and_the_last_whole_step_kept():
    x = np.full((24, 3), 2.0, "float32")
    x[17, 1] = -5.0
    model, plain = with_log(0.0), with_log(0.0)
    model.set_weights(plain.get_weights())
    where = r"epoch 1, training batch 2 .*layer 'logs' \(Lambda\).*shape \(8, 3\).*\(1, 1\)"
    with pytest.raises(tf.errors.InvalidArgumentError, match=where):
        fitted(model, x, epochs=2)
    plain.fit(x[:16], Y[:16], batch_size=8, verbose=0, shuffle=False)
    for mine, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)
    assert int(model.optimizer.iterations.numpy()) == 2


def test_data_loss_gradients_and_validation():
    def linear(loss="mse", call=None):
        model = keras.Sequential([keras.layers.Dense(1, input_shape=(3,), name="only")])
        model.compile("sgd", loss)
        return model

    bad = X.copy()
    bad[9, 2] = np.inf
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"training batch 1 .*the data, tensor 'x'.*\(1, 2\)"):
        fitted(linear(), bad)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"the loss, tensor 'loss'"):
        fitted(linear(lambda y, p: tf.math.log(-tf.abs(p) - 1.0)))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"the gradient, tensor 'only/kernel:0'"):
        fitted(linear(lambda y, p: tf.reduce_mean(tf.pow(tf.abs(p) * 0.0, 0.5))))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"epoch 1, validation batch 0 .*tensor 'x'"):
        fitted(linear(), validation_data=(bad[8:16], Y[8:16]))


def test_finite_training_is_the_same_and_leaves_nothing_behind():
    model, plain = with_log(-4.0), with_log(-4.0)
    model.set_weights(plain.get_weights())
    watched = fitted(model, epochs=2).history["loss"]
    free = plain.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(watched, free, rtol=1e-5)
    assert all("_run" not in layer.__dict__ for layer in model.layers) and "compute_loss" not in model.__dict__
    assert model._step_of("train")[1]
