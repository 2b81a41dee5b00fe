"""What Keras lists among the weights of a lookup layer though it is no variable: what `adapt` learned."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core.shapes import TensorShape
from addax.keras.layers.preprocessing.token_counts import Documents


class VocabularyWeight:
    """The tokens of a layer's vocabulary, without the special ones, as `get_weights` and `set_weights` see them.

    Args:
        layer: a lookup layer that was not given its vocabulary.

    >>> import addax as tf
    >>> layer = tf.keras.layers.StringLookup()
    >>> layer.adapt(["b", "a", "b"])
    >>> layer.get_weights()
    [array([b'b', b'a'], dtype=object)]
    """

    trainable = False

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self.name = f"{layer.name}/vocabulary"
        self.dtype = dtypes.as_dtype(layer.vocabulary_dtype)
        self.shape = TensorShape([None])

    def numpy(self) -> np.ndarray:
        """The tokens: bytes or int64."""
        tokens = self._layer.get_vocabulary(include_special_tokens=False)
        if self._layer.vocabulary_dtype != "string":
            return np.asarray(tokens, np.int64)
        made = np.empty(len(tokens), object)
        made[:] = [token.encode("utf-8") for token in tokens]
        return made

    def check(self, value: np.ndarray) -> None:
        """Refuse tokens that the layer cannot take.

        Raises:
            ValueError: numbers for strings or strings for numbers.
            RuntimeError: another size than encoded outputs have.
        """
        if (value.dtype.kind in "OUS") != (self._layer.vocabulary_dtype == "string") and value.size:
            raise ValueError(f"Layer {self._layer.name}: a vocabulary of {value.dtype} does not fit {self.dtype.name}.")
        self._layer.check_size(len(value))

    def assign(self, value: np.ndarray) -> None:
        """Take other tokens."""
        self._layer.take_tokens(value)


class DocumentCount:
    """How many documents were counted since the last `adapt` began, among the weights of "tf_idf"."""

    trainable = False
    name = "num_documents"
    dtype = dtypes.int64
    shape = TensorShape([])

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def numpy(self) -> np.int64:
        """The count."""
        return np.int64(self._documents.count)

    def assign(self, value: np.ndarray) -> None:
        """Set the count."""
        self._documents.count = int(value)
