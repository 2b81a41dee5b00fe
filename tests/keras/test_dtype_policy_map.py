"""DTypePolicyMap: policies by the paths of layers."""

import numpy as np
import pytest

import addax as tf
from addax import keras

P = keras.dtype_policies


def test_looking_paths_up_as_keras_3_does():
    policies = P.DTypePolicyMap()
    policies["layer/dense_0"] = P.DTypePolicy("bfloat16")
    policies["layer/d.*"] = "mixed_float16"
    found = [policies[path].name for path in ("layer/dense_0", "layer/dense_1", "x/layer/dense_1", "layer")]
    assert found == ["bfloat16", "mixed_float16", "float32", "float32"]
    with pytest.raises(ValueError, match="there already"):
        policies["layer/dense_0"] = P.DTypePolicy("float16")
    policies["la.*"] = P.DTypePolicy("float16")
    with pytest.raises(ValueError, match="several patterns"):
        _ = policies["layer/dense_5"]
    assert list(policies) == ["layer/dense_0", "layer/d.*", "la.*"] and policies.pop("la.*").name == "float16"
    assert (policies.name, policies.compute_dtype, policies.variable_dtype) == ("map_float32", "float32", "float32")
    assert P.DTypePolicyMap("mixed_bfloat16")["x"].name == "mixed_bfloat16" and policies
    with pytest.raises((ValueError, TypeError)):
        P.DTypePolicyMap("x")


def test_configs():
    policies = P.DTypePolicyMap("float64", {"a": P.DTypePolicy("mixed_bfloat16")})
    written = P.serialize(policies)
    assert (written["module"], written["class_name"]) == ("keras.dtype_policies", "DTypePolicyMap")
    assert P.deserialize(written) == policies and repr(P.deserialize(written)) == repr(policies)


def test_layers_take_their_own():
    class Encoder(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first, self.second = (keras.layers.Dense(2, name=name, dtype=self.dtype_policy) for name in "ab")

        def build(self, shape):
            self.first.build(shape)  # by itself: the path is that of Keras 3 all the same

        def call(self, x):
            return self.second(self.first(x))

    policies = P.DTypePolicyMap()
    policies["encoder/a"] = P.DTypePolicy("bfloat16")
    encoder = Encoder(name="encoder", dtype=policies)
    assert encoder(np.ones((1, 2), "float32")).dtype == tf.float32
    assert (encoder.first.compute_dtype, encoder.first.kernel.dtype) == ("bfloat16", tf.bfloat16)
    assert (encoder.second.compute_dtype, encoder.second.kernel.dtype) == ("float32", tf.float32)
    assert encoder.first.dtype_policy is policies
    again = keras.layers.Dense.from_config(encoder.first.get_config())
    assert again.dtype_policy == policies


def test_models_are_saved_with_their_map(tmp_path):
    policies = P.DTypePolicyMap("float32", {"small": P.DTypePolicy("mixed_bfloat16")})
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="small", dtype=policies)])
    assert model.layers[0].compute_dtype == "bfloat16"
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].compute_dtype == "bfloat16" and loaded.layers[0].dtype_policy == policies


def test_category_encoding_has_its_own_dtype():
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        layer = keras.layers.CategoryEncoding(3)
    finally:
        keras.mixed_precision.set_global_policy(None)
    assert layer.get_config()["dtype"] == "float32" and layer([0, 2]).dtype == tf.float32


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*b", "a*a*a*a*b", "(ab){9}", "a{1,9}b+c*d*"])
def test_patterns_of_files_that_may_take_for_ever(pattern):
    config = {"default_policy": None, "policy_map": {pattern: "float16"}}
    with pytest.raises(ValueError, match="policy_map may hold simple patterns only"):
        P.DTypePolicyMap.from_config(config)
    assert P.DTypePolicyMap(**config)[pattern].name == "float16"  # a program may


def test_patterns_that_files_may_have():
    policies = P.DTypePolicyMap(None, {"encoder/.*/dense_[0-9]+": "mixed_bfloat16", "(a|b)/c": "float16"})
    assert P.DTypePolicyMap.from_config(policies.get_config())["encoder/x/dense_12"].name == "mixed_bfloat16"
