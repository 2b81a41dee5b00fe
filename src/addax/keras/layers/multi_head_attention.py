"""MultiHeadAttention: several attentions side by side, each over its own projections."""

from __future__ import annotations

import string
from typing import Any

from addax.core import context, convert, random
from addax.core.shapes import TensorShape
from addax.keras.initializers import Initializer
from addax.keras.layers import arguments, base
from addax.keras.layers.arguments import set_weight_options, weight_config
from addax.keras.layers.base import Layer
from addax.keras.layers.build_shapes import without_probes
from addax.keras.layers.einsum_dense import EinsumDense
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


def _own(option: Any) -> Any:
    """An initializer like this one: each projection draws its own numbers."""
    copied = isinstance(option, Initializer)
    return type(option).from_config(option.get_config()) if copied else option


class MultiHeadAttention(Layer):
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
        activity_regularizer: the same for the projections' outputs.
        kernel_constraint: projects the kernels after updates.
        bias_constraint: projects the biases after updates.
        softmax_robust_masking: whether masked scores are replaced rather than shifted.
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
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._num_heads = num_heads
        self._key_dim = key_dim
        self._value_dim = value_dim if value_dim else key_dim
        self._dropout = dropout
        self._use_bias = use_bias
        self._output_shape = output_shape
        self._output_sizes = [output_shape] if isinstance(output_shape, int) else list(output_shape or ())
        set_weight_options(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self._inner_activity_regularizer = arguments.regularizers.get(activity_regularizer)
        self._softmax_robust_masking = softmax_robust_masking
        self.seed = seed
        if attention_axes is not None and not isinstance(attention_axes, list | tuple):
            attention_axes = (attention_axes,)
        self._attention_axes = None if attention_axes is None else tuple(attention_axes)
        self._shapes: tuple[Any, Any, Any] = (None, None, None)

    # ------------------------------------------------------------------ projections

    def _projection(self, name: str, rank: int, bound: int, output: list[Any]) -> EinsumDense:
        equation, bias_axes, whole = projection_equation(rank - bound, bound, len(output))
        lead = [None] * (whole - 1 - len(output))
        return EinsumDense(
            equation,
            output_shape=[*lead, *output],
            bias_axes=bias_axes if self._use_bias else None,
            name=name,
            dtype=self._policy,
            activity_regularizer=self._inner_activity_regularizer,
            **{key: _own(getattr(self, key)) for key in weight_config(self, "kernel", "bias")},
        )

    def _build_from_signature(self, query: Any, value: Any, key: Any = None) -> None:
        """Make the projections for inputs (or shapes) like these."""
        shapes = [_shape(item) for item in (query, value, value if key is None else key)]
        self._shapes = tuple(shapes)  # type: ignore[assignment]
        query_shape, value_shape, key_shape = shapes
        rank = len(query_shape)
        heads = self._num_heads
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 1))
        self._attention_axes = tuple(axis % rank for axis in self._attention_axes)
        self._equations = attention_equations(rank + 1, self._attention_axes)
        self._query_dense = self._projection("query", rank, 1, [heads, self._key_dim])
        self._key_dense = self._projection("key", len(key_shape), 1, [heads, self._key_dim])
        self._value_dense = self._projection("value", len(value_shape), 1, [heads, self._value_dim])
        sizes = self._output_sizes or [query_shape[-1]]
        self._output_dense = self._projection("attention_output", rank + 1, 2, sizes)
        inner = (*query_shape[:-1], heads, self._value_dim)
        with context.init_scope():
            for layer, shape in (
                (self._query_dense, query_shape),
                (self._key_dense, key_shape),
                (self._value_dense, value_shape),
                (self._output_dense, inner),
            ):
                with context.name_scope(layer.name):
                    layer.build(TensorShape(shape))
        self.built = True

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
        """
        value = self._to_inputs(value)
        key = value if key is None else self._to_inputs(key)
        if self._shapes[0] is None:
            self._build_from_signature(query, value, key)
            if base._calls.inferring:  # sizes that stand for unknown ones do not belong into configs
                self._shapes = without_probes(self._shapes)
        mask = self._mask(query, value, key, attention_mask, use_causal_mask)
        noise = random.next_key(self.seed) if training and self._dropout > 0 else None
        outputs, weights = ops.multi_head_attention(
            self._query_dense(query), self._key_dense(key), self._value_dense(value), mask, noise, self._equations,
            self._key_dim, self._dropout, self._attention_axes, self._softmax_robust_masking,
        )  # fmt: skip
        outputs = self._output_dense(outputs)
        return (outputs, weights) if return_attention_scores else outputs

    def _mask(self, query: Any, value: Any, key: Any, given: Any, causal: bool) -> Any:
        """The given mask together with those that the inputs carry, and the causal one."""
        found: Any = None if given is None else convert.convert_to_tensor(given)

        def also(mask: Any, axis: int | None = None) -> None:
            nonlocal found
            if mask is None:
                return
            if axis is not None:
                mask = array.expand_dims(mask, axis)
            mask = ops_math.cast(mask, "bool")
            found = mask if found is None else ops_math.logical_and(ops_math.cast(found, "bool"), mask)

        also(getattr(query, "_keras_mask", None), -1)
        also(getattr(value, "_keras_mask", None), -2)
        if key is not value:
            also(getattr(key, "_keras_mask", None), -2)
        if causal:
            also(ops.lower_triangle(int(query.shape[1]), int(value.shape[1])))
        return found

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> TensorShape:
        """The query's shape with the output's last sizes."""
        query, value = TensorShape(query_shape).as_list(), TensorShape(value_shape).as_list()
        key = value if key_shape is None else TensorShape(key_shape).as_list()
        if value[1:-1] != key[1:-1]:
            raise ValueError(
                "All dimensions of `value` and `key`, except the last one, must be equal. Received "
                f"{tuple(value)} and {tuple(key)}"
            )
        return TensorShape([*query[:-1], *(self._output_sizes or [query[-1]])])

    # ------------------------------------------------------------------ config

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"seed": self.seed} if self.seed is not None else {}
        return {
            **super().get_config(),
            "num_heads": self._num_heads,
            "key_dim": self._key_dim,
            "value_dim": self._value_dim,
            "dropout": self._dropout,
            "use_bias": self._use_bias,
            "output_shape": self._output_shape,
            "attention_axes": self._attention_axes,
            **weight_config(self, "kernel", "bias"),
            "activity_regularizer": arguments.regularizers.serialize(self._inner_activity_regularizer),
            "softmax_robust_masking": self._softmax_robust_masking,
            "query_shape": self._shapes[0],
            "value_shape": self._shapes[1],
            "key_shape": self._shapes[2],
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


def _shape(item: Any) -> tuple[int | None, ...]:
    shape = item if isinstance(item, TensorShape | list | tuple) else item.shape
    return tuple(TensorShape(shape).as_list())


arguments.register(MultiHeadAttention)
