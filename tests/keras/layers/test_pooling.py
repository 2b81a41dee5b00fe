"""Pooling layers: what they refuse."""

import pytest

import addax as tf


def test_means_of_integers_in_windows_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="floating"):
        tf.keras.layers.AveragePooling1D(2)(tf.constant([[[1], [2]]]))
