"""What the package as a whole promises: light imports, types, a licence."""

import importlib
import subprocess
import sys
from importlib import metadata, resources

from addax._version import __version__

HEAVY = ["jax.extend", "h5py", "rich", "PIL", "pandas", "matplotlib", "tensorboard", "sklearn", "skimage", "tensorflow"]


def test_importing_addax_imports_nothing_heavy():
    code = f"import addax, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_keras_imports_what_most_programs_need():
    code = (
        "import sys, addax as tf; tf.keras.Sequential, tf.keras.layers.Dense, tf.keras.utils, tf.data\n"
        "print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    for module in ("keras.layers.preprocessing", "keras.layers.feature_columns", "keras.ops", "keras.saving.models",
                   "keras.feature_space", "checkpoint.checkpoint", "data.service"):  # fmt: skip
        assert f"'addax.{module}'" not in done.stdout


def test_names_that_are_imported_later_are_listed():
    tf = importlib.import_module("addax")
    assert {"keras", "data", "RaggedTensor", "constant", "sort"} <= set(dir(tf))
    assert {"Dense", "RandomFlip", "TextVectorization", "experimental"} <= set(dir(tf.keras.layers))
    found: dict = {}
    exec("from addax.keras.layers import *", found)
    assert found["RandomFlip"] is tf.keras.layers.RandomFlip and found["Dense"] is tf.keras.layers.Dense


def test_files_name_classes_that_are_imported_later():
    code = (
        "from addax.keras import registry\n"
        "for name in ('RandomFlip', 'DenseFeatures', 'LinearModel'): print(registry.builtin('layer', name).__name__)\n"
        "print(registry.builtin('model', 'FeatureSpace').__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["RandomFlip", "DenseFeatures", "LinearModel", "FeatureSpace"]


def test_metadata():
    assert metadata.version("addax") == __version__
    assert metadata.metadata("addax")["License-Expression"] == "Apache-2.0"
    assert (resources.files("addax") / "py.typed").is_file()
    (command,) = [entry for entry in metadata.entry_points(group="console_scripts") if entry.name == "addax"]
    assert command.value == "addax.compat.launcher:main"
