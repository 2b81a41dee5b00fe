"""KerasFileEditor: what Keras 3.15 prints, and files edited and loaded again."""

import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError

keras = tf.keras

TREE = """\
Weights structure
  > layers
  │   ├─ dense
  │   │   ├─ 0: shape=(3, 2), dtype=float32
  │   │   └─ 1: shape=(2,), dtype=float32
  │   └─ sequential
  │       └─ layers
  │           └─ dense
  │               ├─ 0: shape=(2, 4), dtype=float32
  │               └─ 1: shape=(4,), dtype=float32
  └─ optimizer
      └─ 0: shape=(), dtype=int64
"""


def _model(units=4):
    inner = keras.Sequential([keras.layers.Dense(units)])
    return keras.Sequential([keras.layers.Dense(2, input_shape=(3,)), inner])


@pytest.fixture
def path(tmp_path):
    model = _model()
    model.compile(keras.optimizers.SGD(), "mse")
    model.save_weights(tmp_path / "own.weights.h5")
    return str(tmp_path / "own.weights.h5")


def test_shows_what_is_in_a_file(path, capsys):
    editor = keras.saving.KerasFileEditor(path)
    assert capsys.readouterr().out == f"Keras model file '{path}'\n"
    editor.summary()
    assert capsys.readouterr().out == TREE
    np.testing.assert_array_equal(editor.weights_dict["layers"]["dense"]["1"], [0.0, 0.0])


def test_archives_say_when_they_were_saved(tmp_path, capsys):
    _model().save(tmp_path / "own.keras")
    editor = keras.saving.KerasFileEditor(tmp_path / "own.keras")
    assert capsys.readouterr().out.splitlines()[1].startswith("Saved with Keras 2.21.0 - date: 2")
    assert editor.config["class_name"] == "Sequential" and list(editor.weights_dict) == ["layers"]


def test_compares_with_a_model(path, capsys):
    editor = keras.saving.KerasFileEditor(path)
    model = _model()
    model.compile(keras.optimizers.SGD(), "mse")
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 5}
    assert "Found 5 matching weights" in capsys.readouterr().out
    editor.add_object("layers/foo", {"0": np.ones(3)})
    editor.delete_weight("layers/dense", "1")
    editor.add_weights("layers/dense", {"0": np.ones((3, 1))})
    assert editor.compare(model) == {"status": "error", "error_count": 3, "match_count": 3}
    printed = capsys.readouterr().out
    assert "...Weight /layers/dense/1 present in reference model, missing from saved file" in printed
    assert "...Object /layers/foo present in saved file, missing from reference model\n" in printed
    assert "In saved file, /layers/foo contains the following keys: ['0']" in printed
    assert "    In reference model: shape=(3, 2)\n    In saved file: shape=(3, 1)" in printed
    assert "Found 3 errors: saved file is not compatible with the reference model" in printed


def test_edited_files_load(path, tmp_path):
    editor = keras.saving.KerasFileEditor(path)
    editor.delete_object("sequential")
    editor.delete_object("optimizer")
    editor.rename_object("layers/dense", "other")
    editor.add_object("layers/dense", {"0": np.full((3, 2), 2.0), "1": np.full(2, 3.0)})
    editor.rename_object("layers/other", "dense_1")
    editor.add_weights("dense_1", {"0": np.zeros((2, 2), "float32")})
    editor.resave_weights(tmp_path / "new.weights.h5")
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,)), keras.layers.Dense(2)])
    model.load_weights(tmp_path / "new.weights.h5")
    np.testing.assert_array_equal(model.layers[0].kernel, np.full((3, 2), 2.0))
    np.testing.assert_array_equal(model.layers[1].kernel, np.zeros((2, 2)))


def test_what_is_not_there_is_refused(path, tmp_path):
    editor = keras.saving.KerasFileEditor(path)
    with pytest.raises(ValueError, match="occurs more than once"):
        editor.rename_object("dense", "other")
    with pytest.raises(ValueError, match="does not appear in the model"):
        editor.delete_object("nothing")
    with pytest.raises(ValueError, match="Path 'layers/nothing' not found"):
        editor.delete_object("layers/nothing")
    with pytest.raises(ValueError, match="Path 'nothing' not found"):
        editor.add_object("nothing/dense", {})
    with pytest.raises(ValueError, match="leaf name"):
        editor.rename_object("sequential", "a/b")
    with pytest.raises(ValueError, match="should be a dict"):
        editor.add_weights("sequential", [np.ones(1)])
    with pytest.raises(ValueError, match="Weight 7 not found in object layers/dense"):
        editor.delete_weight("layers/dense", "7")
    with pytest.raises(ValueError, match=r"\.weights\.h5` extension"):
        editor.save(tmp_path / "own.h5")
    with pytest.raises(ValueError, match="Invalid filename"):
        keras.saving.KerasFileEditor(tmp_path / "own.h5")
    (tmp_path / "bad.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"0" * 100)
    with pytest.raises(CorruptFileError):
        keras.saving.KerasFileEditor(tmp_path / "bad.weights.h5")
