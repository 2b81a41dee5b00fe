"""Descriptions of models between versions of Keras: what we write is for all of them, what they wrote is for us.

One thing Keras 2 and Keras 3 cannot share: MultiHeadAttention (Keras 2 needs `query_shape` in its config, Keras 3
refuses it). There Keras 2's way is written.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from addax.keras import registry

# Arguments of layers that Keras 3 does not know, with the values that mean nothing.
_UNKNOWN_TO_KERAS3 = {
    "DepthwiseConv1D": {"groups": 1},
    "DepthwiseConv2D": {"groups": 1},
    "SeparableConv1D": {"groups": 1},
    "SeparableConv2D": {"groups": 1},
    "Embedding": {"input_length": None},
    "LSTM": {"time_major": False, "implementation": 2},
    "GRU": {"time_major": False, "implementation": 2},
    "SimpleRNN": {"time_major": False},
    "RNN": {"time_major": False},
    "ConvLSTM1D": {"time_major": False},
    "ConvLSTM2D": {"time_major": False},
    "ConvLSTM3D": {"time_major": False},
    "MultiHeadAttention": {"softmax_robust_masking": False},
}
_MISSING = object()
# Keras 2 has two classes of the public name LossScaleOptimizer, and tells them apart in files.
LOSS_SCALE_NAME = "LossScaleOptimizerV3"
_SCALED = {
    "module": "tf_keras.src.mixed_precision.loss_scale_optimizer",
    "class_name": LOSS_SCALE_NAME,
    "registered_name": LOSS_SCALE_NAME,
}


# ---------------------------------------------------------------------------- writing


def portable(config: Any) -> Any:
    """The description of a model in the form that Keras 2 and Keras 3 both read.

    Args:
        config: what `serialize_keras_object(model)` gives.

    Returns:
        The same with functional models as `keras.Model`, and without arguments that only one of them knows.
    """
    if isinstance(config, list | tuple):
        return [portable(part) for part in config]
    if not isinstance(config, Mapping):
        return config
    if config.get("class_name") == "Policy" and config.get("module") == "keras.mixed_precision":
        return config["config"]["name"]  # Keras 3 has another class of policies; both know the names
    made = {key: portable(value) for key, value in config.items()}
    if config.get("class_name") == "LossScaleOptimizer" and isinstance(made.get("config"), dict):
        made["config"]["inner_optimizer"] = config["config"].get("inner_optimizer")  # with the mark of its generation
        made.update(_SCALED)
    if isinstance(made.get("compile_config"), dict):
        made["compile_config"] = {key: value for key, value in made["compile_config"].items() if value is not None}
    name, inner = made.get("class_name"), made.get("config")
    if not isinstance(name, str) or not isinstance(inner, dict):
        return made
    if name == "Functional":
        made.update(module="keras", class_name="Model", registered_name=None)
    if _is_graph(inner):
        _count_alike(inner)
    if made.get("module") == "keras.optimizers":
        for key in ("is_legacy_optimizer", "jit_compile"):
            inner.pop(key, None)
    if made.get("module") == "keras.losses":
        inner.pop("fn", None)  # the class says it
        if inner.get("reduction") == "auto":
            inner["reduction"] = "sum_over_batch_size"  # what it means outside of strategies
    if made.get("module") == "keras.optimizers.schedules" and inner.get("name", _MISSING) is None:
        del inner["name"]
    if made.get("module") == "keras.layers" and name != "InputLayer":
        inner.pop("batch_input_shape", None)  # the input layer beside it has it
        if name == "BatchNormalization" and isinstance(inner.get("axis"), list) and len(inner["axis"]) == 1:
            inner["axis"] = inner["axis"][0]
        for key, value in _UNKNOWN_TO_KERAS3.get(name, {}).items():
            if inner.get(key, _MISSING) == value:
                del inner[key]
    return made


def _is_graph(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("layers"), list) and "input_layers" in config and "output_layers" in config


def _count_alike(config: dict[str, Any]) -> None:
    """Number calls of models inside a model so that Keras 2, which counts from 1 there, and Keras 3, from 0, agree.

    Each call is written twice: call n is then number 2 n - 1 to both. Nobody uses the results of the others.
    """
    inside = [each for each in config["layers"] if _has_inputs_of_its_own(each.get("config"))]
    names = {each["name"] for each in inside}
    # With a loss or metric of the model's own, Keras 2 runs calls that nobody uses, and Keras 3 cannot read it anyway.
    if not names or any(each.get("class_name") in ("AddLoss", "AddMetric") for each in config["layers"]):
        return

    def counted(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: counted(part) for key, part in value.items()}
        if not isinstance(value, list | tuple):
            return value
        if len(value) in (3, 4) and isinstance(value[0], str) and value[0] in names and isinstance(value[1], int):
            return [value[0], 2 * value[1] - 1, value[2], *(counted(part) for part in value[3:])]
        return [counted(part) for part in value]

    for layer in config["layers"]:
        layer["inbound_nodes"] = counted(layer.get("inbound_nodes", []))
    for layer in inside:
        layer["inbound_nodes"] = [node for node in layer["inbound_nodes"] for _ in range(2)]
    config["output_layers"] = counted(config["output_layers"])


def _has_inputs_of_its_own(config: Any) -> bool:
    """Whether a layer is a model with a graph, whose inputs Keras 2 counts as call 0."""
    if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list) or not config["layers"]:
        return False
    return _is_graph(config) or config["layers"][0].get("class_name") == "InputLayer"


def legacy(config: Any) -> Any:
    """The description of a model as HDF5 files of Keras 2 have it: layers as {"class_name", "config"} only.

    Args:
        config: what `serialize_keras_object(model)` gives, or the entry of a layer in it.
    """
    name = config["class_name"]
    registered = config.get("registered_name")
    if registered and ">" in registered:
        name = registered
    inner = dict(config["config"])
    if isinstance(inner.get("layers"), list) and (name == "Sequential" or "input_layers" in inner):
        inner["layers"] = [legacy(layer) for layer in inner["layers"]]
    made = {"class_name": name, "config": inner}
    made.update({key: config[key] for key in ("name", "inbound_nodes", "shared_object_id") if key in config})
    return made


# ---------------------------------------------------------------------------- reading


def from_file(config: Any, version: str = "") -> Any:
    """The description of a model for our classes.

    Args:
        config: from a file of any version of Keras.
        version: the version of Keras that wrote it, if the file says so.

    Returns:
        The same without arguments that say nothing (None or False) and that our class does not have; older names
        replaced by today's.
    """
    if isinstance(config, list):
        return [from_file(part, version) for part in config]
    if not isinstance(config, dict):
        return config
    made = {key: from_file(value, version) for key, value in config.items()}
    inner = made.get("config")
    cls = _builtin_class(made) if isinstance(inner, dict) else None
    if cls is not None:
        if version.startswith("3"):
            _from_keras3(made["class_name"], inner)  # type: ignore[arg-type]
        accepted = _accepted(cls)
        if accepted is not None:
            made["config"] = {
                key: value for key, value in inner.items()  # type: ignore[union-attr]
                if key in accepted or key == "is_legacy_optimizer" or not (value is None or value is False)
            }  # fmt: skip
    return made


def _builtin_class(config: Mapping[str, Any]) -> Any:
    name = config.get("class_name")
    if not isinstance(name, str) or name in ("Functional", "Model", "Sequential"):
        return None
    for kind in ("layer", "optimizer", "initializer", "regularizer", "constraint"):
        found = registry.builtin(kind, name)
        if isinstance(found, type):
            return found
    return None


def _from_keras3(name: str, inner: dict[str, Any]) -> None:
    """What Keras 3 says in another way."""
    if isinstance(inner.get("dtype"), dict) and isinstance(inner["dtype"].get("config"), dict):
        inner["dtype"] = inner["dtype"]["config"].get("name", "float32")
    if name == "InputLayer" and "batch_shape" in inner:
        inner["batch_input_shape"] = inner.pop("batch_shape")
    if name in ("LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "MultiHeadAttention"):
        for key in ("seed", "flash_attention", "use_cudnn", "use_gate"):
            inner.pop(key, None)


_ACCEPTED: dict[type, frozenset[str] | None] = {}


def _accepted(cls: type) -> frozenset[str] | None:
    """The arguments that a class' constructor takes, those of its base classes included; None if it takes any."""
    if cls not in _ACCEPTED:
        names: set[str] = set()
        for each in cls.__mro__:
            init: Callable[..., Any] | None = each.__dict__.get("__init__")
            if init is None or each is object:
                continue
            parameters = inspect.signature(init).parameters.values()
            names.update(p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
        _ACCEPTED[cls] = frozenset(names) or None
    return _ACCEPTED[cls]
