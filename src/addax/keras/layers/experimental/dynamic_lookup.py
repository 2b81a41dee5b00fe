"""DynamicLookup: terms to numbers by a vocabulary, while a table beside it counts which terms are frequent now."""

from __future__ import annotations

import os
import random
import string
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes
from addax.core.tensor import NotCompilable, Tensor
from addax.core.variable import Variable
from addax.keras import graph
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.ops import random as ops_random

_DTYPES = (dtypes.string, dtypes.int32, dtypes.int64)


class DynamicLookup(Layer):
    """The place of each term in a vocabulary; terms that are not in it get the number after the last.

    Beside the vocabulary stands a table of a fifth more terms, with counts: every call counts the terms that it sees
    (once each), and the least frequent make room for new ones. `DynamicEmbedding.update_embeddings` makes a vocabulary
    of it. Layers of strings run eagerly.

    Args:
        vocabulary_size: how many terms.
        initial_vocabulary: a tensor of terms (strings or integers), or their dtype, for random ones.
        eviction_policy: "LFU": the least frequently used goes first.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: another policy; neither a tensor nor one of the dtypes.

    >>> import addax as tf
    >>> lookup = tf.keras.layers.experimental.DynamicLookup(2, tf.constant(["a", "b"]))
    >>> lookup(tf.constant(["b", "new"])).numpy().tolist()
    [1, 2]
    """

    def __init__(
        self, vocabulary_size: int, initial_vocabulary: Any, eviction_policy: str = "LFU", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.eviction_policy = eviction_policy
        self.initial_vocabulary = _vocabulary(initial_vocabulary, vocabulary_size)
        if eviction_policy != "LFU":
            raise ValueError(
                f"{eviction_policy} eviction policy is currently unsupported by DynamicLookup layer. It currently only "
                "supports `LFU`"
            )
        self.vocabulary_dtype = self.initial_vocabulary.dtype
        self.internal_table_size = int(np.float32(vocabulary_size) * np.float32(1.2))
        known = self.initial_vocabulary.numpy()
        with context.init_scope():
            self.vocabulary_table_keys = self._column(self._padded(known), "vocabulary_table_keys")
            counts = self._padded(np.zeros(len(known), np.int32))
            self.vocabulary_table_values = self._column(counts, "vocabulary_table_values")

    def _column(self, values: np.ndarray, name: str) -> Variable:
        return Variable(convert.constant(values), trainable=False, name=name)

    def _padded(self, values: np.ndarray) -> np.ndarray:
        """Cut or filled up to the table's size."""
        rest = max(self.internal_table_size - len(values), 0)
        filler = np.full(rest, b"unk" if values.dtype == object else -1, values.dtype)
        return np.concatenate([values, filler])[: self.internal_table_size]

    def build(self, input_shape: Any = None) -> None:
        """Creates the vocabulary."""
        self.vocabulary = self.add_weight(
            "vocabulary",
            shape=self.initial_vocabulary.shape,
            dtype=self.vocabulary_dtype,
            initializer=lambda shape, dtype=None: self.initial_vocabulary,
            trainable=False,
        )
        super().build(input_shape)

    def call(self, inputs: Any, learn_vocab: bool = True) -> Any:
        """The numbers, as int64 in the shape of the inputs; `learn_vocab` says whether the terms are counted."""
        inputs = convert.convert_to_tensor(inputs)
        if inputs.is_symbolic:
            raise NotCompilable("DynamicLookup counts terms on the host")
        terms = inputs.numpy().reshape(-1)
        if learn_vocab:
            seen = list(dict.fromkeys(terms.tolist()))
            self.update_internal_vocabulary(convert.constant(np.array(seen, terms.dtype), self.vocabulary_dtype))
        places = {term: place for place, term in reversed(list(enumerate(self.vocabulary.numpy().tolist())))}
        found = np.array([places.get(term, self.vocabulary_size) for term in terms.tolist()], np.int64)
        return convert.constant(found.reshape(inputs.shape.as_list()))

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return graph.KerasTensor(args[0].shape, "int64")

    def update_internal_vocabulary(self, unique: Any) -> Any:
        """Count terms, each of which stands there once; the least frequent go where there is no room."""
        filler = b"unk" if self.vocabulary_dtype == dtypes.string else -1
        keys, counts = self.vocabulary_table_keys.numpy(), self.vocabulary_table_values.numpy()
        keys, counts = keys[keys != filler], counts[counts != -1]
        terms = set(convert.convert_to_tensor(unique).numpy().tolist())
        new = sorted(terms.difference(keys.tolist()))
        surplus = max(len(keys) - self.internal_table_size + len(new), 0)
        gone = np.argsort(counts, kind="stable")[:surplus]
        keys, counts = np.delete(keys, gone), np.delete(counts, gone)
        counts = counts + np.array([key in terms for key in keys.tolist()], np.int32).reshape(counts.shape)
        keys = np.concatenate([keys, np.array(new, keys.dtype)])
        counts = np.concatenate([counts, np.ones(len(new), np.int32)])
        self.vocabulary_table_keys.assign(convert.constant(self._padded(keys)))
        self.vocabulary_table_values.assign(convert.constant(self._padded(counts)))
        return unique

    def get_top_vocabulary(self, k: int) -> Tensor:
        """The `k` most frequent terms of the table."""
        return top_terms(self.vocabulary_table_keys, self.vocabulary_table_values, k)

    def get_vocabulary(self) -> Any:
        """The vocabulary, a weight."""
        return self.vocabulary

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "initial_vocabulary": self.initial_vocabulary.numpy().tolist(),
            "eviction_policy": self.eviction_policy,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from what `get_config` returned."""
        return cls(**{**config, "initial_vocabulary": convert.constant(config["initial_vocabulary"])})

    def save_assets(self, dir_path: Any) -> None:
        """Write the vocabulary to "vocabulary.txt" in a folder."""
        write_terms(os.path.join(os.fspath(dir_path), "vocabulary.txt"), self.vocabulary)


def top_terms(keys: Any, counts: Any, k: int) -> Tensor:
    """The `k` most frequent of these terms; of equally frequent ones the first."""
    order = np.argsort(-convert.convert_to_tensor(counts).numpy().astype(np.int64), kind="stable")[:k]
    return convert.constant(convert.convert_to_tensor(keys).numpy()[order])


def write_terms(path: str, terms: Any) -> None:
    """A file with a term in each line."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(str(term) for term in terms.numpy().tolist()))


def _vocabulary(given: Any, size: int) -> Tensor:
    if convert.is_tensor(given):
        return convert.convert_to_tensor(given)
    try:
        kind = dtypes.as_dtype(given)
    except (TypeError, ValueError):
        kind = None
    if kind not in _DTYPES or isinstance(given, str):
        raise ValueError(
            "Either specify the initial vocabulary or provide a valid dtype. The dtype argument must be one of the "
            "following: tf.string, tf.int32, tf.int64."
        )
    if kind == dtypes.string:
        return convert.constant(["".join(random.choices(string.ascii_letters, k=10)) for _ in range(size)])
    return ops_random.uniform([size], 0, size, kind)


register(DynamicLookup)
