"""Normalization of each example: LayerNormalization, GroupNormalization, UnitNormalization."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import casting
from addax.ops import normalizing_layers as ops


class _ByExample(Layer):
    """What layers that normalize each example by itself share: gamma, beta, masks."""

    _autocast_parameters = True

    def __init__(
        self, epsilon: float, center: bool, scale: bool, beta_initializer: Any, gamma_initializer: Any,
        beta_regularizer: Any, gamma_regularizer: Any, beta_constraint: Any, gamma_constraint: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.supports_masking = True
        set_weight_options(
            self,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def _add_parameters(self, shape: Any) -> None:
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                "gamma", shape=shape, experimental_autocast=self._autocast_parameters, **weight_options(self, "gamma")
            )
        if self.center:
            self.beta = self.add_weight(
                "beta", shape=shape, experimental_autocast=self._autocast_parameters, **weight_options(self, "beta")
            )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"epsilon": self.epsilon, "center": self.center, "scale": self.scale}
        return {**super().get_config(), **own, **weight_config(self, "beta", "gamma")}


class LayerNormalization(_ByExample):
    """Normalizes each example over some axes (Ba et al. 2016, arXiv:1607.06450), then scales and shifts.

    Args:
        axis: the axis or axes to normalize over.
        epsilon: added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: of beta, which lies along the axes.
        gamma_initializer: of gamma, which lies along the axes.
        beta_regularizer: adds to the losses.
        gamma_regularizer: the same for gamma.
        beta_constraint: projects beta after updates.
        gamma_constraint: projects gamma after updates.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.LayerNormalization()(tf.constant([[1.0, 3.0]])).numpy().round(2).tolist()
    [[-1.0, 1.0]]
    """

    _autocast_parameters = False  # They are float32 under mixed precision.

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer,
            beta_constraint, gamma_constraint, **kwargs,
        )  # fmt: skip
        if not isinstance(axis, int | list | tuple):
            raise TypeError(f"Expected an int or a list/tuple of ints for the argument 'axis', but received: {axis!r}")
        self.axis = list(axis) if isinstance(axis, list | tuple) else axis

    def build(self, input_shape: Any) -> None:
        """Create gamma and beta."""
        shape = TensorShape(input_shape)
        given = self.axis if isinstance(self.axis, list) else [self.axis]
        axes = [axis + len(shape) if axis < 0 else axis for axis in given]
        if any(not 0 <= axis < len(shape) for axis in axes):
            raise ValueError(
                "Invalid value for `axis` argument. Expected 0 <= axis < inputs.rank "
                f"(with inputs.rank={len(shape)}). Received: axis={tuple(given)}"
            )
        if len(set(axes)) != len(axes):
            raise ValueError(f"Duplicate axis: {tuple(axes)}")
        self.axis = axes
        self._axes = tuple(axes)
        self._add_parameters([arguments.channel_size(shape, axis, self) for axis in axes])
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        if not inputs.dtype.is_floating:
            inputs = casting.cast(inputs, self.compute_dtype)
        return ops.layer_norm(inputs, self.gamma, self.beta, self._axes, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return arguments.placed(super().get_config(), "epsilon", axis=self.axis)


class GroupNormalization(_ByExample):
    """Normalizes channels in groups, each over all positions of an example (Wu and He 2018, arXiv:1803.08494).

    Args:
        groups: how many; -1 for one per channel (instance normalization).
        axis: the channels.
        epsilon: added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: of beta, one value per channel.
        gamma_initializer: of gamma, one value per channel.
        beta_regularizer: adds to the losses.
        gamma_regularizer: the same for gamma.
        beta_constraint: projects beta after updates.
        gamma_constraint: projects gamma after updates.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.GroupNormalization(groups=2)(tf.ones((2, 3, 4))).shape
    TensorShape([2, 3, 4])
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer,
            beta_constraint, gamma_constraint, **kwargs,
        )  # fmt: skip
        self.groups = groups
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Create gamma and beta."""
        shape = TensorShape(input_shape)
        if not isinstance(self.axis, int):
            raise TypeError(f"GroupNormalization: axis has to be an integer. Received: axis={self.axis}")
        if not -len(shape) <= self.axis < len(shape):
            raise ValueError(
                f"Invalid value for `axis` argument. Expected 0 <= axis < inputs.rank (with inputs.rank={len(shape)}). "
                f"Received: axis={self.axis}"
            )
        channels = shape[self.axis]
        if channels is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension but the layer received an input "
                f"with shape {tuple(shape)}."
            )
        if self.groups == -1:
            self.groups = channels
        if channels < self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) cannot be more than the number of channels ({channels})."
            )
        if channels % self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) must be a multiple of the number of channels ({channels})."
            )
        self.input_spec = InputSpec(ndim=len(shape), axes={self.axis: channels})
        self._add_parameters([channels])
        super().build(input_shape)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The normalized inputs; `mask` says which positions count."""
        if not inputs.dtype.is_floating:
            raise errors.InvalidArgumentError(
                f"GroupNormalization: expected floating inputs. Received: {inputs.dtype.name}, cast them (tf.cast)."
            )
        return ops.group_norm(inputs, self.gamma, self.beta, mask, self.groups, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return arguments.placed(super().get_config(), "epsilon", groups=self.groups, axis=self.axis)


class RMSNormalization(Layer):
    """Inputs over their root mean square, then scaled (Zhang and Sennrich 2019, arXiv:1910.07467); of Keras 3.

    Args:
        axis: the axis or axes to normalize over.
        epsilon: added to the mean square.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RMSNormalization()(tf.constant([[3.0, 4.0]])).numpy().round(2).tolist()
    [[0.8500000238418579, 1.1299999952316284]]
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, list | tuple) else axis
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Create the scale."""
        shape = TensorShape(input_shape)
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        self._axes = tuple(axis % len(shape) for axis in axes)
        sizes = [arguments.channel_size(shape, axis, self) for axis in self._axes]
        self.scale = self.add_weight("scale", shape=sizes, initializer="ones")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        return ops.rms_norm(inputs, self.scale, self._axes, self.epsilon)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(Layer):
    """Inputs over their Euclidean length.

    Args:
        axis: the axis or axes of the vectors.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.UnitNormalization()(tf.constant([[3.0, 4.0]])).numpy().round(2).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axis, int | list | tuple):
            raise TypeError(
                f"Invalid value for `axis` argument: expected an int or a list/tuple of ints. Received: {axis}"
            )
        self.axis = list(axis) if isinstance(axis, list | tuple) else axis
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check the axis."""
        rank = len(TensorShape(input_shape))
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        if any(not -rank <= axis < rank for axis in axes):
            raise ValueError(
                f"Invalid value for `axis` argument: expected it within rank {rank}. Received: {self.axis}"
            )
        if len({axis % rank for axis in axes}) < len(axes):
            raise ValueError(f"Duplicate value in `axis` argument. Received: {self.axis}")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        if not inputs.dtype.is_floating:
            inputs = casting.cast(inputs, self.compute_dtype)
        return ops.unit_norm(inputs, tuple(self.axis) if isinstance(self.axis, list) else (self.axis,))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "axis": self.axis}


arguments.register(LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization)
by_rule(LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization)
