"""StringLookup and IntegerLookup: tokens to indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.keras.layers.arguments import placed, register
from addax.keras.layers.preprocessing.index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Strings to indices of a vocabulary.

    Args:
        max_tokens: the largest size of the vocabulary, special tokens included.
        num_oov_indices: how many indices there are for strings out of vocabulary; 0 refuses them.
        mask_token: a string that is padding, index 0 in "int" mode.
        oov_token: what strings out of vocabulary become with `invert`.
        vocabulary: the tokens, or the path of a file with one per line; None to `adapt`.
        idf_weights: weights of the tokens, for "tf_idf".
        encoding: of the strings.
        invert: whether to go from indices to strings.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: whether the encoded modes give SparseTensors.
        pad_to_max_tokens: whether encoded outputs are `max_tokens` wide.
        salt: one or two integers: strings out of vocabulary are spread by SipHash under this key.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.StringLookup(vocabulary=["a", "b"])
    >>> layer(tf.constant(["b", "z"])).numpy().tolist()
    [2, 0]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        encoding: str = "utf-8",
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        *,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, "string", vocabulary, idf_weights, invert, output_mode,
            sparse, pad_to_max_tokens, salt=salt, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {} if self.salt is None else {"salt": self.salt}
        return {**super().get_config(), "encoding": self.encoding, **own}


class IntegerLookup(IndexLookup):
    """Integers to indices of a vocabulary.

    Args:
        max_tokens: the largest size of the vocabulary, special tokens included.
        num_oov_indices: how many indices there are for integers out of vocabulary; 0 refuses them.
        mask_token: an integer that is padding, index 0 in "int" mode.
        oov_token: what integers out of vocabulary become with `invert`.
        vocabulary: the tokens, or the path of a file with one per line; None to `adapt`.
        vocabulary_dtype: "int64" or "int32".
        idf_weights: weights of the tokens, for "tf_idf".
        invert: whether to go from indices to integers.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: whether the encoded modes give SparseTensors.
        pad_to_max_tokens: whether encoded outputs are `max_tokens` wide.
        oov_method: how integers out of vocabulary are spread over several indices: "floormod", by their remainder, or
            "farmhash", by a hash.
        salt: one or two integers: with "farmhash", the key of SipHash, which hashes then.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.IntegerLookup(vocabulary=[12, 36])
    >>> layer(tf.constant([36, 5])).numpy().tolist()
    [2, 0]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        *,
        oov_method: str = "floormod",
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        name = dtypes.as_dtype(vocabulary_dtype).name
        if name not in ("int64", "int32"):
            raise ValueError(f"Expected `vocabulary_dtype` to be `int64` or `int32`. Received: {vocabulary_dtype}")
        limit = np.iinfo(name)
        for what, token in (("mask_token", mask_token), ("oov_token", oov_token)):
            if token is not None and not limit.min <= token <= limit.max:
                raise ValueError(f"`{what}` must be in the range of {name}. Received: {token}")
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, name, vocabulary, idf_weights, invert, output_mode,
            sparse, pad_to_max_tokens, oov_method=oov_method, salt=salt, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {} if self.salt is None else {"salt": self.salt}
        method = {} if self.oov_method == "floormod" else {"oov_method": self.oov_method}
        config = placed(super().get_config(), "idf_weights", vocabulary_dtype=self.vocabulary_dtype)
        return {**config, **method, **own}


register(StringLookup, IntegerLookup)
