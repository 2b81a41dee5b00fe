"""Adaptive pooling layers of Keras 3: windows are chosen such that the output has a given size."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.ops.unfolding import adaptive_pool


class AdaptivePooling(Layer):
    """What adaptive pooling layers of all ranks share."""

    rank = 0
    mean = False

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        try:
            self.output_size = arguments.tuple_of(output_size, self.rank, "output_size")
        except ValueError as error:
            several = isinstance(output_size, list | tuple) and len(output_size) == self.rank
            raise (error if several or isinstance(output_size, int) else TypeError(str(error))) from None
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """The pool over windows that divide the input evenly."""
        first = self.data_format == "channels_first"
        sizes = inputs.shape[2:] if first else inputs.shape[1:-1]
        if any(size == 0 for size in sizes):
            raise ValueError(f"Adaptive pooling needs at least one position. Received: inputs.shape={inputs.shape}")
        return adaptive_pool(inputs, self.output_size, self.mean, first)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output."""
        shape = TensorShape(input_shape).as_list()
        first = self.data_format == "channels_first"
        return TensorShape(
            [shape[0], shape[1], *self.output_size] if first else [shape[0], *self.output_size, shape[-1]]
        )

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "output_size": self.output_size, "data_format": self.data_format}


class AdaptiveMaxPooling1D(AdaptivePooling):
    """The maximum over windows such that the output has a given length.

    Args:
        output_size: the output's length.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.AdaptiveMaxPooling1D(2)(tf.constant([[[1.0], [3.0], [2.0]]])).numpy().ravel().tolist()
    [3.0, 3.0]
    """

    rank = 1


class AdaptiveAveragePooling1D(AdaptiveMaxPooling1D):
    """The mean over windows such that the output has a given length.

    Args: as for `AdaptiveMaxPooling1D`.

    >>> import addax as tf
    >>> tf.keras.layers.AdaptiveAveragePooling1D(2)(tf.constant([[[1.0], [3.0], [2.0]]])).numpy().ravel().tolist()
    [2.0, 2.5]
    """

    mean = True


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The maximum over windows such that the output has a given height and width.

    Args:
        output_size: height and width of the output, or one number for both.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.AdaptiveMaxPooling2D((2, 3))(tf.ones((1, 7, 7, 4))).shape
    TensorShape([1, 2, 3, 4])
    """

    rank = 2


class AdaptiveAveragePooling2D(AdaptiveMaxPooling2D):
    """The mean over windows such that the output has a given height and width.

    Args: as for `AdaptiveMaxPooling2D`.

    >>> import addax as tf
    >>> tf.keras.layers.AdaptiveAveragePooling2D(2)(tf.ones((1, 7, 7, 4))).shape
    TensorShape([1, 2, 2, 4])
    """

    mean = True


class AdaptiveMaxPooling3D(AdaptivePooling):
    """The maximum over windows such that the output's three dimensions have given sizes.

    Args:
        output_size: the output's three sizes, or one number for all.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.AdaptiveMaxPooling3D(2)(tf.ones((1, 5, 5, 5, 4))).shape
    TensorShape([1, 2, 2, 2, 4])
    """

    rank = 3


class AdaptiveAveragePooling3D(AdaptiveMaxPooling3D):
    """The mean over windows such that the output's three dimensions have given sizes.

    Args: as for `AdaptiveMaxPooling3D`.

    >>> import addax as tf
    >>> tf.keras.layers.AdaptiveAveragePooling3D(2)(tf.ones((1, 5, 5, 5, 4))).shape
    TensorShape([1, 2, 2, 2, 4])
    """

    mean = True


arguments.register(
    AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, AdaptiveMaxPooling3D, AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D, AdaptiveAveragePooling3D,
)  # fmt: skip
