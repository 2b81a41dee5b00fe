"""Pooling layers: the maximum or mean over windows, and over everything."""

from __future__ import annotations

from typing import Any

from addax.core import failures
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.convolution import output_length
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import conv_layers as ops


class Pooling(Layer):
    """What pooling layers of all ranks share."""

    rank = 0
    kind = "max"

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", data_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.pool_size = arguments.tuple_of(pool_size, self.rank, "pool_size")
        self.strides = arguments.tuple_of(pool_size if strides is None else strides, self.rank, "strides")
        self.padding = arguments.padding(padding)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """The pool over each window."""
        if self.kind == "average" and not inputs.dtype.is_floating:
            raise failures.RefusedDtypeError(
                f"{type(self).__name__}: expected floating inputs, since integers have no means. "
                f"Received: {inputs.dtype.name}; cast them (tf.cast)."
            )
        first = self.data_format == "channels_first"
        return ops.pool(inputs, self.kind, self.pool_size, self.strides, self.padding, first)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output."""
        shape = TensorShape(input_shape).as_list()
        start = 2 if self.data_format == "channels_first" else 1
        for i in range(self.rank):
            shape[start + i] = output_length(shape[start + i], self.pool_size[i], self.padding, self.strides[i])
        return TensorShape(shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        windows = {"strides": self.strides, "pool_size": self.pool_size, "padding": self.padding}  # Keras's order
        names = ("strides", "pool_size", "padding") if self.rank == 1 else ("pool_size", "padding", "strides")
        own = {name: windows[name] for name in names}
        return {**super().get_config(), **own, "data_format": self.data_format}


class MaxPooling1D(Pooling):
    """The maximum over windows of sequences.

    Args:
        pool_size: the length of the window.
        strides: the step between windows; by default the window's length.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.MaxPooling1D()(tf.constant([[[1.0], [3.0], [2.0], [0.0]]])).numpy().ravel().tolist()
    [3.0, 2.0]
    """

    rank = 1

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid",
        data_format: str | None = "channels_last", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class AveragePooling1D(MaxPooling1D):
    """The mean over windows of sequences.

    Args: as for `MaxPooling1D`. Padding does not count.

    >>> import addax as tf
    >>> tf.keras.layers.AveragePooling1D()(tf.constant([[[1.0], [3.0]]])).numpy().ravel().tolist()
    [2.0]
    """

    kind = "average"


class MaxPooling2D(Pooling):
    """The maximum over windows of images.

    Args:
        pool_size: height and width of the window, or one number for both.
        strides: the steps between windows; by default the window's sizes.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.MaxPooling2D()(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 2, 2, 3])
    """

    rank = 2

    def __init__(
        self, pool_size: Any = (2, 2), strides: Any = None, padding: str = "valid", data_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class AveragePooling2D(MaxPooling2D):
    """The mean over windows of images.

    Args: as for `MaxPooling2D`. Padding does not count.

    >>> import addax as tf
    >>> tf.keras.layers.AveragePooling2D()(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 2, 2, 3])
    """

    kind = "average"


class MaxPooling3D(Pooling):
    """The maximum over windows of volumes.

    Args:
        pool_size: the window's three sizes, or one number for all.
        strides: the steps between windows; by default the window's sizes.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.MaxPooling3D()(tf.ones((1, 4, 4, 4, 3))).shape
    TensorShape([1, 2, 2, 2, 3])
    """

    rank = 3

    def __init__(
        self, pool_size: Any = (2, 2, 2), strides: Any = None, padding: str = "valid", data_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class AveragePooling3D(MaxPooling3D):
    """The mean over windows of volumes.

    Args: as for `MaxPooling3D`. Padding does not count.

    >>> import addax as tf
    >>> tf.keras.layers.AveragePooling3D()(tf.ones((1, 4, 4, 4, 3))).shape
    TensorShape([1, 2, 2, 2, 3])
    """

    kind = "average"


# ---------------------------------------------------------------------------- over everything


class GlobalPooling(Layer):
    """What global pooling layers of all ranks share."""

    rank = 0
    kind = "max"

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """The pool over all positions."""
        return ops.global_pool(inputs, self.kind, self.data_format == "channels_first", self.keepdims)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, channels), with sizes of 1 in between for `keepdims`."""
        shape = TensorShape(input_shape).as_list()
        first = self.data_format == "channels_first"
        channels = shape[1] if first else shape[-1]
        ones = [1] * self.rank if self.keepdims else []
        return TensorShape([shape[0], channels, *ones] if first else [shape[0], *ones, channels])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalMaxPooling1D(GlobalPooling):
    """The maximum over all time steps.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the axis stays, with size 1.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.GlobalMaxPooling1D()(tf.constant([[[1.0], [3.0]]])).numpy().tolist()
    [[3.0]]
    """

    rank = 1

    def __init__(self, data_format: str | None = "channels_last", keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


class GlobalAveragePooling1D(GlobalMaxPooling1D):
    """The mean over all time steps; over those that a mask keeps, where there is one.

    Args: as for `GlobalMaxPooling1D`.

    >>> import addax as tf
    >>> tf.keras.layers.GlobalAveragePooling1D()(tf.constant([[[1.0], [3.0]]])).numpy().tolist()
    [[2.0]]
    """

    kind = "average"

    def __init__(self, data_format: str | None = "channels_last", keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The mean over the kept steps."""
        if mask is None:
            return super().call(inputs)
        return ops.masked_mean(inputs, mask, self.data_format == "channels_first", self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: the axis of the mask is gone."""
        return None


class GlobalMaxPooling2D(GlobalPooling):
    """The maximum over all positions of an image.

    Args: as for `GlobalMaxPooling1D`.

    >>> import addax as tf
    >>> tf.keras.layers.GlobalMaxPooling2D()(tf.ones((2, 4, 4, 3))).shape
    TensorShape([2, 3])
    """

    rank = 2


class GlobalAveragePooling2D(GlobalMaxPooling2D):
    """The mean over all positions of an image.

    Args: as for `GlobalMaxPooling1D`.

    >>> import addax as tf
    >>> tf.keras.layers.GlobalAveragePooling2D()(tf.ones((2, 4, 4, 3))).shape
    TensorShape([2, 3])
    """

    kind = "average"


class GlobalMaxPooling3D(GlobalPooling):
    """The maximum over all positions of a volume.

    Args: as for `GlobalMaxPooling1D`.

    >>> import addax as tf
    >>> tf.keras.layers.GlobalMaxPooling3D()(tf.ones((2, 4, 4, 4, 3))).shape
    TensorShape([2, 3])
    """

    rank = 3


class GlobalAveragePooling3D(GlobalMaxPooling3D):
    """The mean over all positions of a volume.

    Args: as for `GlobalMaxPooling1D`.

    >>> import addax as tf
    >>> tf.keras.layers.GlobalAveragePooling3D()(tf.ones((2, 4, 4, 4, 3))).shape
    TensorShape([2, 3])
    """

    kind = "average"


arguments.register(
    MaxPooling1D, MaxPooling2D, MaxPooling3D, AveragePooling1D, AveragePooling2D, AveragePooling3D,
    GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D,
    GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D,
)  # fmt: skip
by_rule(
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)
