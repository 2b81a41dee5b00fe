"""get_state_tree and set_state_tree: a model's state as nested dicts."""

import numpy as np
import pytest

from addax import keras


def _model():
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, name="a"), keras.layers.BatchNormalization(name="bn")]
    )
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
    return model


def test_out_and_in():
    model = _model()
    model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)
    tree = model.get_state_tree("numpy_array")
    assert {name: sorted(parts) for name, parts in tree["trainable_variables"].items()} == {
        "a": ["bias", "kernel"],
        "bn": ["beta", "gamma"],
    }
    assert sorted(tree["non_trainable_variables"]["bn"]) == ["moving_mean", "moving_variance"]
    assert sorted(tree["metrics_variables"]) == ["loss", "mae"] and list(tree["optimizer_variables"]) == ["SGD"]
    wanted = model.get_weights()
    model.set_weights([w + 1 for w in wanted])
    model.set_state_tree(tree)
    for mine, other in zip(model.get_weights(), wanted, strict=True):
        np.testing.assert_array_equal(mine, other)
    model.jax_state_sync()


def test_refusals_change_nothing():
    model = _model()
    before = model.get_weights()
    changed = {"trainable_variables": {"a": {"kernel": np.ones((2, 2)), "weight": np.ones(2)}}}
    with pytest.raises(ValueError, match="no variable 'a/weight'"):
        model.set_state_tree(changed)
    with pytest.raises(ValueError, match="shape"):
        model.set_state_tree({"trainable_variables": {"a": {"bias": np.ones(3)}}})
    with pytest.raises(ValueError, match="expected keys"):
        model.set_state_tree({"weights": {}})
    with pytest.raises(ValueError, match="value_format"):
        model.get_state_tree("lists")
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
