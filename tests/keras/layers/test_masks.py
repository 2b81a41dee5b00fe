"""Masks flow from Masking and Embedding to the layers that use them."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
IDS = np.array([[1, 2, 0, 0], [3, 1, 2, 4]])


def test_embedding_and_masking_make_masks():
    embedded = L.Embedding(5, 3, mask_zero=True)(IDS)
    np.testing.assert_array_equal(embedded._keras_mask, IDS != 0)
    x = np.where(IDS[..., None] == 0, -1.0, np.ones((2, 4, 2))).astype("float32")
    masked = L.Masking(-1.0)(x)
    np.testing.assert_array_equal(masked._keras_mask, IDS != 0)
    np.testing.assert_array_equal(masked[0, 2:], np.zeros((2, 2)))


@pytest.mark.parametrize(
    "make", [L.LSTM, L.GRU, L.SimpleRNN, lambda n: L.RNN(L.LSTMCell(n)), lambda n: L.Bidirectional(L.GRU(n))]
)
def test_recurrent_layers_skip_masked_steps(make):
    embedding, layer = L.Embedding(5, 3, mask_zero=True), make(4)
    whole = layer(embedding(IDS))
    short = layer(embedding(IDS[:1, :2]))
    np.testing.assert_allclose(whole[0], short[0], rtol=1e-5, atol=1e-6)


def test_masks_pass_through_layers_that_support_them_in_models():
    inputs = tf.keras.Input((None,), dtype="int32")
    x = L.Embedding(5, 3, mask_zero=True)(inputs)
    x = L.Dropout(0.5)(L.Dense(3, "tanh")(x))
    x = L.Add()([x, x])
    x = L.LayerNormalization()(x)
    model = tf.keras.Model(inputs, L.GlobalAveragePooling1D()(x))
    inner = tf.keras.Model(inputs, x)
    expected = np.asarray(inner(IDS))[0, :2].mean(0)
    np.testing.assert_allclose(model(IDS)[0], expected, rtol=1e-5, atol=1e-6)


def test_time_distributed_and_concatenate_keep_masks():
    embedded = L.Embedding(5, 3, mask_zero=True)(IDS)
    np.testing.assert_array_equal(L.TimeDistributed(L.Dense(2))(embedded)._keras_mask, IDS != 0)
    np.testing.assert_array_equal(L.Concatenate()([embedded, embedded])._keras_mask, IDS != 0)
    doubled = L.Concatenate(axis=1)([embedded, embedded])
    np.testing.assert_array_equal(doubled._keras_mask, np.concatenate([IDS != 0] * 2, 1))


def test_attention_takes_the_masks_of_its_inputs():
    embedded = L.Embedding(5, 3, mask_zero=True)(IDS)
    _, weights = L.Attention()([embedded, embedded], return_attention_scores=True)
    np.testing.assert_allclose(np.asarray(weights)[0, :, 2:], 0, atol=1e-6)
    layer = L.MultiHeadAttention(2, 3)
    _, weights = layer(embedded, embedded, return_attention_scores=True)
    np.testing.assert_allclose(np.asarray(weights)[0, :, :2, 2:], 0, atol=1e-6)


def test_a_mask_that_ends_up_nowhere_is_refused_by_name():
    class Strict(L.Layer):
        def call(self, inputs):
            return inputs

    with pytest.raises(TypeError, match="does not support masking"):
        Strict().compute_mask(tf.ones((1, 2)), tf.ones((1, 2)))


def test_an_embedding_supports_masking_if_it_makes_masks():
    assert tf.keras.layers.Embedding(3, 2, mask_zero=True).supports_masking
    assert not tf.keras.layers.Embedding(3, 2).supports_masking


def test_a_mask_given_as_none_is_none():
    embedded = L.Embedding(5, 3, mask_zero=True)(IDS)
    layer = L.LSTM(2, return_sequences=True)
    plain = layer(tf.identity(embedded))
    np.testing.assert_array_equal(layer(embedded, mask=None), plain)
    assert layer(embedded, mask=None)._keras_mask is None
    assert np.abs(np.asarray(layer(embedded)) - plain).max() > 0


def test_models_compute_the_masks_of_their_outputs():
    model = tf.keras.Sequential([L.Input((3,)), L.Embedding(5, 2, mask_zero=True), L.Dense(2)])
    ids = tf.constant([[1, 0, 2]])
    assert model.compute_mask(ids, None).numpy().tolist() == [[True, False, True]]
    assert model.compute_mask(tf.keras.Input((3,)), None).shape == (None, 3)


def test_one_mask_is_that_of_the_first_output():
    class Two(L.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x):
            return x, x * 2

    def masks(outputs):
        return [getattr(each, "_keras_mask", None) is None for each in outputs]

    assert masks(Two()(L.Masking()(tf.zeros((1, 2, 1))))) == [False, True]
    inputs = tf.keras.Input((2, 1))
    outputs = Two()(L.Masking()(inputs))
    assert masks(outputs) == [False, True]
    assert masks(tf.keras.Model(inputs, outputs)(tf.zeros((1, 2, 1)))) == [False, True]
    embedded = L.Embedding(5, 3, mask_zero=True)(IDS)
    both = L.AdditiveAttention()([embedded, embedded], return_attention_scores=True)
    assert masks(both) == [False, True]
