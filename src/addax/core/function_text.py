"""Signatures of traced functions as text, in TensorFlow's words for types."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.core.variable import Variable


def type_text(item: Any) -> str:
    """What a traced function knows of a value.

    >>> import addax as tf
    >>> from addax.core.function_text import type_text
    >>> type_text([tf.TensorSpec([2], tf.int32), 3])
    'List[TensorSpec(shape=(2,), dtype=tf.int32, name=None), Literal[3]]'
    """
    if isinstance(item, TensorSpec):
        return repr(TensorSpec(item.shape, item.dtype))
    if isinstance(item, Tensor):
        return type_text(TensorSpec.from_tensor(item))
    if isinstance(item, Variable):
        return f"VariableSpec(shape={item.shape}, dtype={item.dtype!r}, trainable={item.trainable!r})"
    if isinstance(item, Mapping):
        return f"Dict[{', '.join(f'[{key!r}, {type_text(part)}]' for key, part in item.items())}]"
    if isinstance(item, list | tuple):
        kind = "List" if isinstance(item, list) else "Tuple"
        return f"{kind}[{', '.join(type_text(part) for part in item)}]"
    return f"Literal[{item!r}]"


def parameters(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], bound: bool
) -> list[tuple[str, str, str]]:
    """(name, kind, type) of each parameter of a signature.

    Args:
        function: the plain function.
        args: positional arguments, tensors as `tf.TensorSpec`s; without `self`.
        kwargs: keyword arguments, likewise.
        bound: whether the function is a method.
    """
    try:
        called = inspect.signature(function).bind_partial(*((None,) * bound), *args, **kwargs)
    except (TypeError, ValueError):  # no signature of its own
        return [(str(i), "POSITIONAL_ONLY", type_text(item)) for i, item in enumerate(args)]
    called.apply_defaults()
    found = [(each, called.arguments[each.name]) for each in called.signature.parameters.values()
             if each.name in called.arguments][int(bound) :]  # fmt: skip
    return [
        (each.name, each.kind.name, type_text(item))
        for each, item in found
        if item or each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


def block(described: list[tuple[str, str, str]], output: Any, variables: tuple[Variable, ...]) -> str:
    """A signature as several lines: inputs, result, and the variables that the function reads."""
    lines = ["Input Parameters:", *(f"  {name} ({kind}): {text}" for name, kind, text in described)]
    lines += ["Output Type:", f"  {type_text(output)}", "Captures:"]
    captured = [f"  {id(each)}: TensorSpec(shape=(), dtype=tf.resource, name=None)" for each in variables]
    return "\n".join(lines + (captured or ["  None"]))


def line(described: list[tuple[str, str, str]], output: Any) -> str:
    """A signature in one line."""
    return f"({', '.join(f'{name}: {text}' for name, _, text in described)}) -> {type_text(output)}"
