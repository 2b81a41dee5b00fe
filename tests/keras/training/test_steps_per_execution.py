"""How many steps a chunk has: given, set, or found by timing."""

import copy
import pickle

import numpy as np

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
    assert model.train_function(iter([(X, X)]))["loss"].shape == []
