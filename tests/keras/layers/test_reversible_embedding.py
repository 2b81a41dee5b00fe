"""ReversibleEmbedding: vectors of ids, and logits of ids."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
IDS = np.array([[1, 0, 2]])


@pytest.mark.parametrize("tied", [True, False])
def test_both_ways(tied):
    layer = L.ReversibleEmbedding(4, 3, tie_weights=tied, logit_soft_cap=2.0)
    vectors = layer(IDS)
    kernel = layer.embeddings.numpy().T if tied else layer.reverse_embeddings.numpy()
    np.testing.assert_array_equal(vectors, layer.embeddings.numpy()[IDS])
    logits = layer(vectors * 9, reverse=True)
    np.testing.assert_allclose(logits, 2 * np.tanh(vectors.numpy() * 9 @ kernel / 2), atol=1e-6)
    assert layer.compute_output_shape((2, 3), reverse=True) == (2, 4) and len(layer.weights) == 2 - tied


def test_in_a_model(tmp_path):
    ids = tf.keras.Input((3,), dtype="int32")
    layer = L.ReversibleEmbedding(4, 3, mask_zero=True, reverse_dtype="float64", name="both")
    logits = layer(layer(ids), reverse=True)
    assert logits.shape == (None, 3, 4) and logits.dtype == "float64"
    model = tf.keras.Model(ids, logits)
    model.save(tmp_path / "a.keras")
    copy = tf.keras.models.load_model(tmp_path / "a.keras")
    np.testing.assert_allclose(copy(IDS), model(IDS))
    assert copy.get_layer("both").get_config() == layer.get_config()
