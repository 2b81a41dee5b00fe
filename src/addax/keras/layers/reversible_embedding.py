"""ReversibleEmbedding: vectors of integers, and logits of integers for vectors; a layer of Keras 3."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.core.shapes import TensorShape
from addax.keras.layers.arguments import fresh, register
from addax.keras.layers.embedding import Embedding
from addax.ops import array, casting
from addax.ops import math as ops_math


class ReversibleEmbedding(Embedding):
    """An `Embedding` that can be called the other way round, as language models do at both ends.

    Args:
        input_dim: how many integers there are: 0 to input_dim - 1.
        output_dim: the length of the vectors.
        tie_weights: whether both ways share the vectors.
        embeddings_initializer: of the weights.
        embeddings_regularizer: adds to the losses.
        embeddings_constraint: projects the vectors after updates.
        mask_zero: whether 0 is padding, to be masked in the layers behind.
        reverse_dtype: what logits are computed in; by default the layer's dtype for computing.
        logit_soft_cap: logits become cap tanh(logits / cap).
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.ReversibleEmbedding(10, 4)
    >>> layer(layer(tf.constant([[1, 2, 3]])), reverse=True).shape
    TensorShape([1, 3, 10])
    """

    def __init__(
        self, input_dim: int, output_dim: int, tie_weights: bool = True, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        reverse_dtype: Any = None, logit_soft_cap: float | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
            embeddings_constraint=embeddings_constraint, mask_zero=mask_zero, **kwargs,
        )  # fmt: skip
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any = None) -> None:
        """Create the vectors, and those for logits if they are others."""
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                "reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=fresh(self.embeddings_initializer),
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """The vectors of ids, or with `reverse` the logits of ids for vectors."""
        if not reverse:
            return super().call(inputs)
        dtype = dtypes.as_dtype(self.reverse_dtype or self.compute_dtype)
        kernel = array.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        from addax.keras.ops.products import matmul  # takes time to import

        logits = matmul(casting.cast(inputs, dtype), casting.cast(kernel, dtype))
        if self.logit_soft_cap is None:
            return logits
        return ops_math.tanh(logits / self.logit_soft_cap) * self.logit_soft_cap

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where ids are not 0, with `mask_zero`; vectors are not masked."""
        return super().compute_mask(inputs, mask) if dtypes.as_dtype(inputs.dtype).is_integer else None

    def compute_output_shape(self, input_shape: Any, reverse: bool = False) -> TensorShape:
        """The shape of the output."""
        if not reverse:
            return super().compute_output_shape(input_shape)
        return TensorShape([*TensorShape(input_shape).as_list()[:-1], self.input_dim])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"tie_weights": self.tie_weights, "logit_soft_cap": self.logit_soft_cap}
        config = {**super().get_config(), **own, "reverse_dtype": self.reverse_dtype}
        return {key: value for key, value in config.items() if key not in ("input_length", "activity_regularizer")}


register(ReversibleEmbedding)
