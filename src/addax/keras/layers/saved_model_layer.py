"""TFSMLayer: a SavedModel as a layer."""

from __future__ import annotations

import os
from typing import Any

from addax.core.trace import reachable
from addax.keras import registry
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer


class TFSMLayer(Layer):
    """Calls a function of a SavedModel, whose variables become the layer's.

    Args:
        filepath: the SavedModel's folder.
        call_endpoint: the function to call: an attribute of the loaded object, or one of its signatures.
        call_training_endpoint: the function to call in training; by default the same.
        trainable: whether training updates the variables.
        name: the layer's name.
        dtype: the layer's dtype or policy.

    Raises:
        ValueError: the SavedModel has no such function.

    >>> import addax as tf, tempfile
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(3,), kernel_initializer="ones")])
    >>> folder = tempfile.mkdtemp()
    >>> model.export(folder)
    >>> tf.keras.layers.TFSMLayer(folder)(tf.ones((1, 3))).numpy().tolist()
    [[3.0]]
    """

    def __init__(
        self,
        filepath: Any,
        call_endpoint: str = "serve",
        call_training_endpoint: str | None = None,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        from addax.checkpoint.saved_model.load import load  # takes time to import

        self.filepath = os.fspath(filepath)
        self.call_endpoint = call_endpoint
        self.call_training_endpoint = call_training_endpoint
        self._reloaded_obj = load(self.filepath)
        self._functions = [self._endpoint(each) for each in (call_endpoint, call_training_endpoint) if each]
        for variable in reachable(self._functions):
            self._own_weights.append(variable)
        self.built = True

    def _endpoint(self, name: str) -> Any:
        signatures = getattr(self._reloaded_obj, "signatures", {})
        found = getattr(self._reloaded_obj, name, None)
        if found is None and name in signatures:
            found = signatures[name]
        if found is None:
            raise ValueError(
                f"The endpoint '{name}' is neither an attribute of the reloaded SavedModel, nor an entry in its "
                f"`signatures`. Available endpoints for this SavedModel: {list(signatures)}"
            )
        return found

    def call(self, inputs: Any, training: bool = False, **kwargs: Any) -> Any:
        """The function's result."""
        return self._functions[-1 if training else 0](inputs, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        names = ("filepath", "call_endpoint", "call_training_endpoint")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, safe_mode: bool | None = None
    ) -> TFSMLayer:
        """A layer of a config that `get_config` gave, if it may open the files that the config names.

        Raises:
            ValueError: in safe mode.
        """
        if safe_mode if safe_mode is not None else registry.in_safe_mode():
            raise ValueError(
                "Requested the deserialization of a `TFSMLayer`, which loads an external SavedModel: it is disallowed "
                "by default.\n  To do: if you trust the source of the artifact, pass `safe_mode=False` to the loading "
                "function."
            )
        return cls(**config)


register(TFSMLayer)
