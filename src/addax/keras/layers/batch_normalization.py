"""BatchNormalization: channels with the mean and variance of a batch, or of all batches so far."""

from __future__ import annotations

from typing import Any

from addax.core import context, errors
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import arithmetic, array, casting, creation, normalization
from addax.ops import math as ops_math
from addax.ops import normalizing_layers as ops

_CLIPS = ("rmax", "rmin", "dmax")


class BatchNormalization(Layer):
    """Normalizes over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167), then scales by gamma and shifts by beta.

    While training, with the statistics of the batch, which also move the running ones; otherwise with the running ones.
    A layer with `trainable = False` always takes the running ones.

    Args:
        axis: the axis or axes that keep their own statistics: the channels.
        momentum: of the running statistics.
        epsilon: added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: of beta.
        gamma_initializer: of gamma.
        moving_mean_initializer: of the running mean.
        moving_variance_initializer: of the running variance.
        beta_regularizer: adds to the losses.
        gamma_regularizer: the same for gamma.
        beta_constraint: projects beta after updates.
        gamma_constraint: projects gamma after updates.
        synchronized: whether statistics are those of all replicas.
        renorm: whether to correct the batch's statistics towards the running ones (Ioffe 2017, arXiv:1702.03275).
        renorm_clipping: limits of the corrections: "rmax", "rmin", "dmax".
        renorm_momentum: of the running statistics that renorm corrects towards.
        fused: whether statistics are those of TensorFlow's fused kernel (None: for images and volumes, where it can).
        virtual_batch_size: normalize groups of that many examples, each with its own statistics ("ghost batches",
            Hoffer et al. 2017, arXiv:1705.08741); it has to divide the batch's size.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.BatchNormalization()
    >>> layer(tf.constant([[1.0], [3.0]]), training=True).numpy().round(3).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
        *,
        renorm: bool = False,
        renorm_clipping: dict[str, Any] | None = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        virtual_batch_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(axis, int | list | tuple):
            raise TypeError(f"Expected an int or a list/tuple of ints for the argument 'axis', but received: {axis!r}")
        self.axis = axis[:] if isinstance(axis, list | tuple) else axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.synchronized = synchronized
        self.renorm = renorm
        self.renorm_clipping = dict(renorm_clipping or {})
        self.renorm_momentum = renorm_momentum
        self.virtual_batch_size = virtual_batch_size
        self.fused = fused
        self.supports_masking = True
        self._check_options()
        set_weight_options(
            self,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def _check_options(self) -> None:
        if self.fused and (self.renorm or self.synchronized):
            raise ValueError("BatchNormalization: fused=True goes neither with renorm=True nor with synchronized=True.")
        unknown = set(self.renorm_clipping) - set(_CLIPS)
        if unknown:
            raise ValueError(
                f"Received invalid keys for `renorm_clipping` argument: {sorted(unknown)}. Supported values: {_CLIPS}."
            )
        if self.renorm and self.virtual_batch_size is not None:
            raise ValueError("BatchNormalization: virtual_batch_size does not go with renorm=True.")
        if self.fused and self._unfit():
            raise ValueError(f"BatchNormalization: fused=True goes with {self._unfit()}.")

    def _unfit(self) -> str | None:
        """What the fused kernel needs and this layer has not; None where it fits."""
        axes = list(self.axis) if isinstance(self.axis, list | tuple) else [self.axis]
        if len(axes) > 1 or axes[0] not in (-4, -3, -1, 1, 3, 4):
            return f"one axis of channels, first or last. Received: axis={self.axis}"
        if self.virtual_batch_size is not None:
            return "virtual_batch_size=None"
        if self.compute_dtype not in ("float16", "bfloat16", "float32"):
            return f"the compute dtypes float16, bfloat16 and float32. Received: {self.compute_dtype}"
        return None

    def build(self, input_shape: Any) -> None:
        """Create gamma, beta and the running statistics."""
        shape = TensorShape(input_shape)
        rank = len(shape)
        given = list(self.axis) if isinstance(self.axis, list | tuple) else [self.axis]
        axes = [axis + rank if axis < 0 else axis for axis in given]
        if any(not 0 <= axis < rank for axis in axes):
            raise ValueError(
                f"Invalid value for `axis` argument. Expected 0 <= axis < inputs.rank (with inputs.rank={rank}). "
                f"Received: axis={self.axis}"
            )
        if len(set(axes)) != len(axes):
            raise ValueError(f"Duplicate axis: {tuple(axes)}")
        if self.fused and not (rank in (4, 5) and axes[0] in (1, rank - 1)):
            raise ValueError(
                "BatchNormalization: fused=True goes with inputs of rank 4 or 5 whose channels are first or last. "
                f"Received: input_shape={tuple(shape)}, axis={tuple(axes)}"
            )
        if self.virtual_batch_size is not None and (self.virtual_batch_size <= 0 or 0 in axes):
            raise ValueError(
                "BatchNormalization: virtual_batch_size has to be positive, and axis 0 the batch. "
                f"Received: virtual_batch_size={self.virtual_batch_size}, axis={tuple(axes)}"
            )
        self.axis = axes
        sizes = [arguments.channel_size(shape, axis, self) for axis in axes]
        self._axes = tuple(axes)
        channels = len(axes) == 1 and axes[0] in (1, rank - 1)
        self._fused = (
            self.fused
            if self.fused is not None
            else (rank in (4, 5) and channels and not self.renorm and not self.synchronized and not self._unfit())
        )
        self.input_spec = InputSpec(ndim=rank, axes=dict(zip(axes, sizes, strict=True)))
        # With several axes the parameters keep the input's rank, so that they broadcast.
        size = sizes
        if len(sizes) > 1 or self.virtual_batch_size is not None:
            size = [shape[axis] if axis in axes else 1 for axis in range(rank)]
        if self.virtual_batch_size is not None:
            size.insert(1, 1)
        dtype = "float32" if self.dtype in ("float16", "bfloat16") else self.dtype
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self._parameter("gamma", size, dtype)
        if self.center:
            self.beta = self._parameter("beta", size, dtype)
        self._add_statistics(size, dtype)
        super().build(input_shape)

    def _parameter(self, name: str, size: Any, dtype: Any) -> Any:
        return self.add_weight(name, shape=size, dtype=dtype, experimental_autocast=False, **weight_options(self, name))

    def _add_statistics(self, size: Any, dtype: Any) -> None:
        def running(name: str, initializer: Any) -> Any:
            return self.add_weight(
                name, shape=size, dtype=dtype, initializer=initializer, trainable=False,
                synchronization=3, aggregation=2, experimental_autocast=False,
            )  # fmt: skip

        self.moving_mean = running("moving_mean", self.moving_mean_initializer)
        self.moving_variance = running("moving_variance", self.moving_variance_initializer)
        if self.renorm:
            initial = self.moving_variance_initializer

            def stddev(shape: Any, dtype: Any = None) -> Any:
                return ops.square_root(initial(shape, dtype=dtype))

            self.moving_stddev = running("moving_stddev", stddev)
            self.renorm_mean = running("renorm_mean", self.moving_mean_initializer)
            self.renorm_stddev = running("renorm_stddev", stddev)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The normalized inputs; `mask` says which positions count."""
        if not self.trainable:
            training = False
        if not inputs.dtype.is_floating:
            inputs = casting.cast(inputs, self.compute_dtype)
        epsilon = max(self.epsilon, 1.001e-5) if self._fused else self.epsilon
        return arguments.when(
            training, lambda: self._by_batch(inputs, epsilon, mask), lambda: self._by_running(inputs, epsilon)
        )

    def _by_running(self, inputs: Any, epsilon: float) -> Any:
        if self.virtual_batch_size is not None:
            grouped = array.expand_dims(inputs, 1)
            return array.reshape(self._scaled(grouped, self.moving_mean, self.moving_variance), inputs.shape)
        return ops.batch_norm_inference(
            inputs, self.gamma, self.beta, self.moving_mean, self.moving_variance, self._axes, epsilon
        )

    def _by_batch(self, inputs: Any, epsilon: float, mask: Any) -> Any:
        if self.renorm:
            return self._by_corrected_batch(inputs, epsilon, mask)
        if self.virtual_batch_size is not None:
            return self._by_groups(inputs, mask)
        if (replica := context.one_of_several()) is not None:
            if self.synchronized:
                return self._by_all_replicas(inputs, mask, replica)
            if 0 in inputs.shape:  # a replica without a share of the last batch
                return self._by_running(inputs, epsilon)
        outputs, mean, variance = ops.batch_norm_training(
            inputs, self.gamma, self.beta, self.moving_mean, self.moving_variance, None if self._fused else mask,
            self._axes, epsilon, float(self.momentum), bool(self._fused),
        )  # fmt: skip
        self.moving_mean.assign(mean)
        self.moving_variance.assign(variance)
        return outputs

    def _by_all_replicas(self, inputs: Any, mask: Any, replica: Any) -> Any:
        wide = casting.cast(inputs, self.moving_mean.dtype)
        mean, variance = self._moments_of_all(wide, mask, replica)
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign_sub((moving - array.reshape(batch, moving.shape)) * (1 - self.momentum))
        beta, gamma = (None if each is None else array.reshape(each, mean.shape) for each in (self.beta, self.gamma))
        scaled = normalization.batch_normalization(wide, mean, variance, beta, gamma, self.epsilon)
        return casting.cast(scaled, inputs.dtype)

    def _moments_of_all(self, wide: Any, mask: Any, replica: Any) -> Any:
        over = [axis for axis in range(len(wide.shape)) if axis not in self._axes]
        weights = creation.ones_like(wide)
        if mask is not None:
            weights *= array.expand_dims(casting.cast(mask, wide.dtype), -1)
        weighted = weights * wide
        sums = [ops_math.reduce_sum(each, over, keepdims=True) for each in (weighted, weighted * wide, weights)]
        total, squares, count = replica.all_reduce("SUM", sums)
        mean = arithmetic.divide_no_nan(total, count)
        variance = arithmetic.divide_no_nan(squares, count) - mean * mean
        return mean, arithmetic.maximum(variance, 0)

    def _by_groups(self, inputs: Any, mask: Any) -> Any:
        if mask is not None:
            raise errors.InvalidArgumentError("BatchNormalization: virtual_batch_size does not go with a mask.")
        # Example i belongs to group i mod (number of groups), as in TensorFlow.
        grouped = array.reshape(inputs, [self.virtual_batch_size, -1, *inputs.shape[1:]])
        kept = {1, *(axis + 1 for axis in self._axes)}
        wide = casting.cast(grouped, self.moving_mean.dtype)
        over = [axis for axis in range(len(grouped.shape)) if axis not in kept]
        mean, variance = normalization.moments(wide, over, keepdims=True)
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            batch = ops_math.reduce_mean(batch, axis=1, keepdims=True)
            moving.assign_sub((moving - batch) * (1 - self.momentum))
        return array.reshape(self._scaled(grouped, mean, variance), inputs.shape)

    def _scaled(self, grouped: Any, mean: Any, variance: Any) -> Any:
        wide = casting.cast(grouped, mean.dtype)
        scaled = normalization.batch_normalization(wide, mean, variance, self.beta, self.gamma, self.epsilon)
        return casting.cast(scaled, grouped.dtype)

    def _by_corrected_batch(self, inputs: Any, epsilon: float, mask: Any) -> Any:
        mean = variance = None
        if self.synchronized and (replica := context.one_of_several()) is not None:
            wide = casting.cast(inputs, self.moving_mean.dtype)
            mean, variance = self._moments_of_all(wide, mask, replica)
        limits = [
            self.renorm_clipping.get(key, default) for key, default in zip(_CLIPS, (1e30, 0.0, 1e30), strict=True)
        ]
        running = [self.moving_mean, self.moving_variance, self.moving_stddev, self.renorm_mean, self.renorm_stddev]
        outputs, *moved = ops.batch_renorm_training(
            inputs, self.gamma, self.beta, *running, *limits, mask, mean, variance, self._axes, epsilon,
            float(self.momentum), float(self.renorm_momentum),
        )  # fmt: skip
        for variable, value in zip(running, moved, strict=True):
            variable.assign(value)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {}
        if self.renorm:
            own = {
                "renorm": True,
                "renorm_clipping": self.renorm_clipping,
                "renorm_momentum": self.renorm_momentum,
            }
        if self.virtual_batch_size is not None:
            own["virtual_batch_size"] = self.virtual_batch_size
        config = {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            **weight_config(self, "beta", "gamma"),
            **own,
        }
        moving = {
            name: arguments.initializers.serialize(getattr(self, name))
            for name in ("moving_mean_initializer", "moving_variance_initializer")
        }
        return arguments.placed(config, "beta_regularizer", **moving)


class SyncBatchNormalization(BatchNormalization):
    """BatchNormalization over all replicas; `BatchNormalization(synchronized=True)`.

    >>> import addax as tf
    >>> tf.keras.layers.experimental.SyncBatchNormalization()(tf.ones((2, 3))).shape
    TensorShape([2, 3])
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer, moving_mean_initializer,
            moving_variance_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint,
            synchronized=True, **kwargs,
        )  # fmt: skip


arguments.register(BatchNormalization, SyncBatchNormalization)
by_rule(BatchNormalization)
