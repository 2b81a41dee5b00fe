"""What StringLookup and IntegerLookup share: a vocabulary, and the way from tokens to indices or back."""

from __future__ import annotations

import collections
import os
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, static_arguments
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.formats.errors import CorruptFileError
from addax.formats.limits import open_regular
from addax.formats.lines import read_lines
from addax.keras import registry
from addax.keras.layers.preprocessing import encoding, vocabulary_tokens
from addax.keras.layers.preprocessing.base import HostLayer, as_tensor, is_ragged, is_sparse
from addax.keras.layers.preprocessing.hashing import output_dtype
from addax.keras.layers.preprocessing.token_counts import Documents, TokenCounts
from addax.keras.layers.preprocessing.vocabulary_weight import DocumentCount, VocabularyWeight
from addax.ops import array, string_numbers
from addax.ops import categorical as ops
from addax.ops import math as ops_math
from addax.ops.hashing import buckets

_MODES = (encoding.INT, encoding.ONE_HOT, encoding.MULTI_HOT, encoding.COUNT, encoding.TF_IDF)


def _check_sizes(max_tokens: int | None, pad_to_max_tokens: bool, num_oov_indices: int) -> None:
    if max_tokens is not None and max_tokens <= 1:
        raise ValueError(f"If set, `max_tokens` must be greater than 1. Received: max_tokens={max_tokens}")
    if pad_to_max_tokens and max_tokens is None:
        raise ValueError(f"If pad_to_max_tokens is True, must set `max_tokens`. You passed: max_tokens={max_tokens}")
    if num_oov_indices < 0:
        raise ValueError(
            f"`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices={num_oov_indices}"
        )


def _check_mode(mode: str, invert: bool, sparse: bool, idf_weights: Any) -> None:
    if invert and mode != encoding.INT:
        raise ValueError(f"`output_mode` must be `'int'` when `invert` is true. Received: output_mode={mode}")
    encoding.check_sparse(sparse, mode)
    if idf_weights is not None and mode != encoding.TF_IDF:
        raise ValueError(
            "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. "
            f"Received: idf_weights={idf_weights} and output_mode={mode}"
        )


def _check_method(oov_method: Any) -> str:
    if oov_method not in ("floormod", "farmhash"):
        raise ValueError(f"`oov_method` must be 'floormod' or 'farmhash'. Received: oov_method={oov_method!r}")
    return oov_method


def _check_salt(salt: Any, vocabulary_dtype: str, oov_method: str) -> tuple[int, int] | None:
    """The two numbers of a salt."""
    if salt is None:
        return None
    if vocabulary_dtype != "string" and oov_method != "farmhash":
        raise ValueError(f"`salt` can only be used with `oov_method='farmhash'`. Received: oov_method={oov_method!r}")
    pair = (salt, salt) if isinstance(salt, int) else salt
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(each, int) for each in pair):
        raise ValueError(f"`salt` must be an integer, or a tuple of two. Received: salt={salt!r}")
    return pair[0], pair[1]


