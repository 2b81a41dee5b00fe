"""Files there and back with real tf_keras and real Keras 3.

Opt-in (`make interop`): ADDAX_INTEROP_PYTHON names a Python that has tensorflow, tf_keras and keras (with jax as
backend).
"""

import importlib.util
import json
import os
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest

import addax as tf

HERE = Path(__file__).resolve().parent
PYTHON = os.environ.get("ADDAX_INTEROP_PYTHON")
pytestmark = pytest.mark.skipif(not PYTHON, reason="ADDAX_INTEROP_PYTHON names no Python with tf_keras and keras")
# What Keras 2 and Keras 3 cannot share in archives, see keras/saving/translate.py.
ONLY_KERAS_2 = {"attention.keras"}
WEIGHTS = (".weights.h5", "_old.h5", "_checkpoint")


def programs():
    spec = importlib.util.spec_from_file_location("addax_interop_programs", HERE / "programs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def other_side(package, **folders):
    """Reports by task of one process of the other side, which does what the names say in the folders given."""
    tasks = [str(each) for pair in folders.items() for each in pair]
    command = [PYTHON, str(HERE / "other_side.py"), package, *tasks]
    done = subprocess.run(command, capture_output=True, text=True, timeout=7200)  # long where others work too
    reports = [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("REPORT ")]
    assert len(reports) == len(folders), done.stderr[-3000:]
    return dict(zip(folders, reports, strict=True))


def close(name):
    return 2e-3 if name.startswith("half") else 1e-5


class Counter(tf.Module):
    def __init__(self):
        super().__init__()
        self.steps, self.parts = tf.Variable(0, dtype=tf.int64), [tf.Variable([0.0, 0.0]), {"a.b/c": tf.Variable(0.0)}]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Files that Addax wrote."""
    folder = tmp_path_factory.mktemp("ours")
    module = programs()
    for name, make in module.models(tf.keras).items():
        model, inputs = make()
        y = module.trained(model, inputs, tf.keras)
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        model.save(folder / f"{name}_folder")
        for ending in WEIGHTS:
            model.save_weights(folder / f"{name}{ending}")
        data = {"x": inputs, "y": y}
        np.savez(folder / f"{name}.npz", **data, after=module.next_loss(model, data))
    return folder


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A folder of checkpoints and a module of Addax."""
    folder = tmp_path_factory.mktemp("modules")
    mine = Counter()
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(counter=mine), str(folder / "managed"), max_to_keep=2)
    for step in range(3):
        mine.steps.assign(step)
        mine.parts[0].assign([step, 2.0])
        mine.parts[1]["a.b/c"].assign(7.0)
        manager.save()
    (folder / "words.txt").write_text("one two")
    scale = tf.Module()
    scale.by, scale.calls = tf.Variable([2.0, 3.0]), tf.Variable(0)
    scale.words = tf.saved_model.Asset(str(folder / "words.txt"))
    scale.times = tf.function(lambda x: x * scale.by)
    scale.times(tf.constant([1.0, 1.0]))
    scale.times.get_concrete_function(tf.TensorSpec([None, 2]))
    scale.count = tf.function(lambda: scale.calls.assign_add(1), input_signature=[])
    serve = tf.function(lambda x: {"y": x * scale.by[0]}, input_signature=[tf.TensorSpec([None])])
    tf.saved_model.save(scale, str(folder / "scale"), signatures=serve)
    return folder


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """Files that the other side writes, by its package."""
    return {package: tmp_path_factory.mktemp(package) for package in ("tf_keras", "keras")}


@pytest.fixture(scope="module")
def of_tf_keras(ours, modules, theirs):
    """What tf_keras and TensorFlow report, in one process."""
    return other_side("tf_keras", read=ours, serve=ours, restore=modules, write=theirs["tf_keras"])


@pytest.fixture(scope="module")
def of_keras(ours, theirs):
    """What Keras 3 reports, in one process."""
    return other_side("keras", read=ours, write=theirs["keras"])


def test_tf_keras_reads_what_we_write(of_tf_keras):
    report = of_tf_keras["read"]
    wrong = {}
    for name, result in report.items():
        expected = "same, 2 steps, goes on"
        if name.endswith(("_old.h5", "_folder")):
            expected = "same"
        elif name.endswith(".h5"):
            expected = "same, 2 steps"
        if name in ("legacy.weights.h5", "legacy.keras"):
            expected = "same, 0 steps"  # Keras keeps nothing of legacy optimizers there
        if result != expected:
            wrong[name] = result
    assert not wrong
    assert len(report) == 14 * 6


