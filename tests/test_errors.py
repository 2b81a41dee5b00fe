"""Mistakes that everybody makes are refused, saying who, what was expected and received, and what to do."""

import numpy as np
import pytest

import addax as tf
from addax import keras

L = keras.layers
X, Y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


def refused(action, kind, *parts):
    """The message of what `action` raises: of type `kind`, with all `parts` in it."""
    with pytest.raises(kind) as caught:
        action()
    text = str(caught.value)
    for part in parts:
        assert part in text, f"{part!r} is not in:\n{text}"
    return text


def compiled(loss="mse", optimizer="sgd", units=1, activation=None, **options):
    model = keras.Sequential([L.Dense(units, activation=activation, input_shape=(3,), name="out")], name="small")
    model.compile(optimizer, loss, **options)
    return model


def two_outputs():
    inputs = keras.Input((3,))
    return keras.Model(inputs, [L.Dense(1, name="left")(inputs), L.Dense(1, name="right")(inputs)])


# ---------------------------------------------------------------------------- layers


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_a_layer_given_the_wrong_rank(wrap):
    layer = L.Conv2D(2, 3, name="conv")
    refused(
        lambda: wrap(lambda x: layer(x))(tf.ones((8, 8, 3))), ValueError, 'layer "conv" is incompatible',
        "expected min_ndim=4", "found ndim=3", "(8, 8, 3)", "To do: add the missing dimension", "dataset.batch",
    )  # fmt: skip
    refused(lambda: L.LSTM(2)(tf.ones((2, 3))), ValueError, "expected ndim=3", "found ndim=2", "To do: ")
    refused(lambda: L.LSTM(2)(tf.ones((2, 3, 4, 5))), ValueError, "found ndim=4", "To do: drop the dimensions")


def test_a_layer_given_the_wrong_size():
    model = keras.Sequential([L.Dense(2, input_shape=(3,), name="a"), L.Dense(2, name="b")], name="small")
    refused(
        lambda: model(tf.ones((1, 4))), ValueError, 'Input 0 of layer "small" is incompatible',
        "expected shape=(None, 3)", "found shape=(1, 4)", "In layer 'small' (call arguments: float32 (1, 4))",
        "To do: ",
    )  # fmt: skip
    model.compile("sgd", "mse")
    refused(
        lambda: model.fit(np.ones((4, 5), "float32"), Y, verbose=0), ValueError, '"small"', "shape=(None, 3)", "(4, 5)"
    )
    refused(
        lambda: model.predict(np.ones((4, 5), "float32"), verbose=0), ValueError, '"small"', "shape=(None, 3)", "(4, 5)"
    )


def test_a_layer_given_the_wrong_number_of_inputs():
    model = keras.Model([keras.Input((1,), name="p"), q := keras.Input((1,), name="q")], q)
    refused(lambda: model(tf.ones((2, 1))), ValueError, "expects 2 input(s)", "2 tensors, ['p', 'q']", "float32 (2, 1)")
    missing = 'Missing data for input "q"', "keys ['p']", "keys: ['p', 'q']"
    refused(lambda: model({"p": tf.ones((2, 1))}), ValueError, *missing)


# ---------------------------------------------------------------------------- ops


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_shapes_that_do_not_fit(wrap):
    x = tf.ones((2, 3))
    for f in (lambda x: x @ x, lambda x: tf.matmul(x, x)):
        refused(
            lambda f=f: wrap(f)(x), tf.errors.InvalidArgumentError, "tf.matmul (a @ b)", "the inner ones are 3 and 2",
            "a (2, 3) float32, b (2, 3) float32", "To do: transpose",
        )  # fmt: skip
    for f in (lambda x: x + tf.ones((2, 4)), lambda x: tf.ones((2, 4)) * x, lambda x: x - np.ones((2, 4), "float32")):
        refused(
            lambda f=f: wrap(f)(x), tf.errors.InvalidArgumentError, "expected shapes that can be broadcast",
            "float32 (2, 3)", "float32 (2, 4)", "To do: reshape one of them",
        )  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_dtypes_do_not_mix_silently(wrap):
    i, f = tf.constant([1]), tf.constant([1.0])
    for action, name in (
        (lambda i, f: i + f, "tf.add"),
        (lambda i, f: i * f, "tf.multiply"),
        (lambda i, f: i < f, "tf.less"),
    ):
        refused(
            lambda action=action: wrap(action)(i, f), tf.errors.InvalidArgumentError, name, "x int32", "y float32",
            "To do: cast one of them: tf.cast(y, tf.int32) or tf.cast(x, tf.float32)",
        )  # fmt: skip
    refused(lambda: i + 1.5, tf.errors.InvalidArgumentError, "tf.add", "int32", "float32", "tf.cast")


