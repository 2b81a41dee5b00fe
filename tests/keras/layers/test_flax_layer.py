"""FlaxLayer, with a module that follows Flax's protocol in place of Flax, which is not among the dependencies."""

import sys
import types

import jax
import numpy as np
import pytest

from addax import keras


@pytest.fixture(autouse=True)
def flax(monkeypatch):
    linen = types.ModuleType("flax.linen")
    linen.DenyList = list
    monkeypatch.setitem(sys.modules, "flax", types.ModuleType("flax"))
    monkeypatch.setitem(sys.modules, "flax.linen", linen)


@keras.saving.register_keras_serializable("test_flax_layer")
class Module:
    """inputs @ w (noisy in training), and a count of training steps in a collection of its own."""

    def __call__(self, inputs, training=False):
        raise AssertionError("called by apply only")

    def init(self, rng, inputs, method=None, training=True):
        assert set(rng) == {"params", "dropout"}
        w = jax.random.normal(rng["params"], (inputs.shape[-1], 1))
        return {"params": {"w": w}, "counts": {"steps": np.zeros((), "float32")}}

    def apply(self, variables, inputs, rngs=None, method=None, mutable=None, training=False):
        assert mutable == ["params"] and set(rngs) == ({"dropout"} if training else set())
        noise = jax.random.normal(rngs["dropout"], inputs.shape) * 1e-3 if training else 0.0
        counts = {"steps": variables["counts"]["steps"] + (1.0 if training else 0.0)}
        return (inputs + noise) @ variables["params"]["w"], {"counts": counts}

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def test_modules_are_trained_and_saved(tmp_path):
    layer = keras.layers.FlaxLayer(Module())
    model = keras.Sequential([keras.Input((3,)), layer])
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [1, 1]
    x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    model.compile(keras.optimizers.SGD(0.1), "mse")
    losses = model.fit(x, x[:, :1], batch_size=8, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 4 and float(layer.state["counts"]["steps"]) == 20
    np.testing.assert_allclose(layer(x), x @ layer.params["params"]["w"], rtol=1e-5)
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "m.keras")(x), model(x))


def test_variables_may_be_given():
    variables = {"params": {"w": np.ones((2, 1), "float32")}, "counts": {"steps": np.float32(0)}}
    layer = keras.layers.FlaxLayer(Module(), variables=variables)
    assert layer(np.float32([[1, 2]])).numpy().tolist() == [[3.0]]
