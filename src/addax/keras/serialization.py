"""The dicts of Keras objects, both ways; see `registry` for where names are looked up."""

from __future__ import annotations

import collections
import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec, TypeSpec
from addax.core.tensor import Tensor
from addax.keras import registry

# The saving room sets these: lambdas are Python bytecode, and only that room reads and writes such.
lambda_writer: Callable[[FunctionType], Any] | None = None
lambda_reader: Callable[[Any], FunctionType] | None = None

_SPECS = {cls.__name__: cls for cls in (TensorSpec, RaggedTensorSpec, SparseTensorSpec)}
_PLAIN = (str, int, float, bool)
_MAX_ELEMENTS = 10_000_000


_SHARED = "shared_object_id"


class _Shared(threading.local):
    numbers: dict[int, tuple[int, Any]] | None = None  # while a model is described: of layers, by identity
    made: dict[str, list[tuple[Any, Any]]] | None = None  # while one is made: numbers and layers by description


_shared = _Shared()


@contextlib.contextmanager
def describing_shared() -> Iterator[Callable[[Any], Any]]:
    """A scope in which layers that stand in several places of a model get a number, as in Keras' files.

    Yields:
        What takes the numbers of layers that stand in one place only off a description.
    """
    outer, _shared.numbers = _shared.numbers, {}
    try:
        yield lambda described: _without_numbers(described, _repeated(described))
    finally:
        _shared.numbers = outer


@contextlib.contextmanager
def making_shared(described: Any) -> Iterator[None]:
    """A scope in which layers of a description that have a number and say the same are one layer.

    Keras 2 forgets the number of the first of them.
    """
    outer, _shared.made = _shared.made, {} if any(True for _ in _numbers(described)) else None
    try:
        yield
    finally:
        _shared.made = outer


def _numbers(described: Any) -> Iterator[Any]:
    pending = [described]
    while pending:
        item = pending.pop()
        if isinstance(item, Mapping):
            if item.get(_SHARED) is not None:
                yield item[_SHARED]
            pending.extend(item.values())
        elif isinstance(item, list | tuple):
            pending.extend(item)


def _repeated(described: Any) -> set[int]:
    return {number for number, count in collections.Counter(_numbers(described)).items() if count > 1}


def _without_numbers(item: Any, kept: set[int]) -> Any:
    if isinstance(item, Mapping):
        return {key: _without_numbers(part, kept) for key, part in item.items() if key != _SHARED or part in kept}
    if isinstance(item, list | tuple):
        return type(item)(_without_numbers(part, kept) for part in item)
    return item


# ---------------------------------------------------------------------------- to dicts


def serialize(obj: Any) -> Any:
    """See `registry.serialize_keras_object`."""
    if obj is None or isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, list):
        return [serialize(item) for item in obj]
    if isinstance(obj, tuple):
        return tuple(serialize(item) for item in obj)
    if isinstance(obj, Mapping) and not hasattr(obj, "get_config"):
        return {key: serialize(value) for key, value in obj.items()}
    data = _serialize_data(obj)
    if data is not None:
        return data
    if isinstance(obj, FunctionType) or registry.kind_of(obj) in ("activation", "loss", "metric", "op"):
        return _serialize_function(obj)
    if isinstance(obj, type):
        return {"module": _module(obj), "class_name": "__class__", "config": obj.__name__,
                "registered_name": registry.get_registered_name(obj)}  # fmt: skip
    if not hasattr(obj, "get_config"):
        raise TypeError(
            f"Cannot serialize object {obj!r:.200} of type {type(obj)}. To be serializable, a class must implement "
            "the `get_config()` method."
        )
    return _serialize_object(obj)


