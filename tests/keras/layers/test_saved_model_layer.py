"""TFSMLayer, and exporting with the arguments of Keras 3."""

import numpy as np
import pytest

import addax as tf
from addax import keras


def _model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5)])
    model.set_weights([np.arange(6.0).reshape(3, 2), np.ones(2)])
    return model


def test_calls_an_export(tmp_path, capsys):
    x, model = np.ones((2, 3), "float32"), _model()
    model.export(tmp_path / "m", verbose=True, input_signature=[keras.InputSpec(shape=(None, 3), dtype="float32")])
    assert "serve" in capsys.readouterr().out
    layer = keras.layers.TFSMLayer(str(tmp_path / "m"))
    np.testing.assert_allclose(layer(x), model(x))
    assert [tuple(w.shape) for w in layer.trainable_weights] == [(3, 2), (2,)]
    inputs = keras.Input((3,))
    outer = keras.Model(inputs, keras.layers.Dense(1)(layer(inputs)))
    assert outer.predict(x, verbose=0).shape == (2, 1)
    with pytest.raises(ValueError, match="disallowed"):
        keras.layers.TFSMLayer.from_config(layer.get_config())
    again = keras.layers.TFSMLayer.from_config(layer.get_config(), safe_mode=False)
    np.testing.assert_allclose(again(x), model(x))
    with pytest.raises(ValueError, match="'other' is neither"):
        keras.layers.TFSMLayer(str(tmp_path / "m"), call_endpoint="other")
    with pytest.raises(ValueError, match="tf_saved_model"):
        model.export(tmp_path / "m", format="onnx")


def test_a_function_for_training(tmp_path):
    archive, model = keras.export.ExportArchive(), _model()
    serve = archive.track_and_add_endpoint("serve", model)
    archive.add_endpoint("train", lambda x: model(x, training=False) * 2.0, [tf.TensorSpec((None, 3))])
    archive.write_out(tmp_path / "m")
    x = tf.ones((1, 3))
    layer = keras.layers.TFSMLayer(str(tmp_path / "m"), call_training_endpoint="train")
    np.testing.assert_allclose(layer(x), serve(x))
    np.testing.assert_allclose(layer(x, training=True), serve(x) * 2.0)
