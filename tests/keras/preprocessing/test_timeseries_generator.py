"""TimeseriesGenerator."""

import json

import numpy as np
import pytest

import addax as tf

Generator = tf.keras.preprocessing.sequence.TimeseriesGenerator


def test_windows():
    made = Generator(np.arange(10), np.arange(10) * 2, length=3, batch_size=3, stride=2)
    assert len(made) == 2
    x, y = made[0]
    assert x.tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert y.tolist() == [6, 10, 14]
    x, y = Generator(np.arange(10), np.arange(10), length=4, sampling_rate=2, reverse=True, start_index=1, end_index=6)[
        0
    ]
    assert x.tolist() == [[3, 1], [4, 2]]
    assert y.tolist() == [5, 6]


def test_shuffle():
    np.random.seed(0)
    x, y = Generator(np.arange(50), np.arange(50), length=2, shuffle=True, batch_size=20)[0]
    np.testing.assert_array_equal(x[:, -1] + 1, y)
    assert len(set(y)) > 1


def test_config():
    made = Generator(np.arange(5), [1, 2, 3, 4, 5], length=2)
    config = json.loads(made.to_json())
    assert config["class_name"] == "TimeseriesGenerator"
    assert config["config"]["targets"] == "[1, 2, 3, 4, 5]"
    assert config["config"]["start_index"] == 2
    with pytest.raises(TypeError, match="Serializable"):
        Generator([object()] * 3, [1, 2, 3], length=1).to_json()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="same length"):
        Generator([1], [1, 2], 1)
    with pytest.raises(ValueError, match="disallowed"):
        Generator([1, 2], [1, 2], 5)


def test_in_fit():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    history = model.fit(
        Generator(np.arange(10.0) / 10, np.arange(10.0) / 10, length=3, batch_size=4), epochs=2, verbose=0
    )
    assert len(history.history["loss"]) == 2
