"""Embedding: a learned vector for each integer."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.low_rank_adaptation import LowRankAdapted
from addax.keras.layers.shape_rules import by_rule_of_integers
from addax.ops import array, casting, embedding, linalg, sparse_shaping, sparse_tensor
from addax.ops import math as ops_math


class Embedding(LowRankAdapted, Layer):
    """Integers to vectors: (batch, ...) to (batch, ..., output_dim).

    Args:
        input_dim: how many integers there are: 0 to input_dim - 1.
        output_dim: the length of the vectors.
        embeddings_initializer: of the weight (input_dim, output_dim).
        embeddings_regularizer: adds to the losses.
        activity_regularizer: the same for the output.
        embeddings_constraint: projects the vectors after updates.
        mask_zero: whether 0 is padding, to be masked in the layers behind.
        input_length: the length of the inputs, if it is fixed.
        sparse: whether the result is a sparse tensor.
        **kwargs: `lora_rank` and `lora_alpha` (see `enable_lora`), and those of every `Layer`.

    Raises:
        ValueError: sizes that are not positive.

    >>> import addax as tf
    >>> tf.keras.layers.Embedding(10, 4)(tf.constant([[1, 2, 3]])).shape
    TensorShape([1, 3, 4])
    """

    _adapted = "embeddings"

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: Any = None,
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs and "batch_input_shape" not in kwargs:
            kwargs["input_shape"] = (
                (input_length,) if input_length is None or isinstance(input_length, int) else tuple(input_length)
            )
        if input_dim <= 0 or output_dim <= 0:
            raise ValueError(
                "Both `input_dim` and `output_dim` should be positive, "
                f"Received input_dim = {input_dim} and output_dim = {output_dim}"
            )
        kwargs.setdefault("autocast", False)  # ids must not lose digits
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        set_weight_options(
            self,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
        )
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.input_length = input_length
        self.sparse = sparse

    def build(self, input_shape: Any = None) -> None:
        """Create the vectors."""
        self.embeddings = self.add_weight(
            "embeddings",
            shape=(self.input_dim, self.output_dim),
            experimental_autocast=False,
            **weight_options(self, "embeddings"),
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The vectors of the ids."""
        if hasattr(inputs, "with_flat_values"):
            return inputs.with_flat_values(self.call(inputs.flat_values))
        if inputs.dtype.name not in ("int32", "int64"):
            inputs = casting.cast(inputs, "int32")
        if hasattr(inputs, "dense_shape"):
            vectors = self._of_sparse(inputs)
        else:
            vectors = self._rows(inputs)
        if self.sparse and not hasattr(vectors, "dense_shape"):
            vectors = sparse_tensor.from_dense(vectors)
        if self.compute_dtype != self.variable_dtype:
            vectors = casting.cast(vectors, self.compute_dtype)
        return vectors

    def _rows(self, ids: Any) -> Any:
        if not self.lora_enabled:
            return array.gather(self.embeddings, ids)
        a, b = self._matrices()
        return array.gather(self._embeddings, ids) + linalg.matmul(array.gather(a, ids), b) * self._scale()

    def _of_sparse(self, ids: Any) -> Any:
        """Vectors of sparse ids: sparse too, or dense with the vector of 0 where there is no id."""
        if self.sparse:
            return embedding.sparse_lookup(self.embeddings, ids)
        each = sparse_shaping.expand_dims(ids, -1)
        return embedding.safe_embedding_lookup_sparse(self.embeddings, each, default_id=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where ids are not 0, with `mask_zero`."""
        return ops_math.not_equal(inputs, 0) if self.mask_zero else None

    def _symbolic_shape(self, input_shape: Any) -> TensorShape:
        """As a call has it: `input_length` is for `compute_output_shape` only."""
        return TensorShape([*TensorShape(input_shape).as_list(), self.output_dim])

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The ids' shape, then the length of the vectors."""
        shape = TensorShape(input_shape).as_list()
        if self.input_length is None:
            return TensorShape([*shape, self.output_dim])
        lengths = list(self.input_length) if isinstance(self.input_length, list | tuple) else [self.input_length]
        if len(lengths) != len(shape) - 1 or any(
            a is not None and b is not None and a != b for a, b in zip(lengths, shape[1:], strict=True)
        ):
            raise ValueError(f'"input_length" is {self.input_length}, but received input has shape {tuple(shape)}')
        known = [b if a is None else a for a, b in zip(lengths, shape[1:], strict=True)]
        return TensorShape([shape[0], *known, self.output_dim])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            **weight_config(self, "embeddings"),
            "mask_zero": self.mask_zero,
            "input_length": self.input_length,
        }
        return arguments.with_activity_regularizer(self, config, "embeddings_constraint")


arguments.register(Embedding)
by_rule_of_integers(Embedding)
