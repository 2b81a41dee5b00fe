"""Dataset.padded_batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.data import elements
from addax.data.node import END, Node, NodeIterator, WhereItsChildIs
from addax.data.seeds import Pass


class PaddedBatchNode(Node):
    """Consecutive elements padded to one shape and stacked."""

    label = "_PaddedBatchDataset"

    def __init__(self, child: Node, size: int, shapes: Any, values: Any, drop_remainder: bool) -> None:
        super().__init__(child)
        self._size, self._drop = size, drop_remainder
        specs = elements.flatten_specs(child.safe_spec)
        for spec in specs:
            if not isinstance(spec, TensorSpec):
                raise TypeError(
                    "`padded_batch` is only supported for datasets that produce tensor elements but type spec of "
                    f"elements in the input dataset is not a subclass of TensorSpec: `{child.spec}`."
                )
        if shapes is None and any(spec.shape.rank is None for spec in specs):  # type: ignore[attr-defined]
            raise ValueError(
                "You must provide `padded_shapes` argument because component of the input dataset has an unknown rank."
            )
        self._shapes = [_shape(shape, spec) for shape, spec in zip(_spread(shapes, child.spec), specs, strict=True)]
        self._values = [_value(value, spec) for value, spec in zip(_spread(values, child.spec), specs, strict=True)]

    @property
    def spec(self) -> Any:
        shapes = iter(self._shapes)
        specs = [
            TensorSpec(TensorShape([self._size if self._drop else None]).concatenate(next(shapes)), spec.dtype)  # type: ignore[attr-defined]
            for spec in elements.flatten_specs(self.inputs[0].safe_spec)
        ]
        return elements.pack_specs(self.inputs[0].spec, specs)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size < 0:
            return size
        return size // self._size if self._drop else -(-size // self._size)

    def iterator(self, run: Pass) -> NodeIterator:
        return PaddedBatchIterator(self.inputs[0].stream(run), self._size, self._drop, self._shapes, self._values)


def _spread(given: Any, spec: Any) -> list[Any]:
    """One entry per component: a structure like the elements', or one entry for all."""
    count = len(elements.flatten_specs(spec))
    if given is None:
        return [None] * count
    if isinstance(spec, dict):
        if not isinstance(given, dict):
            return [given] * count
        return [entry for key in sorted(spec) for entry in _spread(given[key], spec[key])]
    if isinstance(spec, tuple) and not isinstance(spec, TensorSpec):
        if isinstance(given, tuple | list) and not isinstance(given, TensorShape) and len(given) == len(spec):
            return [entry for item, each in zip(given, spec, strict=True) for entry in _spread(item, each)]
        if isinstance(given, tuple | list):
            raise ValueError(
                f"Dataset.padded_batch: expected one entry per component of {spec}, received {given!r:.100}."
            )
        return [given] * count
    return [given]


def _size(size: Any) -> int | None:
    return None if size in (None, -1) else int(size)


def _shape(given: Any, spec: Any) -> TensorShape:
    if given is None:
        return spec.shape
    if isinstance(given, Tensor | np.ndarray):
        given = np.asarray(given).tolist()
    try:
        shape = given if isinstance(given, TensorShape) else TensorShape([_size(size) for size in given])
    except TypeError as error:
        raise ValueError(
            f"Dataset.padded_batch: expected a padded shape of integers, received {given!r:.80}: {error}."
        ) from None
    if spec.shape.rank is not None and shape.rank != spec.shape.rank:
        raise ValueError(
            f"The padded shape {shape} is not compatible with the shape {spec.shape} of the corresponding input "
            "component. (Dataset.padded_batch: the ranks differ)"
        )
    if spec.shape.rank is not None:
        for want, have in zip(shape.as_list(), spec.shape.as_list(), strict=True):
            if want is not None and have is not None and want < have:
                raise ValueError(
                    f"The padded shape {shape} is not compatible with the shape {spec.shape} of the corresponding "
                    "input component. (Dataset.padded_batch: elements are never cut)"
                )
    return shape


def _value(given: Any, spec: Any) -> Any:
    if given is None:
        return b"" if spec.dtype == dtypes.string else np.zeros((), spec.dtype.np)
    if spec.dtype == dtypes.string:
        return convert.as_object_array(np.asarray(given)).item()
    if isinstance(given, Tensor) and given.dtype != spec.dtype:
        raise TypeError(
            f"Dataset.padded_batch: expected padding_values of dtype {spec.dtype.name} for a component of that dtype, "
            f"received {given.dtype.name}."
        )
    return convert.checked_cast(np.asarray(given) if isinstance(given, Tensor) else given, spec.dtype.np)


class PaddedBatchIterator(WhereItsChildIs):
    """Collects, pads and stacks."""

    def __init__(
        self, child: NodeIterator, size: int, drop: bool, shapes: list[TensorShape], values: list[Any]
    ) -> None:
        self._child, self._size, self._drop, self._shapes, self._values = child, size, drop, shapes, values

    def next(self) -> Any:
        items: list[Any] = []
        while len(items) < self._size and (element := self._child.next()) is not END:
            items.append(element)
        if not items or (self._drop and len(items) < self._size):
            return END
        columns = zip(*[elements.flatten(item) for item in items], strict=True)
        packed = [_pad(c, s, v) for c, s, v in zip(columns, self._shapes, self._values, strict=True)]
        return elements.pack_like(items[0], packed)


def _pad(column: Any, shape: TensorShape, value: Any) -> np.ndarray:
    column = [np.asarray(leaf) for leaf in column]
    ranks = {leaf.ndim for leaf in column}
    if len(ranks) > 1:
        raise errors.InvalidArgumentError(
            f"All elements in a batch must have the same rank when padded. Dataset.padded_batch: received {ranks}."
        )
    dims = [None] * column[0].ndim if shape.rank is None else shape.as_list()
    target = [max(leaf.shape[axis] for leaf in column) if dim is None else dim for axis, dim in enumerate(dims)]
    out = np.empty((len(column), *target), column[0].dtype)
    out[...] = value
    for place, leaf in enumerate(column):
        if any(have > want for have, want in zip(leaf.shape, target, strict=True)):
            raise errors.DataLossError(
                None, None,
                f"Attempted to pad to a smaller size than the input element. Dataset.padded_batch: expected at most "
                f"{target}, received an element of shape {list(leaf.shape)}.",
            )  # fmt: skip
        out[(place, *[slice(size) for size in leaf.shape])] = leaf if leaf.ndim else leaf[()]
    return out
