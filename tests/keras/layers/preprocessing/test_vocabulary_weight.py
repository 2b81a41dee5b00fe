"""Learned vocabularies among the weights, as Keras 2 lists them."""

import numpy as np
import pytest

import addax as tf

layers = tf.keras.layers


def adapted(layer, data):
    layer.adapt(data)
    return layer


def test_a_learned_vocabulary_is_among_the_weights():
    words = adapted(layers.StringLookup(), ["x", "y", "x", "z"])
    (tokens,) = words.get_weights()
    assert tokens.dtype == object and tokens.tolist() == [b"x", b"z", b"y"]
    assert adapted(layers.IntegerLookup(), [5, 7]).get_weights()[0].tolist() == [7, 5]
    assert layers.StringLookup(vocabulary=["a"]).get_weights() == []
    other = layers.StringLookup()
    other.set_weights([tokens])
    assert other.get_vocabulary() == ["[UNK]", "x", "z", "y"]


def test_weights_of_documents():
    text = adapted(layers.TextVectorization(output_mode="tf_idf"), ["a b", "b c"])
    idf, tokens, count = text.get_weights()
    np.testing.assert_allclose(idf, [0.6323733, 0.5108256, 0.6931472, 0.6931472], rtol=1e-6)
    assert tokens.tolist() == [b"b", b"c", b"a"] and count == 0 and count.dtype == np.int64
    other = adapted(layers.TextVectorization(output_mode="tf_idf"), ["q"])
    with pytest.raises(RuntimeError, match="Old vocab size is 2, new vocab size is 4"):
        other.set_weights(text.get_weights())
    assert other.get_vocabulary() == ["[UNK]", "q"]


def test_a_model_hands_its_vocabulary_on():
    def made(lookup):
        return tf.keras.Sequential([tf.keras.Input((1,), dtype=tf.string), lookup, layers.Embedding(9, 2)])

    first = made(adapted(layers.StringLookup(), ["x", "y", "x"]))
    second = made(layers.StringLookup())
    assert [w.shape for w in first.get_weights()] == [(2,), (9, 2)]
    assert len(first.weights) == 1 and first.count_params() == 18
    second.set_weights(first.get_weights())
    assert second.layers[0].get_vocabulary() == ["[UNK]", "x", "y"]
    np.testing.assert_array_equal(second.weights[0], first.weights[0])
    with pytest.raises(ValueError, match="does not fit"):
        second.set_weights([np.array([1, 2]), np.zeros((9, 2))])