def _serialize_data(obj: Any) -> Any:
    """Arrays, tensors, shapes, dtypes; None for other things."""
    if isinstance(obj, np.generic):
        return obj.item() if obj.dtype.kind not in "SUO" else serialize(obj.item())
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, Tensor) or hasattr(obj, "__tf_value__"):
        value = np.asarray(obj.numpy())
        if value.dtype == object:
            value = np.vectorize(bytes.decode, otypes=[object])(value)
        return {"class_name": "__tensor__", "config": {"value": value.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, TensorShape):
        return obj.as_list() if obj.rank is not None else None
    if isinstance(obj, dtypes.DType):
        return obj.name
    if isinstance(obj, np.dtype):
        return obj.name
    if isinstance(obj, TypeSpec):
        return {
            "class_name": "__typespec__",
            "spec_name": type(obj).__name__,
            "module": "tf",
            "config": [serialize(obj.shape), obj.dtype.name, *([obj.name] if isinstance(obj, TensorSpec) else [])],
            "registered_name": None,
        }
    return None


def _serialize_function(function: Any) -> Any:
    if getattr(function, "__name__", "") == "<lambda>":
        if lambda_writer is None:
            raise ValueError(
                "A lambda cannot be saved by name.\n  To do: write it as a function (def) and decorate it with "
                "@keras.saving.register_keras_serializable()."
            )
        return {"class_name": "__lambda__", "config": {"value": lambda_writer(function)}}
    kind = registry.kind_of(function)
    name = registry.builtin_name(kind, function) if kind else registry.get_registered_name(function)
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def _module(cls: type) -> str | None:
    kind = registry.kind_of(cls)
    if kind is not None:
        return registry.MODULES[kind]
    module = cls.__module__
    return None if module in ("__main__", "builtins") else module


def _serialize_object(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    made = {
        "module": _module(cls),
        "class_name": cls.__name__,
        "config": {key: serialize(value) for key, value in obj.get_config().items()},
        "registered_name": None if registry.kind_of(cls) else registry.get_registered_name(cls),
    }
    if "_serialized_as" in cls.__dict__:  # classes that Keras writes with the place of their code
        made["module"], made["registered_name"] = cls._serialized_as
    for key in ("build_config", "compile_config"):
        getter = getattr(obj, f"get_{key}", None)
        extra = getter() if getter is not None else None
        if extra:
            made[key] = serialize(extra)
    if _shared.numbers is not None and hasattr(obj, "_inbound_nodes"):
        made[_SHARED] = _shared.numbers.setdefault(id(obj), (len(_shared.numbers), obj))[0]
    return made


# ---------------------------------------------------------------------------- from dicts


def deserialize(
    config: Any, custom_objects: Mapping[str, Any] | None, safe_mode: bool | None, kinds: tuple[str, ...] = ()
) -> Any:
    """See `registry.deserialize_keras_object`."""
    if not registry.in_safe_mode():
        safe_mode = False  # inside a load with safe_mode=False, whose parts do not say it again
    if config is None or isinstance(config, int | float | bool):
        return config
    if isinstance(config, str):
        found = (custom_objects or {}).get(config)
        found = registry.get_registered_object(config) if found is None else found
        return config if found is None else found
    if isinstance(config, list | tuple):
        return [deserialize(item, custom_objects, safe_mode) for item in config]
    if not isinstance(config, Mapping):
        raise TypeError(f"Could not parse config: {registry.shown(config)}")
    if "class_name" not in config or "config" not in config:
        return {key: deserialize(value, custom_objects, safe_mode) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if not isinstance(name, str):
        raise TypeError(f"Could not parse config: class_name is not a string: {registry.shown(config)}")
    if name.startswith("__") and name.endswith("__"):
        return _deserialize_data(name, inner, config, safe_mode)
    if name == "function" and config.get("module", "builtins") == "builtins":
        return _function(inner, custom_objects, config)
    said = _said(config)
    if said is not None and (found := _made_already(said, config.get(_SHARED))) is not None:
        return found
    cls = _class(name, config, custom_objects, kinds)
    # safe_mode=None is safe; a load that is not safe may still hold safe parts.
    with registry.CustomObjectScope(custom_objects or {}), registry.SafeModeScope(safe_mode):
        made = registry._instantiate(cls, inner, custom_objects, config)
        if isinstance(cls, type):
            with registry.building(name, config):
                _configure(made, config, "build_config", "build_from_config")
                _configure(made, config, "compile_config", "compile_from_config")
    if said is not None and hasattr(made, "_inbound_nodes"):
        _shared.made.setdefault(said, []).append((config.get(_SHARED), made))  # type: ignore[union-attr]
    return made


def _said(config: Mapping[str, Any]) -> str | None:
    """What a description says of an object, where layers may stand in several places."""
    if _shared.made is None:
        return None
    try:
        return json.dumps([config["class_name"], config["config"]], sort_keys=True, default=repr)
    except (TypeError, ValueError):
        return None


def _made_already(said: str, number: Any) -> Any:
    """The layer that a description with this number means, if it was made before."""
    if number is None:
        return None
    return next((made for own, made in _shared.made.get(said, ()) if own in (None, number)), None)  # type: ignore[union-attr]


def _configure(made: Any, config: Mapping[str, Any], key: str, method: str) -> None:
    if config.get(key) and hasattr(made, method):
        getattr(made, method)(config[key])


def _class(name: str, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None, kinds: Any) -> Any:
    """The class of a description: the caller's and registered names first, then the built-in tables."""
    module, registered = config.get("module"), config.get("registered_name")
    for each in (registered, name):
        if isinstance(each, str):
            if custom_objects and each in custom_objects:
                return custom_objects[each]
            found = registry.get_registered_object(each)
            if found is not None:
                return found
    for kind in (*_kinds_of_module(module), *kinds):
        found = registry.builtin(kind, name)
        if found is not None:
            return found
    raise registry.UnknownClassError(
        f"Could not locate class '{name}'. Make sure custom classes are decorated with "
        "`@keras.saving.register_keras_serializable()`, or named in `custom_objects`.\n"
        f"  Full object config: {registry.shown(config)}"
    )


def _kinds_of_module(module: Any) -> list[str]:
    """The kinds to look through for a module's name; modules that are not Keras' have none."""
    if module is None:
        return []
    if not isinstance(module, str):
        raise TypeError(f"Could not parse config: module is not a string: {module!r:.200}")
    parts = module.split(".")
    if parts[0] == "tensorflow":
        parts = parts[2:] if parts[1:2] == ["python"] else parts[1:]
    if parts == ["ops", "init_ops_v2"]:  # tf.constant_initializer and the others beside it
        return ["initializer"]
    if parts[:1] not in (["keras"], ["tf_keras"], ["addax"]):
        return []
    for kind, home in sorted(registry.MODULES.items(), key=lambda item: -len(item[1])):
        if kind != "model" and home.split(".")[-1] in parts:
            return [kind]
    if "dtype_policies" in parts:
        return ["policy"]
    if "legacy" in parts and "optimizers" in parts:
        return ["legacy_optimizer"]
    return ["model", "layer"]


def _function(name: Any, custom_objects: Mapping[str, Any] | None, config: Mapping[str, Any]) -> Any:
    if isinstance(name, str):
        if custom_objects and name in custom_objects:
            return custom_objects[name]
        found = registry.get_registered_object(name)
        for kind in registry._FUNCTION_KINDS:
            found = registry.builtin(kind, name) if found is None else found
        if found is not None:
            return found
    raise registry.about_a_name(
        TypeError(
            f"Could not locate function '{name}'. Make sure custom functions are decorated with "
            f"`@keras.saving.register_keras_serializable()`, or named in `custom_objects`.\n"
            f"  Full object config: {registry.shown(config)}"
        )
    )


def _deserialize_data(name: str, inner: Any, config: Mapping[str, Any], safe_mode: bool | None) -> Any:
    """The descriptions whose names start with "__": data, and lambdas."""
    if name == "__lambda__":
        if safe_mode is not False:
            raise ValueError(
                "Requested the deserialization of a `lambda` object. This carries a potential risk of arbitrary code "
                "execution and thus it is disallowed by default. If you trust the source of the saved model, you can "
                "pass `safe_mode=False` to the loading function in order to allow `lambda` loading."
            )
        if lambda_reader is None:
            raise ValueError("Lambdas are read by keras.saving, which is not there.")
        with registry.SafeModeScope(False):
            return lambda_reader(inner["value"])
    if name == "__typespec__":
        spec = _SPECS.get(config.get("spec_name", ""))
        if spec is None:
            raise TypeError(f"Could not parse config: unknown type spec {config.get('spec_name')!r:.100}")
        shape, dtype, *rest = inner
        return spec(TensorShape(shape), dtypes.as_dtype(dtype), *rest)
    if not isinstance(inner, Mapping) or "value" not in inner:
        raise TypeError(f"Could not parse config: {registry.shown(config)}")
    value = inner["value"]
    if name == "__bytes__" and isinstance(value, str):
        return value.encode("utf-8")
    if name in ("__tensor__", "__numpy__"):
        dtype = dtypes.as_dtype(inner.get("dtype", "float32"))
        if dtype.name in ("resource", "variant"):
            raise TypeError(f"Could not parse config: {name} of dtype {dtype.name}.")
        array = np.array(value) if dtype.name == "string" else np.array(value, dtype=dtype.np)
        if array.dtype == object or array.size > _MAX_ELEMENTS:
            raise TypeError(f"Could not parse config: {name} holds no plain numbers.")
        return array if name == "__numpy__" else convert.constant(array, dtype=dtype)
    raise TypeError(f"Could not parse config: unknown class {name!r:.100}")
