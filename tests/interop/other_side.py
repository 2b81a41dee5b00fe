"""Runs under real tf_keras or Keras 3: `other_side.py write|read tf_keras|keras FOLDER`. Reports as JSON."""

import json
import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np  # noqa: E402

what, package, folder = sys.argv[1:]
if package == "tf_keras":
    import tf_keras as keras
else:
    import keras

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import programs  # noqa: E402

ENDINGS = {"tf_keras": [".keras", ".h5", ".weights.h5", "_old.h5", "_checkpoint", "_folder"],
           "keras": [".keras", ".weights.h5"]}[package]  # fmt: skip


def write():
    for name, make in programs.models(keras).items():
        model, inputs = make()
        np.savez(f"{folder}/{name}.npz", x=inputs, y=programs.trained(model, inputs, keras))
        for ending in ENDINGS:
            path = f"{folder}/{name}{ending}"
            if ending in (".weights.h5", "_old.h5", "_checkpoint"):
                model.save_weights(path)
            elif ending == "_folder":
                model.save(path, save_format="tf")
            else:
                model.save(path)
    return "written"


def read():
    report = {}
    for name, make in programs.models(keras).items():
        data = np.load(f"{folder}/{name}.npz")
        for ending in ENDINGS:
            path = f"{folder}/{name}{ending}"
            if ending == "_folder":
                continue
            try:
                if ending in (".weights.h5", "_old.h5", "_checkpoint"):
                    model, _ = make()
                    loaded = model.load_weights(path)
                    if ending == "_checkpoint":
                        loaded.expect_partial().assert_existing_objects_matched()
                else:
                    model = keras.models.load_model(path)
                found = np.asarray(model.predict(data["x"], verbose=0))
                report[name + ending] = "same" if np.allclose(found, data["y"], atol=1e-5) else "other numbers"
                if package == "tf_keras" and ending in (".keras", ".h5"):
                    report[name + ending] += f", {int(model.optimizer.iterations)} steps"
            except Exception as error:
                report[name + ending] = f"{type(error).__name__}: {str(error)[-300:]}"
    return report


print("REPORT", json.dumps(write() if what == "write" else read()))
