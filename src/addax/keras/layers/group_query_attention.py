"""GroupQueryAttention: several heads of queries share one of keys and values; a layer of Keras 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import context, random
from addax.keras.layers import arguments
from addax.keras.layers.einsum_dense import EinsumDense
from addax.keras.layers.projected_attention import ProjectedAttention, Shape
from addax.ops.grouped_attention import grouped_query_attention


class GroupQueryAttention(ProjectedAttention):
    """Grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245): fewer heads of keys and values than of queries.

    Args:
        head_dim: the size of a head.
        num_query_heads: how many heads of queries.
        num_key_value_heads: how many of keys and values; divides `num_query_heads`.
        dropout: the share of the weights that is dropped in training.
        use_bias: whether projections have a bias.
        sliding_window: a query sees keys less than so many places away, to both sides; None for all.
        flash_attention: must not be True: XLA chooses how attention is computed.
        kernel_initializer: of the projections.
        bias_initializer: of their biases.
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the biases.
        activity_regularizer: the same for the projections' outputs.
        kernel_constraint: projects the kernels after updates.
        bias_constraint: projects the biases after updates.
        use_gate: whether outputs are multiplied with the sigmoid of one more projection of the queries (Qiu et al.
            2025, arXiv:2505.06708).
        seed: for the same dropout in each run.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: numbers of heads that do not divide, a window that is not positive.

    >>> import addax as tf
    >>> x = tf.ones((2, 5, 8))
    >>> tf.keras.layers.GroupQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)(x, x).shape
    TensorShape([2, 5, 8])
    """

    _in_keras3_alone = True
    _name_in_archives = "GroupedQueryAttention"  # Keras's class has another name than it is known by

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, sliding_window, flash_attention, use_gate, seed, **kwargs,
        )  # fmt: skip
        for name, size in (
            ("head_dim", head_dim), ("num_query_heads", num_query_heads), ("num_key_value_heads", num_key_value_heads),
        ):  # fmt: skip
            if not isinstance(size, int) or size < 1:
                raise ValueError(f"`{name}` must be a positive integer. Received: {name}={size!r}")
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                "`num_query_heads` must be divisible by `num_key_value_heads`. Received: "
                f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}"
            )
        self.head_dim = head_dim
        self.num_query_heads = num_query_heads
        self.num_key_value_heads = num_key_value_heads
        self.dropout = dropout
        self.use_bias = use_bias

    # ------------------------------------------------------------------ projections

    def _projections(self, query: Shape, value: Shape, key: Shape) -> Sequence[tuple[EinsumDense, Shape]]:
        for name, shape in (("query", query), ("value", value), ("key", key)):
            if len(shape) != 3:
                raise ValueError(f"`{name}` must have the shape (batch, length, features). Received: shape={shape}")
        heads, groups = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        self._query_dense = self._projection("query", "bqm,muh->bquh", "uh", [None, *heads])
        self._key_dense = self._projection("key", "bkm,mvh->bkvh", "vh", [None, *groups])
        parts: list[tuple[EinsumDense, Shape]] = [(self._query_dense, query), (self._key_dense, key)]
        if self.use_gate:
            gate = self._projection("gate", "bqm,muh->bquh", "uh", [None, *heads], activation="sigmoid")
            self._gate_dense = gate
            parts.append((gate, query))
        self._value_dense = self._projection("value", "bkm,mvh->bkvh", "vh", [None, *groups])
        self._output_dense = self._projection("attention_output", "bquh,uhm->bqm", "m", [None, query[-1]])
        return [*parts, (self._value_dense, value), (self._output_dense, (None, None, *heads))]

    # ------------------------------------------------------------------ calling

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The attended values, projected; and the weights too with `return_attention_scores`.

        Args:
            query: (batch, queries, features).
            value: (batch, values, features).
            key: as `value`, which it is by default.
            query_mask: (batch, queries), which queries there are; by default the Keras mask of `query`.
            value_mask: the same for values.
            key_mask: the same for keys.
            attention_mask: which values each query may see: (batch, queries, values), or with heads behind the batch.
            return_attention_scores: whether to return the weights.
            training: whether weights are dropped out.
            use_causal_mask: whether a position sees only those up to its own.
        """
        value, key = self._values_and_keys(query, value, key)
        query_mask = getattr(query, "_keras_mask", None) if query_mask is None else query_mask
        value_mask = getattr(value, "_keras_mask", None) if value_mask is None else value_mask
        if key_mask is None and key is not value:
            key_mask = getattr(key, "_keras_mask", None)
        noise = random.next_key(self.seed) if training and self.dropout > 0 else None
        gate = self._gate_dense(query) if self.use_gate else None
        outputs, weights = grouped_query_attention(
            self._query_dense(query), self._key_dense(key), self._value_dense(value), gate, query_mask, value_mask,
            key_mask, attention_mask, noise, bool(use_causal_mask), self.sliding_window, self.dropout,
        )  # fmt: skip
        outputs = self._output_dense(outputs)
        return (outputs, weights) if return_attention_scores else outputs

    # ------------------------------------------------------------------ config

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that the projections were made for."""
        if self._shapes[0] is None:
            return None
        names = ("query_shape", "value_shape", "key_shape")
        return {"shapes_dict": {name: list(shape or ()) for name, shape in zip(names, self._shapes, strict=True)}}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Make the projections for the shapes that `get_build_config` returned."""
        shapes = config.get("shapes_dict")
        if self._shapes[0] is None and shapes and shapes.get("query_shape") and shapes.get("value_shape"):
            with context.name_scope(self.name):
                self._build_from_signature(shapes["query_shape"], shapes["value_shape"], shapes.get("key_shape"))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(),
            "head_dim": self.head_dim,
            "num_query_heads": self.num_query_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "use_bias": self.use_bias,
            "use_gate": self.use_gate,
            "sliding_window": self.sliding_window,
            "dropout": self.dropout,
            **self._weight_settings(),
            "seed": self.seed,
        }


arguments.register(GroupQueryAttention)
