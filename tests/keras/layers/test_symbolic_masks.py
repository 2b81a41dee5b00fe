"""Masks of symbolic tensors, against tf_keras 2.21."""

import pytest

import addax as tf
from addax.keras import Input, Model, layers


def shape(mask):
    return None if mask is None else (tuple(mask.shape), mask.dtype.name)


def test_masks_follow_the_layers():
    x = Input((5,))
    embedding, dense, lstm = layers.Embedding(7, 3, mask_zero=True), layers.Dense(2), layers.LSTM(2)
    lstm(dense(embedding(x)))
    here = ((None, 5), "bool")
    assert (shape(embedding.input_mask), shape(embedding.output_mask)) == (None, here)
    assert (shape(dense.input_mask), shape(dense.output_mask)) == (here, here)
    assert (shape(lstm.input_mask), lstm.output_mask) == (here, None)
    assert shape(dense.get_output_mask_at(0)) == shape(dense.get_input_mask_at(0)) == here


def test_merged_masks():
    masked, plain = layers.Masking()(Input((4, 3))), Input((4, 3))
    both, add = layers.Concatenate(), layers.Add()
    both([masked, masked])
    add([masked, plain])
    assert [shape(each) for each in both.input_mask] == [((None, 4), "bool")] * 2
    assert shape(both.output_mask) == shape(add.output_mask) == ((None, 4), "bool")
    assert add.input_mask[1] is None


def test_models_hand_on_what_their_outputs_have():
    x = Input((4,))
    inner = Model(x, layers.Embedding(5, 2, mask_zero=True)(x))
    inner(Input((4,)))
    assert shape(inner.get_output_mask_at(0)) == ((None, 4), "bool")


def test_calls_that_were_not_made():
    layer = layers.Dense(2)
    with pytest.raises(RuntimeError, match="never been called"):
        layer.get_output_mask_at(0)
    with pytest.raises(AttributeError):
        _ = layer.output_mask
    layer(Input((3,)))
    with pytest.raises(ValueError, match="only 1 inbound nodes"):
        layer.get_output_at(3)
    layer(Input((3,)))
    assert layer.output is layer.get_output_at(0)  # Keras gives the first
    assert layer.input is layer.get_input_at(0)
    layer(Input((5, 3)))
    with pytest.raises(AttributeError, match="multiple inbound nodes"):
        _ = layer.input_shape


def test_symbolic_tensors_carry_their_masks():
    x = layers.Embedding(5, 2, mask_zero=True)(Input((4,)))
    assert shape(x._keras_mask) == shape(layers.LSTM(2, return_sequences=True)(x)._keras_mask) == ((None, 4), "bool")
    assert shape(layers.Concatenate(axis=1)([x, x])._keras_mask) == ((None, 8), "bool")
    assert layers.LSTM(2)(x)._keras_mask is None and Input((4,))._keras_mask is None


def test_code_of_the_users_gets_the_mask_of_a_symbolic_tensor():
    class Sum(layers.Layer):
        def call(self, x, mask):
            return tf.reduce_sum(x * tf.cast(mask, x.dtype)[..., tf.newaxis], axis=1)

    ids = Input((3,))
    x = layers.Embedding(3, 1, mask_zero=True, embeddings_initializer="ones")(ids)
    y = layers.Lambda(lambda x, mask=None: tf.cast(mask, "float32"))(x)
    model = Model(ids, [Sum()(x), y])
    total, mask = model(tf.constant([[1, 0, 2]]))
    assert total.numpy().tolist() == [[2.0]] and mask.numpy().tolist() == [[1.0, 0.0, 1.0]]
