"""Tables that do not change (`tf.lookup.StaticHashTable`, `StaticVocabularyTable`), and what fills them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops.hashing import buckets

_NUMBERS = {"string": bytes, "int64": int, "int32": int, "float32": float, "float64": float}


def known_array(value: Any, who: str) -> np.ndarray:
    """The numbers or strings of a tensor that tables are made of."""
    array = convert.value_of(value)
    if isinstance(array, Tracer):
        raise NotCompilable(f"{who} needs keys and values that are known while the function is traced.")
    return np.asarray(array)


def of_parts(keys: Any, lookup: Any) -> Any:
    """A function of a tensor on the values of a sparse or ragged one."""
    if hasattr(keys, "with_flat_values"):
        return keys.with_flat_values(lookup(keys.flat_values))
    if hasattr(keys, "dense_shape"):
        return type(keys)(keys.indices, lookup(keys.values), keys.dense_shape)
    return lookup(keys)


def as_keys(keys: Any, dtype: dtypes.DType, error: type[Exception], name: str) -> Tensor:
    """Keys as a tensor of the table's dtype.

    Raises:
        TypeError: (or `error`) another dtype.
    """
    tensor = convert.convert_to_tensor(keys, dtype_hint=dtype)
    if tensor.dtype != dtype:
        raise error(
            f"Dtype of argument `keys` must be {dtype.name}, received: {tensor.dtype.name} (table {name!r}).\n"
            f"  To do: tf.cast(keys, tf.{dtype.name}), or make the table with the other dtype."
        )
    return tensor


# ---------------------------------------------------------------------------- what fills a table


class TextFileIndex:
    """What of a text file a key or value is: its number, the whole line, or (from 0) a column.

    >>> import addax as tf
    >>> tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    (-2, -1)
    """

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class _Typed:
    """What has keys and values of one dtype each."""

    _key_dtype: dtypes.DType
    _value_dtype: dtypes.DType

    @property
    def key_dtype(self) -> dtypes.DType:
        """The dtype of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._value_dtype


class TableInitializer(_Typed):
    """What fills a table: `pairs` gives keys and values."""

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = dtypes.as_dtype(key_dtype)
        self._value_dtype = dtypes.as_dtype(value_dtype)

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(keys, values), vectors of one length."""
        raise TypeError(f"{type(self).__name__} does not say what its keys and values are.")

    def initialize(self, table: Any) -> None:
        """Fill `table`, a table of these dtypes.

        Raises:
            TypeError: a table of other dtypes.
        """
        if table.key_dtype != self.key_dtype or table.value_dtype != self.value_dtype:
            raise TypeError(
                f"Invalid dtypes of the table: expected {self.key_dtype.name} to {self.value_dtype.name}, received "
                f"{table.key_dtype.name} to {table.value_dtype.name}."
            )
        table._fill(*self.pairs())

    def _checkpoint_children(self) -> dict[str, Any]:
        return {}


class KeyValueTensorInitializer(TableInitializer):
    """Keys and values of tensors.

    Args:
        keys: a tensor, or what becomes one.
        values: likewise, of as many elements.
        key_dtype: the dtype of the keys; by default that of the data.
        value_dtype: the dtype of the values, likewise.
        name: ignored.

    >>> import addax as tf
    >>> tf.lookup.KeyValueTensorInitializer(["a"], [1]).value_dtype
    tf.int32
    """

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: str | None = None
    ) -> None:
        self._keys = convert.convert_to_tensor(keys, key_dtype)
        self._values = convert.convert_to_tensor(values, value_dtype)
        super().__init__(self._keys.dtype, self._values.dtype)

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(keys, values)."""
        who = "tf.lookup.KeyValueTensorInitializer"
        keys, values = known_array(self._keys, who).reshape(-1), known_array(self._values, who).reshape(-1)
        if keys.size != values.size or not keys.size:
            raise errors.InvalidArgumentError(
                errors.message(
                    who, expected="as many values as keys, and at least one", received=f"{keys.size} keys, "
                    f"{values.size} values",
                )
            )  # fmt: skip
        return keys, values


