"""Weights in several files (the layout of Keras 3.15)."""

import json

import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError

keras = tf.keras
KB = 1 / 1024**2  # of a gigabyte


def _model(value):
    model = keras.Sequential([keras.layers.Dense(200, input_shape=(4,)), keras.layers.Dense(2)])
    model.set_weights([np.full(weight.shape, value + i, "float32") for i, weight in enumerate(model.get_weights())])
    return model


def test_files_and_their_index(tmp_path):
    model, path = _model(1), tmp_path / "m.weights.json"
    model.save_weights(path, max_shard_size=3.2 * KB)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "m.weights.json", "m_00000.weights.h5", "m_00001.weights.h5",
    ]  # fmt: skip
    assert json.loads(path.read_text()) == {
        "metadata": {"total_size": 5608},
        "weight_map": {
            "/layers/dense/vars": ["m_00000.weights.h5", "m_00001.weights.h5"],
            "/layers/dense_1/vars": "m_00001.weights.h5",
        },
    }
    twin = _model(9)
    twin.load_weights(path)
    for mine, others in zip(twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, others)


def test_the_optimizer_and_attention_come_back(tmp_path):
    inputs = keras.Input((3, 4))
    model = keras.Model(inputs, keras.layers.MultiHeadAttention(2, 3)(inputs, inputs))
    model.compile("adam", "mse")
    data = np.ones((2, 3, 4), "float32")
    model.fit(data, data, verbose=0)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=0.2 * KB)
    state, weights = [v.numpy() for v in model.optimizer.variables], model.get_weights()
    model.fit(data, data, verbose=0)
    model.load_weights(tmp_path / "m.weights.json")
    for now, before in zip([v.numpy() for v in model.optimizer.variables], state, strict=True):
        np.testing.assert_array_equal(now, before)
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)


def test_other_endings_and_sizes(tmp_path):
    with pytest.warns(UserWarning, match=r"will be renamed to .*m\.weights\.json"):
        _model(1).save_weights(tmp_path / "m.weights.h5", max_shard_size=1)
    assert (tmp_path / "m.weights.json").exists() and not (tmp_path / "m.weights.h5").exists()
    with pytest.raises(ValueError, match=r"must end in `\.weights\.json`"):
        _model(1).save_weights(tmp_path / "m.h5", max_shard_size=1)
    with pytest.raises(ValueError, match="exceeds the maximum shard size"):
        _model(1).save_weights(tmp_path / "n.weights.json", max_shard_size=KB)
    assert not any(each.name.startswith("n") for each in tmp_path.iterdir())


@pytest.mark.parametrize(
    "index",
    ["{", "[]", '{"weight_map": {}}', '{"weight_map": {"/vars": "../m_00000.weights.h5"}}', '{"weight_map": {"/a": 1}}',
     '{"weight_map": {"/vars": "/etc/passwd"}}', '{"weight_map": {"/vars": "other.h5"}}'],
)  # fmt: skip
def test_hostile_indices(tmp_path, index):
    model = _model(1)
    (tmp_path / "m.weights.json").write_text(index)
    (tmp_path / "other.h5").write_bytes(b"no HDF5")
    with pytest.raises(CorruptFileError):
        model.load_weights(tmp_path / "m.weights.json")
    np.testing.assert_array_equal(model.get_weights()[0], np.ones((4, 200)))


def test_an_array_in_two_files_is_refused(tmp_path):
    model = _model(1)
    for name in ("a", "b"):
        model.save_weights(tmp_path / f"{name}.weights.h5")
    index = {"weight_map": {"/a": ["a.weights.h5", "b.weights.h5"]}}
    (tmp_path / "m.weights.json").write_text(json.dumps(index))
    with pytest.raises(CorruptFileError, match="in several files"):
        model.load_weights(tmp_path / "m.weights.json")
