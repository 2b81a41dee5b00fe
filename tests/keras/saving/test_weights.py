"""save_weights and load_weights: every layout, by order and by name, checked before anything changes."""

import h5py
import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def net(units=3, last="last"):
    return tf.keras.Sequential(
        [L.Dense(units, input_shape=(4,), name="first"), L.BatchNormalization(name="norm"), L.Dense(2, name=last)]
    )


@pytest.fixture
def model():
    made = net()
    rng = np.random.default_rng(0)
    made.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in made.get_weights()])
    return made


def assert_same(a, b):
    for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("form", ["a.weights.h5", "a.h5", "a.hdf5", "a.keras"])
def test_round_trip(form, model, tmp_path):
    path = tmp_path / "new" / "folder" / form
    model.save_weights(path)
    copy = net()
    assert copy.load_weights(path) is None
    assert_same(copy, model)


@pytest.mark.parametrize("form", ["a.keras", "a.h5"])
def test_weights_of_whole_models(form, model, tmp_path):
    path = str(tmp_path / form)
    model.save(path)
    copy = net()
    copy.load_weights(path)
    assert_same(copy, model)


def test_v3_layout_has_the_optimizer(model, tmp_path):
    model.compile("adam", "mse")
    model.fit(np.ones((4, 4)), np.ones((4, 2)), verbose=0)
    path = str(tmp_path / "a.weights.h5")
    model.save_weights(path)
    copy = net()
    copy.compile("adam", "mse")
    copy.load_weights(path)
    assert int(copy.optimizer.iterations) == 1
    np.testing.assert_array_equal(copy.optimizer.variables[1].numpy(), model.optimizer.variables[1].numpy())


def test_by_name(model, tmp_path):
    path = str(tmp_path / "a.h5")
    model.save_weights(path)
    other = net(last="other")
    before = other.get_layer("other").get_weights()
    other.load_weights(path, by_name=True)
    np.testing.assert_array_equal(other.get_layer("first").kernel.numpy(), model.get_layer("first").kernel.numpy())
    np.testing.assert_array_equal(other.get_layer("other").kernel.numpy(), before[0])