class TextFileInitializer(TableInitializer):
    r"""Keys and values of a text file: whole lines, columns, or line numbers.

    Args:
        filename: the file.
        key_dtype: tf.string or an integer dtype.
        key_index: a column from 0, `TextFileIndex.WHOLE_LINE` or `TextFileIndex.LINE_NUMBER`.
        value_dtype: the dtype of the values.
        value_index: likewise.
        vocab_size: how many lines to read; all by default.
        delimiter: what stands between columns.
        name: ignored.
        value_index_offset: what is added to line numbers that are values.

    Raises:
        ValueError: indices or dtypes that make no sense.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/words.txt"
    >>> tf.io.write_file(path, "cat\ndog\n")
    >>> index = tf.lookup.TextFileIndex
    >>> filler = tf.lookup.TextFileInitializer(path, tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
    >>> tf.lookup.StaticHashTable(filler, -1).lookup(tf.constant(["dog", "bird"])).numpy().tolist()
    [1, -1]
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
        value_index_offset: int = 0,
    ) -> None:
        super().__init__(key_dtype, value_dtype)
        for what, index, dtype in (("key", key_index, self.key_dtype), ("value", value_index, self.value_dtype)):
            if index < TextFileIndex.WHOLE_LINE:
                raise ValueError(f"tf.lookup.TextFileInitializer: invalid {what}_index {index}.")
            if index == TextFileIndex.LINE_NUMBER and dtype is not dtypes.int64:
                raise ValueError(f"{what}_dtype must be int64 for LINE_NUMBER as {what}_index, received {dtype.name}.")
            if index == TextFileIndex.WHOLE_LINE and not dtype.is_integer and dtype is not dtypes.string:
                raise ValueError(
                    f"{what}_dtype must be an integer or string for WHOLE_LINE as {what}_index, received {dtype.name}."
                )
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"`vocab_size` must be greater than 0, got {vocab_size}.")
        known = known_array(filename, "tf.lookup.TextFileInitializer").item() if filename else b""
        self._filename = known.decode() if isinstance(known, bytes) else str(known)
        if not self._filename:
            raise ValueError("tf.lookup.TextFileInitializer: `filename` argument required.")
        self._key_index, self._value_index = key_index, value_index
        self._vocab_size, self._delimiter, self._offset = vocab_size, delimiter.encode(), value_index_offset

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(keys, values), line by line."""
        try:
            with open(self._filename, "rb") as file:
                lines = file.read().split(b"\n")
        except (FileNotFoundError, IsADirectoryError):
            raise errors.NotFoundError(
                errors.message("tf.lookup.TextFileInitializer", expected="a text file", received=self._filename)
            ) from None
        if lines and not lines[-1]:
            lines.pop()
        lines = [line.removesuffix(b"\r") for line in lines]
        if self._vocab_size is not None:
            if len(lines) < self._vocab_size:
                raise errors.InvalidArgumentError(
                    f"tf.lookup.TextFileInitializer: expected {self._vocab_size} lines in {self._filename}, "
                    f"received {len(lines)}."
                )
            lines = lines[: self._vocab_size]
        keys = self._column(lines, self._key_index, self.key_dtype, 0)
        return keys, self._column(lines, self._value_index, self.value_dtype, self._offset)

    def _column(self, lines: list[bytes], index: int, dtype: dtypes.DType, offset: int) -> np.ndarray:
        if index == TextFileIndex.LINE_NUMBER:
            return np.arange(len(lines), dtype=np.int64) + offset
        made = [self._item(line, number, index, dtype) for number, line in enumerate(lines)]
        out = np.empty(len(made), dtype.np)
        out[:] = made
        return out

    def _item(self, line: bytes, number: int, index: int, dtype: dtypes.DType) -> Any:
        item = line
        if index != TextFileIndex.WHOLE_LINE:
            parts = line.split(self._delimiter)
            if index >= len(parts):
                raise errors.InvalidArgumentError(
                    errors.message(
                        f"tf.lookup.TextFileInitializer: line {number} of {self._filename}",
                        expected=f"a column {index}",
                        received=f"{len(parts)} columns: {line!r:.60}",
                        hint="check the delimiter",
                    )
                )
            item = parts[index]
        try:
            return _NUMBERS[dtype.name](item)
        except (ValueError, KeyError):
            raise errors.InvalidArgumentError(
                f"tf.lookup.TextFileInitializer: line {number} of {self._filename}: {item!r:.60} is not a valid "
                f"{dtype.name}."
            ) from None


