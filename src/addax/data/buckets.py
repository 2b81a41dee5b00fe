"""Length ranges of Dataset.bucket_by_sequence_length."""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.data import elements


class Buckets:
    """Ranges of lengths, each with a batch size.

    Args:
        spec: the spec of the elements.
        boundaries: upper ends of the ranges, but for the last one.
        sizes: a batch size per range.
        shapes: padded_shapes, or None.
        values: padding_values, or None.
        to_boundary: pad to the boundary.
        no_padding: do not pad.
        drop: drop_remainder.
    """

    def __init__(
        self, spec: Any, boundaries: Any, sizes: Any, shapes: Any, values: Any, to_boundary: bool, no_padding: bool,
        drop: bool,
    ) -> None:  # fmt: skip
        self.boundaries = [int(value) for value in np.asarray(boundaries).reshape(-1)]
        self.sizes = [int(value) for value in np.asarray(sizes).reshape(-1)]
        if len(self.sizes) != len(self.boundaries) + 1:
            raise ValueError(
                "`len(bucket_batch_sizes)` must equal `len(bucket_boundaries) + 1` but "
                f"`len(bucket_batch_sizes)={len(self.sizes)}` and `len(bucket_boundaries)={len(self.boundaries)}`."
            )
        self._spec, self._shapes, self._values = spec, shapes, values
        self._to_boundary, self._no_padding, self._drop = to_boundary, no_padding, drop

    def number(self, length: int) -> int:
        """The range that a length is in."""
        return bisect.bisect_right(self.boundaries, length)

    def batched(self, key: Any, group: Any) -> Any:
        """The batches of the elements of a range."""
        number = int(key)
        size = self.sizes[number]
        if self._no_padding:
            return group.batch(size, drop_remainder=self._drop)
        shapes = self._shapes
        for leaf in elements.flatten_specs(self._spec):
            if not isinstance(leaf, TensorSpec):
                raise TypeError(
                    "`padded_batch` is only supported for datasets that produce tensor elements but type spec of "
                    f"elements in the input dataset is not a subclass of TensorSpec: `{leaf}`. "
                    "(Dataset.bucket_by_sequence_length: no_padding=True batches other elements)"
                )
        if shapes is None:
            shapes = elements.map_specs(lambda leaf: leaf.shape, self._spec)
        if self._to_boundary:
            shapes = self._bounded(shapes, number)
        return group.padded_batch(size, shapes, self._values, drop_remainder=self._drop)

    def _bounded(self, shapes: Any, number: int) -> Any:
        if number == len(self.boundaries):
            raise errors.InvalidArgumentError(
                errors.message(
                    "Dataset.bucket_by_sequence_length",
                    expected="with pad_to_bucket_boundary, elements that are shorter than the last boundary "
                    f"({self.boundaries[-1]})",
                    received="an element that is as long or longer",
                    hint="When pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries)",
                )
            )
        longest = self.boundaries[number] - 1

        def bound(shape: Any) -> Any:
            return TensorShape([longest if size in (None, -1) else size for size in TensorShape(shape).as_list()])

        if isinstance(self._spec, TensorSpec):
            return bound(shapes)
        flat = [bound(shape) for shape in _flat_shapes(shapes, self._spec)]
        return elements.pack_specs(self._spec, flat)


def _flat_shapes(shapes: Any, spec: Any) -> list[Any]:
    if isinstance(spec, dict):
        return [found for key in sorted(spec) for found in _flat_shapes(shapes[key], spec[key])]
    if isinstance(spec, tuple):
        return [found for shape, each in zip(shapes, spec, strict=True) for found in _flat_shapes(shape, each)]
    return [shapes]
