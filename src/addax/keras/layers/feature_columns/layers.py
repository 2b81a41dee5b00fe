"""Layers that make tensors of features by columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from addax.core.shapes import TensorShape
from addax.keras.graph import KerasTensor
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.feature_columns import configs
from addax.keras.layers.feature_columns.base import DenseColumn, Features, SequenceDenseColumn, in_order, same_lengths
from addax.keras.layers.feature_columns.dense import EmbeddingColumn, SharedEmbeddingColumn, loaded
from addax.ops.joining import concat
from addax.ops.shaping import reshape


class _FeatureLayer(Layer):
    """What both layers share: columns in order, and the tables of those that are embeddings."""

    _kind: Any = DenseColumn

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, *, partitioner: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name=name, trainable=trainable, **kwargs)
        if partitioner is not None:
            raise ValueError(f"{type(self).__name__}: partitioner is for parameter servers. Received: {partitioner}")
        self._feature_columns = in_order(feature_columns, self._kind)
        self._tables: dict[str, Any] = {}

    def build(self, input_shape: Any = None) -> None:
        """Make the tables of embeddings."""
        del input_shape
        for column in self._feature_columns:
            if isinstance(column, EmbeddingColumn):
                rows = (column.categorical_column.num_buckets, column.dimension)
                self._tables[column.name] = self._new_table(f"{column.name}/embedding_weights", rows, column)
            elif isinstance(column, SharedEmbeddingColumn):
                shared = column.shared
                if shared.variable is None:
                    shared.variable = self._new_table(shared.name, shared.shape, shared)
                self._tables[column.name] = shared.variable
        super().build(None)

    def _new_table(self, name: str, shape: tuple[int, int], column: Any) -> Any:
        made = self.add_weight(
            name, shape=shape, dtype="float32", initializer=column.initializer,
            trainable=self.trainable and column.trainable,
        )  # fmt: skip
        start = loaded(column)
        if start is not None:
            made.assign(start)
        return made

    def table(self, column: Any) -> Any:
        """The table of an embedding column."""
        return self._tables[column.name]

    def _to_inputs(self, inputs: Any) -> Any:
        return inputs

    def _read(self, features: Any) -> Features:
        if not isinstance(features, Mapping):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        return Features(features)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(), "feature_columns": [configs.serialize(each) for each in self._feature_columns],
            "partitioner": None,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A layer of its config."""
        known: dict[str, Any] = {}
        columns = [configs.deserialize(each, custom_objects, known) for each in config["feature_columns"]]
        return cls(**{**config, "feature_columns": columns})


class DenseFeatures(_FeatureLayer):
    """All columns of a batch side by side, in the order of their names.

    Args:
        feature_columns: numeric, bucketized, embedding and indicator columns.
        trainable: whether the tables of embeddings are trained.
        name: of the layer.
        **kwargs: as for every `Layer`.

    Called with a dict of features it returns a tensor (batch, width); with a dict as `cols_to_output_tensors`, that
    gets each column's part as well.

    Raises:
        ValueError: no columns, or others.

    >>> import addax as tf
    >>> columns = [tf.feature_column.numeric_column("b"), tf.feature_column.numeric_column("a", shape=2)]
    >>> layer = tf.keras.layers.DenseFeatures(columns)
    >>> layer({"a": tf.constant([[1.0, 2.0]]), "b": tf.constant([3.0])}).numpy().tolist()
    [[1.0, 2.0, 3.0]]
    """

    def call(self, features: Any, cols_to_output_tensors: Any = None, training: Any = None) -> Any:
        """The columns of a batch."""
        read = self._read(features)
        parts = []
        for column in self._feature_columns:
            values = column.dense(read, self)
            part = reshape(values, [values.shape[0], math.prod(column.variable_shape)])
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[column] = part
            parts.append(part)
        return parts[0] if len(parts) == 1 else concat(parts, axis=-1)

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        features = args[0]
        if not isinstance(features, Mapping):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        for column in self._feature_columns:
            for key in column.parse_example_spec:
                if key not in features:
                    raise ValueError(f"Feature {key} is not in features dictionary.")
        batch = next(iter(features.values())).shape[0]
        return KerasTensor((batch, self._width()), self.compute_dtype)

    def _width(self) -> int:
        return sum(math.prod(column.variable_shape) for column in self._feature_columns)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, width of all columns)."""
        first = next(iter(input_shape.values())) if isinstance(input_shape, Mapping) else input_shape
        return TensorShape([TensorShape(first)[0], self._width()])


class SequenceFeatures(_FeatureLayer):
    """All columns of sequences side by side, in the order of their names, and how long the sequences are.

    Args:
        feature_columns: embeddings and indicators of sequence_categorical columns, and sequence_numeric columns.
        trainable: whether the tables of embeddings are trained.
        name: of the layer.
        **kwargs: as for every `Layer`.

    Called with a dict of SparseTensors it returns a tensor (batch, steps, width) and int64 lengths (batch,).

    Raises:
        ValueError: no columns, or others.
        InvalidArgumentError: when called, features whose sequences have different lengths.

    >>> import addax as tf
    >>> layer = tf.keras.experimental.SequenceFeatures([tf.feature_column.sequence_numeric_column("a")])
    >>> rows, lengths = layer({"a": tf.sparse.from_dense([[1.0, 2.0], [3.0, 0.0]])})
    >>> rows.numpy().tolist(), lengths.numpy().tolist()
    ([[[1.0], [2.0]], [[3.0], [0.0]]], [2, 1])
    """

    _kind = SequenceDenseColumn

    def call(self, features: Any, training: Any = None) -> Any:
        """The columns of a batch, and the lengths."""
        read = self._read(features)
        parts, lengths = [], []
        for column in self._feature_columns:
            values, length = column.sequences(read, self)
            parts.append(reshape(values, [values.shape[0], -1, math.prod(column.variable_shape)]))
            lengths.append(length)
        return (parts[0] if len(parts) == 1 else concat(parts, axis=2)), same_lengths(lengths)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, None, width of all columns)."""
        first = next(iter(input_shape.values())) if isinstance(input_shape, Mapping) else input_shape
        width = sum(math.prod(column.variable_shape) for column in self._feature_columns)
        return TensorShape([TensorShape(first)[0], None, width])

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        features = args[0]
        if not isinstance(features, Mapping):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        batch = next(iter(features.values())).shape[0]
        rows = KerasTensor(self.compute_output_shape((batch,)), self.compute_dtype)
        return rows, KerasTensor((batch,), "int64")


register(DenseFeatures, SequenceFeatures)
