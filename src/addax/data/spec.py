"""Specs of datasets and of their iterators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core.shapes import TensorShape
from addax.core.spec import TypeSpec
from addax.data import elements
from addax.data.iterator import Iterator
from addax.data.nodes.tensors import ListNode


class DatasetSpec(TypeSpec):
    """The spec of a dataset that is itself an element, as `window` makes them.

    Args:
        element_spec: the structure of specs of its elements.
        dataset_shape: the shape of a stack of datasets.

    >>> import addax as tf
    >>> tf.data.DatasetSpec(tf.TensorSpec([], tf.int64)).element_spec
    TensorSpec(shape=(), dtype=tf.int64, name=None)
    """

    __slots__ = ("_dataset_shape", "_element_spec")

    def __init__(self, element_spec: Any, dataset_shape: Any = ()) -> None:
        self._element_spec = element_spec
        self._dataset_shape = TensorShape(dataset_shape)

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the dataset's elements."""
        return self._element_spec

    @property
    def value_type(self) -> type:
        """`tf.data.Dataset`."""
        from addax.data.dataset import Dataset  # dataset imports this file

        return Dataset

    @staticmethod
    def from_value(value: Any) -> DatasetSpec:
        """The spec of a dataset."""
        return DatasetSpec(value.element_spec)

    def empty_value(self) -> Any:
        """A dataset without elements."""
        return self.value_type(ListNode([], self._element_spec))

    def _batch(self, batch_size: int | None) -> DatasetSpec:
        return DatasetSpec(self._element_spec, TensorShape([batch_size]).concatenate(self._dataset_shape))

    def _unbatch(self) -> DatasetSpec:
        if self._dataset_shape.rank == 0:
            raise ValueError("Slicing dataset elements is not supported for rank 0.")
        return DatasetSpec(self._element_spec, self._dataset_shape[1:])

    def _serialize(self) -> tuple[Any, ...]:
        return (tuple(elements.flatten_specs(self._element_spec)), self._dataset_shape)

    def most_specific_common_supertype(self, others: Any) -> Any:
        """The most specific spec that all are subtypes of; None where there is none."""
        merged = self._element_spec
        for other in others:
            if not isinstance(other, DatasetSpec):
                return None
            try:
                merged = elements.merge_specs(merged, other._element_spec)
            except (TypeError, ValueError):
                return None
        shape = self._dataset_shape
        for other in others:
            shape = shape.most_specific_compatible_shape(other._dataset_shape)
        return DatasetSpec(merged, shape)

    def __repr__(self) -> str:
        return f"DatasetSpec({self._element_spec!r}, {self._dataset_shape!r})"


class StackedDatasets:
    """Datasets side by side, as `batch` makes them of windows.

    Args:
        items: datasets, or stacks of them, of one structure.
    """

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = list(items)
        specs = [elements.spec_of(item) for item in self._items]
        first: DatasetSpec = specs[0]
        whole = first.most_specific_common_supertype(specs[1:])
        if whole is None:
            raise TypeError(f"Dataset.batch: expected datasets of one structure, received {specs[:3]}.")
        self._dataset_element_spec = whole._batch(len(self._items))

    def __rows__(self) -> list[Any]:
        return self._items

    @classmethod
    def __stacked__(cls, column: Sequence[Any], row_spec: Any = None) -> StackedDatasets:
        return cls(column)


class IteratorSpec(TypeSpec):
    """The spec of an iterator.

    Args:
        element_spec: the structure of specs of its elements.

    >>> import addax as tf
    >>> tf.data.IteratorSpec(tf.TensorSpec([], tf.int64)).element_spec
    TensorSpec(shape=(), dtype=tf.int64, name=None)
    """

    __slots__ = ("_element_spec",)

    def __init__(self, element_spec: Any) -> None:
        self._element_spec = element_spec

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the elements."""
        return self._element_spec

    @property
    def value_type(self) -> type:
        """`tf.data.Iterator`."""
        return Iterator

    @staticmethod
    def from_value(value: Any) -> IteratorSpec:
        """The spec of an iterator."""
        return IteratorSpec(value.element_spec)

    def _serialize(self) -> tuple[Any, ...]:
        return (tuple(elements.flatten_specs(self._element_spec)),)

    def __repr__(self) -> str:
        return f"IteratorSpec({self._element_spec!r},)"
