"""MultiHeadAttention: several attentions side by side, each over its own projections."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from addax.core import context, convert, random
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.activation_layers import Softmax
from addax.keras.layers.dropout import Dropout
from addax.keras.layers.einsum_dense import EinsumDense
from addax.keras.layers.projected_attention import ProjectedAttention, Shape
from addax.ops import array
from addax.ops import layers as ops
from addax.ops import math as ops_math


def projection_equation(free: int, bound: int, output: int) -> tuple[str, str, int]:
    """An einsum over the last `bound` axes of an input: (equation, the bias's axes, the output's rank)."""
    letters = iter(string.ascii_lowercase)
    kept, summed = [next(letters) for _ in range(free)], [next(letters) for _ in range(bound)]
    made = [next(letters) for _ in range(output)]
    result = kept + made
    return f"{''.join(kept + summed)},{''.join(summed + made)}->{''.join(result)}", "".join(made), len(result)


def attention_equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str]:
    """Einsums of the scores (key, query) and of the outputs (weights, value), for projected tensors of a rank.

    Attention runs over `axes`; the last axis holds a head's features, all others are batches.
    """
    query = string.ascii_lowercase[:rank]
    fresh = iter(string.ascii_lowercase[rank:])
    key = "".join(next(fresh) if i in axes else query[i] for i in range(rank))
    batch = "".join(query[i] for i in range(rank - 1) if i not in axes)
    scores = batch + "".join(query[i] for i in axes) + "".join(key[i] for i in axes)
    return f"{key},{query}->{scores}", f"{scores},{key}->{query}"


class MultiHeadAttention(ProjectedAttention):
    """Multi-head attention (Vaswani et al. 2017, arXiv:1706.03762).

    Args:
        num_heads: how many heads.
        key_dim: the size of a head's queries and keys.
        value_dim: the size of a head's values; `key_dim` by default.
        dropout: the share of the weights that is dropped in training.
        use_bias: whether projections have a bias.
        output_shape: the output's last sizes; the query's by default.
        attention_axes: the axes to attend over; all but the batch and the features by default.
        kernel_initializer: of the projections.
        bias_initializer: of their biases.
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the biases.
        activity_regularizer: the same for what the layer returns.
        kernel_constraint: projects the kernels after updates.
        bias_constraint: projects the biases after updates.
        softmax_robust_masking: whether masked scores are replaced rather than shifted.
        sliding_window: a query sees values less than so many places away, to both sides; None for all.
        flash_attention: must not be True: XLA chooses how attention is computed.
        use_gate: whether outputs are multiplied with the sigmoid of one more projection of the queries (Qiu et al.
            2025, arXiv:2505.06708).
        seed: for the same dropout in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> x = tf.ones((2, 5, 8))
    >>> tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x).shape
    TensorShape([2, 5, 8])
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        softmax_robust_masking: bool = False,
        *,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, sliding_window, flash_attention, use_gate, seed, **kwargs,
        )  # fmt: skip
        # Keras 2 regularizes what the layer returns, not its projections.
        self._activity_regularizer, self._inner_activity_regularizer = self._inner_activity_regularizer, None
        self._num_heads = num_heads
        self._key_dim = key_dim
        self._value_dim = value_dim if value_dim else key_dim
        self._dropout = dropout
        self._output_shape = output_shape
        sizes = output_shape or ()  # 0 too is the query's, as in Keras
        self._output_sizes = [sizes] if isinstance(sizes, int) else list(sizes)
        self._softmax_robust_masking = softmax_robust_masking
        if attention_axes is not None and not isinstance(attention_axes, list | tuple):
            attention_axes = (attention_axes,)
        self._attention_axes = None if attention_axes is None else tuple(attention_axes)

    # ------------------------------------------------------------------ Keras 3's names

    @property
    def num_heads(self) -> int:
        """How many heads."""
        return self._num_heads

    @property
    def key_dim(self) -> int:
        """The size of a head's queries and keys."""
        return self._key_dim

    @property
    def value_dim(self) -> int:
        """The size of a head's values."""
        return self._value_dim

    @property
    def dropout(self) -> float:
        """The share of the weights that is dropped in training."""
        return self._dropout

    @property
    def use_bias(self) -> bool:
        """Whether projections have a bias."""
        return self._use_bias

    @property
    def attention_axes(self) -> tuple[int, ...] | None:
        """The axes to attend over."""
        return self._attention_axes

    @property
    def query_dense(self) -> EinsumDense:
        """The projection of queries."""
        return self._query_dense

    @property
    def key_dense(self) -> EinsumDense:
        """The projection of keys."""
        return self._key_dense

    @property
    def value_dense(self) -> EinsumDense:
        """The projection of values."""
        return self._value_dense

    @property
    def output_dense(self) -> EinsumDense:
        """The projection of what the heads return."""
        return self._output_dense

    # ------------------------------------------------------------------ projections

    def _projected(self, name: str, rank: int, bound: int, output: list[Any], **options: Any) -> EinsumDense:
        equation, bias_axes, whole = projection_equation(rank - bound, bound, len(output))
        return self._projection(name, equation, bias_axes, [None] * (whole - 1 - len(output)) + output, **options)

    def _projections(self, query: Shape, value: Shape, key: Shape) -> Sequence[tuple[EinsumDense, Shape]]:
        rank, heads = len(query), self._num_heads
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 1))
        self._attention_axes = tuple(axis % rank for axis in self._attention_axes)
        self._equations = attention_equations(rank + 1, self._attention_axes)
        self._query_dense = self._projected("query", rank, 1, [heads, self._key_dim])
        self._key_dense = self._projected("key", len(key), 1, [heads, self._key_dim])
        parts: list[tuple[EinsumDense, Shape]] = [(self._query_dense, query), (self._key_dense, key)]
        if self.use_gate:
            self._gate_dense = self._projected("gate", rank, 1, [heads, self._value_dim], activation="sigmoid")
            parts.append((self._gate_dense, query))
        self._value_dense = self._projected("value", len(value), 1, [heads, self._value_dim])
        scores = tuple(range(rank, rank + len(self._attention_axes)))
        self._softmax = Softmax(axis=scores, dtype=self.dtype_policy)  # as one op with what is around them, in `call`;
        self._dropout_layer = Dropout(self._dropout, dtype=self.dtype_policy)  # they have their names among the layers
        self._output_dense = self._projected("attention_output", rank + 1, 2, self._output_sizes_for(list(query)))
        inner = (*query[:-1], heads, self._value_dim)
        return [*parts, (self._value_dense, value), (self._output_dense, inner)]

    def _output_sizes_for(self, query: list[int | None]) -> list[Any]:
        return self._output_sizes or query[-1:]

    # ------------------------------------------------------------------ calling

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
        *,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
    ) -> Any:
        """The attended values, projected; and the weights too with `return_attention_scores`.

        Args:
            query: (batch, ..., features).
            value: (batch, ..., features).
            key: as `value`, which it is by default.
            attention_mask: which values each query may see: (batch, queries, values), or with heads behind the batch.
            return_attention_scores: whether to return the weights.
            training: whether weights are dropped out.
            use_causal_mask: whether a position sees only those up to its own.
            query_mask: which queries there are, (batch, queries); by default the mask that `query` carries.
            value_mask: the same of the values.
            key_mask: the same of the keys.
        """
        value, key = self._values_and_keys(query, value, key)
        masks = [
            getattr(each, "_keras_mask", None) if mask is None else convert.convert_to_tensor(mask)
            for each, mask in ((query, query_mask), (value, value_mask), (key, key_mask))
        ]
        mask = self._mask(query, value, key, attention_mask, use_causal_mask, masks)
        noise = random.next_key(self.seed) if training and self._dropout > 0 else None
        outputs, weights = ops.multi_head_attention(
            self._query_dense(query), self._key_dense(key), self._value_dense(value), mask, noise, self._equations,
            self._key_dim, self._dropout, self._attention_axes, self._softmax_robust_masking,
        )  # fmt: skip
        outputs = self._output_dense(outputs * self._gate_dense(query) if self.use_gate else outputs)
        return (outputs, weights) if return_attention_scores else outputs

    def _mask(self, query: Any, value: Any, key: Any, given: Any, causal: bool, masks: list[Any]) -> Any:
        """The given mask together with those of the inputs, and the causal one."""
        found: Any = None if given is None else convert.convert_to_tensor(given)

        def also(mask: Any, axis: int | None = None) -> None:
            nonlocal found
            if mask is None:
                return
            if axis is not None:
                mask = array.expand_dims(mask, axis)
            mask = ops_math.cast(mask, "bool")
            found = mask if found is None else ops_math.logical_and(ops_math.cast(found, "bool"), mask)

        also(masks[0], -1)
        also(masks[1], -2)
        if masks[2] is not masks[1]:
            also(masks[2], -2)
        if causal:
            also(ops.lower_triangle(int(query.shape[1]), int(value.shape[1])))
        if self.sliding_window is not None:
            also(ops.band(int(query.shape[1]), int(value.shape[1]), self.sliding_window))
        return found

    # ------------------------------------------------------------------ config

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        newer = {"seed": self.seed, "sliding_window": self.sliding_window, "use_gate": self.use_gate or None}
        own = {name: value for name, value in newer.items() if value is not None}  # Keras 2 does not know them
        return {
            **super().get_config(),
            "num_heads": self._num_heads,
            "key_dim": self._key_dim,
            "value_dim": self._value_dim,
            "dropout": self._dropout,
            "use_bias": self._use_bias,
            "output_shape": self._output_shape,
            "attention_axes": self._attention_axes,
            **{**self._weight_settings(), "activity_regularizer": arguments.serialize_activity_regularizer(self)},
            "query_shape": self._shapes[0],
            "key_shape": self._shapes[2],
            "value_shape": self._shapes[1],
            "softmax_robust_masking": self._softmax_robust_masking,
            **own,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` returned, with its projections if the shapes are known."""
        config = dict(config)
        shapes = [config.pop(f"{name}_shape", None) for name in ("query", "value", "key")]
        layer = cls(**config)
        if None not in shapes:
            with context.name_scope(layer.name):
                layer._build_from_signature(*[TensorShape(shape) for shape in shapes])
        return layer


arguments.register(MultiHeadAttention)
