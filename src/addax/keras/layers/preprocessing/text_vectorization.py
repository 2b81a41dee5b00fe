"""TextVectorization: texts to indices of their words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from addax.core import convert, dtypes, static_arguments
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.keras import config, graph, registry
from addax.keras.layers.arguments import register
from addax.keras.layers.preprocessing import encoding as encodings
from addax.keras.layers.preprocessing.base import HostLayer, as_tensor, is_ragged
from addax.keras.layers.preprocessing.index_lookup import refuse_path
from addax.keras.layers.preprocessing.string_lookup import StringLookup
from addax.ops import array
from addax.ops.ragged_tensor import RaggedTensor

LOWER, STRIP, BOTH = "lower", "strip_punctuation", "lower_and_strip_punctuation"
WHITESPACE, CHARACTER = "whitespace", "character"
_PUNCTUATION = re.compile(rb"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")


class TextVectorization(HostLayer):
    """Texts (batch,) or (batch, 1) to indices of tokens, or to their counts.

    Texts are standardized, split into tokens, made into n-grams, and looked up in a vocabulary that is given or comes
    from `adapt`.

    Args:
        max_tokens: the largest size of the vocabulary, padding and unknown tokens included.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", a function of a string tensor, or
            None.
        split: "whitespace", "character", a function of a string tensor, or None.
        ngrams: the largest n, or a tuple of n's.
        output_mode: "int", "multi_hot", "count", "tf_idf"; None gives the tokens.
        output_sequence_length: the length of "int" outputs; by default that of the longest text.
        pad_to_max_tokens: whether encoded outputs are `max_tokens` wide.
        vocabulary: the tokens, or the path of a file with one per line.
        idf_weights: weights of the tokens, for "tf_idf".
        sparse: whether the encoded modes give SparseTensors.
        ragged: whether "int" gives RaggedTensors.
        encoding: of the texts.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.TextVectorization(output_sequence_length=3)
    >>> layer.adapt(["the cat", "the dog"])
    >>> layer(tf.constant(["the bird"])).numpy().tolist()
    [[2, 1, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = BOTH,
        split: Any = WHITESPACE,
        ngrams: Any = None,
        output_mode: str | None = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        *,
        has_input_vocabulary: bool | None = None,
        vocabulary_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        _check_choice("standardize", standardize, (BOTH, LOWER, STRIP))
        _check_choice("split", split, (WHITESPACE, CHARACTER))
        if output_mode is not None:
            output_mode = encodings.check_mode(
                output_mode,
                (encodings.INT, encodings.MULTI_HOT, encodings.COUNT, encodings.TF_IDF),
                "TextVectorization",
            )
        _check_options(ngrams, output_mode, output_sequence_length, ragged)
        if kwargs.setdefault("dtype", "string") not in ("string", dtypes.string):
            raise ValueError(f"`TextVectorization` may only have a dtype of string. Received dtype: {kwargs['dtype']}.")
        super().__init__(**{"autocast": False, **kwargs})
        self._max_tokens = max_tokens
        self._standardize = standardize
        self._split = split
        self._ngrams_arg = tuple(ngrams) if isinstance(ngrams, list) else ngrams
        self._ngrams = range(1, ngrams + 1) if isinstance(ngrams, int) else self._ngrams_arg
        self._output_mode = output_mode
        self._output_sequence_length = output_sequence_length
        self._ragged = ragged
        self._encoding = encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens, vocabulary=vocabulary, idf_weights=idf_weights, mask_token="",
            pad_to_max_tokens=pad_to_max_tokens, output_mode=output_mode or encodings.INT, sparse=sparse,
            encoding=encoding, has_input_vocabulary=has_input_vocabulary, vocabulary_size=vocabulary_size,
        )  # fmt: skip

    # ------------------------------------------------------------------ texts to tokens

    def _tokens(self, inputs: Any) -> Any:
        """Rows of tokens (lists of bytes), or an object array where texts are not split."""
        texts = as_tensor(inputs, "string") if not is_ragged(inputs) else inputs
        if callable(self._standardize):
            texts = self._standardize(texts)
        if self._split is not None and len(texts.shape) > 1:
            _check_column(texts.shape)
            texts = array.squeeze(texts, axis=-1)
        if callable(self._split):
            known = self._clean(static_arguments.concrete(texts, "keras.layers.TextVectorization"))
            return self._with_ngrams(_rows(self._split(convert.convert_to_tensor(known))))
        if is_ragged(texts) and self._split is None:
            flat = self._clean(static_arguments.concrete(texts.flat_values, "keras.layers.TextVectorization"))
            return self._with_ngrams(texts.with_flat_values(convert.convert_to_tensor(flat)).to_list())
        known = self._clean(static_arguments.concrete(texts, "keras.layers.TextVectorization"))
        if self._split is None:
            if self._ngrams is None:
                return known
            if not known.ndim:
                raise ValueError("TextVectorization: ngrams of a text that is not split need a vector of them.")
            return self._with_ngrams([list(row) for row in known.reshape(-1, known.shape[-1])])
        cut = bytes.split if self._split == WHITESPACE else _characters
        return self._with_ngrams([cut(text) for text in known.reshape(-1)])

    def _clean(self, texts: np.ndarray) -> np.ndarray:
        mode = self._standardize
        if mode not in (LOWER, STRIP, BOTH):
            return texts
        made = np.empty(texts.size, object)
        flat = texts.reshape(-1).tolist()
        lowered = [text.lower() for text in flat] if mode != STRIP else flat  # bytes: ASCII alone, as TensorFlow
        made[:] = [_PUNCTUATION.sub(b"", text) for text in lowered] if mode != LOWER else lowered
        return made.reshape(texts.shape)

    def _with_ngrams(self, rows: list[list[bytes]]) -> list[list[bytes]]:
        if self._ngrams is None:
            return rows
        return [[b" ".join(row[i : i + n]) for n in self._ngrams for i in range(len(row) - n + 1)] for row in rows]

    # ------------------------------------------------------------------ the vocabulary

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch of texts."""
        tokens = self._tokens(data)
        if self._lookup_layer._has_input_vocabulary or isinstance(tokens, np.ndarray):
            self._lookup_layer.update_state(tokens)
        else:
            self._lookup_layer.count_rows(tokens)

    def finalize_state(self) -> None:
        """Make the vocabulary of the counts."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget the counts."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens, in the order of their indices; see `StringLookup.get_vocabulary`."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """The number of indices, special ones included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the tokens; see `StringLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights=idf_weights)

    # ------------------------------------------------------------------ calling

    def call(self, inputs: Any) -> Any:
        """Indices of the tokens, their encoding, or the tokens themselves."""
        tokens = self._tokens(inputs)
        if isinstance(tokens, np.ndarray):
            return self._of_array(tokens)
        outer = [len(tokens)] if is_ragged(inputs) else self._outer(as_tensor(inputs, "string").shape.as_list())
        if self._output_mode is None:
            return _ragged(tokens, object, outer)
        lookup = self._lookup_layer
        lookup._check_ready()
        if not lookup.get_vocabulary(include_special_tokens=False):
            encodings.refuse_empty(lookup)
        found = [lookup.find(row) for row in tokens]
        if self._output_mode != encodings.INT:
            return lookup.encoded(convert.convert_to_tensor(_padded(found, None, -1, outer)))
        if self._ragged and (self._split is not None or is_ragged(inputs)):
            return _ragged(found, np.int64, outer)
        return convert.convert_to_tensor(_padded(found, self._output_sequence_length, 0, outer))

    def _outer(self, sizes: list[Any]) -> list[Any]:
        """The sizes of what has a row of tokens each: texts, or vectors of texts that are not split."""
        return sizes[:-1] if self._split is None or len(sizes) > 1 else sizes

    def _of_array(self, tokens: np.ndarray) -> Any:
        """Texts that are not split: one token each."""
        if self._output_mode is None:
            return convert.convert_to_tensor(tokens)
        found = self._lookup_layer(convert.convert_to_tensor(tokens))
        length = self._output_sequence_length
        if self._output_mode != encodings.INT or length is None:
            return found
        values = np.asarray(found)[..., :length]
        pads = [(0, 0)] * (values.ndim - 1) + [(0, length - values.shape[-1])]
        return convert.convert_to_tensor(np.pad(values, pads))

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        shape = getattr(args[0], "shape", ()) if args else ()
        if self._split is not None and len(shape) > 1:
            _check_column(shape)
        found = super()._infer(args, kwargs)
        if type(found) is graph.RaggedKerasTensor and type(args[0]) is graph.KerasTensor:
            return graph.RaggedKerasTensor(self._symbolic_shape(shape), found.dtype)
        return found

    def _symbolic_shape(self, input_shape: TensorShape) -> TensorShape:
        sizes = input_shape.as_list()
        if self._split is not None and len(sizes) > 2:
            if self._output_mode not in (encodings.INT, None):
                return self._lookup_layer._symbolic_shape(TensorShape([*self._outer(sizes), None]))
            return TensorShape([*self._outer(sizes), self._output_sequence_length])
        if self._split is not None or self._output_mode is None:
            return self.compute_output_shape(input_shape)
        if self._output_mode != encodings.INT:
            return self._lookup_layer._symbolic_shape(TensorShape(sizes))
        length = self._output_sequence_length
        if self._ngrams is not None or length is not None:
            sizes = [*sizes[:-1], length if len(sizes) > 1 else None]
        return TensorShape(sizes)

    def _kind_of_output(self, inputs: Any) -> Any:
        if self._split is None and type(inputs) is graph.KerasTensor:  # tokens side by side are not ragged
            return graph.SparseKerasTensor if self._lookup_layer.sparse else graph.KerasTensor
        return super()._kind_of_output(inputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output."""
        sizes = TensorShape(input_shape).as_list()
        if self._output_mode == encodings.INT:
            return TensorShape([sizes[0] if sizes else None, self._output_sequence_length])
        if self._split is None:
            sizes = sizes if len(sizes) > 1 else [*sizes, 1]
        elif len(sizes) < 2 or sizes[-1] != 1:
            sizes = [*sizes, None]
        return self._lookup_layer.compute_output_shape(sizes)

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the output."""
        dtype = "int64" if self._output_mode == encodings.INT else config.floatx()
        return TensorSpec(self.compute_output_shape(input_signature.shape), dtype)

    # ------------------------------------------------------------------ config and saving

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        lookup = self._lookup_layer
        return {
            **super().get_config(),
            "max_tokens": lookup.max_tokens,
            "standardize": self._standardize,
            "split": self._split,
            "ngrams": self._ngrams_arg,
            "output_mode": self._output_mode,
            "output_sequence_length": self._output_sequence_length,
            "pad_to_max_tokens": lookup.pad_to_max_tokens,
            "sparse": lookup.sparse,
            "ragged": self._ragged,
            "vocabulary": lookup.input_vocabulary,
            "idf_weights": lookup.input_idf_weights,
            "encoding": self._encoding,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` returned."""
        refuse_path(cls.__name__, config)
        config = dict(config)
        for key in ("standardize", "split"):
            if isinstance(config.get(key), dict):
                config[key] = registry.deserialize_keras_object(config[key], safe_mode=registry.in_safe_mode())
        return cls(**config)

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of the tokens into a saved model."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of the tokens from a saved model."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path: str) -> None:
        """Write an adapted vocabulary to a folder."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: str) -> None:
        """Read an adapted vocabulary from a folder."""
        self._lookup_layer.load_assets(dir_path)


def _check_column(shape: Any) -> None:
    """Refuse texts that are neither a vector nor a column."""
    if shape[-1] != 1:
        raise ValueError(
            "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape "
            f"dimension must be 1. Received: inputs.shape={tuple(shape)} with rank={len(shape)}"
        )


def _check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value is not None and not callable(value) and value not in allowed:
        raise ValueError(
            f"Unknown argument for `{name}` of layer TextVectorization: {value!r}. Allowed values are: "
            f"{allowed}, None, or a callable."
        )


def _check_options(ngrams: Any, output_mode: Any, output_sequence_length: Any, ragged: bool) -> None:
    """Refuse options that do not go together."""
    if not (ngrams is None or isinstance(ngrams, int) or
            isinstance(ngrams, list | tuple) and all(isinstance(n, int) for n in ngrams)):  # fmt: skip
        raise ValueError(f"`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams={ngrams}")
    if output_mode == encodings.INT and not isinstance(output_sequence_length, int | None.__class__):
        raise ValueError(
            "`output_sequence_length` must be either None or an integer when `output_mode` is 'int'. "
            f"Received: output_sequence_length={output_sequence_length}"
        )
    if output_mode != encodings.INT and output_sequence_length is not None:
        raise ValueError(
            "`output_sequence_length` must not be set if `output_mode` is not 'int'. "
            f"Received output_sequence_length={output_sequence_length}."
        )
    if ragged and output_mode != encodings.INT:
        raise ValueError(
            f"`ragged` must not be true if `output_mode` is not `'int'`. Received: ragged={ragged} and "
            f"output_mode={output_mode}"
        )
    if ragged and output_sequence_length is not None:
        raise ValueError(
            "`output_sequence_length` must not be set if ragged is True. Received: "
            f"ragged={ragged} and output_sequence_length={output_sequence_length}"
        )


def _characters(text: bytes) -> list[bytes]:
    return [character.encode("utf-8") for character in text.decode("utf-8", "replace")]


def _rows(split: Any) -> list[list[bytes]]:
    """What a split function returned, as rows of tokens."""
    if is_ragged(split):
        while len(split.shape) > 2:
            split = split.values
        return split.to_list()
    values = np.asarray(split)
    return [list(row) for row in values.reshape(-1, values.shape[-1])]


def _padded(rows: list[list[int]], length: int | None, value: int, outer: list[int]) -> np.ndarray:
    """Rows of indices as one array, cut or padded at the end; `outer` are the sizes that the rows have."""
    length = max((len(row) for row in rows), default=0) if length is None else length
    made = np.full((len(rows), length), value, np.int64)
    for i, row in enumerate(rows):
        cut = row[:length]
        made[i, : len(cut)] = cut
    return made.reshape(*outer, length)


def _ragged(rows: list[Any], dtype: Any, outer: list[int]) -> Any:
    """Rows as a RaggedTensor with these outer sizes; one row alone as a tensor."""
    made = convert.convert_to_tensor(np.array([token for row in rows for token in row], dtype))
    if not outer:
        return made
    made = RaggedTensor.from_row_lengths(made, np.array([len(row) for row in rows], np.int64))
    for axis in range(len(outer) - 1, 0, -1):
        made = RaggedTensor.from_uniform_row_length(made, outer[axis], int(np.prod(outer[:axis], dtype=np.int64)))
    return made


register(TextVectorization)
