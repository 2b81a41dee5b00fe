"""CategoryEncoding: integers to one-hot rows, or to counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.keras import graph
from addax.keras.config import floatx
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.preprocessing import encoding
from addax.keras.layers.preprocessing.base import as_tensor, is_ragged, is_sparse


class CategoryEncoding(Layer):
    """Integers from 0 to num_tokens - 1, encoded.

    Args:
        num_tokens: how many integers there are.
        output_mode: "one_hot" (a row per integer), "multi_hot" or "count" (a row per example).
        sparse: whether to give SparseTensors.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.CategoryEncoding(3, "one_hot")(tf.constant([2, 0])).numpy().tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(
        self, num_tokens: int | None = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("dtype", floatx())  # whatever the global policy
        super().__init__(**{"autocast": False, **kwargs})
        self.output_mode = encoding.check_mode(
            output_mode, (encoding.COUNT, encoding.ONE_HOT, encoding.MULTI_HOT), "CategoryEncoding"
        )
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known beforehand, use the "
                "IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens = num_tokens
        self.sparse = sparse

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """The encoded integers; `count_weights` says what each counts, for "count"."""
        inputs = as_tensor(inputs)
        if count_weights is not None:
            if self.output_mode != encoding.COUNT:
                raise ValueError(
                    "`count_weights` is not used when `output_mode` is not `'count'`. "
                    f"Received `count_weights={count_weights}`."
                )
            count_weights = as_tensor(count_weights, self.compute_dtype)
        self._check(inputs)
        return encoding.encode(
            inputs, self.output_mode, self.num_tokens, self.compute_dtype, self.sparse, count_weights
        )

    def _check(self, inputs: Any) -> None:
        """Refuse integers out of range, where they are known."""
        values = inputs.flat_values if is_ragged(inputs) else inputs.values if is_sparse(inputs) else inputs
        if getattr(values, "is_symbolic", True):
            return
        known = np.asarray(values)
        if known.size and (known.min() < 0 or known.max() >= self.num_tokens):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"Layer {self.name} (CategoryEncoding)",
                    expected="Input values must be in the range 0 <= values < num_tokens with "
                    f"num_tokens={self.num_tokens}",
                    received=f"values from {known.min()} to {known.max()}",
                )
            )

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self.sparse:
            return super()._infer(args, kwargs)
        shape = encoding.symbolic_shape(args[0].shape, self.output_mode, self.num_tokens)
        return graph.SparseKerasTensor(shape, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the encoding."""
        return encoding.encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the encoding."""
        return TensorSpec(self.compute_output_shape(input_signature.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"num_tokens": self.num_tokens, "output_mode": self.output_mode, "sparse": self.sparse}
        return {**super().get_config(), **own}


register(CategoryEncoding)
