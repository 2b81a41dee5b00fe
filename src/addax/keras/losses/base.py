"""Loss: a loss function with weights, a mask and a reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import autograph, context, convert, dtypes
from addax.core.jax_programs import in_kind
from addax.core.tensor import Tensor
from addax.keras import constructors, registry
from addax.keras.losses import functions, rows
from addax.keras.losses.reduction import Reduction
from addax.ops import casting, reductions
from addax.ops import losses as ops_losses


class Loss:
    """Base class of losses; subclasses define `call(y_true, y_pred)`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: what targets and predictions are cast to; None to leave them as they are.

    Raises:
        ValueError: an unknown reduction.

    >>> import addax as tf
    >>> class Cubic(tf.keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return tf.reduce_mean(tf.abs(y_true - y_pred) ** 3, axis=-1)
    >>> float(Cubic()(tf.constant([[0.0, 0.0]]), tf.constant([[2.0, 0.0]])))
    4.0
    """

    _of_model = False  # whether it was given to `compile`; a model knows the number of replicas

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        constructors.explain(cls)

    def __init__(self, reduction: str | None = Reduction.AUTO, name: str | None = None, *, dtype: Any = None) -> None:
        reduction = Reduction.NONE if reduction is None else reduction  # None is Keras 3's word
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name
        self.dtype = None if dtype is None else dtypes.as_dtype(getattr(dtype, "compute_dtype", dtype)).name

    @in_kind
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss.

        Args:
            y_true: targets [batch, ...].
            y_pred: predictions [batch, ...]; their Keras mask leaves samples or steps out.
            sample_weight: weights [batch] or of the losses' shape, or one number.

        Returns:
            A scalar, or with Reduction.NONE the weighted losses.
        """
        if self.dtype is not None:
            y_true, y_pred = self._in_dtype(y_true), self._in_dtype(y_pred)
        losses = autograph.converted_method(self.call)(y_true, y_pred)
        if rows.is_ragged(losses):
            return self._reduce_ragged(losses, sample_weight)
        if not isinstance(losses, Tensor) and not hasattr(losses, "__symbolic_call__"):
            losses = convert.convert_to_tensor(losses)
        mask = _both(mask_of(y_pred), mask_of(losses))
        if mask is None and sample_weight is None and hasattr(losses, "__symbolic_call__"):
            return self._reduce_symbolic(losses)
        return ops_losses.reduce_weighted(losses, sample_weight, mask, self._get_reduction())

    def _reduce_symbolic(self, losses: Any) -> Any:
        """The reduction of symbolic losses, by ops that configs have names for."""
        reduction = self._get_reduction()
        if reduction == Reduction.NONE:
            return losses
        return reductions.reduce_sum(losses) if reduction == Reduction.SUM else reductions.reduce_mean(losses)

    def _in_dtype(self, value: Any) -> Any:
        made = casting.cast(value, self.dtype)
        mask = mask_of(value)
        if mask is not None and made is not value:
            made._keras_mask = mask
        return made

    def _reduce_ragged(self, losses: Any, sample_weight: Any) -> Any:
        reduction = self._get_reduction()
        weights = rows.flat_weights(losses, sample_weight)
        reduced = ops_losses.reduce_weighted(losses.flat_values, weights, None, reduction)
        return losses.with_flat_values(reduced) if reduction == Reduction.NONE else reduced

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One loss per sample; subclasses define it.

        Args:
            y_true: targets [batch, ..., d].
            y_pred: predictions [batch, ..., d].

        Returns:
            Losses [batch, ...].
        """
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {} if self.dtype is None else {"dtype": self.dtype}
        return {"reduction": self.reduction, "name": self.name, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """A loss from what `get_config` returned."""
        return cls(**{key: value for key, value in config.items() if key != "fn"})

    def _get_reduction(self) -> str:
        """The reduction, AUTO being decided.

        Raises:
            ValueError: a mean over the batch in a strategy's scope, where nobody knows the whole batch.
        """
        reduction = _effective(self.reduction)
        if context.state.strategy is not None and not self._of_model and reduction == Reduction.SUM_OVER_BATCH_SIZE:
            raise ValueError(
                "Please use `tf.keras.losses.Reduction.SUM` or `tf.keras.losses.Reduction.NONE` for loss reduction "
                "when losses are used with `tf.distribute.Strategy`, except for specifying losses in "
                "`Model.compile()` for use by the built-in training looop `Model.fit()`.\n  To do: divide the sum by "
                "the global batch size, as tf.nn.compute_average_loss does."
            )
        return reduction


def _effective(reduction: str) -> str:
    return Reduction.SUM_OVER_BATCH_SIZE if reduction == Reduction.AUTO else reduction


def mask_of(tensor: Any) -> Any:
    """The Keras mask of a tensor, None if it has none (a symbolic one's is no part of its model's graph)."""
    return None if hasattr(tensor, "__symbolic_call__") else getattr(tensor, "_keras_mask", None)


def _both(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return first if second is None else second
    return ops_losses.both(first, second)


class LossFunctionWrapper(Loss):
    """A loss made of a function.

    Args:
        fn: (y_true, y_pred, **kwargs) to one loss per sample.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.
        **kwargs: passed on to `fn`.

    >>> import addax as tf
    >>> from addax.keras.losses import LossFunctionWrapper
    >>> float(LossFunctionWrapper(tf.keras.losses.huber, delta=2.0)([[0.0]], [[1.0]]))
    0.5
    """

    def __init__(
        self, fn: Callable[..., Any], reduction: str = Reduction.AUTO, name: str | None = None, *, dtype: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One loss per sample."""
        if isinstance(y_true, Tensor) and isinstance(y_pred, Tensor):
            y_true, y_pred = squeeze_pair(y_true, y_pred)
        return autograph.converted_method(self.fn)(y_true, y_pred, **self._fn_kwargs)

    @in_kind
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss; see `Loss`. Keras' own functions run with weights and reduction as one compiled call."""
        body = functions.BODY_OF.get(self.fn)
        changed = self.dtype is not None or type(self).call is not LossFunctionWrapper.call
        if body is None or changed or not _dense(y_true, y_pred):
            return super().__call__(y_true, y_pred, sample_weight)
        tensors = isinstance(y_true, Tensor) and isinstance(y_pred, Tensor)
        mask = mask_of(y_pred)
        y_true, y_pred, options = functions.prepare(body, y_true, y_pred, self._fn_kwargs)
        reduction = self._get_reduction()
        if sample_weight is None and mask is None:
            return ops_losses.loss(y_true, y_pred, body, options, reduction, tensors)
        return ops_losses.weighted_loss(y_true, y_pred, sample_weight, mask, body, options, reduction, tensors)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        for key, value in self._fn_kwargs.items():
            plain = isinstance(value, Tensor) or hasattr(value, "__tf_value__")
            config[key] = value.numpy().tolist() if plain else value
        if self.fn in functions.BODY_OF:
            config["fn"] = self.fn.__name__
        elif callable(self.fn):
            config["fn"] = registry.serialize_keras_object(self.fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """A loss from what `get_config` returned."""
        rest = dict(config)
        fn = rest.pop("fn", None)
        if cls is LossFunctionWrapper:
            rest["fn"] = registry.deserialize("loss", fn)
        return cls(**rest)


def _dense(y_true: Any, y_pred: Any) -> bool:
    return not (
        rows.is_ragged(y_true) or rows.is_ragged(y_pred)
        or hasattr(y_pred, "__symbolic_call__") or hasattr(y_true, "__symbolic_call__")
    )  # fmt: skip


def squeeze_pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Drop a last axis of one where the ranks of targets and predictions differ by it."""
    gap = y_pred.ndim - y_true.ndim
    if gap == 1 and y_pred.shape[-1] == 1:
        return y_true, ops_losses.drop_last(y_pred)
    if gap == -1 and y_true.shape[-1] == 1:
        return ops_losses.drop_last(y_true), y_pred
    return y_true, y_pred
