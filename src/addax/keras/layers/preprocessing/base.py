"""PreprocessingLayer: layers whose state comes from looking at data (`adapt`), not from training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, trees
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.keras import graph
from addax.keras.layers.base import Layer
from addax.ops import casting

BATCH_SIZE = 32


class PreprocessingLayer(Layer):
    """A base class: subclasses define `update_state`, `reset_state` and `finalize_state`.

    >>> import addax as tf
    >>> class Largest(tf.keras.layers.experimental.preprocessing.PreprocessingLayer):
    ...     def reset_state(self):
    ...         self.largest = 0.0
    ...     def update_state(self, data):
    ...         self.largest = max(self.largest, float(tf.reduce_max(data)))
    ...     def call(self, inputs):
    ...         return inputs / self.largest
    >>> layer = Largest()
    >>> layer.adapt([[1.0], [4.0]])
    >>> layer(tf.constant([[2.0]])).numpy().tolist()
    [[0.5]]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._is_adapted = False
        self._fresh = True  # no batch seen yet
        self._open_batch = False

    @property
    def is_adapted(self) -> bool:
        """Whether the layer has looked at data."""
        return self._is_adapted

    def update_state(self, data: Any) -> None:
        """Look at one batch."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state(data).")

    def reset_state(self) -> None:
        """Forget what was seen."""

    def finalize_state(self) -> None:
        """Make what `call` needs of what was seen."""

    def compile(self, run_eagerly: bool | None = None, steps_per_execution: int | None = None) -> None:
        """Accepted for Keras's signature: `adapt` always runs batch by batch."""

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Look at data.

        Args:
            data: an array or tensor, or a dataset of batches.
            batch_size: of arrays, 32 by default.
            steps: how many batches to look at; all by default.

        Raises:
            ValueError: no data.
        """
        if self.built:
            self.reset_state()
        seen, batches = 0, _batches(data, batch_size)
        step = self.make_adapt_function()
        self._open_batch = _open_batch(data)
        self._fresh = True
        while steps is None or seen < steps:
            try:
                step(batches)
            except (StopIteration, errors.OutOfRangeError):
                break
            seen += 1
        if not seen:
            raise ValueError(f"{type(self).__name__}.adapt: expected data, received none.")
        self.finalize_state()
        self._is_adapted = True

    def make_adapt_function(self) -> Callable[[Iterator[Any]], None]:
        """The function of one step of `adapt`: it takes a batch from an iterator and looks at it.

        `adapt` calls it until the iterator ends (StopIteration). Subclasses may have their own.
        """

        def step(batches: Iterator[Any]) -> None:
            batch = next(batches)
            if self._fresh:
                self._build_for(batch)
                self._fresh = False
            self.update_state(batch)

        return step

    def _build_for(self, batch: Any) -> None:
        if not hasattr(self, "_batch_input_shape"):
            shape = trees.flatten(batch)[0].shape
            self._batch_input_shape = (None,) * len(shape)
        if not self.built:
            self.build(graph.map_leaves(lambda leaf: _shape_of(leaf, self._open_batch), batch))
            self.built = True
        self.reset_state()


class HostLayer(PreprocessingLayer):
    """A layer that may take or return strings: symbolic outputs come from `compute_output_signature`, not a trace."""

    def _to_inputs(self, inputs: Any) -> Any:
        return inputs

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs = args[0] if args else next(iter(kwargs.values()))
        specs = graph.map_leaves(lambda leaf: TensorSpec(leaf.shape, leaf.dtype), inputs)
        kind = self._kind_of_output(inputs)
        found = graph.map_leaves(lambda spec: kind(spec.shape, spec.dtype), self.compute_output_signature(specs))
        if kind is graph.KerasTensor and type(inputs) is graph.KerasTensor and inputs.shape.rank is not None:
            return kind(self._symbolic_shape(inputs.shape), found.dtype)
        return found

    def _symbolic_shape(self, input_shape: TensorShape) -> TensorShape:
        """The shape that a symbolic call has; some layers' `compute_output_shape` answers otherwise, as in Keras."""
        return self.compute_output_shape(input_shape)

    def _kind_of_output(self, inputs: Any) -> type[graph.KerasTensor]:
        """Whether the output is ragged or sparse: as it is asked for, or as the input is."""
        mode = getattr(self, "output_mode", getattr(self, "_output_mode", "int"))
        if mode not in ("int", None):
            sparse = getattr(getattr(self, "_lookup_layer", self), "sparse", False)
            return graph.SparseKerasTensor if sparse else graph.KerasTensor
        if getattr(self, "_ragged", False):
            return graph.RaggedKerasTensor
        composite = isinstance(inputs, graph.RaggedKerasTensor | graph.SparseKerasTensor)
        return type(inputs) if composite and mode == "int" else graph.KerasTensor


def as_tensor(inputs: Any, dtype: Any = None) -> Any:
    """Arrays, lists and tensors as tensors; numbers of another dtype are cast."""
    if is_ragged(inputs) or is_sparse(inputs):
        return inputs
    want = None if dtype is None else dtypes.as_dtype(dtype)
    if not isinstance(inputs, Tensor) and not hasattr(inputs, "__tf_value__"):
        if want is not None and want.name == "string":
            return convert.convert_to_tensor(
                np.asarray(inputs).astype(object) if np.asarray(inputs).dtype.kind in "US" else inputs
            )
        inputs = convert.convert_to_tensor(inputs)
    if want is not None and inputs.dtype != want:
        inputs = casting.cast(inputs, want)
    return inputs


def is_ragged(x: Any) -> bool:
    """Whether a value is a RaggedTensor."""
    return hasattr(x, "with_flat_values")


def is_sparse(x: Any) -> bool:
    """Whether a value is a SparseTensor."""
    return hasattr(x, "dense_shape") and hasattr(x, "indices")


def _open_batch(data: Any) -> bool:
    """Whether the batches of `data` may have any size: those of arrays, and of datasets whose elements say so."""
    if not hasattr(data, "element_spec"):
        return not hasattr(data, "__next__")
    shape = getattr(trees.flatten(data.element_spec)[0], "shape", None)
    return shape is None or not shape.rank or shape[0] is None


def _shape_of(leaf: Any, open_batch: bool) -> TensorShape:
    shape = TensorShape(leaf.shape)
    return TensorShape([None, *shape.as_list()[1:]]) if open_batch and shape.rank else shape


def _batches(data: Any, batch_size: int | None) -> Iterator[Any]:
    """The batches of a dataset (first components of pairs), or slices of an array."""
    if hasattr(data, "element_spec") or (hasattr(data, "__next__") and hasattr(data, "__iter__")):
        if batch_size is not None:
            raise ValueError("adapt: batch_size is for arrays; datasets come in batches already.")
        for element in data:
            yield element[0] if isinstance(element, tuple) else element
        return
    if is_ragged(data) or is_sparse(data):
        yield data
        return
    if not isinstance(data, Tensor):
        data = as_tensor(data)
    size = batch_size or BATCH_SIZE
    if not len(data.shape):
        yield data
        return
    count = int(data.shape[0])
    for start in range(0, count, size):
        yield data[start : start + size]
