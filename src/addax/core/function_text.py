"""Signatures of traced functions as text, in TensorFlow's words for types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import trees
from addax.core.spec import TensorSpec, TypeSpec
from addax.core.tensor import Tensor
from addax.core.variable import Variable


def type_text(item: Any, named: bool = False) -> str:
    """What a traced function knows of a value.

    Args:
        item: the value, or a spec of it.
        named: whether names in specs are the user's.

    >>> import addax as tf
    >>> from addax.core.function_text import type_text
    >>> type_text([tf.TensorSpec([2], tf.int32), 3])
    'List[TensorSpec(shape=(2,), dtype=tf.int32, name=None), Literal[3]]'
    """
    if isinstance(item, TensorSpec):
        return repr(item if named else TensorSpec(item.shape, item.dtype))
    if isinstance(item, Tensor):
        return type_text(TensorSpec.from_tensor(item))
    if isinstance(item, Variable):
        return f"VariableSpec(shape={item.shape}, dtype={item.dtype!r}, trainable={item.trainable!r})"
    if isinstance(item, TypeSpec):
        return repr(item)
    if isinstance(item, trees.CompositeTensor):
        return repr(item._type_spec)
    if isinstance(item, Mapping):
        return f"Dict[{', '.join(f'[{key!r}, {type_text(part, named)}]' for key, part in item.items())}]"
    if hasattr(item, "_fields"):
        pairs = zip(item._fields, item, strict=True)
        return f"{type(item).__name__}[{', '.join(f'[{key!r}, {type_text(part, named)}]' for key, part in pairs)}]"
    if isinstance(item, list | tuple):
        kind = "List" if isinstance(item, list) else "Tuple"
        return f"{kind}[{', '.join(type_text(part, named) for part in item)}]"
    return f"Literal[{item!r}]"
