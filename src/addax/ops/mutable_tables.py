"""Tables that change: `tf.lookup.experimental.MutableHashTable` and `DenseHashTable`; checkpoints keep them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors
from addax.core.tensor import NotCompilable, Tensor
from addax.ops.hashing import murmur64
from addax.ops.lookup_tables import Table, as_keys, known_array, of_parts

_state = context.state
_Named = tuple[list[Any], tuple[int, ...]]
_WORD = 2**64 - 1
_PIECES = ("table-keys", "table-values")


class _Table(Table):
    """Values by key, in Python; a function that uses one runs eagerly, since XLA has no state like it."""

    def __init__(self, key_dtype: Any, value_dtype: Any, default_value: Any, name: str, checkpoint: bool) -> None:
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)
        self._default = known_array(convert.convert_to_tensor(default_value, self._value_dtype), name)
        self._key_shape: tuple[int, ...] = ()
        self._name, self._checkpointed = name, checkpoint
        self._entries: dict[Any, np.ndarray] = {}

    @property
    def resource_handle(self) -> _Table:
        """The table itself; there is no other handle."""
        return self

    def _eager(self) -> None:
        if _state.trace is not None:
            raise NotCompilable(f"the table {self._name!r} changes, which compiled code cannot see")

    def _hashed(
        self, keys: Any, error: type[Exception], key_shape: tuple[int, ...]
    ) -> tuple[list[Any], tuple[int, ...]]:
        """(what each key is known by, the shape of the keys)"""
        array = known_array(as_keys(keys, self._key_dtype, error, self._name), self._name)
        depth = len(key_shape)
        if depth and array.shape[array.ndim - depth :] != key_shape:
            raise errors.InvalidArgumentError(
                f"{self._name}: expected keys of shape [...] + {list(key_shape)}, received {list(array.shape)}."
            )
        shape = array.shape[: array.ndim - depth]
        rows = array.reshape(int(np.prod(shape)), -1)
        return [row[0] if not depth else tuple(row) for row in rows.tolist()], shape

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys, int64."""
        self._eager()
        return convert.constant(len(self._entries), dtypes.int64)

    def _found(self, keys: Any, defaults: np.ndarray | None = None) -> Tensor:
        names, shape = self._hashed(keys, ValueError, self._key_shape)
        width = self._default.shape
        out = np.empty((len(names), *width), self._value_dtype.np)
        spare = None if defaults is None else np.broadcast_to(defaults, (*shape, *width)).reshape(out.shape)
        for i, key in enumerate(names):
            found = self._entries.get(key)
            out[i] = found if found is not None else self._default if spare is None else spare[i]
        return convert.tensor_of(out.reshape((*shape, *width)))

    def _put(self, keys: Any, values: Any) -> None:
        names, shape = self._hashed(keys, ValueError, self._key_shape)
        made = convert.convert_to_tensor(values, dtype_hint=self._value_dtype)
        if made.dtype != self._value_dtype:
            raise ValueError(
                f"{self._name}.insert: expected values of dtype {self._value_dtype.name}, received {made.dtype.name}."
            )
        array = known_array(made, self._name)
        if array.shape != (*shape, *self._default.shape):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"{self._name}.insert",
                    expected=f"values of shape {(*shape, *self._default.shape)}, one for each key",
                    received=f"shape {array.shape}",
                )
            )
        for key, value in zip(names, array.reshape(len(names), *self._default.shape), strict=True):
            self._entries[key] = value if isinstance(value, np.ndarray) else np.asarray(value, self._value_dtype.np)

    def __getitem__(self, keys: Any) -> Any:
        return self.lookup(keys)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys."""
        self._eager()
        return of_parts(keys, self._found)

    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        count = len(self._entries)
        keys = np.empty((count, *self._key_shape), self._key_dtype.np)
        values = np.empty((count, *self._default.shape), self._value_dtype.np)
        for i, (key, value) in enumerate(self._entries.items()):
            keys[i], values[i] = key, value
        return keys, values

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """(keys, values), in the order in which keys came."""
        self._eager()
        keys, values = self._arrays()
        return convert.tensor_of(keys), convert.tensor_of(values)

    # ------------------------------------------------------------------ checkpoints

    _checkpoint_pieces = {"table": _PIECES}

    def _checkpoint_save(self) -> dict[str, np.ndarray]:
        return dict(zip(_PIECES, self._kept(), strict=True)) if self._checkpointed else {}

    def _checkpoint_load(self, tensors: dict[str, np.ndarray]) -> None:
        if _PIECES[0] in tensors:
            before, self._entries = self._entries, {}
            try:
                self._put(*self._from_kept(*(tensors[name] for name in _PIECES)))
            except BaseException:
                self._entries = before
                raise

    def _kept(self) -> tuple[np.ndarray, np.ndarray]:
        """(keys, values) as TensorFlow's table of this kind has them in checkpoints."""
        return self._arrays()

    def _from_kept(self, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return keys, values


class MutableHashTable(_Table):
    """A table whose keys come and go.

    Functions that use one run eagerly; `tf.train.Checkpoint` keeps its keys and values.

    Args:
        key_dtype: tf.string or an integer dtype.
        value_dtype: the dtype of the values.
        default_value: the value of keys that are not there: a scalar, or a vector if values are vectors.
        name: the name, for messages.
        checkpoint: whether checkpoints keep it.
        experimental_is_anonymous: has no effect; tables belong to whoever holds them.

    >>> import addax as tf
    >>> table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
    >>> table.insert(["a"], [5])
    >>> table[tf.constant(["a", "b"])].numpy().tolist()
    [5, -1]
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ) -> None:
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> None:
        """Set the values of keys.

        Raises:
            ValueError: another dtype.
            InvalidArgumentError: not one value per key.
        """
        self._eager()
        self._put(keys, values)

    def remove(self, keys: Any, name: str | None = None) -> None:
        """Forget keys; those that are not there are ignored.

        Raises:
            TypeError: another dtype.
        """
        self._eager()
        for key in self._hashed(keys, TypeError, self._key_shape)[0]:
            self._entries.pop(key, None)

    def lookup(self, keys: Any, dynamic_default_values: Any = None, name: str | None = None) -> Any:
        """The values of keys.

        Args:
            keys: a tensor, sparse or ragged tensor.
            dynamic_default_values: a value for each key that is not there, in place of the default value.
            name: ignored.

        Raises:
            ValueError: keys of another dtype.
        """
        self._eager()
        if dynamic_default_values is None:
            return of_parts(keys, self._found)
        spare = convert.convert_to_tensor(dynamic_default_values, self._value_dtype)
        return self._found(keys, known_array(spare, self._name))


class DenseHashTable(_Table):
    """A table as `MutableHashTable`, with two keys set apart as TensorFlow's open addressing needs them.

    Args:
        key_dtype: tf.string or an integer dtype.
        value_dtype: the dtype of the values.
        default_value: the value of keys that are not there.
        empty_key: a key (a scalar, or a vector if keys are vectors) that is never used.
        deleted_key: another one.
        initial_num_buckets: has no effect; the table grows by itself.
        name: the name, for messages.
        checkpoint: whether checkpoints keep it.
        experimental_is_anonymous: has no effect.

    Raises:
        InvalidArgumentError: the two keys are the same.

    >>> import addax as tf
    >>> table = tf.lookup.experimental.DenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-9)
    >>> table.insert(tf.constant([5], tf.int64), tf.constant([50], tf.int64))
    >>> table.lookup(tf.constant([5, 6], tf.int64)).numpy().tolist()
    [50, -1]
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ) -> None:
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)
        reserved = [
            known_array(convert.convert_to_tensor(key, self._key_dtype), name) for key in (empty_key, deleted_key)
        ]
        if reserved[0].shape != reserved[1].shape or np.array_equal(*reserved):
            raise errors.InvalidArgumentError(f"{name}: Empty and deleted keys cannot be equal, of one shape.")
        self._key_shape = reserved[0].shape
        self._empty, self._deleted = reserved
        self._reserved = {self._hashed(key[None], ValueError, self._key_shape)[0][0] for key in reserved}

    def _hashed(
        self, keys: Any, error: type[Exception], key_shape: tuple[int, ...]
    ) -> tuple[list[Any], tuple[int, ...]]:
        names, shape = super()._hashed(keys, error, key_shape)
        bad = self.__dict__.get("_reserved", set()).intersection(names)
        if bad:
            raise errors.InvalidArgumentError(
                f"{self._name}: Using the empty_key or the deleted_key as a table key is not allowed: {bad}"
            )
        return names, shape

    def insert(self, keys: Any, values: Any, name: str | None = None) -> None:
        """Set the values of keys.

        Raises:
            ValueError: another dtype.
            InvalidArgumentError: not one value per key, or one of the two keys set apart.
        """
        self._eager()
        self._put(keys, values)

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> None:
        """The same as `insert`."""
        self.insert(keys, values)

    def erase(self, keys: Any, name: str | None = None) -> None:
        """Forget keys; those that are not there are ignored.

        Raises:
            TypeError: another dtype.
            InvalidArgumentError: one of the two keys set apart.
        """
        self._eager()
        for key in self._hashed(keys, TypeError, self._key_shape)[0]:
            self._entries.pop(key, None)

    def remove(self, keys: Any, name: str | None = None) -> None:
        """The same as `erase`."""
        self.erase(keys)

    # ------------------------------------------------------------------ checkpoints

    def _kept(self) -> tuple[np.ndarray, np.ndarray]:
        """The buckets of an open-addressing table, which TensorFlow takes as they are."""
        keys, values = self._arrays()
        count = 4
        while count * 4 < len(keys) * 5:  # at most four of five are taken
            count *= 2
        width, deep = math.prod(self._key_shape), math.prod(self._default.shape)
        kept = np.empty((count, width), self._key_dtype.np)
        kept[:] = self._empty.reshape(1, width)
        places = np.zeros((count, deep), self._value_dtype.np)
        taken = [False] * count
        for key, value in zip(keys.reshape(-1, width), values.reshape(-1, deep), strict=True):
            at, step = _bucket_hash(key) & (count - 1), 0
            while taken[at]:
                step += 1
                at = (at + step) & (count - 1)
            taken[at], kept[at], places[at] = True, key, value
        return kept, places

    def _from_kept(self, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = keys.reshape(-1, math.prod(self._key_shape))
        used = np.ones(len(rows), bool)
        for special in (self._empty, self._deleted):
            used &= (rows != special.reshape(1, -1)).any(1)
        return (
            rows[used].reshape(-1, *self._key_shape),
            values.reshape(-1, math.prod(self._default.shape))[used].reshape(-1, *self._default.shape),
        )


def _bucket_hash(key: np.ndarray) -> int:
    """TensorFlow's hash of a key: numbers as they are, texts by MurmurHash64A, vectors combined."""
    parts = [murmur64(part) if isinstance(part, bytes) else int(part) & _WORD for part in key.tolist()]
    if len(parts) == 1:
        return parts[0]
    found = 0
    for part in parts:
        found ^= (part + 0x9E3779B97F4A7800 + (found << 10) + (found >> 4)) & _WORD
    return found
