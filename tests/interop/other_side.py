"""Runs under real tf_keras or Keras 3: `other_side.py tf_keras|keras WHAT FOLDER [WHAT FOLDER ...]`. Reports as JSON.

WHAT is write, read, serve or restore; one process does all of them, since importing TensorFlow takes long.
"""

import json
import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np  # noqa: E402

package, *tasks = sys.argv[1:]
if package == "tf_keras":
    import tf_keras as keras
else:
    import keras

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import programs  # noqa: E402

ENDINGS = {"tf_keras": [".keras", ".h5", ".weights.h5", "_old.h5", "_checkpoint", "_folder"],
           "keras": [".keras", ".weights.h5"]}[package]  # fmt: skip
WEIGHTS = (".weights.h5", "_old.h5", "_checkpoint")


def write(folder):
    for name, make in programs.models(keras).items():
        if package == "keras" and name == "looked_up":
            continue  # Keras 3 on JAX cannot train through a look-up
        model, inputs = make()
        y = programs.trained(model, inputs, keras)
        for ending in ENDINGS:
            path = f"{folder}/{name}{ending}"
            if ending in WEIGHTS:
                model.save_weights(path)
            elif ending == "_folder":
                model.save(path, save_format="tf")
            else:
                model.save(path)
        data = {"x": inputs, "y": y}
        np.savez(f"{folder}/{name}.npz", **data, after=programs.next_loss(model, data))
    return "written"


def read(folder):
    report = {}
    for name, make in programs.models(keras).items():
        data = np.load(f"{folder}/{name}.npz")
        for ending in ENDINGS:
            path = f"{folder}/{name}{ending}"
            try:
                report[name + ending] = read_one(make, path, ending, data)
            except Exception as error:
                report[name + ending] = f"{type(error).__name__}: {str(error)[-300:]}"
    return report


def read_one(make, path, ending, data):
    if ending in WEIGHTS:
        model, inputs = make()
        if getattr(model, "optimizer", None) is None:
            model.compile(keras.optimizers.Adam(0.01), "mse")
        if ending != "_old.h5" and hasattr(model.optimizer, "build"):
            model.optimizer.build(model.trainable_variables)  # Keras passes state by that has no place yet
        loaded = model.load_weights(path)
        if ending == "_checkpoint":
            loaded.expect_partial().assert_existing_objects_matched()
    else:
        model = keras.models.load_model(path)
    found = np.asarray(model.predict(data["x"], verbose=0))
    report = "same" if np.allclose(found, data["y"], atol=2e-3 if "half" in path else 1e-5) else "other numbers"
    if package == "tf_keras" and ending in (".keras", ".h5", ".weights.h5", "_checkpoint"):
        report += f", {int(model.optimizer.iterations)} steps"
    if package == "tf_keras" and ending in (".keras", "_checkpoint"):
        after = programs.next_loss(model, data)
        # a step with dropout is another one each time
        report += (
            ", goes on"
            if "shared" in path or np.allclose(after, data["after"], atol=2e-3 if "half" in path else 1e-5)
            else ""
        )
    return report


def serve(folder):
    import tensorflow as tf

    report = {}
    for name in programs.models(keras):
        data = np.load(f"{folder}/{name}.npz")
        try:
            loaded = tf.saved_model.load(f"{folder}/{name}_folder")
            x = tf.constant(data["x"])
            found = [loaded(x), *loaded.signatures["serving_default"](x).values()]
            same = all(np.allclose(each, data["y"], atol=2e-3 if name == "half" else 1e-5) for each in found)
            report[name] = "same" if same else "other numbers"
        except Exception as error:
            report[name] = f"{type(error).__name__}: {str(error)[-300:]}"
    return report


def restore(folder):
    """tf.train.Checkpoint, its manager, and a module of Addax, by real TensorFlow; and one of its own."""
    import tensorflow as tf

    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.steps, self.parts = (
                tf.Variable(0, dtype=tf.int64),
                [tf.Variable([0.0, 0.0]), {"a.b/c": tf.Variable(0.0)}],
            )

    mine = Counter()
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(counter=mine), f"{folder}/managed", max_to_keep=2)
    manager.checkpoint.restore(manager.latest_checkpoint).assert_consumed()
    scale = tf.saved_model.load(f"{folder}/scale")
    report = {
        "steps": int(mine.steps), "first": mine.parts[0].numpy().tolist(), "last": float(mine.parts[1]["a.b/c"]),
        "kept": [os.path.basename(path) for path in manager.checkpoints],
        "scaled": scale.times(tf.constant([1.0, 2.0])).numpy().tolist(),
        "again": scale.times(tf.constant([[1.0, 2.0]])).numpy().tolist(),
        "count": int(scale.count()),
        "served": scale.signatures["serving_default"](x=tf.constant([3.0]))["y"].numpy().tolist(),
        "words": open(scale.words.asset_path.numpy().decode()).read(),
    }  # fmt: skip
    mine.steps.assign_add(1)
    manager.save()
    report["own"] = manager.latest_checkpoint
    own = tf.Module()
    own.v, own.table = tf.Variable([2.0, 3.0]), [tf.Variable(1)]
    own.grow = tf.function(lambda x, by=2.0: {"out": tf.nn.relu(x * own.v) * by},
                           input_signature=None, autograph=False)  # fmt: skip
    own.grow(tf.constant([1.0, -1.0]))
    own.grow(tf.constant([[1.0, -1.0]]), by=3.0)
    own.loop = tf.function(
        lambda x: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + own.v), [0, x])[1],
        input_signature=[tf.TensorSpec([None], tf.float32)],
    )
    tf.saved_model.save(own, f"{folder}/theirs", signatures=own.loop)
    return report


TASKS = {"write": write, "read": read, "serve": serve, "restore": restore}
for what, place in zip(tasks[::2], tasks[1::2], strict=True):
    print("REPORT", json.dumps(TASKS[what](place)))
