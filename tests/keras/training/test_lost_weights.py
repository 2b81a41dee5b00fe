"""Layers and weights that are made inside `call`: refused by compiled steps, as by Keras 2."""

import numpy as np
import pytest

from addax import keras

L = keras.layers
X, Y = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32)


class Inside(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = L.Dense(3)

    def call(self, inputs):
        return L.Dense(1)(self.first(inputs))


class Weight(L.Layer):
    def call(self, inputs):
        return inputs * self.add_weight(name="w", shape=(), initializer="ones")


class Guarded(keras.Model):
    later = None

    def call(self, inputs):
        if self.later is None:
            self.later = L.Dense(1)
        return self.later(L.Activation("relu")(inputs))


class GuardedWeight(L.Layer):
    w = None

    def call(self, inputs):
        if self.w is None:
            self.w = self.add_weight(name="w", shape=(), initializer="ones")
        return inputs * self.w


@pytest.mark.parametrize("make", [Inside, lambda: keras.Sequential([L.Dense(1), Weight()])])
def test_compiled_steps_refuse_them(make):
    with pytest.raises(ValueError, match="made anew in each call.*\n.*To do: make layers in __init__"):
        make_compiled(make).predict(X, verbose=0)


def test_training_refuses_them():
    with pytest.raises(ValueError, match="train step, in layer"):
        make_compiled(Inside).fit(X, Y, verbose=0)


def make_compiled(make):
    model = make()
    model.compile("sgd", "mse")
    return model


def test_eager_calls_allow_them():
    model = Inside()
    model.compile("sgd", "mse", run_eagerly=True)
    assert model.fit(X, Y, verbose=0).epoch == [0] and len(model.trainable_weights) == 2


@pytest.mark.parametrize("make", [Guarded, lambda: keras.Sequential([L.Dense(1), GuardedWeight()])])
def test_what_is_made_once_is_trained(make):
    model = make_compiled(make)
    model.fit(X, Y, verbose=0, epochs=2)
    count = len(model.trainable_weights)
    assert count == (2 if isinstance(model, Guarded) else 3)
    before = model.trainable_weights[-1].numpy()
    model.fit(X, Y, verbose=0)
    assert len(model.trainable_weights) == count and np.any(before != model.trainable_weights[-1].numpy())
