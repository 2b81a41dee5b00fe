"""MultiOptimizer and OptimizerMap: each variable by its own optimizer, as one, saved and restored."""

import numpy as np
import pytest

import addax as tf
from addax import keras

optimizers = keras.optimizers


def _model():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="a"), keras.layers.Dense(1, name="b")])
    return model


def test_equals_the_optimizers_one_by_one():
    x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
    model, other = _model(), _model()
    other.set_weights(model.get_weights())
    sgd, adam = optimizers.SGD(0.1, momentum=0.9), optimizers.Adam(0.01, clipnorm=1.0)
    both = optimizers.MultiOptimizer(optimizers.OptimizerMap(adam, {"a/.*": sgd}))
    model.compile(both, "mse")
    model.fit(x, y, epochs=3, verbose=0, batch_size=8)
    sgd, adam = optimizers.SGD(0.1, momentum=0.9), optimizers.Adam(0.01, clipnorm=1.0)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((other(x) - y) ** 2)
        gradients = tape.gradient(loss, other.trainable_variables)
        sgd.apply(gradients[:2], other.trainable_variables[:2])
        adam.apply(gradients[2:], other.trainable_variables[2:])
    for mine, wanted in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-6)
    assert [int(each.iterations) for each in (both, *both.optimizers)] == [3, 3, 3]
    assert len(both.variables) == 1 + len(sgd.variables) + len(adam.variables)


def test_saved_and_restored(tmp_path):
    model = _model()
    by_name = {"a/kernel": optimizers.SGD(0.1, momentum=0.9)}
    model.compile(optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(0.01), by_name)), "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert [type(each).__name__ for each in loaded.optimizer.optimizers] == ["SGD", "Adam"]
    for mine, wanted in zip(loaded.optimizer.get_weights(), model.optimizer.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_of_a_function():
    a, b = keras.Variable(1.0, name="a"), keras.Variable(1.0, name="b")
    fast, slow = optimizers.SGD(0.5), optimizers.SGD(0.25)
    both = optimizers.MultiOptimizer(lambda variable: fast if variable.path == "a" else slow)
    both.build([a, b])
    with pytest.raises(AttributeError, match="inner"):
        _ = both.learning_rate
    state, values = both.variables, [a.value, b.value]
    values, state = both.stateless_apply(state, [1.0, 1.0], values)
    np.testing.assert_allclose(values, [0.5, 0.75])
    assert (float(a), float(b)) == (1.0, 1.0)
    assert both.optimizers == [fast, slow]


def test_refusals():
    sgd = optimizers.SGD()
    with pytest.raises(TypeError, match="Optimizer instance"):
        optimizers.OptimizerMap("sgd")
    with pytest.raises(ValueError, match="LossScaleOptimizer"):
        optimizers.OptimizerMap(sgd, {"a": optimizers.LossScaleOptimizer(optimizers.SGD())})
    found = optimizers.OptimizerMap(sgd, {"a.*": optimizers.SGD(), "ab": optimizers.SGD(), "abc.?": optimizers.SGD()})
    with pytest.raises(ValueError, match="several"):
        found["abcd"]  # noqa: B018
    with pytest.raises(ValueError, match="Optimizer instance"):
        optimizers.MultiOptimizer(lambda variable: "sgd").build([keras.Variable(1.0)])
    config = {**found.get_config(), "optimizer_map": {"(a+)+$": found.get_config()["default_optimizer"]}}
    with pytest.raises(ValueError, match="simple patterns"):
        optimizers.OptimizerMap.from_config(config)
