"""What is saved comes back: by every form of path, with optimizer state, compile settings, and the user's objects."""

import json
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
FORMS = ["model.keras", "model.h5", "model.hdf5", "model"]


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")


def small(optimizer=None, **compile_arguments):
    model = tf.keras.Sequential(
        [L.Dense(3, activation="relu", input_shape=(4,), name="first"), L.BatchNormalization(name="norm"),
         L.Dense(2, name="last")], name="small",
    )  # fmt: skip
    model.compile(optimizer or tf.keras.optimizers.Adam(0.01), **({"loss": "mse"} | compile_arguments))
    return model


def trained(*args, **kwargs):
    model = small(*args, **kwargs)
    model.fit(*data(), epochs=2, batch_size=4, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("form", FORMS)
def test_training_goes_on_where_it_was(form, tmp_path):
    x, y = data()
    model = trained(metrics=["mae"])
    path = str(tmp_path / form)
    model.save(path)
    copy = tf.keras.models.load_model(path)
    np.testing.assert_array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))
    assert int(copy.optimizer.iterations) == 4
    for a, b in zip(copy.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert copy.evaluate(x, y, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)
    first = model.fit(x, y, epochs=1, batch_size=4, shuffle=False, verbose=0).history["loss"]
    again = copy.fit(x, y, epochs=1, batch_size=4, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(again, first, rtol=1e-6)
    for a, b in zip(copy.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: tf.keras.optimizers.SGD(tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), momentum=0.9),
        lambda: tf.keras.optimizers.RMSprop(0.01, clipnorm=1.0),
        lambda: tf.keras.optimizers.AdamW(0.01, weight_decay=0.02),
        lambda: tf.keras.optimizers.legacy.Adam(0.01),
    ],
)
def test_optimizers(form, optimizer, tmp_path):
    model = trained(optimizer())
    path = str(tmp_path / form)
    model.save(path)
    copy = tf.keras.models.load_model(path)
    assert type(copy.optimizer) is type(model.optimizer)
    assert tf.keras.optimizers.serialize(copy.optimizer) == tf.keras.optimizers.serialize(model.optimizer)
    assert int(copy.optimizer.iterations) == 4


@pytest.mark.parametrize("form", FORMS)
def test_compile_settings(form, tmp_path):
    a, b = tf.keras.Input((2,), name="a"), tf.keras.Input((2,), name="b")
    model = tf.keras.Model([a, b], [L.Dense(1, name="p")(a), L.Dense(3, name="q")(b)])
    model.compile(
        "rmsprop",
        loss={"p": "mse", "q": tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)},
        loss_weights={"p": 2.0, "q": 0.5},
        metrics={"p": ["mae", tf.keras.metrics.MeanSquaredError(name="again")]},
        weighted_metrics=["mse"],
    )
    x = [np.ones((4, 2), "float32"), np.ones((4, 2), "float32")]
    y = {"p": np.ones((4, 1), "float32"), "q": np.eye(4, 3, dtype="float32")}
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    path = str(tmp_path / form)
    model.save(path)
    found = tf.keras.models.load_model(path).evaluate(x, y, verbose=0, return_dict=True)
    assert list(found) == list(expected)
    np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_without_compiling(form, tmp_path):
    path = str(tmp_path / form)
    trained().save(path)
    assert tf.keras.models.load_model(path, compile=False).optimizer is None


@pytest.mark.parametrize("form", FORMS)
def test_objects_of_the_users(form, tmp_path):
    class Scale(L.Layer):
        def __init__(self, start=2.0, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, shape):
            self.scale = self.add_weight(
                "scale", shape=(shape[-1],), initializer=tf.keras.initializers.Constant(self.start)
            )

        def call(self, inputs):
            return inputs * self.scale

        def get_config(self):
            return {**super().get_config(), "start": self.start}

    def strange_loss(y_true, y_pred):
        return tf.reduce_mean(tf.abs(y_true - y_pred) ** 3, -1)

    model = tf.keras.Sequential([L.Dense(2, input_shape=(4,)), Scale(3.0, name="scale")])
    model.compile("sgd", strange_loss)
    x, y = data()
    model.fit(x, y, verbose=0)
    path = str(tmp_path / form)
    model.save(path)
    if form == "model":  # its functions were traced
        with pytest.warns(UserWarning, match="Scale"):
            revived = tf.keras.models.load_model(path, compile=False)
        np.testing.assert_allclose(revived(x), model(x), rtol=1e-6)
    else:
        with pytest.raises(TypeError, match="Scale"):
            tf.keras.models.load_model(path)
    copy = tf.keras.models.load_model(path, custom_objects={"Scale": Scale, "strange_loss": strange_loss})
    assert copy.evaluate(x, y, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0))
    with tf.keras.utils.custom_object_scope({"Scale": Scale, "strange_loss": strange_loss}):
        assert tf.keras.models.load_model(path).layers[1].start == 3.0


