"""How many steps a chunk has: given, set, or found by timing."""

import copy
import pickle

import numpy as np
import pytest

import addax as tf
from addax import keras

X = np.linspace(-1, 1, 12, dtype="float32").reshape(12, 1)


class Batches(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


def batches(model):
    listener = Batches()
    model.fit(X, X, batch_size=2, verbose=0, callbacks=[listener])
    return listener.seen


def test_given_set_and_found():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(1,))])
    assert model.steps_per_execution is None and model.autotune_steps_per_execution is False
    model.compile("sgd", "mse", steps_per_execution=3)
    assert int(model.steps_per_execution) == 3 and batches(model) == [2, 5]
    model.steps_per_execution = 2
    assert int(model.steps_per_execution) == 2 and batches(model) == [1, 3, 5]
    model.steps_per_execution.assign(6)
    assert batches(model) == [5]
    model.autotune_steps_per_execution = True
    assert batches(model) == [0, 1, 2, 3, 4, 5]
    model.compile("sgd", "mse", steps_per_execution="auto")
    assert model.autotune_steps_per_execution is True and int(model.steps_per_execution) == 1
    model.compile("sgd", "mse")
    assert model.autotune_steps_per_execution is False and int(model.steps_per_execution) == 1
    assert batches(model) == [0, 1, 2, 3, 4, 5] and model._steps_per_execution_fixed is None


def test_a_model_is_copied_after_its_functions_were_made():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse", steps_per_execution=3)
    model.make_train_function()
    model.make_test_function()
    model.make_predict_function()
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert other.train_function is None and other.predict_function is None
        assert batches(other) == [2, 5]
        assert not np.array_equal(other.get_weights()[0], model.get_weights()[0])
    assert model.train_function(iter([(X, X)] * 3))["loss"].shape == []


# ---------------------------------------------------------------------------- functions over an iterator


def linear(**options):
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones", input_shape=(2,))])
    model.compile("sgd", "mse", **options)
    return model


def pairs(count=8):
    return tf.data.Dataset.from_tensor_slices((np.ones((count, 2), "f"), np.ones((count, 1), "f"))).batch(2)


def test_made_functions_take_as_many_batches_as_an_execution_has():
    model, data = linear(steps_per_execution=2), iter(pairs(12))
    train = model.make_train_function()
    losses = [float(train(data)["loss"]) for _ in range(3)]
    np.testing.assert_allclose(losses[:2], [0.9418, 0.83855], rtol=1e-4)
    assert int(model.optimizer.iterations) == 6
    with pytest.raises(tf.errors.OutOfRangeError):
        train(data)
    model.compile("sgd", "mse", steps_per_execution=2)
    assert model.make_predict_function()(iter(pairs())).shape == (4, 1)
    assert list(model.make_test_function()(iter(pairs()))) == ["loss"]


def test_own_functions_are_asked_for_once_and_called_for_each_execution():
    calls = []

    class Wrapped(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1, kernel_initializer="ones")

        def call(self, x):
            return self.dense(x)

        def wrapped(self, kind, made):
            def run(iterator):
                calls.append(kind)
                return made(iterator)

            setattr(self, f"{kind}_function", run)
            return run

        def make_train_function(self, force=False):
            return self.wrapped("train", super().make_train_function(force))

        def make_test_function(self, force=False):
            return self.wrapped("test", super().make_test_function(force))

        def make_predict_function(self, force=False):
            return self.wrapped("predict", super().make_predict_function(force))

    model = Wrapped()
    model.compile("sgd", "mse", steps_per_execution=2)
    history = model.fit(pairs(), epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], [0.838555, 0.511157], rtol=1e-5)
    assert calls == ["train"] * 4 and int(model.optimizer.iterations) == 8
    model.evaluate(pairs(10), verbose=0)
    assert calls[4:] == ["test"] * 3  # two batches, two, and the last one
    assert model.predict(pairs(10).map(lambda x, y: x), verbose=0).shape == (10, 1)


def test_own_functions_take_batches_themselves():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1, kernel_initializer="ones")

        def call(self, x):
            return self.dense(x)

        def make_train_function(self, force=False):
            @tf.function
            def run(iterator):
                for _ in range(2):
                    logs = self.train_step(next(iterator))
                return logs

            self.train_function = run
            return run

    model = Own()
    model.compile("sgd", "mse", steps_per_execution=2)
    with pytest.warns(UserWarning, match="takes batches from an iterator"):
        history = model.fit(pairs(), epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], [0.838555, 0.511157], rtol=1e-5)
    assert int(model.optimizer.iterations) == 8
