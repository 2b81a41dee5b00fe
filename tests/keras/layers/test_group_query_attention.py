"""Grouped queries; the numbers are Keras 3's, on JAX."""

import h5py
import numpy as np
import pytest

import addax as tf

QUERY = np.float32(np.sin(np.arange(40))).reshape(2, 4, 5)
VALUE = np.float32(np.cos(np.arange(60))).reshape(2, 6, 5)
UNIFORM = [1.5066097, 1.8065883, 1.2569002, 0.1160723, -1.0793462]  # where all keys count alike


def made(**options):
    layer = tf.keras.layers.GroupQueryAttention(3, 4, 2, **options)
    layer(QUERY, VALUE)
    weights = [
        np.float32(np.sin(np.arange(w.size) * 0.7 + i)).reshape(w.shape) for i, w in enumerate(layer.get_weights())
    ]
    layer.set_weights(weights)
    return layer


@pytest.mark.parametrize(
    ("options", "last", "causal"),
    [
        (
            {}, [1.0263586, 1.6146110, 1.4434868, 0.5934680, -0.5356681],
            [1.5644422, 2.3096683, 1.9686214, 0.7017011, -0.8952403],
        ),
        (
            {"sliding_window": 2}, [1.3287406, 1.4454535, 0.8823470, -0.0957410, -1.0288005],
            [1.5644422, 2.3096683, 1.9686214, 0.7017011, -0.8952403],
        ),
        (
            {"use_gate": True}, [0.2633056, -0.1310352, -0.4637480, -0.5783529, -0.4209493],
            [0.7772164, 0.3027090, -0.3141671, -0.7832855, -0.8840124],
        ),
        (
            {"use_bias": False}, [-0.1021230, -0.0344006, 0.0495008, 0.1101213, 0.1189500],
            [-0.5072660, -0.1255286, 0.3152470, 0.6077569, 0.6144292],
        ),
    ],
)  # fmt: skip
def test_outputs(options, last, causal):
    layer = made(**options)
    np.testing.assert_allclose(layer(QUERY, VALUE)[1, 3], last, atol=2e-6)
    np.testing.assert_allclose(layer(QUERY, VALUE, use_causal_mask=True)[1, 1], causal, atol=2e-6)


def test_scores_masks_and_keys():
    layer = made()
    outputs, scores = layer(QUERY, VALUE, return_attention_scores=True)
    assert scores.shape == (2, 4, 4, 6)
    np.testing.assert_allclose(outputs[0, 0], [1.4081653, 1.7302465, 1.2385659, 0.1643682, -0.9871343], atol=2e-6)
    np.testing.assert_allclose(
        scores[0, 3, 2], [0.0989403, 0.2573593, 0.3233267, 0.1414808, 0.0704625, 0.1084303], atol=1e-6
    )
    mask = np.zeros((2, 4, 6), bool)
    np.testing.assert_allclose(layer(QUERY, VALUE, attention_mask=mask)[0, 1], UNIFORM, atol=2e-6)
    mask[:, :, :2] = mask[:, 1, 3] = True
    found = layer(QUERY, VALUE, attention_mask=mask)[0, 1]
    np.testing.assert_allclose(found, [1.4288052, 1.8098168, 1.3396432, 0.2394145, -0.9734145], atol=2e-6)
    found = layer(QUERY, VALUE, key=VALUE[:, ::-1] * 2)[0, 1]
    np.testing.assert_allclose(found, [1.6792744, 1.8960969, 1.2211556, -0.0281144, -1.2641617], atol=2e-6)
    kept = {"query_mask": np.array([[1, 1, 0, 0]] * 2, bool), "value_mask": np.array([[1] * 3 + [0] * 3] * 2, bool)}
    found = layer(QUERY, VALUE, **kept)[0]
    np.testing.assert_allclose(found[0], [1.4811286, 2.0231373, 1.6136327, 0.4452116, -0.9325995], atol=2e-6)
    np.testing.assert_allclose(found[3], UNIFORM, atol=2e-6)


def test_names_config_and_files(tmp_path):
    layer = made(use_gate=True)
    assert [w.name.rpartition("group_query_attention")[2].partition("/")[2] for w in layer.weights][4:6] == [
        "gate/kernel:0", "gate/bias:0",
    ]  # fmt: skip
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    inputs = tf.keras.Input((4, 5))
    attend = tf.keras.layers.GroupQueryAttention(3, 4, 2, dropout=0.1)
    model = tf.keras.Model(inputs, attend(inputs, inputs))
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(QUERY), loaded(QUERY))
    assert not np.allclose(model(QUERY, training=True), model(QUERY))
    model.save_weights(tmp_path / "model.weights.h5")
    with h5py.File(tmp_path / "model.weights.h5") as file:
        assert "grouped_query_attention" in file["layers"]  # what Keras calls it there


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"num_key_value_heads": 3}, "divisible"), ({"num_query_heads": 0}, "positive"),
        ({"sliding_window": 0}, "sliding_window"), ({"flash_attention": True}, "flash_attention"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        tf.keras.layers.GroupQueryAttention(
            **{"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **arguments}
        )
