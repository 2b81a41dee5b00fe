"""The shapes that a layer is built for, from the arguments of its first call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context, dtypes, trees
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.keras import graph


def without_probes(shape: Any) -> Any:
    """Shapes met while outputs are inferred, None for what may stand for an unknown size."""
    if isinstance(shape, dict):
        return {name: without_probes(part) for name, part in shape.items()}
    if isinstance(shape, TensorShape):
        return TensorShape(without_probes(tuple(shape.as_list())))
    if isinstance(shape, list | tuple) and not all(size is None or isinstance(size, int) for size in shape):
        return type(shape)(without_probes(part) for part in shape)
    if isinstance(shape, list | tuple):
        last, probe = len(shape) - 1, graph.first_probe.get()
        return type(shape)(None if size == probe and i < last else size for i, size in enumerate(shape))
    return shape


def remembering(build: Callable[..., Any]) -> Callable[..., Any]:
    """A user's `build` that leaves behind for which shape it was called: a saved model is built for it again."""

    @functools.wraps(build)
    def built(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = build(self, *args, **kwargs)
        shapes = (*args, *kwargs.values())
        if len(shapes) == 1 and self.__dict__.get("_build_input_shape") is None:
            shape = shapes[0]
            sizes = isinstance(shape, list | tuple) and all(n is None or isinstance(n, int) for n in shape)
            self._build_input_shape = TensorShape(shape) if sizes else shape
        return made

    return built


def first_float(args: Any) -> str | None:
    """The name of the first floating dtype among the arguments."""
    for leaf in trees.flatten(args):
        if hasattr(leaf, "dtype") and dtypes.as_dtype(leaf.dtype).is_floating:
            return dtypes.as_dtype(leaf.dtype).name
    return None


def build_shape(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The shapes of the first argument of a call, in its structure."""
    inputs = args[0] if args else next(iter(kwargs.values()), None)
    if context.state.relaxed:
        return graph.map_leaves(lambda leaf: _without_symbols(leaf.shape) if hasattr(leaf, "shape") else None, inputs)
    if type(inputs) is Tensor:
        return TensorShape.of(inputs._form.shape)
    return graph.map_leaves(lambda leaf: TensorShape(leaf.shape) if hasattr(leaf, "shape") else None, inputs)


def _without_symbols(shape: Any) -> TensorShape:
    return TensorShape([size if isinstance(size, int) else None for size in shape])


def symbolic_inputs(shape: Any, dtype: Any) -> Any:
    """Symbolic tensors of these shapes."""
    if isinstance(shape, TensorShape) or (
        isinstance(shape, tuple | list) and all(n is None or isinstance(n, int | np.integer) for n in shape)
    ):
        return graph.KerasTensor(shape, dtype)
    if isinstance(shape, dict):
        return {key: symbolic_inputs(part, dtype) for key, part in shape.items()}
    return type(shape)(symbolic_inputs(part, dtype) for part in shape)
