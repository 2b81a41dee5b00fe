"""Models know of stateful layers inside."""

import numpy as np
import pytest

import addax as tf
from addax.keras import layers


def functional(stateful):
    inputs = tf.keras.Input((3, 2), batch_size=4)
    return tf.keras.Model(inputs, layers.SimpleRNN(2, stateful=stateful)(inputs))


def sequential(stateful):
    return tf.keras.Sequential([layers.SimpleRNN(2, stateful=stateful, batch_input_shape=(4, 3, 2))])


@pytest.mark.parametrize("build", [functional, sequential])
def test_stateful(build):
    assert build(True).stateful is True
    assert build(False).stateful is False


def test_reset_states():
    model = functional(True)
    x = np.random.default_rng(0).normal(size=(4, 3, 2)).astype("float32")
    first, second = model(x).numpy(), model(x).numpy()
    assert np.abs(first - second).max() > 1e-3
    model.reset_states()
    np.testing.assert_array_equal(model(x), first)
