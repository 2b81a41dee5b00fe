"""Keras models as SavedModel folders, ExportArchive, and weights as safetensors."""

import os

import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError

L = tf.keras.layers


def two_inputs():
    a, b = tf.keras.Input((3,), name="a"), tf.keras.Input((2,), name="b")
    joined = L.Concatenate()([L.Dense(2, name="first")(a), b])
    return tf.keras.Model({"a": a, "b": b}, {"y": L.Dense(1, name="y")(joined)})


class Twice(tf.keras.Model):
    """A model of one's own, without a config."""

    def __init__(self, units=2):
        super().__init__()
        self.dense = L.Dense(units)
        self.drop = L.Dropout(0.5)

    def call(self, inputs, training=False):
        self.add_loss(tf.reduce_mean(inputs) * 2.5)
        return self.drop(self.dense(inputs), training=training) * 2.0

    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def described(self, x):
        return {"twice": self(x)}


def test_folders_serve_without_the_class(tmp_path):
    model = two_inputs()
    path = str(tmp_path / "m")
    model.save(path)
    assert sorted(os.listdir(path)) == ["assets", "fingerprint.pb", "keras_metadata.pb", "saved_model.pb", "variables"]
    inputs = {"a": tf.ones([4, 3]), "b": tf.ones([4, 2])}
    loaded = tf.saved_model.load(path)
    np.testing.assert_allclose(loaded(inputs)["y"], model(inputs)["y"], rtol=1e-6)
    served = loaded.signatures["serving_default"](**inputs)
    np.testing.assert_allclose(served["y"], model(inputs)["y"], rtol=1e-6)
    assert [each.name for each in loaded.variables] == [each.name for each in model.variables]
    again = tf.keras.models.load_model(path)
    np.testing.assert_allclose(again(inputs)["y"], model(inputs)["y"], rtol=1e-6)
    assert type(again).__name__ == "Functional"


def test_subclassed_models(tmp_path):
    model = Twice()
    model(tf.ones([1, 3]))
    path = str(tmp_path / "m")
    model.save(path)
    loaded = tf.saved_model.load(path)
    np.testing.assert_allclose(loaded(tf.ones([2, 3])), model(tf.ones([2, 3])))
    np.testing.assert_allclose(loaded.described(tf.ones([2, 3]))["twice"], model(tf.ones([2, 3])))
    assert list(loaded.signatures["serving_default"](tf.ones([2, 3]))) == ["output_1"]
    outputs, losses = loaded.keras_api.call_and_return_conditional_losses(tf.ones([2, 3]), False)  # for Keras 2
    np.testing.assert_allclose(outputs, model(tf.ones([2, 3])))
    assert [float(loss) for loss in losses] == [2.5]
    dropped = loaded(tf.ones([200, 3]), training=True).numpy()
    assert 0.2 < np.mean(dropped == 0) < 0.8
    revived = tf.keras.models.load_model(path)
    assert type(revived).__name__ == "Twice" and not isinstance(revived, Twice)
    np.testing.assert_allclose(revived.predict(np.ones((2, 3)), verbose=0), model(tf.ones([2, 3])), rtol=1e-6)
    model.save(str(tmp_path / "n"), save_traces=False)
    with pytest.raises(ValueError, match="no config"):
        tf.keras.models.load_model(str(tmp_path / "n"))
    fresh = Twice()
    fresh(tf.ones([1, 3]))
    fresh.load_weights(path).expect_partial()
    np.testing.assert_allclose(fresh(tf.ones([2, 3])), model(tf.ones([2, 3])))


def test_revived_models_train_on(tmp_path):
    model = Twice(1)
    model.compile(tf.keras.optimizers.SGD(0.001, momentum=0.5), "mse")
    x, y = np.ones((4, 3)), np.ones((4, 1))
    model.build((None, 3))
    model.dense.kernel.assign(np.full((3, 1), 3.0))  # far off, and stays so: it gets better whatever is dropped
    model.fit(x, y, verbose=0)
    model.save(str(tmp_path / "m"))
    revived = tf.keras.models.load_model(str(tmp_path / "m"))
    assert int(revived.optimizer.iterations) == 1 and revived.name == model.name
    assert [each.name for each in revived.trainable_variables] == [each.name for each in model.trainable_variables]
    before = revived.evaluate(x, y, verbose=0)
    revived.fit(x, y, epochs=20, verbose=0)
    assert revived.evaluate(x, y, verbose=0) < before and int(revived.optimizer.iterations) == 21