@pytest.mark.parametrize("form", ["a.weights.h5", "a.keras"])
def test_by_name_of_files_without_names_loads_by_place(form, model, tmp_path):
    path = str(tmp_path / form)
    model.save(path) if form == "a.keras" else model.save_weights(path)
    other = net()
    with pytest.warns(UserWarning, match="loaded by place"):
        other.load_weights(path, by_name=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_skip_mismatch(model, tmp_path):
    h5, v3 = str(tmp_path / "a.h5"), str(tmp_path / "a.weights.h5")
    model.save_weights(h5)
    model.save_weights(v3)
    seeded = tf.keras.initializers.GlorotUniform(1)  # the layer is built twice
    for path, options in ((h5, {"by_name": True}), (v3, {})):
        other = tf.keras.Sequential(
            [L.Dense(5, input_shape=(4,), name="first"), L.Dense(2, name="second", kernel_initializer=seeded)]
        )
        other.get_layer("second").build((None, 3))
        before = other.get_weights()
        with pytest.warns(UserWarning, match="kip"):
            other.load_weights(path, skip_mismatch=True, **options)
        np.testing.assert_array_equal(other.get_weights()[0], before[0])
    with pytest.raises(ValueError, match="skip_mismatch can only be set"):
        model.load_weights(h5, skip_mismatch=True)


@pytest.mark.parametrize("form", ["a.weights.h5", "a.h5"])
def test_a_shape_that_does_not_fit_is_named_and_nothing_changes(form, model, tmp_path):
    path = str(tmp_path / form)
    model.save_weights(path)
    other = net(units=5)
    before = [w.copy() for w in other.get_weights()]
    with pytest.raises(ValueError) as caught:
        other.load_weights(path)
    text = str(caught.value)
    assert "first/kernel" in text and "(4, 5)" in text and "(4, 3)" in text
    assert "others do not fit either" in text and "Nothing was changed" in text
    for a, b in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("form", ["a.weights.h5", "a.h5"])
def test_other_numbers_of_layers(form, model, tmp_path):
    path = str(tmp_path / form)
    model.save_weights(path)
    with pytest.raises(ValueError, match="expected|expects"):
        tf.keras.Sequential([L.Dense(3, input_shape=(4,)), L.Dense(3), L.Dense(3), L.Dense(3)]).load_weights(path)


def test_dtypes_are_cast(model, tmp_path):
    path = str(tmp_path / "a.weights.h5")
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        values = file["layers/dense/vars/0"][()]
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = values.astype(">f8")
    copy = net()
    copy.load_weights(path)
    assert_same(copy, model)
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = np.full((4, 3), b"text")
    with pytest.raises(ValueError, match="layers/dense/vars/0.*expected numbers"):
        net().load_weights(path)


def test_long_lists_of_names(tmp_path):
    model = tf.keras.Sequential([L.InputLayer((1,))] + [L.Dense(1, name="x" * 300 + str(i)) for i in range(300)])
    path = str(tmp_path / "a.h5")
    model.save_weights(path)
    with h5py.File(path) as file:
        assert "layer_names0" in file.attrs and "layer_names1" in file.attrs
    copy = tf.keras.models.clone_model(model)
    copy.load_weights(path)
    assert_same(copy, model)


def test_a_model_of_built_layers_that_was_never_called_itself(tmp_path):
    class Pair(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.part = tf.keras.Sequential([L.Dense(2, input_shape=(3,))])

    class Builds(Pair):
        def build(self, shape):
            super().build(shape)

    pair, copy = Pair(), Pair()
    pair.save_weights(str(tmp_path / "w" / "pair"))
    copy.load_weights(str(tmp_path / "w" / "pair"))
    assert_same(copy, pair)
    with pytest.raises(ValueError, match="not yet been created"):
        Builds().save_weights(str(tmp_path / "w" / "builds"))


def test_unbuilt_models(tmp_path, model):
    unbuilt = tf.keras.Sequential([L.Dense(2)])
    with pytest.raises(ValueError, match="not yet been created"):
        unbuilt.save_weights(str(tmp_path / "a.h5"))
    path = str(tmp_path / "b.h5")
    model.save_weights(path)
    with pytest.raises(ValueError, match="has not created its variables"):
        unbuilt.load_weights(path)


def test_formats(model, tmp_path):
    with pytest.raises(ValueError, match="Unknown format"):
        model.save_weights(str(tmp_path / "a"), save_format="npz")
    with pytest.raises(ValueError, match="looks like an HDF5 file"):
        model.save_weights(str(tmp_path / "a.h5"), save_format="tf")
    model.save_weights(str(tmp_path / "a"), save_format="h5")
    assert h5py.is_hdf5(tmp_path / "a")


def test_weights_of_keras_1(tmp_path):
    """Gates in arrays of their own, in the order i, c, f, o."""
    rng = np.random.default_rng(0)
    layer = L.LSTM(2, name="lstm", input_shape=(None, 3))
    model = tf.keras.Sequential([layer])
    gates = {g: [rng.normal(size=s).astype("float32") for s in ((3, 2), (2, 2), (2,))] for g in "icfo"}
    path = str(tmp_path / "old.h5")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"lstm"]
        group = file.create_group("lstm")
        names = [f"{part}_{g}" for g in "icfo" for part in ("W", "U", "b")]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name in names:
            group[name] = gates[name[-1]]["WUb".index(name[0])]
    model.load_weights(path)
    for part, found in enumerate(model.get_weights()):
        np.testing.assert_array_equal(found, np.concatenate([gates[g][part] for g in "ifco"], -1))


def test_weights_of_cudnn_layers(tmp_path):
    """Kernels gate by gate in row order, and two biases."""
    rng = np.random.default_rng(0)
    kernel, recurrent, bias = (rng.normal(size=s).astype("float32") for s in ((3, 8), (2, 8), (16,)))
    path = str(tmp_path / "cudnn.h5")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"lstm"]
        file.attrs["keras_version"] = b"2.2.4"
        group = file.create_group("lstm")
        group.attrs["weight_names"] = [b"k", b"r", b"b"]
        group["k"], group["r"], group["b"] = kernel, recurrent, bias
    model = tf.keras.Sequential([L.LSTM(2, input_shape=(None, 3))])
    model.load_weights(path)
    k, r, b = model.get_weights()
    np.testing.assert_array_equal(k[:, :2], kernel[:, :2].T.reshape(3, 2, order="F"))
    np.testing.assert_array_equal(r[:, 2:4], recurrent[:, 2:4].T)
    np.testing.assert_allclose(b, bias[:8] + bias[8:])