# ---------------------------------------------------------------------------- tables


@op(name="lookup")
def _find(keys: FreeLike, table_keys: FreeLike, table_values: FreeLike, default: FreeLike) -> Any:
    """Values of keys in a sorted table."""
    at = jnp.clip(jnp.searchsorted(table_keys, keys), 0, table_keys.shape[0] - 1)
    return jnp.where(table_keys[at] == keys, table_values[at], default)


class Table(_Typed):
    """What every table tells of itself."""

    _name: str

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    def _checkpoint_children(self) -> dict[str, Any]:
        """What fills it; a table that does not change keeps nothing itself."""
        initializer = getattr(self, "_initializer", None)
        return {} if initializer is None else {"_initializer": initializer}


class StaticHashTable(Table):
    """A table that does not change after it was made.

    Tables of numbers work in compiled functions; those of strings make a function run eagerly.

    Args:
        initializer: what fills it.
        default_value: the value of keys that are not there.
        name: the name, for messages.
        experimental_is_anonymous: has no effect; tables belong to whoever holds them.

    Raises:
        TypeError: a default value of another dtype.
        FailedPreconditionError: a key with several values.

    >>> import addax as tf
    >>> init = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> tf.lookup.StaticHashTable(init, default_value=-1).lookup(tf.constant(["b", "c"])).numpy().tolist()
    [2, -1]
    """

    def __init__(
        self, initializer: Any, default_value: Any, name: str | None = None, experimental_is_anonymous: bool = False
    ) -> None:
        self._name = name or "hash_table"
        self._initializer = initializer
        self._key_dtype, self._value_dtype = initializer.key_dtype, initializer.value_dtype
        self._default = convert.convert_to_tensor(default_value, self._value_dtype)
        if self._default.shape.rank != 0:
            raise errors.InvalidArgumentError(
                f"StaticHashTable: default_value must be a scalar: {self._default.shape}."
            )
        initializer.initialize(self)

    def _fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        entries: dict[Any, Any] = {}
        for key, value in zip(keys.tolist(), values.tolist(), strict=True):
            if entries.setdefault(key, value) != value:
                raise errors.FailedPreconditionError(
                    f"HashTable has different value for same key. Key {key!r} has {entries[key]!r} and trying to add "
                    f"value {value!r}"
                )
        self._entries = entries

    @functools.cached_property
    def _sorted(self) -> tuple[Tensor, Tensor]:
        keys, values = self._arrays()
        order = np.argsort(keys)
        return convert.tensor_of(keys[order]), convert.tensor_of(values[order])

    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        keys, values = (
            np.empty(len(self._entries), self._key_dtype.np),
            np.empty(len(self._entries), self._value_dtype.np),
        )
        keys[:], values[:] = list(self._entries), list(self._entries.values())
        return keys, values

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are not there."""
        return self._default

    @property
    def resource_handle(self) -> StaticHashTable:
        """The table itself; there is no other handle."""
        return self

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys, int64."""
        return convert.constant(len(self._entries), dtypes.int64)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys.

        Args:
            keys: a tensor, sparse or ragged tensor of the table's key dtype.
            name: ignored.

        Returns:
            The values in the same structure.

        Raises:
            TypeError: keys of another dtype.
        """
        return of_parts(keys, self._of_tensor)

    def _of_tensor(self, keys: Any) -> Tensor:
        tensor = as_keys(keys, self._key_dtype, TypeError, self._name)
        if isinstance(tensor._value, Tracer):
            if self._value_dtype is dtypes.string:
                raise NotCompilable("a table with strings as values: XLA has no strings")
            return _find(tensor, *self._sorted, self._default)
        known, default = np.asarray(tensor._value), known_array(self._default, self._name).item()
        found = np.empty(known.size, self._value_dtype.np)
        found[:] = [self._entries.get(key, default) for key in known.reshape(-1).tolist()]
        return convert.tensor_of(found.reshape(known.shape))

    def __getitem__(self, keys: Any) -> Any:
        return self.lookup(keys)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """(keys, values), in no particular order."""
        keys, values = self._arrays()
        return convert.tensor_of(keys), convert.tensor_of(values)


class StaticVocabularyTable(Table):
    """Words (or ints) to numbers, with buckets behind them for words that are not known.

    The bucket is the FarmHash fingerprint of the word (of an int's decimal digits), modulo the number of buckets.

    Args:
        initializer: what fills it, with values int64, usually 0, 1, 2, ...; None for buckets alone.
        num_oov_buckets: how many buckets there are.
        lookup_key_dtype: the dtype of the keys asked for, where it is another integer dtype than the table's.
        name: the name, for messages.
        experimental_is_anonymous: has no effect.

    Raises:
        TypeError: dtypes other than string or integers to int64.
        ValueError: no buckets.

    >>> import addax as tf
    >>> init = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64))
    >>> tf.lookup.StaticVocabularyTable(init, 1).lookup(tf.constant(["b", "?"])).numpy().tolist()
    [1, 2]
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError(f"`num_oov_buckets` must be > 0, received {num_oov_buckets}.")
        self._name = name or "vocabulary_table"
        self._num_oov_buckets, self._value_dtype = int(num_oov_buckets), dtypes.int64
        wanted = None if lookup_key_dtype is None else dtypes.as_dtype(lookup_key_dtype)
        self._table: StaticHashTable | None = None
        self._initializer = initializer
        if initializer is None:
            self._key_dtype = wanted or dtypes.string
            if self._key_dtype is not dtypes.string:
                raise TypeError(f"Invalid `key_dtype`: expected string without an initializer, got {self._key_dtype}.")
            return
        have = initializer.key_dtype
        if have is not dtypes.string and not have.is_integer:
            raise TypeError(f"Invalid `key_dtype`, expected string or int64, got {have.name}.")
        if initializer.value_dtype is not dtypes.int64:
            raise TypeError(f"Invalid `value_dtype`, expected int64 but got {initializer.value_dtype.name}.")
        if wanted is not None and (wanted is dtypes.string) != (have is dtypes.string):
            raise TypeError(f"Invalid `lookup_key_dtype`, got {wanted.name} for a table of {have.name} keys.")
        self._key_dtype = wanted or have
        self._table = StaticHashTable(initializer, -1)

    @property
    def resource_handle(self) -> StaticHashTable | None:
        """The table of the known words, if there is one."""
        return self._table

    def size(self, name: str | None = None) -> Tensor:
        """The number of words and buckets, int64."""
        return convert.constant(self._known() + self._num_oov_buckets, dtypes.int64)

    def _known(self) -> int:
        return 0 if self._table is None else len(self._table._entries)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The numbers of keys, in the same structure.

        Raises:
            TypeError: keys of another dtype.
        """
        return of_parts(keys, self._of_tensor)

    def _of_tensor(self, keys: Any) -> Tensor:
        tensor = as_keys(keys, self._key_dtype, TypeError, self._name)
        if isinstance(tensor._value, Tracer):
            raise NotCompilable("tf.lookup.StaticVocabularyTable hashes strings, which XLA does not have")
        known = np.asarray(tensor._value)
        flat = known.reshape(-1).tolist()
        entries: dict[Any, Any] = {} if self._table is None else self._table._entries
        texts: Sequence[bytes] = [key if isinstance(key, bytes) else str(key).encode() for key in flat]
        words = np.empty(len(texts), object)
        words[:] = texts
        spare = buckets(words, self._num_oov_buckets) + self._known()
        found = [entries.get(key, other) for key, other in zip(flat, spare.tolist(), strict=True)]
        return convert.tensor_of(np.array(found, np.int64).reshape(known.shape))

    def __getitem__(self, keys: Any) -> Any:
        return self.lookup(keys)
