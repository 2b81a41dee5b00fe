import numpy as np
import pytest

from addax.core import convert, dtypes
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.keras import activations, initializers, metrics, registry, serialization
from addax.keras.registry import deserialize_keras_object, serialize_keras_object


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "text", [1, "a"], {"a": [1, {"b": None}]}])
def test_plain_data_stays(value):
    assert deserialize_keras_object(serialize_keras_object(value)) == value


def test_arrays_and_tensors():
    array = np.array([[1, 2]], np.int16)
    back = deserialize_keras_object(serialize_keras_object(array))
    assert back.dtype == np.int16 and back.tolist() == [[1, 2]]
    tensor = deserialize_keras_object(serialize_keras_object(convert.constant([1.5, 2.0], dtype="bfloat16")))
    assert tensor.dtype == dtypes.bfloat16 and tensor.numpy().astype(float).tolist() == [1.5, 2.0]
    assert deserialize_keras_object(serialize_keras_object(b"xy")) == b"xy"
    assert serialize_keras_object(np.float32(0.5)) == 0.5
    assert serialize_keras_object(TensorShape([None, 2])) == [None, 2]
    assert serialize_keras_object(dtypes.float16) == "float16"
    spec = TensorSpec([1, None], "int32")
    assert deserialize_keras_object(serialize_keras_object(spec)) == spec


def test_functions_by_name():
    made = serialize_keras_object(activations.relu)
    assert made == {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}
    assert deserialize_keras_object(made) is activations.relu

    def local(x):
        return x

    own = serialize_keras_object(local)
    with pytest.raises(TypeError, match="local"):
        deserialize_keras_object(own)
    assert deserialize_keras_object(own, {"local": local}) is local


def test_lambdas_are_code_and_refused():
    described = {"class_name": "__lambda__", "config": {"value": ["4wE=", None, None]}}
    for safe_mode in (True, None):
        with pytest.raises(ValueError, match="safe_mode=False"):
            deserialize_keras_object(described, safe_mode=safe_mode)


@pytest.mark.parametrize(
    "config",
    [
        {"module": "os", "class_name": "system", "config": "ls", "registered_name": None},
        {"module": "builtins", "class_name": "eval", "config": {}, "registered_name": "builtins>eval"},
        {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"},
        {"module": "keras.layers", "class_name": "Dense.__init__", "config": {}, "registered_name": None},
        {"module": "keras_evil.metrics", "class_name": "Mean", "config": {}, "registered_name": None},
        {"module": ["keras"], "class_name": "Mean", "config": {}, "registered_name": None},
        {"module": "keras.metrics", "class_name": ["Mean"], "config": {}, "registered_name": None},
        {"module": "keras.metrics", "class_name": "Mean", "config": "x", "registered_name": None},
        {"module": "keras.utils", "class_name": "get_file", "config": {}, "registered_name": None},
        {"class_name": "__numpy__", "config": {"value": [[1], {}], "dtype": "float32"}},
        {"class_name": "__nothing__", "config": {"value": 1}},
    ],
)
def test_names_are_never_imported(config):
    with pytest.raises((TypeError, ValueError)):
        deserialize_keras_object(config)


def test_modules_of_other_keras_find_the_table():
    for module in ("keras.src.metrics.reduction_metrics", "tf_keras.metrics", "tensorflow.keras.metrics",
                   "tensorflow.python.keras.metrics"):  # fmt: skip
        made = {"module": module, "class_name": "Mean", "config": {"name": "m", "dtype": "float32"},
                "registered_name": None}  # fmt: skip
        assert type(deserialize_keras_object(made)) is metrics.Mean
    made = {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": None}
    assert type(deserialize_keras_object(made)) is initializers.Zeros


def test_configs_are_serialized_within():
    class Holder:
        def get_config(self):
            return {"regularizer": initializers.Zeros(), "size": np.int64(3)}

    made = serialize_keras_object(Holder())
    assert made["config"]["regularizer"]["class_name"] == "Zeros" and made["config"]["size"] == 3
    with pytest.raises(TypeError, match="get_config"):
        serialize_keras_object(object())


def test_bad_config_names_the_class():
    with pytest.raises(TypeError, match="Mean could not be made from its config"):
        deserialize_keras_object({"module": "keras.metrics", "class_name": "Mean", "config": {"nome": 1},
                                  "registered_name": None})  # fmt: skip


def test_safe_mode_is_a_parameter_of_the_load():
    seen = []

    class Probe:
        @classmethod
        def from_config(cls, config):
            seen.append(registry.in_safe_mode())
            return cls()

    made = {"module": None, "class_name": "Probe", "config": {}, "registered_name": "Probe"}
    for mode in (True, None, False):
        deserialize_keras_object(made, {"Probe": Probe}, safe_mode=mode)
    assert seen == [True, True, False] and registry.in_safe_mode()


def test_lambda_seam(monkeypatch):
    monkeypatch.setattr(serialization, "lambda_writer", lambda function: "code")
    monkeypatch.setattr(serialization, "lambda_reader", lambda value: lambda x: (value, x))
    made = serialize_keras_object(lambda x: x)
    assert deserialize_keras_object(made, safe_mode=False)(1) == ("code", 1)


def test_a_lambda_that_the_caller_trusts():
    described = serialize_keras_object(lambda x: x * 2)
    assert deserialize_keras_object(described, safe_mode=False)(3) == 6
    with pytest.raises(ValueError, match="safe_mode=False"):
        deserialize_keras_object(described)