class IndexLookup(HostLayer):
    """Tokens to indices: the mask token first (in "int" mode), then those out of vocabulary, then the vocabulary."""

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary_dtype: str,
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        vocabulary_size: int | None = None,
        has_input_vocabulary: bool | None = None,
        oov_method: str = "floormod",
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        who = type(self).__name__
        self.oov_method = _check_method(oov_method)
        self.salt = _check_salt(salt, vocabulary_dtype, oov_method)
        mode = encoding.check_mode(output_mode, _MODES, who)
        _check_sizes(max_tokens, pad_to_max_tokens, num_oov_indices)
        _check_mode(mode, invert, sparse, idf_weights)
        super().__init__(dtype=output_dtype(kwargs, mode, who), **{"autocast": False, **kwargs})
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token, self.oov_token = [
            token.decode("utf-8") if isinstance(token, bytes) else token for token in (mask_token, oov_token)
        ]
        self.vocabulary_dtype = vocabulary_dtype
        self.invert = invert
        self.output_mode = mode
        self.sparse = sparse
        self.pad_to_max_tokens = pad_to_max_tokens
        self.input_vocabulary = _plain(vocabulary)
        self.input_idf_weights = _plain(idf_weights)
        given = has_input_vocabulary if has_input_vocabulary is not None else vocabulary is not None
        self._has_input_vocabulary = given
        self._frozen_vocab_size = vocabulary_size
        text = vocabulary_dtype == "string"
        self._counts, self._document_counts = TokenCounts(text=text), TokenCounts(text=text)
        self._documents = Documents()
        self.idf_weights: Variable | None = None
        if mode == encoding.TF_IDF:
            first = np.zeros(self._token_start(), dtypes.as_dtype(self.compute_dtype).np)
            self.idf_weights = Variable(first, trainable=False, shape=TensorShape([None]))
        self._set_tokens([])
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # ------------------------------------------------------------------ the vocabulary

    @property
    def _weighs_in_keras(self) -> bool:
        """Whether Keras keeps it among the weights: where it was learned, not given."""
        return not self._has_input_vocabulary

    def _other_weights(self) -> list[Any]:
        """What Keras lists behind the variables."""
        if self._has_input_vocabulary:
            return []
        vocabulary = VocabularyWeight(self)
        return [vocabulary, DocumentCount(self._documents)] if self.output_mode == encoding.TF_IDF else [vocabulary]

    def check_size(self, tokens: int) -> None:
        """Refuse another number of tokens than encoded outputs have.

        Raises:
            RuntimeError: it is another.
        """
        frozen = self._frozen_vocab_size
        try:
            self._freeze(self._token_start() + tokens)
        finally:
            self._frozen_vocab_size = frozen

    def take_tokens(self, tokens: np.ndarray) -> None:
        """Another vocabulary, without the special tokens, as `set_weights` has it."""
        self._set_tokens(self._as_tokens(tokens))
        self._freeze(self.vocabulary_size())

    @property
    def _text(self) -> bool:
        return self.vocabulary_dtype == "string"

    def _oov_start(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == encoding.INT else 0

    def _token_start(self) -> int:
        return self._oov_start() + self.num_oov_indices

    def _set_tokens(self, tokens: list[Any]) -> None:
        """Tokens (str or int) in order, and the tables that find them."""
        self._tokens = tokens
        start = self._token_start()
        if self._text:
            self._table = {token.encode("utf-8"): start + i for i, token in enumerate(tokens)}
            return
        order = np.argsort(ops.as_integers(tokens), kind="stable") if tokens else np.zeros(0, np.int64)
        keys, values = ops.as_integers(tokens), start + np.arange(len(tokens), dtype=np.int64)
        if self.invert:
            keys, values, order = values, keys, np.arange(len(tokens))
        self._keys, self._values = (convert.convert_to_tensor(part[order]) for part in (keys, values))

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens, in the order of their indices.

        Args:
            include_special_tokens: whether with the mask token and those out of vocabulary in front.
        """
        if not include_special_tokens:
            return list(self._tokens)
        return [self.mask_token] * self._oov_start() + [self.oov_token] * self.num_oov_indices + list(self._tokens)

    def vocabulary_size(self) -> int:
        """The number of indices, special ones included."""
        return self._token_start() + len(self._tokens)

    def vocab_size(self) -> int:
        """The same; the older name."""
        return self.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the tokens.

        Args:
            vocabulary: a list, array or tensor of tokens, with or without the special ones in front; or the path of a
                file with a token per line.
            idf_weights: weights of the tokens, for "tf_idf".

        Raises:
            ValueError: tokens that repeat, special tokens out of place, or too many.
            RuntimeError: another size after the layer was called, in the encoded modes.
        """
        if self.output_mode == encoding.TF_IDF:
            if idf_weights is None:
                raise ValueError("`idf_weights` must be set if output_mode is TF_IDF")
        elif idf_weights is not None:
            raise ValueError(
                "`idf_weights` should only be set if output_mode is `'tf_idf'`. "
                f"Received: output_mode={self.output_mode} and idf_weights={idf_weights}"
            )
        if isinstance(vocabulary, str):
            vocabulary = self._from_file(vocabulary)
            if isinstance(self.input_vocabulary, str):
                self.input_vocabulary = vocabulary  # a config holds the tokens: paths in files are not opened
        given = self._as_tokens(vocabulary)
        if not given:
            raise ValueError(f"Cannot set an empty vocabulary, you passed {vocabulary}.")
        special = [self.mask_token] * self._oov_start() + [self.oov_token] * self.num_oov_indices
        led = given[: len(special)] == special
        tokens = given[len(special) :] if led else given
        self._check_tokens(tokens, given, special)
        self._freeze(self._token_start() + len(tokens))
        self._set_tokens(tokens)
        if self.output_mode == encoding.TF_IDF and idf_weights is not False:
            self._set_idf(np.asarray(_plain(idf_weights), np.float64), len(given), led)

    def _as_tokens(self, vocabulary: Any) -> list[Any]:
        return vocabulary_tokens.tokens(vocabulary, self._text)

    def _from_file(self, path: str) -> list[Any]:
        if not os.path.exists(path):
            raise ValueError(f"Vocabulary file {path} does not exist.")
        if self.output_mode == encoding.TF_IDF:
            raise ValueError("output_mode `'tf_idf'` does not support loading a vocabulary from file.")
        lines = read_lines(path)
        return lines if self._text else [int(line) for line in lines]

    def _check_tokens(self, tokens: list[Any], given: list[Any], special: list[Any]) -> None:
        repeated = [token for token, count in collections.Counter(tokens).items() if count > 1]
        if repeated:
            raise ValueError(
                "The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated "
                f"terms are {repeated}"
            )
        for name, token, wrong in (
            ("mask", self.mask_token, self.mask_token is not None),
            ("OOV", self.oov_token, self.oov_token is not None and self.invert),
        ):
            if wrong and token in tokens:
                raise ValueError(
                    f"Found reserved {name} token at unexpected location in `vocabulary`. Note that passed "
                    "`vocabulary` does not need to include the OOV and mask tokens. Either remove all mask and OOV "
                    "tokens, or include them only at the start of the vocabulary in precisely this order: "
                    f"{special}. Received: {token!r} at vocabulary index {given.index(token)}"
                )
        size = self._token_start() + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. "
                f"Passed vocab size is {size}, max vocab size is {self.max_tokens}."
            )

    def _freeze(self, size: int) -> None:
        """Note the size of the vocabulary, which fixes that of encoded outputs."""
        frozen = self._frozen_vocab_size
        if self.output_mode != encoding.INT and not self.pad_to_max_tokens and frozen is not None and frozen != size:
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, the vocabulary size "
                f"cannot be changed after the layer is called. Old vocab size is {frozen}, new vocab size is {size}"
            )
        self._frozen_vocab_size = size

    def _set_idf(self, weights: np.ndarray, length: int, led: bool) -> None:
        if weights.ndim != 1:
            raise ValueError(f"TF-IDF data must be a 1-index array, but received shape {weights.shape}")
        if length != len(weights):
            raise ValueError(
                "`idf_weights` must be the same length as vocabulary. "
                f"len(idf_weights) is {len(weights)}, len(vocabulary) is {length}"
            )
        front = 0 if led else self._token_start()
        self._pad_idf(weights, front)

    def _pad_idf(self, weights: np.ndarray, front: int) -> None:
        whole = np.concatenate([np.full(front, weights.mean() if weights.size else 0.0), weights])
        if self.pad_to_max_tokens and self.max_tokens is not None:
            whole = np.concatenate([whole, np.zeros(self.max_tokens - len(whole))])
        if self.idf_weights is not None:
            self.idf_weights.assign(whole.astype(self.idf_weights.dtype.np))

    # ------------------------------------------------------------------ adapting

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch; each row is a document."""
        if self._has_input_vocabulary:
            raise ValueError(
                f"Cannot adapt {type(self).__name__} layer after setting a static vocabulary via init argument or "
                "`set_vocabulary`."
            )
        self.count_rows(self._rows(data))

    def count_rows(self, rows: list[list[Any]]) -> None:
        """Count tokens (bytes or ints) of documents."""
        for row in rows:
            self._counts.update(row)
            if self.output_mode == encoding.TF_IDF:
                self._document_counts.update(set(row))
        self._documents.count += len(rows)

    def _rows(self, data: Any) -> list[list[Any]]:
        if is_sparse(data):
            return [np.asarray(data.values).tolist()]
        if is_ragged(data):
            return [_flat(row) for row in data.to_list()]
        values = static_arguments.concrete(as_tensor(data, self.vocabulary_dtype), "keras.layers.adapt")
        values = values.reshape(1, -1) if values.ndim < 2 else values.reshape(values.shape[0], -1)
        return values.tolist()

    def finalize_state(self) -> None:
        """Make the vocabulary of the counts: most frequent first, ties by the token, largest first."""
        if self._has_input_vocabulary or not self._counts:
            if self._tokens or self._frozen_vocab_size is None:  # a vocabulary may still be on its way from a file
                self._freeze(self.vocabulary_size())
            return
        for token in (self.mask_token, self.oov_token):
            if token is not None:
                self._counts.pop(token.encode("utf-8") if self._text else token, None)
        order = sorted(self._counts, key=lambda token: (self._counts[token], token), reverse=True)
        if self.max_tokens:
            order = order[: self.max_tokens - self._token_start()]
        tokens = self._as_tokens(order)
        self._freeze(self._token_start() + len(tokens))
        self._set_tokens(tokens)
        if self.output_mode == encoding.TF_IDF:
            found = np.array([self._document_counts[token] for token in order], np.float64)
            self._pad_idf(np.log1p(self._documents.count / (1 + found)), self._token_start())
        self.reset_state()

    def reset_state(self) -> None:
        """Forget the counts."""
        if not self._has_input_vocabulary:
            self._counts.clear()
            self._document_counts.clear()
            self._documents.count = 0

    # ------------------------------------------------------------------ calling

    def call(self, inputs: Any) -> Any:
        """The indices, or their encoding; with `invert`, the tokens."""
        self._check_ready()
        if is_ragged(inputs):
            found = inputs.with_flat_values(self._looked_up(inputs.flat_values))
        elif is_sparse(inputs):
            found = type(inputs)(inputs.indices, self._looked_up(inputs.values), inputs.dense_shape)
        else:
            found = self._looked_up(as_tensor(inputs, self._key_dtype()))
        if self.output_mode == encoding.INT:
            return found
        return self.encoded(found)

    def encoded(self, found: Any) -> Any:
        """Indices in the output mode."""
        idf = None if self.idf_weights is None else convert.convert_to_tensor(self.idf_weights)
        return encoding.encode(found, self.output_mode, self._depth(), self.compute_dtype, self.sparse, None, idf)

    def _check_ready(self) -> None:
        if self.output_mode != encoding.INT and not self.pad_to_max_tokens and self._frozen_vocab_size is None:
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, you must set the layer's "
                "vocabulary before calling it. Either pass a `vocabulary` argument to the layer, or call `adapt` with "
                "some sample data."
            )

    def _depth(self) -> int | None:
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size

    def _key_dtype(self) -> str:
        return "int64" if self.invert else self.vocabulary_dtype

    def _looked_up(self, values: Any) -> Any:
        if not self._tokens and not getattr(values, "is_symbolic", False):
            encoding.refuse_empty(self)
        if self._text:
            known = static_arguments.concrete(values, f"keras.layers.{type(self).__name__}")
            return self._words(known) if self.invert else self._indices(known)
        return self._numbers(values)

    def _indices(self, words: np.ndarray) -> Any:
        """Indices of strings, on the host."""
        dtype = dtypes.as_dtype(self.compute_dtype if self.output_mode == encoding.INT else "int64").np
        return convert.convert_to_tensor(np.array(self.find(words.reshape(-1).tolist()), dtype).reshape(words.shape))

    def find(self, words: list[bytes]) -> list[int]:
        """Indices of a list of strings."""
        start, count, table = self._oov_start(), self.num_oov_indices, self._table
        mask = self.mask_token.encode("utf-8") if self.mask_token is not None else None
        masked = 0 if self.output_mode == encoding.INT else -1
        found = []
        for word in words:
            index = table.get(word)
            if mask is not None and word == mask:
                index = masked
            elif index is None:
                if count == 0:
                    self._refuse([w.decode("utf-8", "replace") for w in words if w not in table and w != mask])
                index = start if count == 1 else start + int(self._hashed([word])[0])
            found.append(index)
        return found

    def _hashed(self, words: list[bytes]) -> np.ndarray:
        """Which of the indices out of vocabulary words get."""
        column = np.empty(len(words), object)
        column[:] = words
        return buckets(column, self.num_oov_indices, self.salt)

    def _refuse(self, unknown: list[Any]) -> None:
        raise errors.InvalidArgumentError(
            "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values "
            f"{unknown}, consider setting `num_oov_indices=1`."
        )

    def _words(self, indices: np.ndarray) -> Any:
        """Strings of indices, on the host."""
        start, size = self._token_start(), len(self._tokens)
        mask = self.mask_token if self.mask_token is not None else None
        words = []
        for index in indices.reshape(-1).tolist():
            inside = 0 <= index - start < size
            word = (
                mask if mask is not None and index == 0 else self._tokens[index - start] if inside else self.oov_token
            )
            words.append(word.encode("utf-8"))
        made = np.empty(len(words), object)
        made[:] = words
        return convert.convert_to_tensor(made.reshape(indices.shape))

    def _numbers(self, values: Any) -> Any:
        """Indices of integers, or integers of indices; also in traced functions."""
        start, count = self._oov_start(), self.num_oov_indices
        if self.invert:
            found = ops.lookup(values, self._keys, self._values, np.int64(self.oov_token))
            mask: Any = 0 if self.mask_token is not None else None
            masked: Any = self.mask_token
        else:
            found = ops.lookup(values, self._keys, self._values, np.int64(start if count == 1 else -1))
            mask, masked = self.mask_token, 0 if self.output_mode == encoding.INT else -2
            if count == 0 and not found.is_symbolic:
                wrong = np.asarray(found) == -1
                if mask is not None:
                    wrong &= np.asarray(values) != mask
                if wrong.any():
                    self._refuse(np.asarray(values)[wrong].tolist())
            elif count > 1:
                if self.oov_method == "floormod":
                    spread = ops_math.floormod(ops_math.cast(values, "int64"), np.int64(count))
                elif self.salt is None:
                    spread = string_numbers.to_hash_bucket_fast(string_numbers.as_string(values), count)
                else:
                    spread = string_numbers.to_hash_bucket_strong(string_numbers.as_string(values), count, self.salt)
                found = array.where(found == np.int64(-1), spread + np.int64(start), found)
        if mask is not None:
            found = array.where(ops_math.cast(values, "int64") == np.int64(mask), np.int64(masked), found)
        target = self.vocabulary_dtype if self.invert else self.compute_dtype
        return found if self.output_mode != encoding.INT else ops_math.cast(found, target)

    # ------------------------------------------------------------------ shapes, config, saving

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output."""
        if self.output_mode == encoding.INT:
            return input_shape
        shape = TensorShape(input_shape)
        return TensorShape([shape[0] if shape.rank else None, self._depth()])

    def _symbolic_shape(self, input_shape: TensorShape) -> TensorShape:
        return encoding.symbolic_shape(input_shape, self.output_mode, self._depth())

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the output."""
        dtype = self.vocabulary_dtype if self.invert else self.compute_dtype
        return TensorSpec(self.compute_output_shape(input_signature.shape), dtypes.as_dtype(dtype))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` returned.

        Raises:
            ValueError: the vocabulary is a path, in safe mode.
        """
        refuse_path(cls.__name__, config)
        return super().from_config(config)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "idf_weights": self.input_idf_weights,
            "vocabulary": self.input_vocabulary,
            "vocabulary_size": self._frozen_vocab_size,
        }

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of the tokens into a saved model."""
        if self.output_mode == encoding.TF_IDF:
            store["idf_weights"] = self.idf_weights.numpy()  # type: ignore[union-attr]

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of the tokens from a saved model."""
        if self.output_mode == encoding.TF_IDF:
            found = np.asarray(store["idf_weights"])
            if found.ndim != 1 or found.dtype.kind not in "fiu":
                raise ValueError(
                    f"Layer {self.name}: expected a vector of numbers as idf_weights, received {found.dtype} of shape "
                    f"{found.shape}."
                )
            self.idf_weights.assign(found.astype(self.idf_weights.dtype.np))  # type: ignore[union-attr]

    def _checkpoint_children(self) -> dict[str, Any]:
        found = super()._checkpoint_children()
        counts = {"token_counts": found.pop("_counts"), "token_document_counts": found.pop("_document_counts")}
        counts["num_documents"] = found.pop("_documents")
        if self._has_input_vocabulary:
            return found
        return {**found, **(counts if self.output_mode == encoding.TF_IDF else {"token_counts": self._counts})}

    def save_assets(self, dir_path: str) -> None:
        """Write an adapted vocabulary to a folder."""
        if self.input_vocabulary:
            return
        with open(os.path.join(dir_path, "vocabulary.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(str(word) for word in self.get_vocabulary()))

    def load_assets(self, dir_path: str) -> None:
        """Read an adapted vocabulary from a folder."""
        if self.input_vocabulary:
            return
        path = os.path.join(dir_path, "vocabulary.txt")
        with open_regular(path) as file:
            try:
                lines = file.read().decode("utf-8").split("\n")
            except UnicodeDecodeError as error:
                raise CorruptFileError(path, f"not UTF-8 ({error.reason})", offset=error.start) from None
        words: list[Any] = lines if self._text else [int(line) for line in lines]
        if self.output_mode == encoding.TF_IDF:
            self.set_vocabulary(words, idf_weights=False)
        else:
            self.set_vocabulary(words)


def refuse_path(who: str, config: dict[str, Any]) -> None:
    """Refuse a config whose vocabulary is the path of a file: a file that is loaded does not choose what is read.

    Raises:
        ValueError: it is one, in safe mode.
    """
    for key in ("vocabulary", "idf_weights"):
        if isinstance(config.get(key), str | bytes) and registry.in_safe_mode():
            raise ValueError(
                f"{who}: the config names a file as its {key}, {config[key]!r:.100}; files named by a config are not "
                "opened.\n  To do: pass the tokens themselves; if you trust the file, load it with `safe_mode=False`."
            )


def _plain(value: Any) -> Any:
    """Tensors and arrays of a config as lists."""
    if value is None or isinstance(value, str | bool):
        return value
    items = np.asarray(value.numpy() if isinstance(value, Tensor) else value).tolist()
    return [item.decode("utf-8") if isinstance(item, bytes) else item for item in items]


def _flat(row: Any) -> list[Any]:
    return [leaf for part in row for leaf in _flat(part)] if isinstance(row, list) else [row]
