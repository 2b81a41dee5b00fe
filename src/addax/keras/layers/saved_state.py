"""What a layer says about itself for files: how it was built, and its own variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.checkpoint.graph import holds_state
from addax.core import context
from addax.core.shapes import TensorShape


class SavedState:
    """Methods of layers that saving calls; subclasses override them to keep more than variables."""

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build_from_config` needs to create the variables: the shapes the layer was built for.

        Returns:
            {"input_shape": ...}, or None for a layer that was not built.
        """
        shape = self.__dict__.get("_build_input_shape")
        return None if shape is None else {"input_shape": _plain_shapes(shape)}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer for the shapes that `get_build_config` returned."""
        shape = config.get("input_shape")
        if shape is None or self.built:  # type: ignore[attr-defined]
            return
        outer = context.state.scopes
        context.state.scopes = self._inner_scopes(outer)  # type: ignore[attr-defined]
        try:
            self.build(_shapes(shape))  # type: ignore[attr-defined]
            self.built = True
            if self.__dict__.get("_build_input_shape") is None:
                self._build_input_shape = _shapes(shape)
        finally:
            context.state.scopes = outer
        self._parts_came()

    def _saved_variables(self) -> list[Any]:
        """The layer's own variables in the order of files: trainable ones first."""
        own = self._own_variables()  # type: ignore[attr-defined]
        return [v for v in own if v.trainable] + [v for v in own if not v.trainable]

    def save_own_variables(self, store: Any) -> None:
        """Put the layer's own variables (not those of layers inside) into `store`, a dict of names to arrays."""
        for index, variable in enumerate(self._saved_variables()):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Set the layer's own variables from a dict that `save_own_variables` filled.

        Raises:
            ValueError: another number of arrays than variables, or another shape.
        """
        own = self._saved_variables()
        name = self.name  # type: ignore[attr-defined]
        if len(store) != len(own):
            if not own and not self.built:  # type: ignore[attr-defined]
                raise ValueError(
                    f"Layer '{name}' was never built and thus it doesn't have any variables. However the weights file "
                    f"lists {len(store)} variables for this layer. To do: override build_from_config(), or build the "
                    "layer in the constructor."
                )
            raise ValueError(
                f"Layer '{name}' expected {len(own)} variables, but received {len(store)} variables during loading. "
                f"Expected: {[variable.name for variable in own]}"
            )
        for index, variable in enumerate(own):
            variable.assign(np.asarray(store[str(index)]).astype(variable.dtype.np))

    # ------------------------------------------------------------------ checkpoints

    def _checkpoint_children(self) -> dict[str, Any]:
        """Parts by the names of TensorFlow's checkpoints: functional models' layers by number, weights, attributes."""
        found: dict[str, Any] = {}
        if getattr(self, "_lists_layers", False):
            with_weights = 0
            for index, layer in enumerate(self.layers):  # type: ignore[attr-defined]
                if layer.weights or any(getattr(each, "_weighs_in_keras", False) for each in layer._flatten_layers()):
                    found[f"layer_with_weights-{with_weights}"] = layer
                    with_weights += 1
                found[f"layer-{index}"] = layer
        for variable in self._own_weights:  # type: ignore[attr-defined]
            found.setdefault(variable.name.split(":")[0].rpartition("/")[2], variable)
        for name, value in vars(self).items():
            if name not in NOT_PARTS and name[:2] != "__":
                found.setdefault(name, value)
        return found

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        """The parts that hold state, by the names that TensorFlow's checkpoints have for them."""
        return {name: part for name, part in self._checkpoint_children().items() if holds_state(part)}

    def _checkpoint_restored(self) -> None:
        """Compute what follows from restored variables, where the layer does so after `adapt`."""
        finish = getattr(self, "finalize_state", None)
        if finish is not None and self.built:  # type: ignore[attr-defined]
            finish()

    def _served_parts(self) -> dict[str, Any]:
        """What a SavedModel keeps of a layer that is not inside another: its calls, compiled."""
        from addax.keras.layers.served import served_parts  # only then; it takes time to import

        return served_parts(self)

    def _saved_model_identifier(self) -> str:
        from addax.keras.layers.served import identifier

        return identifier(self)

    def _parts_came(self) -> None:
        """Restore what a checkpoint has for variables that did not exist when it was read."""
        for layer in list(self._flatten_layers()):  # type: ignore[attr-defined]  # a layer may build those inside itself
            for call in layer.__dict__.pop("_when_parts_come", ()):
                call()


# Attributes that are not parts of a layer, or are the same parts once more.
NOT_PARTS = frozenset({
    "_added", "_compile_arguments", "_graph", "_graph_layers", "_inbound_nodes", "_init_arguments", "_initial_weights",
    "_input_layer", "_layer_call", "_loss_functions", "_met_nodes", "_noted", "_outbound_nodes", "_own_losses",
    "_own_metrics", "_own_weights", "_policy", "_programs", "_stack", "_symbolic_losses", "_symbolic_metrics",
    "_when_parts_come", "compiled_loss", "compiled_metrics", "history", "inputs", "loss", "outputs", "_model_variables",
    "_places",
})  # fmt: skip


def _plain_shapes(shape: Any) -> Any:
    if isinstance(shape, TensorShape):
        return tuple(shape.as_list()) if shape.rank is not None else None
    if isinstance(shape, dict):
        return {key: _plain_shapes(part) for key, part in shape.items()}
    if isinstance(shape, list | tuple) and any(isinstance(part, list | tuple | dict | TensorShape) for part in shape):
        return [_plain_shapes(part) for part in shape]
    return tuple(shape) if isinstance(shape, list | tuple) else shape


def _shapes(shape: Any) -> Any:
    """Shapes from JSON: lists of sizes become TensorShapes."""
    if isinstance(shape, dict):
        return {key: _shapes(part) for key, part in shape.items()}
    if isinstance(shape, list | tuple):
        if all(part is None or isinstance(part, int) for part in shape):
            return TensorShape(shape)
        return [_shapes(part) for part in shape]
    return shape
