"""Symbolic calls whose arguments say sizes that others leave open."""

import addax as tf

L = tf.keras.layers


def test_a_mask_of_known_length_goes_with_inputs_of_any():
    outputs = L.LSTM(2, return_sequences=True)(tf.keras.Input((None, 3)), mask=tf.keras.Input((5,), dtype="bool"))
    assert outputs.shape == (None, None, 2)


def test_a_mask_of_any_batch_goes_with_inputs_of_one():
    inputs = tf.keras.Input(batch_shape=(1, 4, 3))
    mask = tf.keras.Input((4,), dtype="bool")
    model = tf.keras.Model([inputs, mask], L.GRU(2)(inputs, mask=mask))
    assert model([tf.ones((1, 4, 3)), tf.constant([[True, True, False, False]])]).shape == (1, 2)


def test_keys_of_known_length_go_with_values_of_any():
    query, value, key = tf.keras.Input((None, 3)), tf.keras.Input((None, 3)), tf.keras.Input((4, 3))
    assert L.AdditiveAttention()([query, value, key]).shape == (None, None, 3)
