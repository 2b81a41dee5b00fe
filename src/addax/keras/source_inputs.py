"""What a symbolic tensor is computed from."""

from __future__ import annotations

from typing import Any

from addax.keras.graph import KerasTensor


def get_source_inputs(tensor: KerasTensor, layer: Any = None, node_index: int | None = None) -> list[KerasTensor]:
    """The inputs that a symbolic tensor is computed from.

    Args:
        tensor: of a functional model; anything else is returned as it is.
        layer: start from this layer's call instead.
        node_index: which of its calls.

    Returns:
        The tensors without calls before them, each once, in the order in which they are met.

    >>> from addax import keras
    >>> a, b = keras.Input((2,)), keras.Input((2,))
    >>> [tensor is a for tensor in get_source_inputs(keras.layers.add([a, b]))]
    [True, False]
    """
    if layer is None and not isinstance(tensor, KerasTensor):
        return tensor
    node = tensor.node if layer is None else layer._inbound_nodes[node_index or 0]
    found: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    stack = [node] if node is not None and node.inputs else []
    if not stack:
        return [tensor]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        earlier = []
        for each in node.inputs:
            if each.node is None or not each.node.inputs:
                found.setdefault(id(each), each)
            else:
                earlier.append(each.node)
        stack.extend(reversed(earlier))
    return list(found.values())
