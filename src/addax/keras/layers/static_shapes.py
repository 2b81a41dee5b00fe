"""Shapes as a step knows them before it runs: what a deferred Sequential model describes itself by.

Keras 2 runs its steps in graphs, where the sizes of data are known as far as the source tells them: a dataset whose
last batch may be smaller has batches of unknown size, a generator's arrays are known by their rank alone. Steps are
traced for numbers here, so the source says what those would be.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from addax.keras.layers.build_shapes import without_probes
from addax.keras.layers.current_calls import calls

Shape = tuple[int | None, ...]
Told = Callable[[Shape], Shape]


class FollowsInputs:
    """A model that describes itself by the shapes of the inputs that it has met."""

    _met: Shape | None

    def _hear(self, told: Told) -> None:
        """Data came whose shape is only known so far."""
        if self._met is not None:
            self._meet(told(self._met))

    def _meet(self, met: Shape, dtype: Any = None) -> None:
        raise NotImplementedError


def open_batch(shape: Shape) -> Shape:
    """Any number of examples."""
    return (None, *shape[1:])


def open_sizes(shape: Shape) -> Shape:
    """The rank alone."""
    return (None,) * len(shape)


def told_by(spec: Any) -> Told | None:
    """What a dataset's spec of its inputs tells; None if that is everything."""
    rank = getattr(spec, "rank", None)
    if rank is None:
        return open_sizes
    sizes = tuple(spec.as_list())
    if None not in sizes:
        return None
    if None not in sizes[1:]:
        return open_batch
    return lambda shape: sizes if len(shape) == rank else open_batch(shape)


@contextlib.contextmanager
def data_of(inputs: Any, told: Told | None) -> Iterator[None]:
    """Inside, tensors of these inputs' shape are known as far as their source tells."""
    outer = calls.data
    calls.data = None
    if told is not None:
        shape = tuple(inputs.shape) if hasattr(inputs, "shape") else ()
        calls.data = shape, told(shape)
    try:
        yield
    finally:
        calls.data = outer


def static_shape(shape: Any) -> Shape:
    """What is known of the shape of a call's input."""
    sizes: Shape = tuple(size if isinstance(size, int) else None for size in shape)
    if calls.inferring:
        return without_probes(sizes)
    if calls.data is not None and sizes:
        real, told = calls.data
        if sizes == real:
            return told
        if told and real and told[0] is None and sizes[0] == real[0]:
            return open_batch(sizes)
    return sizes


def to_build_for(shape: Any, told: Shape) -> Shape:
    """What weights are made for: where the source tells less than that, the sizes of the data that came."""
    if calls.data is None or calls.inferring or None not in told[1:]:
        return told
    return open_batch(tuple(size if isinstance(size, int) else None for size in shape))


def relaxed(known: Shape, met: Shape) -> Shape | None:
    """One shape for both: None where they differ; None where not even the ranks agree.

    >>> from addax.keras.layers.static_shapes import relaxed
    >>> relaxed((2, 5, 3), (2, 7, 3))
    (2, None, 3)
    """
    if len(known) != len(met):
        return None
    return tuple(a if a == b else None for a, b in zip(known, met, strict=True))
