"""Sums and means over batches, and functions as metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import autograph, convert, errors
from addax.core.tensor import Tensor
from addax.keras import config as settings
from addax.keras import registry
from addax.keras.losses import functions as loss_functions
from addax.keras.losses import rows
from addax.keras.losses.base import mask_of, squeeze_pair
from addax.keras.metrics import functions
from addax.keras.metrics.base import Metric, state, store
from addax.ops import casting as ops_casting
from addax.ops import debugging as ops_debugging
from addax.ops import losses as ops_losses
from addax.ops import metrics as ops_metrics
from addax.ops import shaping as ops_shaping


def tensor(value: Any) -> Any:
    """A tensor of anything tensor-like; of a ragged tensor its values."""
    if type(value) is Tensor:
        return value
    return value.flat_values if rows.is_ragged(value) else convert.convert_to_tensor(value)


def optional(value: Any) -> Any:
    """A tensor, or None."""
    return None if value is None else tensor(value)


def flat(who: str, values: list[Any], weights: Any = None) -> tuple[list[Any], Any]:
    """Values, some of them ragged, as the flat values of each with one more axis of size 1; likewise weights.

    Raises:
        TypeError: only some of the values and weights are ragged.
        ValueError: the ragged ones have other numbers of ragged axes.
        InvalidArgumentError: their rows have other lengths.
    """
    ragged = [value for value in (*values, weights) if rows.is_ragged(value)]
    if len(ragged) < len(values) + (weights is not None):
        raise TypeError(
            errors.message(
                f"{who}.update_state",
                expected="all of the values and sample_weight to be ragged, or none of them",
                received=", ".join(type(value).__name__ for value in (*values, weights) if value is not None),
                hint="x.to_tensor() makes a ragged tensor dense, x.flat_values gives its values",
            )
        )
    splits = [value.nested_row_splits for value in ragged]
    if any(len(each) != len(splits[0]) for each in splits):
        raise ValueError(f"{who}.update_state: ragged inputs need the same number of ragged axes.")
    for own in splits[1:]:
        for first, second in zip(splits[0], own, strict=True):
            unequal = f"{who}.update_state: ragged inputs have other row lengths."
            ops_debugging.assert_equal(first, second, message=unequal)
    made = [ops_shaping.expand_dims(tensor(value), -1) for value in ragged]
    return made[: len(values)], made[-1] if weights is not None else None


class Sum(Metric):
    """The (weighted) sum of values.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Sum()
    >>> metric.update_state([1.0, 3.0, 5.0])
    >>> float(metric.result())
    9.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_weight("total", initializer="zeros")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values.

        Args:
            values: a tensor.
            sample_weight: weights that broadcast to it.
        """
        if rows.is_ragged(values) or rows.is_ragged(sample_weight):
            (values,), sample_weight = flat(self.name, [values], sample_weight)
        store(self.total, ops_metrics.accumulate_sum(state(self.total), tensor(values), optional(sample_weight)))

    def result(self) -> Any:
        """The sum."""
        return self.total


class Mean(Metric):
    """The (weighted) mean of values.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Mean()
    >>> metric.update_state([1.0, 3.0, 5.0])
    >>> metric.update_state(7.0)
    >>> float(metric.result())
    4.0
    """

    _reduction = "weighted_mean"

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_weight("total", initializer="zeros")
        self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values into the mean.

        Args:
            values: a tensor.
            sample_weight: weights that broadcast to it, or [batch] where values are [batch, ...].
        """
        if rows.is_ragged(values) or rows.is_ragged(sample_weight):
            (values,), sample_weight = flat(self.name, [values], sample_weight)
        total, count = state(self.total), state(self.count)
        if sample_weight is None:
            pair = ops_metrics.accumulate_mean(total, count, tensor(values), self._reduction)
        else:
            weights = tensor(sample_weight)
            pair = ops_metrics.accumulate_weighted_mean(total, count, tensor(values), weights, self._reduction)
        self._keep(pair)

    def _keep(self, pair: Any) -> None:
        store(self.total, pair[0])
        store(self.count, pair[1])

    def result(self) -> Any:
        """The mean; 0 before the first value."""
        return ops_metrics.ratio(state(self.total), state(self.count))


