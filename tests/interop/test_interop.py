"""Files there and back with real tf_keras and real Keras 3.

Opt-in: ADDAX_INTEROP_PYTHON names a Python that has tensorflow, tf_keras and keras (with jax as backend).
"""

import importlib.util
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import addax as tf

HERE = Path(__file__).resolve().parent
PYTHON = os.environ.get("ADDAX_INTEROP_PYTHON")
pytestmark = pytest.mark.skipif(not PYTHON, reason="ADDAX_INTEROP_PYTHON names no Python with tf_keras and keras")
# What Keras 2 and Keras 3 cannot share in archives, see keras/saving/translate.py.
ONLY_KERAS_2 = {"attention.keras", "nested.keras"}


def programs():
    spec = importlib.util.spec_from_file_location("addax_interop_programs", HERE / "programs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def other_side(what, package, folder):
    command = [PYTHON, str(HERE / "other_side.py"), what, package, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    lines = [line for line in done.stdout.splitlines() if line.startswith("REPORT ")]
    assert lines, done.stderr[-3000:]
    return json.loads(lines[-1].removeprefix("REPORT "))


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Files that Addax wrote."""
    folder = tmp_path_factory.mktemp("ours")
    module = programs()
    for name, make in module.models(tf.keras).items():
        model, inputs = make()
        np.savez(folder / f"{name}.npz", x=inputs, y=module.trained(model, inputs, tf.keras))
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        for ending in (".weights.h5", "_old.h5", "_checkpoint"):
            model.save_weights(folder / f"{name}{ending}")
    return folder


def test_tf_keras_reads_what_we_write(ours):
    report = other_side("read", "tf_keras", ours)
    for name, result in report.items():
        assert result == ("same, 2 steps" if name.endswith((".keras", ".h5")) and "weights" not in name
                          and "_old" not in name else "same"), f"{name}: {result}"  # fmt: skip
    assert len(report) == 6 * 5


def test_keras_3_reads_what_we_write(ours):
    report = other_side("read", "keras", ours)
    for name, result in report.items():
        if name not in ONLY_KERAS_2:
            assert result == "same", f"{name}: {result}"
    assert len(report) == 6 * 2


@pytest.mark.parametrize("package", ["tf_keras", "keras"])
def test_we_read_what_they_write(package, tmp_path):
    assert other_side("write", package, tmp_path) == "written"
    module = programs()
    endings = [".keras", ".h5", ".weights.h5", "_old.h5", "_checkpoint", "_folder"]
    for name, make in module.models(tf.keras).items():
        data = np.load(tmp_path / f"{name}.npz")
        for ending in endings if package == "tf_keras" else [".keras", ".weights.h5"]:
            path = str(tmp_path / f"{name}{ending}")
            if ending in (".weights.h5", "_old.h5", "_checkpoint"):
                model, _ = make()
                model.compile(tf.keras.optimizers.Adam(0.01), "mse")
                model.load_weights(path)
            else:
                model = tf.keras.models.load_model(path)
                assert int(model.optimizer.iterations) == 2, f"{name}{ending}"
            found = model.predict(data["x"], verbose=0)
            np.testing.assert_allclose(found, data["y"], atol=1e-5, err_msg=f"{name}{ending}")