def test_none_is_no_tensor():
    refused(lambda: tf.constant(1.0) + None, ValueError, "tf.add", "None", "To do: ")
    refused(lambda: tf.convert_to_tensor(None), ValueError, "None values are not supported")


# ---------------------------------------------------------------------------- compile


@pytest.mark.parametrize("name", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_training_before_compile(name):
    model = keras.Sequential([L.Dense(1, input_shape=(3,))], name="small")
    refused(
        lambda: getattr(model, name)(X, Y), RuntimeError, "Model 'small': You must compile your model before",
        "not compiled", "To do: call model.compile(optimizer='adam', loss=...)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "what", "given", "nearest"),
    [
        (lambda: compiled(optimizer="adm"), "optimizer", "adm", "adam"),
        (lambda: compiled(loss="mean_sqared_error"), "loss", "mean_sqared_error", "mean_squared_error"),
        (lambda: compiled(metrics=["acuracy"]).fit(X, Y, verbose=0), "metric", "acuracy", "accuracy"),
        (lambda: L.Dense(1, activation="rleu"), "activation", "rleu", "relu"),
        (lambda: L.Dense(1, kernel_initializer="glorot_unifrm"), "initializer", "glorot_unifrm", "glorot_uniform"),
        (lambda: L.Dense(1, kernel_constraint="max_nrm"), "constraint", "max_nrm", "max_norm"),
    ],
)
def test_unknown_names(action, what, given, nearest):
    refused(action, ValueError, f"Unknown {what}", repr(given), f"Did you mean '{nearest}'", "To do: ")


def test_unknown_arguments():
    refused(lambda: L.Dense(1, nam="a"), TypeError, "Dense", "'nam'", "did you mean 'name'?")
    with pytest.warns(UserWarning, match="unknown argument 'optimizers'; did you mean 'optimizer'"):
        compiled(optimizers="adam")
    refused(lambda: compiled(rubbish=1), TypeError, "Model.compile", "rubbish")


def test_losses_that_do_not_match_the_outputs():
    model = two_outputs()
    refused(
        lambda: model.compile("sgd", ["mse"] * 3), ValueError, "Model.compile, loss",
        "one loss for each of the 2 outputs ['left', 'right']", "3 losses", "To do: ",
    )  # fmt: skip
    refused(
        lambda: model.compile("sgd", {"left": "mse", "rigth": "mse"}), ValueError, "Model.compile, loss",
        "['left', 'right']", "'rigth'", "did you mean 'right'?",
    )  # fmt: skip
    refused(
        lambda: model.compile("sgd", "mse", loss_weights={"other": 1.0}),
        ValueError,
        "loss_weights",
        "'other'",
        "To do: ",
    )


def test_targets_that_do_not_match_the_outputs():
    model = two_outputs()
    model.compile("sgd", "mse")
    refused(
        lambda: model.fit(X, Y, verbose=0), ValueError, "y (the targets)", "one entry for each of the 2 outputs",
        "1 (float32 (4, 1))", "To do: pass a list",
    )  # fmt: skip
    refused(lambda: model.fit(X, {"left": Y, "rigth": Y}, verbose=0), ValueError, "'rigth'", "did you mean 'right'?")
    refused(lambda: compiled().fit(X, verbose=0), ValueError, "targets for the output 'out'", "None", "To do: pass y")
    refused(
        lambda: compiled("categorical_crossentropy", units=2).fit(X, np.zeros((4, 5), "float32"), verbose=0),
        ValueError, "tf.keras.losses.categorical_crossentropy", "Shapes (4, 5) and (4, 2) are incompatible",
        "To do: for class indices take sparse_categorical_crossentropy",
    )  # fmt: skip


# ---------------------------------------------------------------------------- data


def test_sizes_that_differ():
    model = compiled()
    before = model.get_weights()
    refused(
        lambda: model.fit(X, Y[:3], verbose=0), ValueError, "Data cardinality is ambiguous (fit)", "x sizes: 4",
        "y sizes: 3", "To do: ",
    )  # fmt: skip
    refused(lambda: model.evaluate(X, Y, sample_weight=np.ones(5), verbose=0), ValueError, "sample_weight sizes: 5")
    refused(lambda: model.fit([X, X[:2]], Y, verbose=0), ValueError, "x sizes: 2, 4")
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_no_data():
    model = compiled()
    refused(
        lambda: model.fit(X[:0], Y[:0], verbose=0),
        ValueError,
        "fit: expected at least one sample",
        "float32 (0, 3)",
        "To do: ",
    )
    refused(lambda: model.predict(X[:0], verbose=0), ValueError, "predict: expected at least one sample", "To do: ")
    empty = tf.data.Dataset.from_tensor_slices((X, Y)).take(0).batch(2)
    refused(lambda: model.fit(empty, verbose=0), ValueError, "the data gave no batch", "To do: ")
    refused(lambda: model.fit(iter([]), verbose=0), ValueError, "the data gave no batch", "To do: ")
    refused(lambda: model.evaluate(empty, verbose=0), ValueError, "the data gave no batch", "To do: ")
    refused(lambda: model.predict(empty, verbose=0), ValueError, "the data gave no batch", "To do: ")
    refused(lambda: model.fit(None, verbose=0), TypeError, "Model.fit, x: expected arrays", "Received: None")


def test_arguments_that_do_not_fit_the_kind_of_data():
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    model = compiled()
    refused(
        lambda: model.fit(data.batch(2), Y, verbose=0), ValueError, "`y` argument is not supported", "yield it from x"
    )
    refused(lambda: model.fit(data, verbose=0), ValueError, "found ndim=1", "dataset.batch(n)")
    refused(lambda: model.fit(data.batch(2).repeat(), verbose=0), ValueError, "infinitely repeating", "steps_per_epoch")
    refused(lambda: model.fit(X, Y, validation_split=2.0, verbose=0), ValueError, "between 0 and 1", "2.0")
    refused(lambda: model.fit(X[:1], Y[:1], validation_split=0.5, verbose=0), ValueError, "1 samples", "0.5")


# ---------------------------------------------------------------------------- labels

BAD = {
    "out of range": np.array([0, 2, 1, 3]),
    "negative": np.array([0, 1, -1, 2]),
    "nan": np.array([0.0, 1.0, np.nan, 2.0]),
}
SAID = {"out of range": "3 which is outside", "negative": "-1 which is outside", "nan": "nan which is outside"}


def batches(y):
    return [(X[:2], y[:2]), (X[2:], y[2:])]


FEEDS = {
    "arrays": lambda y: (X, y),
    "dataset": lambda y: (tf.data.Dataset.from_tensor_slices((X, y)).batch(2),),
    "stream": lambda y: (
        tf.data.Dataset.from_generator(
            lambda: iter(batches(y)), output_signature=(tf.TensorSpec((None, 3)), tf.TensorSpec((None,), y.dtype))
        ),
    ),
    "generator": lambda y: (iter(batches(y)),),
}


@pytest.mark.parametrize("bad", BAD)
def test_labels_that_cannot_be_right_eagerly(bad):
    for loss in (keras.losses.SparseCategoricalCrossentropy(), keras.losses.sparse_categorical_crossentropy):
        refused(
            lambda loss=loss: loss(BAD[bad], np.full((4, 3), 1 / 3, "float32")), tf.errors.InvalidArgumentError,
            "expected class indices from 0 to 2", f"a label value of {SAID[bad]} the valid range of [0, 3)", "To do: ",
        )  # fmt: skip


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("bad", BAD)
def test_labels_that_cannot_be_right_in_fit(bad, feed):
    model = compiled("sparse_categorical_crossentropy", units=3, activation="softmax")
    refused(
        lambda: model.fit(*FEEDS[feed](BAD[bad]), verbose=0), tf.errors.InvalidArgumentError,
        "'sparse_categorical_crossentropy' of the output 'out'", "class indices from 0 to 2", SAID[bad], "To do: ",
    )  # fmt: skip
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    refused(lambda: model.evaluate(*FEEDS[feed](BAD[bad]), verbose=0), tf.errors.InvalidArgumentError, SAID[bad])


def test_labels_of_subclassed_models_and_of_several_outputs():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = L.Dense(3, activation="softmax")

        def call(self, inputs):
            return {"classes": self.dense(inputs), "value": inputs}

    model = Own()
    model.compile("sgd", {"classes": keras.losses.SparseCategoricalCrossentropy(), "value": "mse"})
    labels = {"classes": BAD["out of range"], "value": X}
    refused(
        lambda: model.fit(X, labels, verbose=0),
        tf.errors.InvalidArgumentError,
        "of the output 'classes'",
        "label value of 3",
    )


def test_labels_that_are_ignored_or_never_used_pass():
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    compiled(loss, units=3, activation="softmax").fit(X, BAD["negative"], verbose=0)
    model = compiled("sparse_categorical_crossentropy", units=3, activation="softmax")
    used = tf.data.Dataset.from_tensor_slices((X, BAD["out of range"])).take(3).batch(2)
    assert np.isfinite(model.fit(used, verbose=0).history["loss"]).all()


# ---------------------------------------------------------------------------- tapes, variables


def test_a_used_up_tape():
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = v * v
    tape.gradient(y, v)
    refused(lambda: tape.gradient(y, v), RuntimeError, "GradientTape.gradient", "can be used once", "persistent=True")


def test_assigning_a_wrong_shape_or_dtype():
    v = tf.Variable([1.0, 2.0], name="w")
    refused(
        lambda: v.assign([1.0]), ValueError, "Variable 'w:0', assign", "expected shape (2,)", "shape (1,)", "To do: "
    )
    refused(lambda: v.assign_add([1.0, 2.0, 3.0]), ValueError, "'w:0', assign_add", "(2,)", "(3,)", "To do: ")
    refused(lambda: v.assign(tf.constant([1, 2])), ValueError, "dtype float32", "int32 (2,)", "To do: cast it")
    assert v.numpy().tolist() == [1.0, 2.0]
    layer = L.Dense(2, name="out")
    layer.build((None, 3))
    refused(lambda: layer.set_weights([np.ones((3, 2))]), ValueError, "'out'", "length 1", "expecting 2 weights")
    refused(lambda: layer.set_weights([np.ones((2, 2)), np.ones(2)]), ValueError, "'out'", "(3, 2)", "(2, 2)", "kernel")


# ---------------------------------------------------------------------------- files


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model"])
def test_a_missing_file(tmp_path, name):
    for load in (keras.models.load_model, compiled().load_weights):
        text = refused(
            lambda load=load: load(tmp_path / name), OSError, "No file or directory found at", name, "To do: "
        )
        assert "there is no folder" not in text
    refused(lambda: keras.models.load_model(tmp_path / "no" / name), OSError, f"there is no folder {tmp_path / 'no'}")
    (tmp_path / "modle.keras").write_bytes(b"")
    if name == "model.keras":
        refused(lambda: keras.models.load_model(tmp_path / name), OSError, "did you mean 'modle.keras'?")


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.weights.h5"])
def test_a_broken_file(tmp_path, name):
    path = tmp_path / name
    model = compiled()
    load = model.load_weights if "weights" in name else keras.models.load_model
    path.write_bytes(b"not a model")
    refused(lambda: load(path), (ValueError, OSError), str(path), "expected", "11 bytes of something else", "To do: ")
    path.unlink()
    (model.save_weights if "weights" in name else model.save)(path)
    whole, before = path.read_bytes(), model.get_weights()
    path.write_bytes(whole[: len(whole) // 2])
    refused(lambda: load(path), (ValueError, OSError), str(path))
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_weights_of_another_model(tmp_path):
    path = tmp_path / "a.weights.h5"
    compiled(units=2).save_weights(path)
    model = compiled()
    before = model.get_weights()
    refused(
        lambda: model.load_weights(path), ValueError, str(path), "does not fit the variable", "expected shape (3, 1)",
        "received shape (3, 2)", "Nothing was changed", "To do: ",
    )  # fmt: skip
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