class MeanMetricWrapper(Mean):
    """The mean of a function's values.

    Args:
        fn: (y_true, y_pred, **kwargs) to one value per sample.
        name: the name; by default the function's.
        dtype: of the state and the result.
        **kwargs: passed on to `fn`.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanMetricWrapper(tf.keras.losses.huber, name="huber", delta=2.0)
    >>> metric.update_state([[0.0]], [[1.0]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into the mean.

        Args:
            y_true: targets [batch, ...].
            y_pred: predictions [batch, ...].
            sample_weight: weights [batch], of the values' shape, or one number.
        """
        body = functions.BODY_OF.get(self._fn) or loss_functions.BODY_OF.get(self._fn)
        if rows.is_ragged(y_true) or rows.is_ragged(y_pred) or rows.is_ragged(sample_weight):
            (y_true, y_pred), sample_weight = flat(self.name, [y_true, y_pred], sample_weight)
            y_true, y_pred = squeeze_pair(y_true, y_pred)
        if body is None:
            self._update_by_call(tensor(y_true), tensor(y_pred), sample_weight)
            return
        y_true, y_pred = tensor(y_true), tensor(y_pred)
        if body in functions.BODY_NAMES:
            options = (*self._fn_kwargs.items(), ("floatx", settings.floatx()))
            options = options if body != "cosine_proximity" else options[:-1]
        else:
            if getattr(y_pred, "_keras_logits", None) is not None and y_pred.dtype.name != self._dtype:
                y_pred = ops_casting.cast(y_pred, self._dtype)  # what went into the activation is not known of a cast
            y_true, y_pred, options = loss_functions.prepare(body, y_true, y_pred, self._fn_kwargs)
        total, count = state(self.total), state(self.count)
        if sample_weight is None:
            pair = ops_metrics.accumulate_function(total, count, y_true, y_pred, body, options, self._reduction)
        else:
            pair = ops_metrics.accumulate_weighted_function(
                total, count, y_true, y_pred, tensor(sample_weight), None, body, options, self._reduction
            )
        self._keep(pair)

    def _update_by_call(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """A function of the user's: called, then taken into the mean."""
        y_true, y_pred = ops_casting.cast(y_true, self._dtype), ops_casting.cast(y_pred, self._dtype)
        y_true, y_pred = squeeze_pair(y_true, y_pred)
        matches = autograph.converted_method(self._fn)(y_true, y_pred, **self._fn_kwargs)
        mask = mask_of(matches)
        if mask is not None:
            sample_weight = ops_losses.weights_under(tensor(matches), mask, optional(sample_weight))
        Mean.update_state(self, matches, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        if type(self) is MeanMetricWrapper:
            config["fn"] = self._fn
        for key, value in self._fn_kwargs.items():
            plain = isinstance(value, Tensor) or hasattr(value, "__tf_value__")
            config[key] = value.numpy().tolist() if plain else value
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """A metric from what `get_config` returned."""
        rest = dict(config)
        fn = rest.pop("fn", None)
        if cls is MeanMetricWrapper:
            return cls(registry.deserialize("metric", fn) if isinstance(fn, str | dict) else fn, **rest)
        return cls(**rest)


class SumOverBatchSize(Mean):
    """The sum of (weighted) values over their number: unlike `Mean`, weights do not count below the line.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> from addax.keras.metrics import SumOverBatchSize
    >>> metric = SumOverBatchSize()
    >>> metric.update_state([1.0, 3.0], sample_weight=[0.0, 1.0])
    >>> float(metric.result())
    1.5
    """

    _reduction = "sum_over_batch_size"

    def __init__(self, name: str | None = "sum_over_batch_size", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)


class SumOverBatchSizeMetricWrapper(MeanMetricWrapper):
    """The sum of a function's (weighted) values over their number.

    Args:
        fn: (y_true, y_pred, **kwargs) to one value per sample.
        name: the name.
        dtype: of the state and the result.
        **kwargs: passed on to `fn`.
    """

    _reduction = "sum_over_batch_size"

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "fn": self._fn}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """A metric from what `get_config` returned."""
        rest = dict(config)
        fn = rest.pop("fn", None)
        return cls(registry.deserialize("metric", fn) if isinstance(fn, str | dict) else fn, **rest)


class MeanTensor(Metric):
    """The elementwise (weighted) mean of tensors of one shape.

    Args:
        name: the name.
        dtype: of the state and the result.
        shape: the tensors' shape; by default that of the first.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanTensor()
    >>> metric.update_state([0.0, 1.0])
    >>> metric.update_state([4.0, 3.0])
    >>> metric.result().numpy().tolist()
    [2.0, 2.0]
    """

    def __init__(self, name: str | None = "mean_tensor", dtype: Any = None, shape: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._shape = None
        self._total = self._count = None
        if shape is not None:
            self._build(tuple(shape))

    def _build(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._total = self.add_weight("total", shape=shape, initializer="zeros")
        self._count = self.add_weight("count", shape=shape, initializer="zeros")

    @property
    def total(self) -> Any:
        """The variable of the sums; None before the first tensor."""
        return self._total

    @property
    def count(self) -> Any:
        """The variable of the sums of weights; None before the first tensor."""
        return self._count

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take a tensor into the mean.

        Args:
            values: a tensor.
            sample_weight: weights that broadcast to it.

        Raises:
            ValueError: a shape other than the first's.
        """
        values = tensor(values)
        shape = tuple(values.shape)
        if self._shape is None:
            self._build(shape)
        elif shape != self._shape:
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set during the first call): "
                f"{self._shape}. Got: {shape}."
            )
        total, count = ops_metrics.accumulate_tensor(
            state(self._total), state(self._count), values, optional(sample_weight)
        )
        store(self._total, total)
        store(self._count, count)

    def result(self) -> Any:
        """The mean.

        Raises:
            ValueError: nothing was taken in yet.
        """
        if self._total is None:
            raise ValueError(
                "MeanTensor does not have any value yet. Please call the MeanTensor instance or use "
                "`.update_state(value)` before retrieving the result."
            )
        return ops_metrics.ratio(state(self._total), state(self._count))

    def reset_state(self) -> None:
        """Set the sums to zero."""
        if self._total is not None:
            self._zero()


class MeanRelativeError(Mean):
    """The mean of |y_true - y_pred| / normalizer.

    Args:
        normalizer: what differences are divided by, of the predictions' shape.
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanRelativeError(normalizer=[1.0, 2.0])
    >>> metric.update_state([1.0, 3.0], [2.0, 4.0])
    >>> float(metric.result())
    0.75
    """

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        if name is None:
            from addax.keras import naming  # only for metrics without a fixed name

            name = naming.unique_name("mean_relative_error")
        super().__init__(name=name, dtype=dtype)
        self.normalizer = ops_casting.cast(tensor(normalizer), self._dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into the mean.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: weights that broadcast to them.
        """
        if rows.is_ragged(y_true) or rows.is_ragged(y_pred) or rows.is_ragged(sample_weight):
            (y_true, y_pred), sample_weight = flat(self.name, [y_true, y_pred], sample_weight)
        self._keep(
            ops_metrics.accumulate_relative_error(
                state(self.total),
                state(self.count),
                tensor(y_true),
                tensor(y_pred),
                self.normalizer,
                optional(sample_weight),
            )  # fmt: skip
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "normalizer": np.asarray(self.normalizer)}


class RootMeanSquaredError(Mean):
    """The square root of the mean of (y_true - y_pred)².

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.RootMeanSquaredError()
    >>> metric.update_state([0.0, 0.0], [3.0, 3.0])
    >>> float(metric.result())
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into the mean.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: weights that broadcast to them.
        """
        self._keep(
            ops_metrics.accumulate_squared_error(
                state(self.total), state(self.count), tensor(y_true), tensor(y_pred), optional(sample_weight)
            )
        )

    def result(self) -> Any:
        """The root."""
        return ops_metrics.root_ratio(state(self.total), state(self.count))


for _cls in (
    Sum, Mean, MeanMetricWrapper, MeanTensor, MeanRelativeError, RootMeanSquaredError, SumOverBatchSize,
    SumOverBatchSizeMetricWrapper,
):  # fmt: skip
    registry.register("metric", _cls)
