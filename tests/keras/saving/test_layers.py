"""Layers whose state is more than variables, and wrappers, in every form of file."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
FORMS = ["model.keras", "model.h5", "model"]
WORDS = tf.constant([["a"], ["b"], ["z"]])
TEXTS = tf.constant([["hello x"], ["q world"], [""]])


def adapted(layer, values, dtype):
    layer.adapt(np.array(values))
    return tf.keras.Sequential([tf.keras.Input((1,), dtype=dtype), layer])


def normalized():
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(0).normal(3, 2, size=(50, 3)))
    return tf.keras.Sequential([tf.keras.Input((3,)), layer, L.Dense(2)])


CASES = {
    "string_lookup": (lambda: adapted(L.StringLookup(), ["a", "b", "a", "c"], "string"), WORDS),
    "string_lookup_given": (
        lambda: tf.keras.Sequential([tf.keras.Input((1,), dtype="string"), L.StringLookup(vocabulary=["a", "b"])]),
        WORDS,
    ),
    "one_hot_lookup": (lambda: adapted(L.StringLookup(output_mode="one_hot"), ["a", "b", "a"], "string"), WORDS),
    "integer_lookup": (
        lambda: adapted(L.IntegerLookup(), [1, 2, 2, 7], "int64"), tf.constant([[1], [7], [9]], dtype=tf.int64),
    ),
    "text_vectorization": (
        lambda: adapted(L.TextVectorization(output_sequence_length=4), ["hello world", "world x"], "string"), TEXTS,
    ),
    "tf_idf": (lambda: adapted(L.TextVectorization(output_mode="tf_idf"), ["hello world", "world x"], "string"), TEXTS),
    "discretization": (
        lambda: adapted(L.Discretization(num_bins=4), np.arange(20.0), "float32"), tf.constant([[1.0], [15.0]]),
    ),
    "normalization": (normalized, tf.ones((2, 3))),
    "recurrent": (
        lambda: tf.keras.Sequential([
            tf.keras.Input((5, 3)), L.Bidirectional(L.LSTM(2, return_sequences=True)), L.TimeDistributed(L.Dense(2)),
            L.RNN([L.GRUCell(2), L.LSTMCell(3)]),
        ]), tf.ones((2, 5, 3)),
    ),
    "images": (
        lambda: tf.keras.Sequential([
            tf.keras.Input((3, 4, 4, 1)), L.ConvLSTM2D(2, 2), L.LocallyConnected2D(2, 2), L.SeparableConv2D(2, 1),
            L.PReLU(),
        ]), tf.ones((2, 3, 4, 4, 1)),
    ),
    "norms": (
        lambda: tf.keras.Sequential([
            tf.keras.Input((6, 8)), L.UnitNormalization(), L.GroupNormalization(2), L.LayerNormalization(),
            L.EinsumDense("abc,cd->abd", output_shape=(None, 3)),
        ]), tf.ones((2, 6, 8)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_same_outputs(name, form, tmp_path):
    make, inputs = CASES[name]
    model = make()
    expected = model(inputs).numpy()
    path = str(tmp_path / form)
    model.save(path)
    found = tf.keras.models.load_model(path, compile=False)(inputs).numpy()
    np.testing.assert_array_equal(found, expected)


def preprocessed(shift):
    """A model of layers that look at data; what they saw differs by `shift`, the words do not."""
    bins, words = L.Discretization(num_bins=4, name="bins"), L.StringLookup(output_mode="tf_idf", name="words")
    moments = L.Normalization(name="moments")
    bins.adapt(np.arange(20.0)[:, None] + shift)
    words.adapt(tf.constant([["a", "b"], ["a", "b"], ["c", "b"]] + [["b", "b"]] * shift))
    moments.adapt(np.arange(9.0)[:, None] * (shift + 1))
    x, text = tf.keras.Input((1,), name="x"), tf.keras.Input((2,), dtype="string", name="text")
    return tf.keras.Model([x, text], [bins(x), moments(x), words(text)])


@pytest.mark.parametrize("form", ["w.weights.h5", "w.h5", "w", "w.safetensors"])
def test_weights_of_what_was_adapted(form, tmp_path):
    inputs = [np.array([[1.0], [8.0], [19.0]]), np.array([["a", "b"], ["c", "zz"], ["a", "a"]])]
    model, other = preprocessed(0), preprocessed(7)
    assert [tuple(each.shape) for each in model.layers[2].weights] == [(2, None)] and model.count_params() == 4
    model.save_weights(str(tmp_path / form))
    wanted = [each.numpy() for each in model(inputs)]
    assert not all(np.allclose(a, b) for a, b in zip(other(inputs), wanted, strict=True))
    status = other.load_weights(str(tmp_path / form))
    if form == "w":
        status.assert_consumed()
    for found, want in zip(other(inputs), wanted, strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-6)


def test_archives_of_keras_2_keep_bins_and_vocabularies_apart_from_the_config(tmp_path, monkeypatch):
    """Keras 2 writes the summary of bins as a weight and vocabularies as assets; neither is in its config."""
    from addax.keras.saving import adapted as filled_in

    model = preprocessed(0)
    inputs = [np.array([[1.0], [8.0]]), np.array([["a", "b"], ["c", "zz"]])]
    monkeypatch.setattr(filled_in, "fill_in", lambda config, model, every_mode: config)
    monkeypatch.setattr(filled_in, "has_bins", lambda layer: False)
    model.save(tmp_path / "m.keras")
    loaded = tf.keras.models.load_model(tmp_path / "m.keras")
    for found, want in zip(loaded(inputs), model(inputs), strict=True):
        np.testing.assert_allclose(found, want)


@pytest.mark.parametrize("form", FORMS)
def test_loss_scaling(form, tmp_path):
    model = tf.keras.Sequential([L.Dense(2, input_shape=(3,), dtype="mixed_float16"), L.Dense(1)])
    model.compile(tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.Adam(), initial_scale=64.0), "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    model.optimizer._current_loss_scale.assign(16.0)
    path = str(tmp_path / form)
    model.save(path)
    copy = tf.keras.models.load_model(path)
    assert type(copy.optimizer) is type(model.optimizer)
    assert int(copy.optimizer.iterations) == 1
    for a, b in zip(copy.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    if form != "model.h5":  # Keras 2's HDF5 files have no place for the scale
        assert float(copy.optimizer.loss_scale) == 16.0
