"""DynamicEmbedding: an embedding whose vocabulary follows the data."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.core import convert
from addax.core.tensor import Tensor
from addax.keras import graph
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.embedding import Embedding
from addax.keras.layers.experimental.dynamic_lookup import DynamicLookup, top_terms, write_terms
from addax.keras.warm_start import warmstart_embedding_matrix


class DynamicEmbedding(Layer):
    """Terms to vectors; `update_embeddings` takes the terms that are frequent by then into the vocabulary.

    Args:
        input_dim: how many terms.
        output_dim: the size of the vectors.
        initial_vocabulary: as for `DynamicLookup`.
        eviction_policy: as for `DynamicLookup`.
        input_length: as for `Embedding`.
        embedding_initializer: of the vectors, also of terms that are new.
        num_oov_indices: how many vectors there are for terms that are not in the vocabulary.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.experimental.DynamicEmbedding(2, 3, tf.constant(["a", "b"]))
    >>> layer(tf.constant([["b", "new"]])).shape
    TensorShape([1, 2, 3])
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        initial_vocabulary: Any,
        eviction_policy: str = "LFU",
        input_length: Any = None,
        embedding_initializer: Any = "uniform",
        num_oov_indices: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.embedding_layer = Embedding(
            input_dim + num_oov_indices, output_dim, embeddings_initializer=embedding_initializer,
            input_length=input_length, **kwargs,
        )  # fmt: skip
        self.dynamic_lookup_layer = DynamicLookup(input_dim, initial_vocabulary, eviction_policy, **kwargs)
        self.embedding_initializer = embedding_initializer
        self.num_oov_indices = num_oov_indices

    def _to_inputs(self, inputs: Any) -> Any:
        return inputs

    def build(self, input_shape: Any = None) -> None:
        """Creates the vectors and the vocabulary."""
        self.embedding_layer.build(input_shape)
        self.dynamic_lookup_layer.build(input_shape)
        super().build(input_shape)

    def call(self, inputs: Any, learn_vocab: bool = True) -> Any:
        """The vectors; `learn_vocab` says whether the terms are counted."""
        return self.embedding_layer(self.dynamic_lookup_layer(inputs, learn_vocab=learn_vocab))

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        shape = args[0].shape.as_list()
        return graph.KerasTensor([*shape, self.embedding_layer.output_dim], self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        lookup = self.dynamic_lookup_layer
        return {
            **super().get_config(),
            "input_dim": lookup.vocabulary_size,
            "output_dim": self.embedding_layer.output_dim,
            "input_length": self.embedding_layer.input_length,
            "eviction_policy": lookup.eviction_policy,
            "initial_vocabulary": lookup.initial_vocabulary.numpy().tolist(),
            "embedding_initializer": self.embedding_initializer,
            "num_oov_indices": self.num_oov_indices,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from what `get_config` returned."""
        return cls(**{**config, "initial_vocabulary": convert.constant(config["initial_vocabulary"])})

    def get_vocabulary(self) -> Any:
        """The vocabulary, a weight."""
        return self.dynamic_lookup_layer.get_vocabulary()

    def save_assets(self, dir_path: Any) -> None:
        """Write the initial vocabulary to "initial_vocabulary.txt" in a folder."""
        path = os.path.join(os.fspath(dir_path), "initial_vocabulary.txt")
        write_terms(path, self.dynamic_lookup_layer.initial_vocabulary)

    def update_embeddings(self, strategy: Any) -> None:
        """Make the most frequent terms the vocabulary. Terms that stay keep their vectors, new ones are drawn.

        Args:
            strategy: the `tf.distribute` strategy in use; tables of several workers are one here.
        """
        lookup = self.dynamic_lookup_layer
        if not lookup.built:
            return
        new = self.get_top_vocabulary(
            lookup.vocabulary_table_keys, lookup.vocabulary_table_values, lookup.vocabulary_size
        )
        outside = np.array([b"UNK" if new.dtype.name == "string" else -1] * self.num_oov_indices, new.numpy().dtype)
        matrix = warmstart_embedding_matrix(
            lookup.vocabulary.numpy().tolist(),
            convert.constant(np.concatenate([new.numpy(), outside])),
            self.embedding_layer.embeddings,
            self.embedding_initializer,
        )
        lookup.vocabulary.assign(new)
        self.embedding_layer.embeddings.assign(matrix)

    def aggregate_lookup_table(self, keys_list: Any, values_list: Any) -> tuple[Tensor, Tensor]:
        """The tables of several workers as one: terms in the order in which they are met, counts added up."""
        keys = convert.convert_to_tensor(keys_list).numpy().reshape(-1)
        counts = convert.convert_to_tensor(values_list).numpy().reshape(-1)
        total: dict[Any, int] = {}
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            total[key] = total.get(key, 0) + count
        return convert.constant(np.array(list(total), keys.dtype)), convert.constant(
            np.array(list(total.values()), counts.dtype)
        )

    def get_top_vocabulary(self, keys: Any, values: Any, k: int) -> Tensor:
        """The `k` most frequent terms of a table."""
        return top_terms(keys, values, k)


register(DynamicEmbedding)
