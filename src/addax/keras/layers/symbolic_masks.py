"""Masks of symbolic tensors: what the layers before one would hand on with it."""

from __future__ import annotations

from typing import Any

from addax.core import trees
from addax.keras import graph
from addax.keras.source_inputs import get_source_inputs


def masks_of(tensors: Any) -> Any:
    """The mask of each symbolic tensor of a structure: a KerasTensor, or None where nothing is masked.

    >>> from addax import keras
    >>> from addax.keras.layers.symbolic_masks import masks_of
    >>> masks_of(keras.layers.Embedding(5, 2, mask_zero=True)(keras.Input((4,)))).shape
    TensorShape([None, 4])
    """
    known: dict[int, Any] = {}
    return graph.map_leaves(
        lambda leaf: _mask_of(leaf, known) if isinstance(leaf, graph.KerasTensor) else None, tensors
    )


def _mask_of(tensor: graph.KerasTensor, known: dict[int, Any]) -> Any:
    """The mask of one; calls before it come first, without recursion over long chains."""
    node = tensor.node
    if node is None:
        return None
    for each in graph.sort_nodes([tensor], get_source_inputs(tensor)):
        if id(each) not in known:
            known[id(each)] = _outputs_masks(each, known)
    return known.get(id(node), [None] * (tensor.index + 1))[tensor.index]


graph.mask_of = masks_of


def with_mask(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a symbolic call with the inputs' mask, where a user's own code asks for one.

    Layers of Keras do without: their outputs' shapes do not depend on it.
    """
    signature = layer._layer_call
    if "mask" in kwargs or not args or not signature.takes_mask or not signature.mask_free(args):
        return kwargs
    if type(layer).__module__.startswith("addax.") and not layer._hands_masks_on:
        return kwargs
    masks = masks_of(args[0])
    return kwargs if all(each is None for each in trees.flatten(masks)) else {**kwargs, "mask": masks}


def _outputs_masks(node: graph.Node, known: dict[int, Any]) -> list[Any]:
    """A mask or None for each output of a call whose inputs' masks are known."""
    layer, count = node.layer, len(node.outputs)
    inner = getattr(layer, "_graph", None)
    if inner is not None:
        return [masks_of(each) for each in inner.flat_outputs]

    def mask(leaf: Any) -> Any:
        found = known.get(id(leaf.node)) if isinstance(leaf, graph.KerasTensor) else None
        return None if found is None else found[leaf.index]

    inputs = node.args[0] if node.args else next(iter(node.kwargs.values()), None)
    masks = graph.map_leaves(mask, inputs)
    if all(each is None for each in trees.flatten(masks)):
        masks = None
    if not (layer.supports_masking and masks is not None) and not layer._computes_masks:
        return [None] * count
    found = graph.infer(layer.compute_mask, (inputs, masks), {})
    flat = trees.flatten(found) if isinstance(found, list | tuple | dict) else [found]
    return (flat + [None] * count)[:count]
