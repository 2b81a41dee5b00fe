"""Ops on strings, and ranges, of symbolic tensors: models with them (numbers of tf.keras)."""

import numpy as np
import pytest

import addax as tf

keras = tf.keras


@pytest.mark.parametrize(
    "function, texts, want",
    [
        (tf.strings.length, ["ab", "c"], [2, 1]),
        (tf.strings.upper, ["ab", "c"], [b"AB", b"C"]),
        (lambda s: tf.strings.join([s, s], "-"), ["ab", "c"], [b"ab-ab", b"c-c"]),
        (tf.strings.to_number, ["1", "2.5"], [1.0, 2.5]),
        (lambda s: tf.strings.regex_replace(s, "a", "z"), ["ab", "c"], [b"zb", b"c"]),
        (lambda s: tf.strings.substr(s, 0, 1), ["ab", "c"], [b"a", b"c"]),
        (lambda s: s + "!", ["ab", "c"], [b"ab!", b"c!"]),
        (lambda s: tf.strings.as_string(tf.strings.length(s)), ["ab", "c"], [b"2", b"1"]),
        (lambda s: tf.strings.length(tf.strings.split(s)).to_tensor(), ["a bc", "d"], [[1, 2], [1, 0]]),
        (lambda s: keras.layers.StringLookup(vocabulary=["A"])(tf.strings.upper(s)), ["a", "c"], [1, 0]),
    ],
)
def test_strings(function, texts, want):
    inputs = keras.Input((), dtype="string")
    outputs = function(inputs)
    assert outputs.shape[0] is None
    model = keras.Model(inputs, outputs)
    assert model(tf.constant(texts)).numpy().tolist() == want
    if not any("regex" in layer.name for layer in model.layers):  # files may name no patterns, which can be costly
        again = keras.Model.from_config(model.get_config())
        assert again(tf.constant(texts)).numpy().tolist() == want


def test_parts_stay_ragged():
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, tf.strings.split(inputs))
    assert model(tf.constant(["a b", "c"])).to_list() == [[b"a", b"b"], [b"c"]]


def test_a_range_as_long_as_the_batch():
    inputs = keras.Input((2,))
    rows = tf.range(tf.shape(inputs)[0])
    model = keras.Model(inputs, tf.gather(inputs, tf.reverse(rows, [0])))
    assert rows.shape == (None,)
    assert model(np.array([[1, 1], [2, 2.0]], np.float32)).numpy().tolist() == [[2, 2], [1, 1]]
