"""Pipelines of layers."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.float32(np.arange(10).reshape(1, 5, 2) ** 2 % 7)


def test_layers_run_in_order_and_their_weights_are_the_pipelines(tmp_path):
    pipeline = L.Pipeline([L.Rescaling(2.0), L.Dense(2, kernel_initializer="ones")])
    np.testing.assert_allclose(pipeline(X)[0, :2], [[2, 2], [12, 12]])
    assert len(pipeline.weights) == 2 and len(pipeline.layers) == 2
    assert pipeline.compute_output_shape((None, 5, 2)) == (None, 5, 2)
    assert set(pipeline.get_config()) == {"name", "layers"}  # all that Keras 3 takes
    model = tf.keras.Sequential([tf.keras.Input((5, 2)), pipeline])
    model.save(tmp_path / "model.keras")
    again = tf.keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(X), model(X))


def test_training_unless_somebody_says_otherwise():
    pipeline = L.Pipeline([L.Dropout(0.5)])
    assert not np.allclose(pipeline(np.ones((50, 5), "float32")), 1)
    np.testing.assert_array_equal(pipeline(X, training=False), X)
    model = tf.keras.Sequential([L.Pipeline([L.Dropout(0.5)])])
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)
    inputs = tf.keras.Input((5, 2))
    model = tf.keras.Model(inputs, L.Pipeline([L.Dropout(0.5)])(inputs))
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)


def test_in_a_dataset_and_with_masks():
    pipeline = L.Pipeline([L.Masking(0.0), L.LSTM(2)])
    padded = np.concatenate([X, np.zeros_like(X)], 1)
    np.testing.assert_allclose(pipeline(padded), pipeline(X), rtol=1e-6)
    images = tf.data.Dataset.from_tensor_slices(np.ones((2, 4, 4, 3), "float32")).map(L.Pipeline([L.Rescaling(0.5)]))
    assert float(next(iter(images))[0, 0, 0]) == 0.5


def test_what_is_no_layer_is_refused():
    with pytest.raises(TypeError, match="list of layers"):
        L.Pipeline(["Dense"])
    with pytest.raises(ValueError, match="layers"):
        L.Pipeline.from_config({"name": "pipeline"})
