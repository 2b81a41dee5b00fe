"""What MultiHeadAttention and GroupQueryAttention share: projections, made for the shapes of their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import context
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments, base
from addax.keras.layers.arguments import fresh, set_weight_options, weight_config
from addax.keras.layers.base import Layer
from addax.keras.layers.build_shapes import without_probes
from addax.keras.layers.einsum_dense import EinsumDense

Shape = tuple[int | None, ...]


class ProjectedAttention(Layer):
    """A base class: subclasses define `_projections`.

    Args:
        use_bias: whether projections have a bias.
        kernel_initializer: of the projections.
        bias_initializer: of their biases.
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the biases.
        activity_regularizer: the same for the projections' outputs.
        kernel_constraint: projects the kernels after updates.
        bias_constraint: projects the biases after updates.
        sliding_window: a query sees keys less than so many places away, to both sides; None for all.
        flash_attention: must not be True: XLA chooses how attention is computed.
        use_gate: whether outputs are multiplied with the sigmoid of one more projection of the queries.
        seed: for the same dropout in each run.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: a window that is not positive, or flash attention.
    """

    def __init__(
        self, use_bias: bool, kernel_initializer: Any, bias_initializer: Any, kernel_regularizer: Any,
        bias_regularizer: Any, activity_regularizer: Any, kernel_constraint: Any, bias_constraint: Any,
        sliding_window: int | None, flash_attention: bool | None, use_gate: bool, seed: int | None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if sliding_window is not None and (not isinstance(sliding_window, int) or sliding_window <= 0):
            raise ValueError(
                f"`sliding_window` must be `None` or a positive integer. Received: sliding_window={sliding_window}"
            )
        if flash_attention:
            raise ValueError(
                f"{type(self).__name__}: expected flash_attention=None or False. Received: True.\n"
                "  To do: leave it out; XLA chooses how attention is computed."
            )
        self.sliding_window = sliding_window
        self.use_gate = use_gate
        self.supports_masking = True
        self._use_bias = use_bias
        self.seed = seed
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
        self._shapes: tuple[Shape | None, Shape | None, Shape | None] = (None, None, None)

    def _projections(self, query: Shape, value: Shape, key: Shape) -> Sequence[tuple[EinsumDense, Shape]]:
        """Make the projections; each with the shape of its inputs, in the order of weights."""
        raise NotImplementedError(f"{type(self).__name__} must define _projections(query, value, key).")

    def _projection(self, name: str, equation: str, bias_axes: str, output: Sequence[Any], **options: Any):
        made = EinsumDense(
            equation,
            output_shape=list(output),
            bias_axes=bias_axes if self._use_bias else None,
            name=name,
            dtype=self._policy,
            **options,
            **{key: fresh(getattr(self, key)) for key in weight_config(self, "kernel", "bias")},
        )
        made.activity_regularizer = self._inner_activity_regularizer  # the constructor's has no effect
        return made

    def _build_from_signature(self, query: Any, value: Any, key: Any = None) -> None:
        """Make the projections for inputs (or shapes) like these."""
        shapes = tuple(_shape(item) for item in (query, value, value if key is None else key))
        parts = self._projections(*shapes)
        self._shapes = shapes
        with context.init_scope():
            for layer, shape in parts:
                with context.name_scope(layer.name):
                    layer.build(TensorShape(shape))
        self.built = True

    def _values_and_keys(self, query: Any, value: Any, key: Any) -> tuple[Any, Any]:
        """Both as tensors; at the first call the projections are made."""
        value = self._to_inputs(value)
        key = value if key is None else self._to_inputs(key)
        if self._shapes[0] is None:
            self._build_from_signature(query, value, key)
            if base.calls.inferring:  # sizes that stand for unknown ones do not belong into configs
                self._shapes = without_probes(self._shapes)
        return value, key

    def _output_sizes_for(self, query: list[int | None]) -> list[Any]:
        """The output's last sizes."""
        return query[-1:]

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> TensorShape:
        """The query's shape with the output's last sizes."""
        query, value = TensorShape(query_shape).as_list(), TensorShape(value_shape).as_list()
        key = value if key_shape is None else TensorShape(key_shape).as_list()
        if value[1:-1] != key[1:-1]:
            raise ValueError(
                "All dimensions of `value` and `key`, except the last one, must be equal. Received "
                f"value_shape={tuple(value)} and key_shape={tuple(key)}"
            )
        return TensorShape([*query[:-1], *self._output_sizes_for(query)])

    def _weight_settings(self) -> dict[str, Any]:
        """What a config says of the projections' weights."""
        regularizer = arguments.regularizers.serialize(self._inner_activity_regularizer)
        own = weight_config(self, "kernel", "bias")
        return arguments.placed(own, "kernel_constraint", activity_regularizer=regularizer)


def _shape(item: Any) -> Shape:
    shape = item if isinstance(item, TensorShape | list | tuple) else item.shape
    return tuple(TensorShape(shape).as_list())
