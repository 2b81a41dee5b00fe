"""What ops on strings return for symbolic tensors: they run on the host, so their shapes come from samples."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from addax.core import convert, dtypes, trees
from addax.core.tensor import Tensor
from addax.keras import graph

_SAMPLE = b"0"  # which is a number as well, for ops that read those


def has_strings(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether symbolic strings are among the arguments of a call."""
    return any(leaf.dtype == dtypes.string for leaf in graph.symbolic_leaves((args, kwargs)))


def infer_on_host(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], varied: bool = False
) -> Any:
    """What `function(*args, **kwargs)` returns, with KerasTensors for tensors; it is computed of samples.

    Args:
        function: what is called.
        args: with KerasTensors among them.
        kwargs: the same.
        varied: whether sizes of the result depend on the numbers, so that samples have to differ in these.
    """
    results = [_computed(function, args, kwargs, which, varied) for which in range(2)]
    flat = [[_described(leaf) for leaf in trees.flatten(result)] for result in results]
    return trees.pack(results[0], [graph.merge(list(each)) for each in zip(*flat, strict=True)])


def _computed(function: Callable[..., Any], args: Any, kwargs: Any, which: int, varied: bool) -> Any:
    size = graph.PROBES[which]

    def swap(item: Any) -> Any:
        if not isinstance(item, graph.KerasTensor):
            return item
        if item.probes is not None:
            return convert.constant(item.probes[min(which, len(item.probes) - 1)])
        shape = item.flat_shape(size)
        if item.dtype == dtypes.string:
            return item.sample(Tensor(np.full(shape, _SAMPLE, object)), size)
        numbers = np.zeros(shape, item.dtype.np)
        if varied and which:
            numbers = np.arange(numbers.size).reshape(shape).astype(item.dtype.np)
        return item.sample(Tensor(convert.to_device(numbers)), size)

    return function(*graph.map_leaves(swap, args), **graph.map_leaves(swap, kwargs))


def _described(leaf: Any) -> Any:
    if not isinstance(leaf, Tensor):
        return leaf
    return SimpleNamespace(shape=leaf._value.shape, dtype=leaf._value.dtype)
