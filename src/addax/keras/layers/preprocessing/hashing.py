"""Hashing: strings and integers to bucket numbers, by TensorFlow's hash functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, static_arguments
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.keras import config
from addax.keras.layers.arguments import register
from addax.keras.layers.preprocessing import encoding
from addax.keras.layers.preprocessing.base import HostLayer, as_tensor, is_ragged, is_sparse
from addax.ops import hashing as ops


def texts(values: Any) -> np.ndarray:
    """A tensor of strings, or of integers (as TensorFlow prints them), as an object array of bytes."""
    array = np.asarray(values)
    if array.dtype.kind == "O":
        return array
    if array.dtype.kind not in "iu":
        raise errors.InvalidArgumentError(
            errors.message(
                "A layer that hashes", expected="strings or integers", received=errors.describe(values),
                hint="cast to integers, or write the numbers as strings (tf.strings.as_string)",
            )
        )  # fmt: skip
    return np.array([str(int(v)).encode() for v in array.reshape(-1)], object).reshape(array.shape)


def output_dtype(kwargs: dict[str, Any], mode: str, who: str) -> str:
    """The dtype of a layer: int64 for integers, the default float otherwise.

    Raises:
        ValueError: a float dtype for integers.
    """
    dtype = kwargs.pop("dtype", None)
    if dtype is None:
        return "int64" if mode == encoding.INT else config.floatx()
    if mode == encoding.INT and not dtypes.as_dtype(dtype).is_integer:
        raise ValueError(
            f"{who}: When `output_mode=\"int\"`, `dtype` should be an integer type, 'int32' or 'in64'. "
            f"Received: dtype={dtype}"
        )
    return dtype


class Hashing(HostLayer):
    """The bucket of each string or integer: Fingerprint64 modulo the number of buckets, or SipHash with a salt.

    Args:
        num_bins: how many buckets, counting the one of `mask_value`.
        mask_value: goes to bucket 0, and nothing else does.
        salt: one or two numbers, the key of SipHash.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: whether the encoded modes give SparseTensors.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Hashing(num_bins=3)(tf.constant([["A"], ["B"]])).numpy().tolist()
    [[1], [0]]
    """

    def __init__(
        self, num_bins: int, mask_value: Any = None, salt: Any = None, output_mode: str = "int", sparse: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                f"The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: {num_bins}."
            )
        mode = encoding.check_mode(
            output_mode, (encoding.INT, encoding.ONE_HOT, encoding.MULTI_HOT, encoding.COUNT), "Hashing"
        )
        encoding.check_sparse(sparse, mode)
        super().__init__(dtype=output_dtype(kwargs, mode, "Hashing"), **{"autocast": False, **kwargs})
        self.num_bins = num_bins
        self.mask_value = mask_value
        self.strong_hash = salt is not None
        self.output_mode = mode
        self.sparse = sparse
        self.salt: list[int] | tuple[int, ...] | None = None
        if salt is not None:
            parts = salt if isinstance(salt, list | tuple) else [salt, salt] if isinstance(salt, int) else []
            if len(parts) != 2:
                raise ValueError(
                    "The `salt` argument for `Hashing` can only be a tuple of size 2 integers, or a single integer. "
                    f"Received: {salt}."
                )
            self.salt = parts

    def call(self, inputs: Any) -> Any:
        """The buckets."""
        if is_ragged(inputs):
            found = inputs.with_flat_values(self._buckets(inputs.flat_values))
        elif is_sparse(inputs):
            found = type(inputs)(inputs.indices, self._buckets(inputs.values), inputs.dense_shape)
        else:
            found = self._buckets(as_tensor(inputs))
        if self.output_mode == encoding.INT and (is_ragged(found) or is_sparse(found)):
            return found
        return encoding.encode(found, self.output_mode, self.num_bins, self.compute_dtype, self.sparse)

    def _buckets(self, values: Any) -> Any:
        known = texts(static_arguments.concrete(values, "keras.layers.Hashing"))
        bins = self.num_bins
        masked = None
        if self.mask_value is not None and bins > 1:  # bucket 0 is the mask's
            own = texts(convert.convert_to_tensor(self.mask_value))[()]
            masked, bins = known == own, bins - 1
        key = (self.salt[0], self.salt[1]) if self.salt is not None else None
        found = ops.buckets(known, bins, key)
        if masked is not None:
            found = np.where(masked, 0, found + 1)
        return convert.convert_to_tensor(found)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, as Keras has it."""
        return input_shape

    def _symbolic_shape(self, input_shape: TensorShape) -> TensorShape:
        return encoding.symbolic_shape(input_shape, self.output_mode, self.num_bins)

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the output.

        Raises:
            TypeError: inputs that are neither strings nor integers.
        """
        dtype = dtypes.as_dtype(input_signature.dtype)
        if not dtype.is_integer and dtype.name != "string":
            raise TypeError(f"Hashing: expected strings or integers. Received: {dtype.name} inputs.")
        return TensorSpec(self._symbolic_shape(input_signature.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "salt": self.salt,
            "mask_value": self.mask_value,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }


class HashedCrossing(HostLayer):
    """The bucket of each combination of two or more features.

    Args:
        num_bins: how many buckets.
        output_mode: "int" or "one_hot".
        sparse: whether "one_hot" gives SparseTensors.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.HashedCrossing(num_bins=5)
    >>> layer((tf.constant(["A", "B"]), tf.constant([101, 102]))).shape
    TensorShape([2])
    """

    def __init__(self, num_bins: int, output_mode: str = "int", sparse: bool = False, **kwargs: Any) -> None:
        mode = encoding.check_mode(output_mode, (encoding.INT, encoding.ONE_HOT), "HashedCrossing")
        encoding.check_sparse(sparse, mode)
        super().__init__(dtype=output_dtype(kwargs, mode, "HashedCrossing"), **{"autocast": False, **kwargs})
        self.num_bins = num_bins
        self.output_mode = mode
        self.sparse = sparse

    def call(self, inputs: Any) -> Any:
        """The buckets of the combinations."""
        if not isinstance(inputs, list | tuple):
            raise ValueError(
                f"`HashedCrossing` should be called on a list or tuple of inputs. Received: inputs={inputs}"
            )
        if len(inputs) < 2:
            raise ValueError(f"`HashedCrossing` should be called on at least two inputs. Received: inputs={inputs}")
        parts = [static_arguments.concrete(as_tensor(each), "keras.layers.HashedCrossing") for each in inputs]
        shapes = {part.shape for part in parts}
        if any(len(shape) > 2 or (len(shape) == 2 and shape[1] != 1) for shape in shapes):
            raise ValueError(
                "All `HashedCrossing` inputs should have shape `[]`, `[batch_size]` or `[batch_size, 1]`. "
                f"Received: inputs={inputs}"
            )
        columns = [self._fingerprints(part) for part in parts]
        rows = []
        for values in zip(*columns, strict=True):
            hashed = 0xDECAFCAFFE  # TensorFlow's key for crosses
            for value in values:
                hashed = ops.cat_fingerprints(hashed, value)
            rows.append(hashed % self.num_bins)
        found = convert.convert_to_tensor(np.array(rows, np.int64).reshape(parts[0].shape))
        return encoding.encode(found, self.output_mode, self.num_bins, self.compute_dtype, self.sparse)

    @staticmethod
    def _fingerprints(part: np.ndarray) -> list[int]:
        flat = part.reshape(-1).tolist()
        if part.dtype.kind == "O":
            return [ops.fingerprint64(value) for value in flat]
        if part.dtype.kind not in "iu":
            raise ValueError(f"Input data should be ints or strings. Received: dtype={part.dtype}")
        return [value & 0xFFFFFFFFFFFFFFFF for value in flat]

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output."""
        if not isinstance(input_shape, list | tuple) or len(input_shape) < 2:
            raise ValueError(f"`HashedCrossing` should be called on at least two inputs. Received: {input_shape}")
        return encoding.encoded_shape(input_shape[0], self.output_mode, self.num_bins)

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the output."""
        return TensorSpec(self.compute_output_shape([s.shape for s in input_signature]), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"num_bins": self.num_bins, "output_mode": self.output_mode, "sparse": self.sparse}
        return {**super().get_config(), **own}


register(Hashing, HashedCrossing)
