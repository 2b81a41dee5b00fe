"""Files that are missing, damaged or hostile: typed errors that name file and member, and nothing changed."""

import io
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError

L = tf.keras.layers


def net():
    return tf.keras.Sequential([L.Dense(3, input_shape=(4,), name="first"), L.Dense(2, name="last")], name="net")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    model = net()
    model.compile("adam", "mse")
    paths = {form: str(folder / f"m{form}") for form in (".keras", ".h5", ".weights.h5")}
    model.save(paths[".keras"])
    model.save(paths[".h5"])
    model.save_weights(paths[".weights.h5"])
    return paths


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(path, contents):
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in contents.items():
            archive.writestr(name, value)
    return str(path)


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m", "m.weights.h5"])
def test_missing(name, tmp_path):
    path = str(tmp_path / name)
    with pytest.raises(tf.errors.NotFoundError, match="No file or directory found at"):
        tf.keras.models.load_model(str(tmp_path / "none.keras"))
    with pytest.raises(OSError, match="No file or directory found at"):
        tf.keras.models.load_model(path)
    with pytest.raises(OSError, match="No file or directory found at"):
        net().load_weights(path)


@pytest.mark.parametrize(
    "content", [b"", b"<html>404 not found</html>", bytes(range(64, 256, 3))], ids=["empty", "html", "noise"]
)
@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_not_a_model(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=name):
        tf.keras.models.load_model(path)
    with pytest.raises(CorruptFileError, match=name):
        net().load_weights(path)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(CorruptFileError, match="holds no model"):
        tf.keras.models.load_model(tmp_path)


@pytest.mark.parametrize("form", [".keras", ".h5", ".weights.h5"])
def test_truncated_at_every_tenth(form, files, tmp_path):
    with open(files[form], "rb") as file:
        whole = file.read()
    path = tmp_path / f"cut{form}"
    model = net()
    before = model.get_weights()
    for tenth in range(10):
        path.write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises((ValueError, OSError)):
            model.load_weights(path)
        if form != ".weights.h5":
            with pytest.raises((ValueError, OSError)):
                tf.keras.models.load_model(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("missing", ["config.json", "metadata.json", "model.weights.h5"])
def test_missing_members(missing, files, tmp_path):
    contents = members(files[".keras"])
    del contents[missing]
    with pytest.raises(CorruptFileError, match=missing):
        tf.keras.models.load_model(write_zip(tmp_path / "m.keras", contents))


def test_members_may_be_added(files, tmp_path):
    contents = {**members(files[".keras"]), "notes.txt": b"hello"}
    assert tf.keras.models.load_model(write_zip(tmp_path / "m.keras", contents)).name == "net"


def changed(files, tmp_path, change):
    contents = members(files[".keras"])
    config = json.loads(contents["config.json"])
    change(config)
    contents["config.json"] = json.dumps(config).encode()
    return write_zip(tmp_path / "m.keras", contents)


def dense(config):
    return config["config"]["layers"][1]


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(class_name="system", module="os", registered_name=None),
        lambda c: c.update(class_name="eval", module="builtins", registered_name="builtins>eval"),
        lambda c: dense(c).update(class_name="Popen", module="subprocess"),
        lambda c: dense(c).update(class_name="import_module", module="importlib"),
        lambda c: dense(c).update(class_name="get_file", module="keras.utils"),
        lambda c: dense(c).update(class_name="load_model", module="keras.models"),
        lambda c: dense(c).update(class_name="Dense.__init__.__globals__", module="keras.layers"),
        lambda c: dense(c).update(class_name="TFSMLayer", module="keras.layers", config={"filepath": "/etc"}),
        lambda c: dense(c).update(class_name=["Dense"]),
        lambda c: dense(c).update(module=3),
        lambda c: dense(c)["config"].update(
            activation={"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
        ),
        lambda c: dense(c)["config"].update(
            activation={"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}
        ),
        lambda c: dense(c)["config"].update(units=10**12),
        lambda c: dense(c)["config"].update(units=-3),
        lambda c: dense(c)["config"].update(units="many"),
        lambda c: dense(c)["config"].update(dtype="object"),
        lambda c: dense(c).update(config=[1]),
        lambda c: c.update(compile_config={"optimizer": {"module": "os", "class_name": "system", "config": {}}}),
    ],
)
def test_hostile_configs(change, files, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "system", lambda *a: pytest.fail("code of the file ran"))
    path = changed(files, tmp_path, change)
    for safe_mode in (True, None):
        with pytest.raises((TypeError, ValueError)):
            tf.keras.models.load_model(path, safe_mode=safe_mode)


def test_json_limits(files, tmp_path):
    contents = members(files[".keras"])
    bad = {b"\xff{}": "UTF-8", b"[" * 100_000: "nested too deep", b'{"a": 1, "a": 2}': "repeats the key",
           b"[]": "does not describe a model"}  # fmt: skip
    for text, says in bad.items():
        contents["config.json"] = text
        with pytest.raises(CorruptFileError, match=says):
            tf.keras.models.load_model(write_zip(tmp_path / "m.keras", contents))


def hdf5(change):
    """The bytes of a weights file after a change."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        change(file)
    return memory.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.__setitem__("layers", h5py.ExternalLink("/etc/passwd", "/")),
        lambda f: f.create_group("layers/dense/vars").__setitem__("0", h5py.SoftLink("/nowhere")),
        lambda f: f.create_dataset(
            "layers/dense/vars/0", (1 << 20, 1 << 20), "f4", chunks=(1, 1 << 10), compression="gzip"
        ),
        lambda f: f.create_dataset("layers", (3,), "f4"),
        lambda f: f.create_group("layers/dense/vars/0"),
    ],
)
def test_hostile_weights(change, files, tmp_path):
    contents = {**members(files[".keras"]), "model.weights.h5": hdf5(change)}
    path = write_zip(tmp_path / "m.keras", contents)
    with pytest.raises(ValueError, match="m.keras"):
        tf.keras.models.load_model(path)
    loose = tmp_path / "a.weights.h5"
    loose.write_bytes(contents["model.weights.h5"])
    model = net()
    before = model.get_weights()
    with pytest.raises(ValueError, match="a.weights.h5"):
        model.load_weights(loose)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_files_are_not_models(files):
    with pytest.raises(CorruptFileError, match="model_config|weights only"):
        tf.keras.models.load_model(files[".weights.h5"])


def test_bad_paths():
    with pytest.raises(TypeError, match="path"):
        tf.keras.models.load_model(3)
    with pytest.raises(ValueError, match="expected a keras Model"):
        tf.keras.models.save_model(L.Dense(1), "x.keras")
