"""EinsumDense: a projection along any axes, as an einsum."""

from __future__ import annotations

import re
from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras import activations
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused, set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.low_rank_adaptation import LowRankAdapted
from addax.ops import layers as ops


class EinsumDense(LowRankAdapted, Layer):
    """activation(einsum(equation, inputs, kernel) + bias).

    Args:
        equation: with the inputs' axes, the kernel's and the output's, as in "abc,cd->abd"; "..." stands for any axes
            at the left or right of inputs and output.
        output_shape: the output's sizes without the batch; None where they are the input's.
        activation: a function, or the name of one.
        bias_axes: the output's axes along which there is a bias, as in "d"; None for no bias.
        kernel_initializer: of the kernel.
        bias_initializer: of the bias.
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: has no effect, as in Keras 2; `layer.activity_regularizer` may be set.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: `lora_rank` and `lora_alpha` (see `enable_lora`), and those of every `Layer`.

    Raises:
        ValueError: an equation that cannot be read, or shapes that do not fit it.

    >>> import addax as tf
    >>> layer = tf.keras.layers.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")
    >>> layer(tf.ones((2, 3, 5))).shape
    TensorShape([2, 3, 4])
    """

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if activity_regularizer is not None:
            errors.warn_once(
                "EinsumDense activity_regularizer",
                f"{type(self).__name__}: activity_regularizer={activity_regularizer!r} has no effect, as in Keras 2.\n"
                "  To do: follow the layer with ActivityRegularization, or set `layer.activity_regularizer`.",
            )
        self.equation = equation
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        set_weight_options(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias."""
        shape = TensorShape(input_shape)
        kernel, bias, full = analyze(self.equation, self.bias_axes, shape.as_list(), list(self.partial_output_shape))
        self.full_output_shape = full
        self.kernel = self.add_weight("kernel", shape=kernel, **weight_options(self, "kernel"))
        self.bias = None
        if bias is not None:
            self.bias = self.add_weight("bias", shape=bias, **weight_options(self, "bias"))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The projection."""
        known, name = fused(self.activation, of_output=True)
        outputs = ops.einsum_dense(inputs, self.kernel, self.bias, self.equation, name)
        return outputs if known else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The output's sizes as they were known when the layer was built: Keras 2 does not look at `input_shape` then.

        Sizes that `output_shape` leaves open stay open. Before the layer is built, they are those for `input_shape`.
        """
        if self.built:
            return TensorShape(self.full_output_shape)
        _, _, full = analyze(
            self.equation, self.bias_axes, TensorShape(input_shape).as_list(), list(self.partial_output_shape)
        )
        return TensorShape(full)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {
            **super().get_config(),
            "output_shape": list(self.partial_output_shape),
            "equation": self.equation,
            "activation": arguments.serialize_activation(self.activation),
            "bias_axes": self.bias_axes,
            **weight_config(self, "kernel", "bias"),
        }
        return arguments.with_activity_regularizer(self, config, "kernel_constraint")


def analyze(
    equation: str, bias_axes: str | None, input_shape: list[int | None], output_shape: list[int | None]
) -> tuple[list[int], list[int] | None, list[int | None]]:
    """The shapes of kernel, bias and full output.

    Raises:
        ValueError: an equation that cannot be read, or shapes that do not fit it.
    """
    dotted = equation.replace(" ", "").replace("...", "0")
    for pattern, left in (
        (r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", True),
        (r"0([a-zA-Z]+),([a-zA-Z]+)->0([a-zA-Z]+)", True),
        (r"([a-zA-Z]{2,})0,([a-zA-Z]+)->([a-zA-Z]+)0", False),
    ):
        found = re.fullmatch(pattern, dotted)
        if found:
            return _sizes(*found.groups(), bias_axes, input_shape, list(output_shape), left, equation)
    raise ValueError(
        f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or "
        "[X]...,[Y]->[Z]...."
    )


def _sizes(
    inputs: str, kernel: str, output: str, bias_axes: str | None, input_shape: list[int | None],
    output_shape: list[int | None], left: bool, equation: str,
) -> tuple[list[int], list[int] | None, list[int | None]]:  # fmt: skip
    elided = len(input_shape) - len(inputs)
    if elided < 0:
        raise ValueError(
            f"EinsumDense: equation '{equation}' needs an input of rank {len(inputs)} or more. "
            f"Received: input_shape={tuple(input_shape)}"
        )
    full = [input_shape[0], *output_shape]
    if elided and left:
        full[1:1] = input_shape[elided - 1 : 0 : -1]  # from the last to the first, as Keras 2 notes them
        full = full if len(full) == len(output) + elided else [*input_shape[:elided], *output_shape]
    elif elided:
        full += input_shape[len(inputs) :]
    skip = elided if left else 0
    of_input = {label: input_shape[i + skip] for i, label in enumerate(inputs)}
    if len(full) < len(output) + elided or (left and elided and len(full) > len(output) + elided):
        raise ValueError(
            f"EinsumDense: equation '{equation}' needs output_shape to give {len(output) + elided - 1} sizes. "
            f"Received: output_shape={tuple(output_shape)}"
        )
    of_output = {label: full[i + skip] for i, label in enumerate(output)}
    for label, size in of_input.items():
        want = of_output.get(label)
        if size is not None and want is not None and want != size:
            raise ValueError(
                f"Input shape and output shape do not match at shared dimension '{label}'. Input shape is {size}, and "
                f"output shape is {want}."
            )
    for label in output:
        if label not in of_input and label not in kernel:
            raise ValueError(
                f"Dimension '{label}' was specified in the output '{output}' but has no corresponding dim in the "
                f"input spec '{inputs}' or weight spec '{kernel}'"
            )
    kernel_shape = []
    for label in kernel:
        size = of_input.get(label) if label in of_input else of_output.get(label)
        if label not in of_input and label not in of_output:
            raise ValueError(
                f"Weight dimension '{label}' did not have a match in either the input spec '{inputs}' or the output "
                f"spec '{output}'. For this layer, the weight must be fully specified."
            )
        kernel_shape.append(size)
    if bias_axes is None:
        return kernel_shape, None, full
    for label in bias_axes:
        if label not in output:
            raise ValueError(f"Bias dimension '{label}' was requested, but is not part of the output spec '{output}'")
    start = min(output.find(label) for label in bias_axes)
    bias = [of_output[label] if label in bias_axes else 1 for label in output[start:]]
    return kernel_shape, bias + ([1] * elided if not left else []), full


arguments.register(EinsumDense)
