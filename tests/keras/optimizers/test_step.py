"""Reading gradients and hyperparameters into a step."""

import jax
import numpy as np

import addax as tf
from addax.core import errors
from addax.core.indexed_slices import IndexedSlices
from addax.keras import optimizers
from addax.keras.optimizers import step
from addax.ops import optimizers as rules


def test_split_of_numbers_and_tensors():
    static, dynamic = step.split(
        {"a": 1.0, "b": True, "c": tf.Variable(2.0), "d": tf.constant(3.0), "e": np.float32(4)}
    )
    assert static == (("a", 1.0), ("b", True), ("e", 4.0))
    assert {name: float(value) for name, value in dynamic.items()} == {"c": 2.0, "d": 3.0}


def test_gradients_and_back():
    slices = IndexedSlices(tf.constant([[1.0]]), tf.constant([2]), tf.constant([3, 1]))
    array = step.gradient_array(slices)
    assert isinstance(array, rules.Slices)
    back = step.like(slices, array)
    assert isinstance(back, IndexedSlices) and back.indices.numpy().tolist() == [2]
    assert isinstance(step.like(tf.constant(1.0), step.gradient_array(tf.constant(1.0))), tf.Tensor)


def test_a_step_is_compiled_once(monkeypatch):
    monkeypatch.setattr(jax, "clear_caches", lambda: None)  # after many tests it is JAX's turn to forget its programs
    errors.forget_warnings()
    optimizer, v = optimizers.Adam(0.1), tf.Variable([1.0, 2.0], name="once")
    before = len(rules._compiled)
    for _ in range(3):
        optimizer.apply_gradients([(tf.constant([1.0, 1.0]), v)])
    assert len(rules._compiled) == before + 1
    made = next(run for spec, run in rules._compiled.items() if spec.names == ("once",))
    assert made._cache_size() == 1
