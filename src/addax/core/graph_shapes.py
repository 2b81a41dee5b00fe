"""What an op makes of tensors of a graph, whose sizes may be open: shapes and dtypes, found by running it abstractly.

It is run for two sizes of what is open: what differs in the result is open too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from addax.core import context, convert, dtypes
from addax.core.graph_tensor import GraphTensor
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor
from addax.core.trace import abstract

_PROBES = ((12, 24), (60, 120))  # sizes that many others divide
_MOST_RANK = 5

Outputs = list[tuple[TensorShape, dtypes.DType]]


def infer(
    run: Callable[[Sequence[Tensor]], Any],
    inputs: Sequence[GraphTensor],
    otherwise: Callable[[], Outputs] | None = None,
) -> tuple[Outputs, Any]:
    """The outputs of an op.

    Args:
        run: the op, as a function of tensors in the places of `inputs`.
        inputs: what it takes.
        otherwise: gives the outputs if XLA cannot compile it; without it there is one, like the first input.

    Returns:
        (shape and dtype of each output, the structure that they are in).

    Raises:
        TypeError, ValueError, InvalidArgumentError: the op does not take such inputs.
    """
    error: Exception | None = None
    for first, second in _samples(inputs):
        try:
            one, structure = _outputs(run, first)
            other = one if second is first else _outputs(run, second)[0]
        except NotCompilable:  # it wants to know values
            break
        except Exception as found:  # of any type: these sizes do not fit
            error = error or found
            continue
        shapes = [_common(a, b) for (a, _), (b, _) in zip(one, other, strict=True)]
        if any(each.shape.rank is None for each in inputs):
            shapes = [TensorShape(None) for _ in shapes]
        return [(shape, dtype) for shape, (_, dtype) in zip(shapes, one, strict=True)], structure
    if error is not None:
        raise error
    if otherwise is not None:
        found_outputs = otherwise()
        return found_outputs, jax.tree.structure([0] * len(found_outputs))
    return [(TensorShape(None), inputs[0].dtype)], jax.tree.structure(0)


def concretely(run: Callable[[Sequence[Tensor]], Any], inputs: Sequence[GraphTensor]) -> Outputs:
    """The outputs of something that is called with made-up values, because it cannot be run abstractly."""
    error: Exception | None = None
    for first, second in _samples(inputs):
        try:
            with context.isolated(None):
                one, other = _made(run, first), _made(run, second)
        except Exception as found:  # of any type: these sizes do not fit
            error = error or found
            continue
        return [(_common(a, b), dtype) for (a, dtype), (b, _) in zip(one, other, strict=True)]
    assert error is not None
    raise error


def _made(run: Callable[[Sequence[Tensor]], Any], samples: list[Any]) -> Outputs:
    values = [convert.value_of(each) for each in run([_made_up(each) for each in samples])]
    return [(TensorShape(each.shape), dtypes.from_numpy(each.dtype)) for each in values]


def _made_up(sample: Any) -> Tensor:
    return Tensor(sample) if isinstance(sample, np.ndarray) else _zeros(sample)


def _samples(inputs: Sequence[GraphTensor]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Pairs of shapes of all inputs to try."""
    if all(each.shape.is_fully_defined() for each in inputs):
        plain = [_sized(each, 0, 0) for each in inputs]
        yield plain, plain
        return
    unknown = any(each.shape.rank is None for each in inputs)
    for rank in range(_MOST_RANK) if unknown else (0,):
        for first, second in _PROBES:
            yield [_sized(each, first, rank) for each in inputs], [_sized(each, second, rank) for each in inputs]
        known = {size for each in inputs if each.shape.rank for size in each.shape.as_list() if size}
        for size in sorted({1, *known}):  # an open size that has to be one of the others
            same = [_sized(each, size, rank) for each in inputs]
            yield same, same


def _sized(tensor: GraphTensor, size: int, rank: int) -> Any:
    sizes = (size,) * rank if tensor.shape.rank is None else tensor.shape.as_list()
    shape = tuple(size if each is None else each for each in sizes)
    return jax.ShapeDtypeStruct(shape, tensor.dtype.np) if tensor.dtype is not dtypes.string else np.full(
        shape, b"0", object
    )  # fmt: skip


def _outputs(run: Callable[[Sequence[Tensor]], Any], samples: list[Any]) -> tuple[Outputs, Any]:
    if not any(isinstance(each, np.ndarray) for each in samples):
        shapes, structure = abstract(lambda *tensors: run(tensors), samples)
        return [(TensorShape(each.shape), dtypes.from_numpy(each.dtype)) for each in shapes], structure
    with context.isolated(None):  # strings: ops on them run on the host
        made = run([_made_up(each) for each in samples])
    leaves, structure = jax.tree.flatten(made)
    values = [convert.value_of(each) for each in leaves]
    return [(TensorShape(each.shape), dtypes.from_numpy(each.dtype)) for each in values], structure


def _zeros(sample: Any) -> Tensor:
    return Tensor(convert.to_device(np.zeros(sample.shape, sample.dtype)))


def _common(first: TensorShape, second: TensorShape) -> TensorShape:
    if first.rank is None or first.rank != second.rank:
        return TensorShape(None)
    pairs = itertools.zip_longest(first.as_list(), second.as_list())
    return TensorShape([a if a == b else None for a, b in pairs])
