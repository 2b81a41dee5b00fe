"""Datasets as opaque scalars of dtype variant, and back."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, errors
from addax.core.shapes import TensorShape
from addax.data.dataset import Dataset
from addax.data.node import Node, NodeIterator
from addax.data.seeds import Pass
from addax.data.service_servers import same_specs


class DatasetVariant:
    """A dataset that passes for a scalar: all that can be done with it is to hand it on, and `from_variant`.

    An argument of a `tf.function` that is one belongs to the signature, as a Python object does.
    """

    __is_tf_composite__ = True  # for tf.is_tensor; ops on numbers refuse it

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def dtype(self) -> dtypes.DType:
        """`tf.variant`."""
        return dtypes.variant

    @property
    def shape(self) -> TensorShape:
        """A scalar's."""
        return TensorShape([])

    def numpy(self) -> Any:
        """There is no such array.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            "a variant has no value that NumPy could hold.\n  To do: tf.data.experimental.from_variant(variant, spec)."
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.numpy()

    def __repr__(self) -> str:
        return f"<tf.Tensor: shape=(), dtype=variant, value=<{self._node.label}>>"


class _VariantNode(Node):
    """Another node under a spec that somebody gave."""

    label = "_VariantDataset"
    index_only = True

    def __init__(self, node: Node, spec: Any) -> None:
        super().__init__(node)
        self._spec = spec

    @property
    def spec(self) -> Any:
        return self._spec

    @property
    def chunkable(self) -> bool:
        return self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.inputs[0].lookahead

    def source(self) -> Any:
        return self.inputs[0].source()

    def iterator(self, run: Pass) -> NodeIterator:
        return self.inputs[0].iterator(run)


def to_variant(dataset: Dataset) -> DatasetVariant:
    """A dataset as an opaque scalar of dtype variant.

    Raises:
        TypeError: no dataset.

    >>> import addax as tf
    >>> variant = tf.data.experimental.to_variant(tf.data.Dataset.range(3))
    >>> variant.dtype, tf.is_tensor(variant)
    (tf.variant, True)
    """
    if not isinstance(dataset, Dataset):
        raise TypeError(errors.message("to_variant", expected="a tf.data.Dataset", received=f"{dataset!r:.80}"))
    return DatasetVariant(dataset._node)


def from_variant(variant: Any, structure: Any) -> Dataset:
    """The dataset that a variant stands for.

    Args:
        variant: what `to_variant` gave.
        structure: the specs of its elements, `dataset.element_spec`.

    Raises:
        tf.errors.InvalidArgumentError: it is no variant of a dataset, or its elements are others.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(3)
    >>> variant = tf.data.experimental.to_variant(data)
    >>> [int(v) for v in tf.data.experimental.from_variant(variant, data.element_spec)]
    [0, 1, 2]
    """
    if not isinstance(variant, DatasetVariant):
        raise errors.InvalidArgumentError(
            errors.message("from_variant", expected="a scalar that to_variant gave", received={"variant": variant})
        )
    known = variant._node.spec
    if not same_specs(structure, known):
        raise errors.InvalidArgumentError(
            errors.message("from_variant", expected=f"structure {known}", received=f"{structure}")
        )
    return Dataset(_VariantNode(variant._node, structure))