@pytest.mark.parametrize("form", FORMS)
def test_shared_layers_nested_models_and_policies(form, tmp_path):
    x = tf.keras.Input((4,), name="x")
    inner = tf.keras.Sequential([L.Dense(4, activation="tanh"), L.BatchNormalization()], name="inner")
    shared = L.Dense(4, name="shared", dtype="mixed_bfloat16")
    model = tf.keras.Model(x, L.Dense(1, dtype="float64")(L.add([inner(shared(x)), inner(x)])))
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    path = str(tmp_path / form)
    model.save(path)
    copy = tf.keras.models.load_model(path, compile=False)
    assert copy.get_layer("shared").dtype_policy.name == "mixed_bfloat16"
    assert len(copy.weights) == len(model.weights)
    np.testing.assert_array_equal(copy(data()[0]).numpy(), model(data()[0]).numpy())


def test_a_registered_subclassed_model(tmp_path):
    @tf.keras.saving.register_keras_serializable("tests")
    class Twin(tf.keras.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.zebra = L.Dense(units)
            self.rest = [L.Dense(units), L.Dense(1)]

        def call(self, inputs):
            x = self.zebra(inputs)
            for layer in self.rest:
                x = layer(x)
            return x

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    model = Twin(5)
    model.compile("adam", "mse")
    x, _ = data()
    model.fit(x, np.ones((8, 1)), verbose=0)
    path = str(tmp_path / "twin.keras")
    model.save(path)
    copy = tf.keras.models.load_model(path)
    assert isinstance(copy, Twin) and copy.units == 5
    np.testing.assert_array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))
    assert int(copy.optimizer.iterations) == 1


def test_own_ways_of_saving(tmp_path):
    class Table(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.words = []

        def call(self, inputs):
            return inputs

        def save_own_variables(self, store):
            store["numbers"] = np.array([1.0, 2.0])

        def load_own_variables(self, store):
            self.numbers = np.asarray(store["numbers"])

        def save_assets(self, folder):
            with open(os.path.join(folder, "words.txt"), "w") as file:
                file.write("\n".join(self.words))

        def load_assets(self, folder):
            with open(os.path.join(folder, "words.txt")) as file:
                self.words = file.read().split("\n")

    layer = Table(name="table")
    layer.words = ["a", "b"]
    model = tf.keras.Sequential([L.InputLayer((2,)), layer])
    path = str(tmp_path / "table.keras")
    model.save(path)
    assert "assets/layers/table/words.txt" in zipfile.ZipFile(path).namelist()
    copy = tf.keras.models.load_model(path, custom_objects={"Table": Table})
    assert copy.layers[0].words == ["a", "b"]
    np.testing.assert_array_equal(copy.layers[0].numbers, [1.0, 2.0])


def test_the_layout_of_archives(tmp_path):
    path = str(tmp_path / "m.keras")
    trained().save(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        with archive.open("model.weights.h5") as file, h5py.File(file) as weights:
            assert weights["layers/dense_1/vars/0"].shape == (3, 2)
            assert weights["layers/batch_normalization/vars/3"].shape == (3,)
            assert weights["optimizer/vars/0"][()] == 4
            assert "vars" in weights and "metrics/mean/vars/1" in weights


def test_the_layout_of_hdf5_files(tmp_path):
    path = str(tmp_path / "m.h5")
    trained().save(path)
    with h5py.File(path) as file:
        assert {"keras_version", "backend", "model_config", "training_config"} <= set(file.attrs)
        assert list(file["model_weights"].attrs["layer_names"]) == ["first", "norm", "last"]
        assert file["model_weights/first/first/kernel:0"].shape == (4, 3)
        assert list(file["model_weights/first"].attrs["weight_names"]) == ["first/kernel:0", "first/bias:0"]
        assert file["optimizer_weights/iteration:0"][()] == 4


def test_include_optimizer(tmp_path):
    for form in ("m.h5", "m"):
        path = str(tmp_path / form)
        trained().save(path, include_optimizer=False)
        if form == "m.h5":
            with pytest.warns(UserWarning, match="No training configuration"):
                assert tf.keras.models.load_model(path).optimizer is None
        else:
            assert tf.keras.models.load_model(path).optimizer is None
    with pytest.raises(ValueError, match="include_optimizer"):
        small().save(str(tmp_path / "m.keras"), include_optimizer=False)


def test_save_format(tmp_path):
    model = small()
    model.save(str(tmp_path / "one"), save_format="h5")
    assert h5py.is_hdf5(tmp_path / "one")
    assert tf.keras.models.load_model(str(tmp_path / "one")).name == "small"
    model.save(str(tmp_path / "two"), save_format="tf")
    assert (tmp_path / "two").is_dir()
    with pytest.raises(ValueError, match="Unknown `save_format`"):
        model.save(str(tmp_path / "three"), save_format="pickle")
    with pytest.raises(ValueError, match=r"`\.keras` extension"):
        model.save(str(tmp_path / "three"), save_format="keras")


def test_other_files_of_a_folder_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    small().save(str(tmp_path))
    small().save(str(tmp_path))
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == [
        "assets", "fingerprint.pb", "keras_metadata.pb", "notes.txt", "saved_model.pb", "variables",
    ]  # fmt: skip


def test_overwrite_asks(tmp_path, monkeypatch):
    path = str(tmp_path / "m.keras")
    small().save(path)
    before = os.stat(path).st_mtime_ns
    answers = iter(["what?", "n"])
    monkeypatch.setattr("builtins.input", lambda text: next(answers))
    small().save(path, overwrite=False)
    assert os.stat(path).st_mtime_ns == before


def test_a_failed_save_leaves_the_old_file(tmp_path):
    class Broken(L.Layer):
        def call(self, inputs):
            return inputs

        def save_own_variables(self, store):
            raise RuntimeError("disk on fire")

    for form in ("m.keras", "a.weights.h5"):
        path = str(tmp_path / form)
        model = small()
        model.save(path) if form.endswith("keras") else model.save_weights(path)
        before = Path(path).read_bytes()
        bad = tf.keras.Sequential([L.InputLayer((2,)), Broken()])
        with pytest.raises(RuntimeError, match="on fire"):
            bad.save(path) if form.endswith("keras") else bad.save_weights(path)
        assert Path(path).read_bytes() == before
        assert [name for name in os.listdir(tmp_path) if "partial" in name] == []


def test_lambdas_need_trust(tmp_path):
    model = tf.keras.Sequential([L.InputLayer((2,)), L.Lambda(lambda x: x * 3.0, name="triple")])
    for form in FORMS:
        path = str(tmp_path / form)
        model.save(path)
        for safe in (True, None):
            with pytest.raises(ValueError, match="safe_mode=False"):
                tf.keras.models.load_model(path, safe_mode=safe)
        copy = tf.keras.models.load_model(path, safe_mode=False, compile=False)
        np.testing.assert_allclose(copy(np.ones((1, 2), "float32")), [[3.0, 3.0]])
    with pytest.raises(ValueError, match="lambda"):
        tf.keras.models.model_from_json(model.to_json())


def test_sequential_models_in_sequential_models_of_hdf5_files_of_keras_2(tmp_path):
    """Keras 2 describes an inner model's layers by module and class there; a model's module says nothing of layers."""
    inner = [tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))]), tf.keras.layers.Dense(2)]
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.Sequential(inner)])
    path = str(tmp_path / "a.h5")
    model.save(path)
    with h5py.File(path, "a") as file:
        config = json.loads(file.attrs["model_config"])
        (nested,) = [each for each in config["config"]["layers"] if each["class_name"] == "Sequential"]
        (deepest,) = [each for each in nested["config"]["layers"] if each["class_name"] == "Sequential"]
        deepest.update(module="keras", registered_name=None, build_config={"input_shape": [None, 3]})
        file.attrs["model_config"] = json.dumps(config)
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(tf.keras.models.load_model(path, compile=False).predict(x, verbose=0), model(x))


