"""Structures of tensor specs and Python values as SavedModels write them, and back."""

from __future__ import annotations

import collections
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from addax.core import dtypes, trees
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError, UnsupportedFormatError

_HANDLES = {files.RESOURCE: "resource", files.VARIANT: "variant"}


def dtype_of(number: int, file: str = files.FILE) -> dtypes.DType:
    """The dtype of a number of types.proto."""
    if number in _HANDLES:
        return dtypes.as_dtype(_HANDLES[number])
    found = files.numpy_dtype(number, file)
    return dtypes.as_dtype("string") if found is None else dtypes.from_numpy(found)


def number_of(dtype: Any) -> int:
    """The number in types.proto of a dtype."""
    dtype = dtypes.as_dtype(dtype)
    return files.STRING if dtype.name == "string" else files.dtype_number(dtype.np)


def spec_message(spec: TensorSpec, name: str | None = None) -> dict[str, Any]:
    """The TensorSpecProto of a spec."""
    made = {"shape": files.shape_message(_dims(spec.shape)), "dtype": number_of(spec.dtype)}
    name = name or spec.name
    return {"name": name, **made} if name else made


def _dims(shape: TensorShape) -> Any:
    return None if shape.rank is None else shape.as_list()


def to_message(item: Any) -> dict[str, Any]:
    """A structure of specs and Python values as a StructuredValue.

    Raises:
        TypeError: it holds something that has no form there.
    """
    if item is None:
        return {"none_value": {}}
    if isinstance(item, bool | np.bool_):
        return {"bool_value": bool(item)}
    if isinstance(item, int | np.integer):
        return {"int64_value": int(item)}
    if isinstance(item, float | np.floating):
        return {"float64_value": float(item)}
    if isinstance(item, str):
        return {"string_value": item}
    if isinstance(item, TensorSpec):
        return {"tensor_spec_value": spec_message(item)}
    if isinstance(item, TensorShape):
        return {"tensor_shape_value": files.shape_message(_dims(item))}
    if isinstance(item, dtypes.DType):
        return {"tensor_dtype_value": number_of(item)}
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        pairs = [{"key": key, "value": to_message(part)} for key, part in zip(item._fields, item, strict=True)]
        return {"named_tuple_value": {"name": type(item).__name__, "values": pairs}}
    if isinstance(item, tuple):
        return {"tuple_value": {"values": [to_message(part) for part in item]}}
    if isinstance(item, list):
        return {"list_value": {"values": [to_message(part) for part in item]}}
    if isinstance(item, Mapping):
        return {"dict_value": {"fields": {str(key): to_message(item[key]) for key in item}}}
    raise TypeError(f"a SavedModel cannot describe a Python {type(item).__name__}: {item!r:.80}")


def from_message(message: Mapping[str, Any], file: str = files.FILE) -> Any:
    """The structure that a StructuredValue describes.

    Raises:
        UnsupportedFormatError: specs of other things than dense tensors.
    """
    for kind, value in message.items():
        if kind in ("float64_value", "int64_value", "string_value", "bool_value"):
            return value
        if kind in ("tensor_spec_value", "bounded_tensor_spec_value"):
            shape = files.shape_of(value.get("shape", {}))
            return TensorSpec(shape, dtype_of(value.get("dtype", 0), file), value.get("name") or None)
        if kind == "tensor_shape_value":
            return TensorShape(files.shape_of(value))
        if kind == "tensor_dtype_value":
            return dtype_of(value, file)
        if kind in ("tensor_value", "numpy_value"):
            return files.array_of(value, file)
        if kind in ("list_value", "tuple_value"):
            parts = [from_message(part, file) for part in value.get("values", [])]
            return parts if kind == "list_value" else tuple(parts)
        if kind == "dict_value":
            return {key: from_message(part, file) for key, part in value.get("fields", {}).items()}
        if kind == "named_tuple_value":
            return _named_tuple(value, file)
        if kind == "type_spec_value":
            name = value.get("type_spec_class_name") or f"number {value.get('type_spec_class', 0)}"
            raise UnsupportedFormatError(file, "a function over other things than tensors", received=f"spec {name}")
    return None


def _named_tuple(value: Mapping[str, Any], file: str) -> Any:
    pairs = [(pair.get("key", ""), from_message(pair.get("value", {}), file)) for pair in value.get("values", [])]
    try:
        kind = collections.namedtuple(str(value.get("name", "")), [key for key, _ in pairs])
    except ValueError as error:
        raise CorruptFileError(file, f"a tuple with impossible names ({error})") from None
    return kind(*[part for _, part in pairs])


# ---------------------------------------------------------------------------- how functions are called


def argspec_message(signature: inspect.Signature | None) -> dict[str, Any]:
    """The FullArgSpec of a function's parameters."""
    parameters = list(signature.parameters.values()) if signature is not None else []
    by_kind = {kind: [p for p in parameters if p.kind is kind] for kind in {p.kind for p in parameters}}
    plain = by_kind.get(inspect.Parameter.POSITIONAL_ONLY, []) + by_kind.get(
        inspect.Parameter.POSITIONAL_OR_KEYWORD, []
    )
    only = by_kind.get(inspect.Parameter.KEYWORD_ONLY, [])
    defaults = [_default(p.default) for p in plain if p.default is not p.empty]
    fields = {
        "args": [p.name for p in plain],
        "varargs": next((p.name for p in by_kind.get(inspect.Parameter.VAR_POSITIONAL, [])), None),
        "varkw": next((p.name for p in by_kind.get(inspect.Parameter.VAR_KEYWORD, [])), None),
        "defaults": tuple(defaults) or None,
        "kwonlyargs": [p.name for p in only],
        "kwonlydefaults": {p.name: _default(p.default) for p in only if p.default is not p.empty} or None,
        "annotations": {},
    }
    pairs = [{"key": key, "value": to_message(value)} for key, value in fields.items()]
    return {"named_tuple_value": {"name": "FullArgSpec", "values": pairs}}


def _default(value: Any) -> Any:
    try:
        to_message(value)
    except TypeError:  # an object that only the program knows
        return None
    return value


def signature_from(spec: Any) -> inspect.Signature | None:
    """The parameters that a FullArgSpec describes; None where they do not make a signature."""
    if not hasattr(spec, "args") or not hasattr(spec, "defaults"):
        return None
    kinds, made = inspect.Parameter, []
    defaults = list(spec.defaults or ())
    args = list(spec.args or ())
    for index, name in enumerate(args):
        at = index - (len(args) - len(defaults))
        made.append(
            kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=defaults[at] if at >= 0 else kinds.empty)
        )  # fmt: skip
    if getattr(spec, "varargs", None):
        made.append(kinds(spec.varargs, kinds.VAR_POSITIONAL))
    only = getattr(spec, "kwonlydefaults", None) or {}
    for name in getattr(spec, "kwonlyargs", None) or ():
        made.append(kinds(name, kinds.KEYWORD_ONLY, default=only.get(name, kinds.empty)))
    if getattr(spec, "varkw", None):
        made.append(kinds(spec.varkw, kinds.VAR_KEYWORD))
    try:
        return inspect.Signature(made)
    except ValueError:
        return None


def specs_in(structure: Any) -> list[TensorSpec]:
    """The specs of tensors in a structure, in the order in which functions take them."""
    return [leaf for leaf in trees.flatten(structure) if isinstance(leaf, TensorSpec)]
