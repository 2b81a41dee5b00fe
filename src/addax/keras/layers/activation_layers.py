"""Activations with parameters, as layers: ReLU, LeakyReLU, PReLU, ELU, Softmax, ThresholdedReLU."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras import config
from addax.keras.layers.arguments import register, set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import activations as nn
from addax.ops import layers as ops


class _ElementWise(Layer):
    """A layer whose output has its input's shape and mask."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape."""
        return TensorShape(input_shape)


class ReLU(_ElementWise):
    """x between `threshold` and `max_value`, a line of slope `negative_slope` below.

    Args:
        max_value: the largest output; None for no bound.
        negative_slope: at least 0.
        threshold: at least 0; outputs of inputs below it lie on the line.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: a negative or missing number.

    >>> import addax as tf
    >>> tf.keras.layers.ReLU(max_value=2.0)(tf.constant([-1.0, 1.0, 3.0])).numpy().tolist()
    [0.0, 1.0, 2.0]
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(f"max_value of a ReLU layer cannot be a negative value. Received: {max_value}")
        if negative_slope is None or negative_slope < 0.0:
            raise ValueError(f"negative_slope of a ReLU layer cannot be a negative value. Received: {negative_slope}")
        if threshold is None or threshold < 0.0:
            raise ValueError(f"threshold of a ReLU layer cannot be a negative value. Received: {threshold}")
        self.max_value = None if max_value is None else config.rounded(max_value)
        self.negative_slope = config.rounded(negative_slope)
        self.threshold = config.rounded(threshold)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        return ops.relu(inputs, self.max_value, self.negative_slope, self.threshold)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"max_value": self.max_value, "negative_slope": self.negative_slope, "threshold": self.threshold}
        return {**super().get_config(), **own}


class LeakyReLU(_ElementWise):
    """x where positive, alpha * x elsewhere.

    Args:
        alpha: the slope below 0.
        negative_slope: the same; Keras 3's name.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.LeakyReLU(0.5)(tf.constant([-1.0, 2.0])).numpy().tolist()
    [-0.5, 2.0]
    """

    def __init__(self, alpha: float = 0.3, *, negative_slope: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        alpha = alpha if negative_slope is None else negative_slope
        if alpha is None:
            raise ValueError(
                f"The alpha value of a Leaky ReLU layer cannot be None. Expecting a float. Received: {alpha}"
            )
        self.alpha = config.rounded(alpha)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        if self.alpha == 0:
            return nn.relu(inputs)  # which leaves integers as they are
        return nn.leaky_relu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "alpha": self.alpha}


class PReLU(_ElementWise):
    """x where positive, alpha * x elsewhere, with a learned alpha per position (He et al. 2015, arXiv:1502.01852).

    Args:
        alpha_initializer: of the slopes.
        alpha_regularizer: adds to the losses.
        alpha_constraint: projects the slopes after updates.
        shared_axes: axes along which there is one slope, counted with the batch as 0: [1, 2] for one per channel.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.PReLU(alpha_initializer="ones")(tf.constant([[-1.0, 2.0]])).numpy().tolist()
    [[-1.0, 2.0]]
    """

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        set_weight_options(
            self,
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
        )
        if shared_axes is not None and not isinstance(shared_axes, list | tuple):
            shared_axes = [shared_axes]
        self.shared_axes = None if shared_axes is None else list(shared_axes)

    def build(self, input_shape: Any) -> None:
        """Create the slopes."""
        shape = TensorShape(input_shape).as_list()
        sizes = shape[1:]
        for axis in self.shared_axes or []:
            sizes[axis - 1] = 1
        self.alpha = self.add_weight("alpha", shape=sizes, **weight_options(self, "alpha"))
        shared = self.shared_axes or range(len(shape))  # without shared axes Keras leaves the sizes to the product
        fixed = {axis: shape[axis] for axis in range(1, len(shape)) if axis not in shared}
        self.input_spec = InputSpec(ndim=len(shape), axes=fixed)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        return ops.prelu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), **weight_config(self, "alpha"), "shared_axes": self.shared_axes}


class ELU(_ElementWise):
    """x where positive, alpha * (exp(x) - 1) elsewhere (Clevert et al. 2015, arXiv:1511.07289).

    Args:
        alpha: the scale below 0.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.ELU()(tf.constant([0.0, 2.0])).numpy().tolist()
    [0.0, 2.0]
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if alpha is None:
            raise ValueError(f"Alpha of an ELU layer cannot be None, expecting a float. Received: {alpha}")
        self.alpha = config.rounded(alpha)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        return ops.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "alpha": self.alpha}


class ThresholdedReLU(_ElementWise):
    """x where it exceeds theta, 0 elsewhere (Konda et al. 2014, arXiv:1402.3337).

    Args:
        theta: the threshold, at least 0.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.ThresholdedReLU(1.5)(tf.constant([1.0, 2.0])).numpy().tolist()
    [0.0, 2.0]
    """

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(f"Theta of a Thresholded ReLU layer cannot be None or negative. Received: {theta}")
        self.theta = config.rounded(theta)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        return ops.thresholded_relu(inputs, self.theta)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "theta": self.theta}


class Softmax(_ElementWise):
    """exp(x) over its sum along an axis or several.

    Args:
        axis: the axis or axes that sum to 1.
        robust_masking: whether masked inputs are replaced by a large negative number rather than lowered by it.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> x = tf.constant([[0.0, 0.0, 5.0]])
    >>> tf.keras.layers.Softmax()(x, mask=tf.constant([[True, True, False]])).numpy().tolist()
    [[0.5, 0.5, 0.0]]
    """

    def __init__(self, axis: Any = -1, robust_masking: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.robust_masking = robust_masking

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The softmax of what `mask` keeps (1 or True: keep)."""
        axes = tuple(self.axis) if isinstance(self.axis, list | tuple) else (self.axis,)
        return ops.masked_softmax(inputs, mask, axes, self.robust_masking)

    def _symbolic_shape(self, input_shape: Any) -> TensorShape:
        shape = TensorShape(input_shape)
        for axis in self.axis if isinstance(self.axis, list | tuple) else [self.axis]:
            if shape.rank is not None and not -shape.rank <= axis < shape.rank:
                raise errors.InvalidArgumentError(
                    f"Layer {self.name} (Softmax): `axis` must be in the range [-{shape.rank}, {shape.rank}). "
                    f"Received: axis={axis}, inputs of shape {shape}"
                )
        return shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"robust_masking": True} if self.robust_masking else {}
        return {**super().get_config(), "axis": self.axis, **own}


register(ReLU, LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax)
by_rule(ReLU, LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax)