def test_trained_further_without_the_class(tmp_path):
    model = tf.keras.Sequential([L.Dense(1, input_shape=(3,))])
    model.save(str(tmp_path / "m"))
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    x, y, losses = tf.ones([4, 3]), tf.ones([4, 1]) * 3.0, []
    for _ in range(20):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((loaded(x, training=True) - y) ** 2)
        for variable, grad in zip(
            loaded.trainable_variables, tape.gradient(loss, loaded.trainable_variables), strict=True
        ):
            variable.assign_sub(0.1 * grad)
        losses.append(float(loss))
    assert losses[-1] < losses[0] / 100


def test_options(tmp_path):
    model = tf.keras.Sequential([L.Dense(1, input_shape=(3,))])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    path = str(tmp_path / "m")
    model.save(path, include_optimizer=False, save_traces=False)
    names = [name for name, _ in tf.train.list_variables(path + "/variables/variables")]
    assert not any("optimizer" in name for name in names)
    assert tf.keras.models.load_model(path).optimizer is None
    loaded = tf.saved_model.load(path)
    assert not loaded.signatures and not callable(loaded)
    serve = tf.function(lambda x: {"sum": tf.reduce_sum(model(x))}, input_signature=[tf.TensorSpec([None, 3])])
    model.save(path, signatures={"sum": serve})
    assert list(tf.saved_model.load(path).signatures) == ["sum"]
    assert int(tf.keras.models.load_model(path).optimizer.iterations) == 1


def test_vocabularies_of_tables(tmp_path, monkeypatch):
    """As TensorFlow's files have them: in tables, not in the config."""
    from addax.checkpoint.saved_model.graph_tables import Table
    from addax.checkpoint.saved_model.restored import RestoredObject
    from addax.core import dtypes
    from addax.keras.saving import saved_tables

    table = Table(dtypes.string, dtypes.int64)
    table.fill(np.array([b"b", b"a"], object), np.array([2, 1]))
    lookup, weighed, root = RestoredObject("l"), RestoredObject("l"), RestoredObject("m")
    lookup._set("lookup_table", table)
    weighed._set("lookup_table", table)
    weighed._set("idf_weights", tf.Variable([0.5, 1.0, 2.0, 0.0, 0.0]))  # padded to max_tokens
    root._set("layer-0", lookup)
    root._set("layer-1", weighed)
    tf_idf = {"name": "w", "vocabulary": None, "output_mode": "tf_idf", "pad_to_max_tokens": True}
    wanted = {
        "root.layer-0": {"class_name": "StringLookup", "config": {"name": "l", "vocabulary": None}},
        "root.layer-1": {"class_name": "StringLookup", "config": tf_idf},
    }
    monkeypatch.setattr(saved_tables, "_without_contents", lambda folder: wanted)
    monkeypatch.setattr(saved_tables, "load", lambda folder: root)
    config = {"layers": [{k: dict(v) if k == "config" else v for k, v in each.items()} for each in wanted.values()]}
    found = saved_tables.fill_in(config, "m")["layers"]
    assert found[0]["config"]["vocabulary"] == ["a", "b"]
    assert found[1]["config"]["vocabulary"] == ["[UNK]", "a", "b"]
    assert found[1]["config"]["idf_weights"] == [0.5, 1.0, 2.0]


