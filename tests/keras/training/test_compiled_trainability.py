"""`trainable` set after `compile` waits for the next one (numbers of tf.keras 2.21)."""

import copy

import numpy as np
import pytest

import addax as tf

keras = tf.keras
X = (np.arange(12).reshape(4, 3) ** 2 % 7 - 2).astype("float32")
Y = np.ones((4, 1), "float32")


def _dense(units, value):
    return keras.layers.Dense(units, kernel_initializer=keras.initializers.Constant(value))


def _kernel(layer):
    return layer.get_weights()[0].copy()


def test_a_discriminator_frozen_after_compile_goes_on_learning():
    discriminator = keras.Sequential([keras.Input((3,)), _dense(2, 0.5), _dense(1, 0.25)])
    discriminator.compile(keras.optimizers.SGD(0.1), "mse")
    discriminator.trainable = False
    generator = keras.Sequential([keras.Input((3,)), _dense(3, 0.1)])
    noise = keras.Input((3,))
    both = keras.Model(noise, discriminator(generator(noise)))
    both.compile(keras.optimizers.SGD(0.1), "mse")
    first, begin = _kernel(discriminator.layers[0]), _kernel(generator.layers[0])

    assert discriminator.train_on_batch(X, Y) == pytest.approx(1.515625, rel=1e-5)
    learned = _kernel(discriminator.layers[0])
    assert not np.allclose(first, learned)
    assert not discriminator.trainable and not discriminator.layers[0].trainable
    assert discriminator.trainable_weights == []

    both.train_on_batch(X, Y)
    np.testing.assert_array_equal(_kernel(discriminator.layers[0]), learned)
    assert not np.allclose(begin, _kernel(generator.layers[0]))

    losses = discriminator.fit(X, Y, epochs=2, verbose=0, shuffle=False).history["loss"]
    assert losses[1] < losses[0]


def test_unfrozen_layers_train_after_the_next_compile():
    base = keras.Sequential([keras.Input((3,)), _dense(2, 0.5), keras.layers.BatchNormalization()])
    base.trainable = False
    model = keras.Sequential([base, _dense(1, 1.0)])
    model.compile("sgd", "mse")
    begin = [weight.copy() for weight in base.get_weights()]
    base.trainable = True
    model.fit(X, Y, verbose=0)
    model.train_on_batch(X, Y)
    assert base.trainable and base.layers[0].trainable
    for before, after in zip(begin, base.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert not np.allclose(begin[0], base.get_weights()[0])


def test_layers_added_later_and_copies_train_as_they_say():
    model = keras.Sequential([keras.Input((3,)), _dense(2, 0.5)])
    model.compile("sgd", "mse")
    model.trainable = False
    twin = copy.deepcopy(model)
    begin = _kernel(twin.layers[0])
    twin.train_on_batch(X, np.ones((4, 2), "float32"))
    np.testing.assert_array_equal(begin, _kernel(twin.layers[0]))

    model.add(_dense(1, 1.0))
    begin = _kernel(model.layers[0])
    model.train_on_batch(X, Y)
    assert not np.allclose(begin, _kernel(model.layers[0]))
