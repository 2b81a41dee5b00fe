"""Attention of one head: Attention (Luong) and AdditiveAttention (Bahdanau)."""

from __future__ import annotations

from typing import Any

from addax.core import convert, dtypes, errors, random
from addax.core.shapes import TensorShape
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.ops import layers as ops


class _OneHead(Layer):
    """What both layers share: inputs [query, value] or [query, value, key], masks, dropout, causality."""

    def __init__(
        self, dropout: float = 0.0, *, seed: int | None = None, causal: bool | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.causal = bool(causal)  # the older spelling of `use_causal_mask` in every call
        self.dropout = dropout
        self.seed = seed
        self.supports_masking = True

    def _attend(self, query: Any, value: Any, key: Any, masks: tuple[Any, Any], noise: Any, causal: bool) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define _attend.")

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The attended values, and the weights too with `return_attention_scores`.

        Args:
            inputs: [query (batch, queries, dim), value (batch, values, dim of values), key (optional)].
            mask: [query mask (batch, queries), value mask (batch, values)], either may be None.
            training: whether weights are dropped out.
            return_attention_scores: whether to return the weights (batch, queries, values).
            use_causal_mask: whether a position sees only those up to its own.
        """
        self._check(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        masks = [None if m is None else convert.convert_to_tensor(m) for m in (mask or [])[:2]]
        masks += [None] * (2 - len(masks))
        noise = random.next_key(self.seed) if training and self.dropout > 0 else None
        outputs, weights = self._attend(query, value, key, (masks[0], masks[1]), noise, self.causal or use_causal_mask)
        return (outputs, weights) if return_attention_scores else outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The query's mask."""
        self._check(inputs, mask)
        if mask is None or mask[0] is None:
            return None
        return convert.convert_to_tensor(mask[0])

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The queries' shape: Keras 2 does not look at the values here."""
        return TensorShape(input_shape[0])

    def _check(self, inputs: Any, mask: Any) -> None:
        who = type(self).__name__
        if not isinstance(inputs, list | tuple):
            raise ValueError(
                f"{who} layer must be called on a list of inputs, namely [query, value] or [query, value, key]. "
                f"Received: {inputs}."
            )
        if not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{who} layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, key]. "
                f"Received length: {len(inputs)}."
            )
        if mask is None:
            return
        if not isinstance(mask, list):
            raise ValueError(f"{who} layer mask must be a list, namely [query_mask, value_mask]. Received: {mask}.")
        if not 2 <= len(mask) <= len(inputs):
            raise ValueError(
                f"{who} layer accepts mask list of length 2 or 3. Received: inputs of length {len(inputs)}, mask of "
                f"length {len(mask)}."
            )
        dtype = None if mask[1] is None else getattr(mask[1], "dtype", None) or convert.convert_to_tensor(mask[1]).dtype
        if dtype is not None and dtypes.as_dtype(dtype) != dtypes.bool:  # that of the queries may be of numbers
            raise errors.InvalidArgumentError(
                errors.message(
                    f"{who} layer mask", expected="a bool tensor for the values", received=mask[1],
                    hint="tf.cast(mask, tf.bool)",
                )
            )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"seed": self.seed} if self.seed is not None else {}
        return {**super().get_config(), "dropout": self.dropout, **own}


class Attention(_OneHead):
    """Dot-product attention (Luong et al. 2015, arXiv:1508.04025).

    Args:
        use_scale: whether scores are scaled by a learned number.
        score_mode: "dot", or "concat" for a learned number times the sum of tanh(query + key).
        dropout: the share of the weights that is dropped in training.
        **kwargs: `causal` (as `use_causal_mask` in every call; the older spelling), and as for every `Layer`.

    >>> import addax as tf
    >>> query, value = tf.ones((2, 3, 4)), tf.ones((2, 5, 4))
    >>> tf.keras.layers.Attention()([query, value]).shape
    TensorShape([2, 3, 4])
    """

    def __init__(self, use_scale: bool = False, score_mode: str = "dot", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(f"Received: score_mode={score_mode}. Acceptable values are: ['dot', 'concat']")
        self.use_scale = use_scale
        self.score_mode = score_mode

    def build(self, input_shape: Any) -> None:
        """Create the scale."""
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight("scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight("concat_score_weight", shape=(), initializer="ones")
        super().build(input_shape)

    def _attend(self, query: Any, value: Any, key: Any, masks: tuple[Any, Any], noise: Any, causal: bool) -> Any:
        return ops.attention(
            query,
            value,
            key,
            self.scale,
            self.concat_score_weight,
            *masks,
            noise,
            self.score_mode,
            causal,
            self.dropout,
        )

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "use_scale": self.use_scale, "score_mode": self.score_mode}


class AdditiveAttention(_OneHead):
    """Additive attention: scores are sums of tanh(query + key) (Bahdanau et al. 2015, arXiv:1409.0473).

    Args:
        use_scale: whether the sums are weighted by a learned vector.
        dropout: the share of the weights that is dropped in training.
        **kwargs: `causal` (as `use_causal_mask` in every call; the older spelling), and as for every `Layer`.

    >>> import addax as tf
    >>> query, value = tf.ones((2, 3, 4)), tf.ones((2, 5, 4))
    >>> tf.keras.layers.AdditiveAttention()([query, value]).shape
    TensorShape([2, 3, 4])
    """

    def __init__(self, use_scale: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Create the scale."""
        self._check(input_shape, None)
        self.scale = None
        if self.use_scale:
            dim = TensorShape(input_shape[1])[-1]
            self.scale = self.add_weight("scale", shape=(dim,), initializer="glorot_uniform")
        super().build(input_shape)

    def _attend(self, query: Any, value: Any, key: Any, masks: tuple[Any, Any], noise: Any, causal: bool) -> Any:
        return ops.attention(query, value, key, self.scale, None, *masks, noise, "additive", causal, self.dropout)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "use_scale": self.use_scale}


register(Attention, AdditiveAttention)