def test_export_archive(tmp_path):
    model = two_inputs()
    archive = tf.keras.export.ExportArchive()
    with pytest.raises(ValueError, match="No endpoints"):
        archive.write_out(str(tmp_path / "a"))
    archive.track(model)
    specs = {"a": tf.TensorSpec([None, 3]), "b": tf.TensorSpec([None, 2])}
    archive.add_endpoint("run", model.call, input_signature=[specs])
    extra = tf.Variable(3.0)
    traced = tf.function(lambda x: x * extra)
    with pytest.raises(ValueError, match="has never been called"):
        archive.add_endpoint("times", traced)
    traced(tf.constant([1.0, 2.0]))
    archive.add_endpoint("times", traced)
    archive.add_variable_collection("mine", [extra])
    for wrong, message in (
        (lambda: archive.add_endpoint("run", traced), "already taken"),
        (lambda: archive.add_endpoint("other", lambda x: x), "must provide an `input_signature`"),
        (lambda: archive.add_variable_collection("x", extra), "list/tuple/set"),
        (lambda: archive.add_variable_collection("x", [1]), "`tf.Variable` instances"),
        (lambda: archive.track(3), "Invalid resource type"),
        (lambda: archive.track(L.Dense(2)), "not yet been built"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()
    archive.write_out(str(tmp_path / "a"))
    loaded = tf.saved_model.load(str(tmp_path / "a"))
    inputs = {"a": tf.ones([2, 3]), "b": tf.ones([2, 2])}
    np.testing.assert_allclose(loaded.run(inputs)["y"], model(inputs)["y"], rtol=1e-6)
    assert loaded.times(tf.constant([1.0, 2.0])).numpy().tolist() == [3.0, 6.0]
    assert sorted(loaded.signatures) == ["run", "serving_default", "times"]
    assert len(loaded.variables) == 4 and len(loaded.trainable_variables) == 4 and loaded.non_trainable_variables == []
    assert float(loaded.mine[0]) == 3.0
    with pytest.raises(ValueError, match="never called"):
        Twice().export(str(tmp_path / "b"))
    model.export(str(tmp_path / "b"))
    np.testing.assert_allclose(
        tf.saved_model.load(str(tmp_path / "b")).serve(inputs)["y"], model(inputs)["y"], rtol=1e-6
    )


def test_save_spec():
    model = tf.keras.Sequential([L.Dense(2, input_shape=(3,))])
    ((spec,), kwargs) = model.save_spec()
    assert spec.shape.as_list() == [None, 3] and kwargs == {}
    own = Twice()
    assert own.save_spec() is None
    own(tf.ones([4, 3]))
    assert own.save_spec()[0][0] == tf.TensorSpec([None, 3])
    assert own.save_spec(dynamic_batch=False)[0][0] == tf.TensorSpec([4, 3])


# ---------------------------------------------------------------------------- safetensors


def small(units=2):
    return tf.keras.Sequential([
        L.Dense(units, input_shape=(3,), name="d"), L.BatchNormalization(name="n"),
        L.Dense(1, dtype="bfloat16", name="e"),
    ])  # fmt: skip


def test_safetensors(tmp_path):
    pytest.importorskip("safetensors")
    from safetensors.numpy import load_file

    model, path = small(), str(tmp_path / "w.safetensors")
    model.save_weights(path)
    assert sorted(load_file(path)) == [
        "d/bias", "d/kernel", "e/bias", "e/kernel", "n/beta", "n/gamma", "n/moving_mean", "n/moving_variance",
    ]  # fmt: skip
    assert os.listdir(tmp_path) == ["w.safetensors"] and os.stat(path).st_mode & 0o600 == 0o600
    copy = small()
    os.rename(path, tmp_path / "other")  # the contents say what it is
    copy.load_weights(str(tmp_path / "other"))
    for a, b in zip(copy.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_safetensors_that_do_not_fit(tmp_path):
    pytest.importorskip("safetensors")
    path = str(tmp_path / "w.safetensors")
    small().save_weights(path)
    other = small(4)
    before = other.get_weights()
    with pytest.raises(
        CorruptFileError, match=r"'d/kernel': does not fit .*expected shape \(3, 4\); received shape \(3, 2\)"
    ):
        other.load_weights(path)
    for a, b in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.warns(UserWarning, match="Skipping object"):
        other.load_weights(path, skip_mismatch=True)
    part = tf.keras.Sequential([L.Dense(2, input_shape=(3,), name="d")])
    with pytest.raises(CorruptFileError, match="has no variable in the model; 6 arrays"):
        part.load_weights(path)
    part.load_weights(path, by_name=True)
    more = tf.keras.Sequential([L.Dense(2, input_shape=(3,), name="d"), L.Dense(2, name="x")])
    with pytest.raises(CorruptFileError, match="'x/kernel': is missing"):
        more.load_weights(path)
    with open(path, "rb+") as file:
        file.truncate(os.path.getsize(path) - 3)
    with pytest.raises(CorruptFileError, match="damaged"):
        small().load_weights(path)


def test_vocabularies_inside_other_layers_are_described(tmp_path):
    """TensorFlow asks for the description of every layer that it makes anew, those inside others too."""
    layer = tf.keras.layers.TextVectorization(output_sequence_length=2)
    layer.adapt(np.array(["a b", "b c"]))
    model = tf.keras.Sequential([tf.keras.Input((1,), dtype="string"), layer])
    model.save(tmp_path / "m")
    described = (tmp_path / "m" / "keras_metadata.pb").read_bytes()
    assert b"_lookup_layer" in described


def test_a_function_that_is_not_known_leaves_the_traced_model(tmp_path):
    def shifted(x):
        return x + 3.0

    model = tf.keras.Sequential([tf.keras.Input((2,)), L.Dense(2, activation=shifted)])
    model.save(tmp_path / "m")
    x = np.ones((3, 2), "float32")
    with pytest.warns(UserWarning, match="traced functions"):
        again = tf.keras.models.load_model(tmp_path / "m")
    np.testing.assert_allclose(again(x), model(x), rtol=1e-6)
    known = tf.keras.models.load_model(tmp_path / "m", custom_objects={"shifted": shifted})
    assert isinstance(known.layers[0], L.Dense)