def test_metrics_in_hdf5_files_are_those_that_the_outputs_called_for(tmp_path):
    inputs = tf.keras.Input((2,))
    outputs = [tf.keras.layers.Dense(3, name="a")(inputs), tf.keras.layers.Dense(1, name="b")(inputs)]
    model = tf.keras.Model(inputs, outputs)
    losses = [tf.keras.losses.SparseCategoricalCrossentropy(True), "mse"]
    model.compile("sgd", losses, metrics=[["acc"], ["mae"]], weighted_metrics=[[], ["mse"]])
    path = str(tmp_path / "m.h5")
    model.save(path)  # nothing is known of the targets yet
    assert json.loads(h5py.File(path).attrs["training_config"])["metrics"] == [["acc"], ["mae"]]
    x, y = np.ones((4, 2)), [np.array([[0], [1], [2], [1]]), np.ones((4, 1))]
    wanted = model.evaluate(x, y, verbose=0, return_dict=True)
    model.save(path)
    found = json.loads(h5py.File(path).attrs["training_config"])
    assert found["metrics"][0] == [
        {"class_name": "MeanMetricWrapper", "config": {"name": "a_acc", "dtype": "float32",
                                                       "fn": "sparse_categorical_accuracy"}}
    ]  # fmt: skip
    assert found["weighted_metrics"][1][0]["config"]["name"] == "b_mse"
    loaded = tf.keras.models.load_model(path)
    assert loaded.evaluate(x, y, verbose=0, return_dict=True) == wanted


def test_calls_of_models_inside_are_written_once_where_a_model_has_losses_of_its_own(tmp_path):
    inputs = tf.keras.Input((2,))
    inner = tf.keras.Sequential([tf.keras.layers.Dense(2)], name="inner")
    for own_loss, calls in ((False, 2), (True, 1)):  # Keras 2 would run the second one
        model = tf.keras.Model(inputs, inner(inputs))
        if own_loss:
            model.add_loss(tf.reduce_mean(model.output))
        model.save(str(tmp_path / "m.keras"))
        with zipfile.ZipFile(tmp_path / "m.keras") as archive:
            layers = json.loads(archive.read("config.json"))["config"]["layers"]
        assert [len(each["inbound_nodes"]) for each in layers if each["name"] == "inner"] == [calls]
        inner._inbound_nodes.clear()
