"""Ops on strings, and ranges, of symbolic tensors: models with them (numbers of tf.keras)."""

import numpy as np
import pytest

import addax as tf
from addax.core import errors

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


def _lengths_and_more():
    x, n = keras.Input((10, 4)), keras.Input((), dtype="int32")
    return x, n, tf.reduce_max(n)


@pytest.mark.parametrize(
    "function, shape, got",
    [
        (lambda x, n, i: x[:, :i], [None, None, 4], (3, 5, 4)),
        (lambda x, n, i: x[:, i:], [None, None, 4], (3, 5, 4)),
        (lambda x, n, i: x[1 : i - 2], [None, 10, 4], (2, 10, 4)),
        (lambda x, n, i: tf.slice(x, [0, 0, 0], tf.stack([-1, i, 4])), [None, None, 4], (3, 5, 4)),
        (lambda x, n, i: tf.range(i), [None], (5,)),
        (lambda x, n, i: tf.sequence_mask(n), [None, None], (3, 5)),
        (lambda x, n, i: tf.one_hot(n, i), [None, None], (3, 5)),
        (lambda x, n, i: tf.repeat(x, n, axis=0), [None, 10, 4], (10, 10, 4)),
        (lambda x, n, i: tf.tile(x, tf.stack([1, i, 1])), [None, None, 4], (3, 50, 4)),
        (lambda x, n, i: tf.reshape(x, [-1, i]), [None, None], (24, 5)),
        (lambda x, n, i: tf.pad(x, [[0, 0], [0, i], [0, 0]]), [None, None, 4], (3, 15, 4)),
        (lambda x, n, i: tf.broadcast_to(n[:, None], tf.stack([tf.shape(n)[0], i])), [None, None], (3, 5)),
        (lambda x, n, i: tf.image.resize(x[..., None], tf.stack([i, i])), [None, None, None, 1], (3, 5, 5, 1)),
        (lambda x, n, i: tf.split(x, tf.stack([i, 10 - i]), axis=1, num=2)[0], [None, None, 4], (3, 5, 4)),
        (lambda x, n, i: keras.layers.Lambda(lambda a: a[0][:, : a[1]])([x, i]), [None, None, 4], (3, 5, 4)),
        (lambda x, n, i: keras.layers.Dense(2)(x[:, :i]), [None, None, 2], (3, 5, 2)),
    ],
)
def test_sizes_that_numbers_decide(function, shape, got):
    x, n, i = _lengths_and_more()
    outputs = function(x, n, i)
    assert outputs.shape.as_list() == shape
    model = keras.Model([x, n], outputs)
    assert model([np.ones((3, 10, 4), "float32"), np.array([3, 5, 2], "int32")]).shape == got


def test_a_layer_of_ones_own_whose_sizes_numbers_decide():
    class Chosen(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3)
            self.calls = tf.Variable(0, trainable=False)

        def call(self, inputs):
            rows, lengths = inputs
            self.calls.assign_add(1)
            return self.dense(tf.boolean_mask(rows, lengths > 3))

    x, n, _ = _lengths_and_more()
    layer = Chosen()
    outputs = layer([x, n])
    assert outputs.shape.as_list() == [None, 10, 3] and int(layer.calls) == 0  # samples leave nothing behind
    model = keras.Model([x, n], outputs)
    data = [np.ones((3, 10, 4), "float32"), np.array([3, 5, 2], "int32")]
    assert model(data).shape == (1, 10, 3)
    assert [tuple(weight.shape) for weight in model.trainable_weights] == [(4, 3), (3,)]
    with pytest.warns(errors.AddaxWarning, match="runs eagerly"):
        assert model.predict(data, verbose=0).shape == (1, 10, 3)


def test_what_no_samples_fit_is_still_refused():
    x, n, i = _lengths_and_more()
    with pytest.raises(Exception, match="known while the function is traced"):
        tf.reshape(x, [tf.reduce_max(n) * 0 + 7, 11])