def test_keras_3_reads_what_we_write(of_keras):
    report = of_keras["read"]
    for name, result in report.items():
        if name not in ONLY_KERAS_2:
            assert result == "same", f"{name}: {result}"
    assert len(report) == 13 * 2


def test_tensorflow_serves_what_we_write(of_tf_keras):
    report = of_tf_keras["serve"]
    assert report == dict.fromkeys(report, "same")
    assert len(report) == 14


def test_tensorflow_restores_our_checkpoints_and_modules_and_we_theirs(of_tf_keras, modules):
    report = dict(of_tf_keras["restore"])
    assert report.pop("own").endswith("ckpt-4")
    assert report == {
        "steps": 2, "first": [2.0, 2.0], "last": 7.0, "kept": ["ckpt-2", "ckpt-3"], "scaled": [2.0, 6.0],
        "again": [[2.0, 6.0]], "count": 1, "served": [6.0], "words": "one two",
    }  # fmt: skip
    fresh = Counter()
    checkpoint = tf.train.Checkpoint(counter=fresh)
    checkpoint.restore(tf.train.latest_checkpoint(str(modules / "managed"))).assert_consumed()
    assert int(fresh.steps) == 3
    theirs = tf.saved_model.load(str(modules / "theirs"))
    np.testing.assert_allclose(theirs.grow(tf.constant([1.0, -1.0]))["out"], [4.0, 0.0])
    np.testing.assert_allclose(theirs.grow(tf.constant([[1.0, -1.0]]), by=3.0)["out"], [[6.0, 0.0]])
    np.testing.assert_allclose(theirs.loop(tf.constant([1.0, 1.0])), [7.0, 10.0])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(theirs.loop(tf.constant([1.0, 1.0])))
    np.testing.assert_allclose(tape.gradient(total, theirs.v), [3.0, 3.0])


@pytest.mark.parametrize("package", ["tf_keras", "keras"])
def test_we_read_what_they_write(package, theirs, request):
    assert request.getfixturevalue(f"of_{package}")["write"] == "written"
    module, folder = programs(), theirs[package]
    endings = [".keras", ".h5", *WEIGHTS, "_folder"]
    wrong = {}
    for name, make in module.models(tf.keras).items():
        if package == "keras" and name in ("legacy", "looked_up"):
            continue
        data = np.load(folder / f"{name}.npz")
        for ending in endings if package == "tf_keras" else [".keras", ".weights.h5"]:
            try:
                problem = _read(module, make, str(folder / f"{name}{ending}"), name, ending, data, package)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
            if problem:
                wrong[name + ending] = problem
    assert not wrong


def _read(module, make, path, name, ending, data, package):
    if ending in WEIGHTS:
        model, _ = make()
        if model.optimizer is None:
            model.compile(tf.keras.optimizers.Adam(0.01), "mse")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of optimizer state that has no place
            model.load_weights(path)
    else:
        model = tf.keras.models.load_model(path)
    found = model.predict(data["x"], verbose=0)
    if not np.allclose(found, data["y"], atol=close(name)):
        return f"other numbers: {np.abs(found - data['y']).max()}"
    stateless = ending == "_old.h5" or name == "legacy" and ending in (".weights.h5", ".keras")
    if stateless or package == "keras" and name == "half":
        return None
    if int(model.optimizer.iterations) != 2:
        return f"{int(model.optimizer.iterations)} steps"
    if name == "shared" or ending not in (".keras", "_checkpoint"):  # a step with dropout is another one each time
        return None
    after = module.next_loss(model, data)
    return None if np.allclose(after, data["after"], atol=close(name)) else "goes on otherwise"


def test_served_models_of_tensorflow(theirs, of_tf_keras):
    assert of_tf_keras["write"] == "written"
    wrong, folder = {}, theirs["tf_keras"]
    for name in programs().models(tf.keras):
        data = np.load(folder / f"{name}.npz")
        try:
            loaded = tf.saved_model.load(str(folder / f"{name}_folder"))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of look-ups in tables, which run eagerly
                (found,) = loaded.signatures["serving_default"](tf.constant(data["x"])).values()
            if not np.allclose(found, data["y"], atol=close(name)):
                wrong[name] = f"other numbers: {np.abs(found - data['y']).max()}"
        except Exception as error:
            wrong[name] = f"{type(error).__name__}: {str(error)[:300]}"
    assert not wrong
