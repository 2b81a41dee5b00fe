"""What calls that cannot be traced return for symbolic tensors: they run on samples, which their shapes come from.

Such are ops on strings, and whatever makes tensors whose sizes depend on numbers (`tf.where`, `x[:, :length]`).
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, trees
from addax.core.tensor import Tensor
from addax.keras import graph, open_sizes

_BATCHES = (3, 7)
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
    results = [_computed(function, args, kwargs, which, varied, None) for which in range(2)]
    return _merged(results)


def infer_by_numbers(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The same for calls whose results have sizes that depend on numbers; None if no samples fit.

    Few rows are enough for most; where sizes were computed of the batch's, those that stand for it everywhere are.
    """
    for batches in (_BATCHES, None):
        try:
            return _merged([_computed(function, args, kwargs, which, True, batches) for which in range(2)])
        except (errors.OpError, ValueError, TypeError, IndexError):
            continue
    return None


def _merged(results: list[Any]) -> Any:
    flat = [[_described(leaf) for leaf in trees.flatten(result)] for result in results]
    return trees.pack(results[0], [graph.merge(list(each)) for each in zip(*flat, strict=True)])


def _computed(
    function: Callable[..., Any], args: Any, kwargs: Any, which: int, varied: bool, batches: tuple[int, ...] | None
) -> Any:
    def swap(item: Any) -> Any:
        return _sampled(item, which, varied, batches) if isinstance(item, graph.KerasTensor) else item

    return function(*graph.map_leaves(swap, args), **graph.map_leaves(swap, kwargs))


def _sampled(leaf: graph.KerasTensor, which: int, varied: bool, batches: tuple[int, ...] | None) -> Any:
    """A sample of a symbolic tensor, the first or second one."""
    if leaf.probes is not None:
        return convert.constant(leaf.probes[min(which, len(leaf.probes) - 1)])
    if varied and _is_of_sizes(leaf):
        return _computed_of_sizes(leaf, which)
    size = graph.PROBES[which]
    shape = leaf.flat_shape(size)
    if batches is not None and type(leaf) is graph.KerasTensor:
        shape = open_sizes.filled(leaf.shape.as_list(), shape, {0: batches[which]})
    if leaf.dtype == dtypes.string:
        return leaf.sample(Tensor(np.full(shape, _SAMPLE, object)), size)
    numbers = np.zeros(shape, leaf.dtype.np)
    if varied and leaf.dtype.is_integer:
        numbers += 1 if which == 0 else 2 + (np.arange(numbers.size).reshape(shape) % 3).astype(leaf.dtype.np)
    elif varied and which:
        numbers = np.arange(1, 1 + numbers.size).reshape(shape).astype(leaf.dtype.np)
    return leaf.sample(Tensor(convert.to_device(numbers)), size)


def _is_of_sizes(leaf: graph.KerasTensor) -> bool:
    """Whether a tensor is a few whole numbers, computed by an op of such: a shape that is put together, say."""
    if leaf.node is None or not _few(leaf) or not leaf.node.inputs or not hasattr(leaf.node.layer, "_op_name"):
        return False
    return all(each.probes is not None or _few(each) for each in leaf.node.inputs)


def _few(leaf: graph.KerasTensor) -> bool:
    shape = leaf.shape.as_list()
    return leaf.dtype.is_integer and len(shape) < 2 and None not in shape


def _computed_of_sizes(leaf: graph.KerasTensor, which: int) -> Any:
    node = leaf.node
    assert node is not None
    result = _computed(node.layer._abstract_call, node.args, node.kwargs, which, True, None)
    made = [each for each, symbol in zip(trees.flatten(result), node.outputs, strict=True) if symbol is leaf]
    return made[0]


def _described(leaf: Any) -> Any:
    if not isinstance(leaf, Tensor):
        return leaf
    return SimpleNamespace(shape=leaf._value.shape, dtype=leaf._value.dtype)
