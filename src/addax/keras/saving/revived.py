"""Models without a config, from SavedModels: what was compiled into the file takes the place of the class."""

from __future__ import annotations

from typing import Any

from addax.checkpoint.saved_model.load import load
from addax.checkpoint.saved_model.restored import CallableRestoredObject
from addax.formats.errors import UnsupportedFormatError
from addax.keras import registry


def revive(folder: str, name: str, class_name: str = "Revived") -> Any:
    """A Keras model around the calls in a SavedModel: it predicts, and trains where the file has gradients.

    Args:
        folder: the SavedModel.
        name: the model's name.
        class_name: what its class was called, perhaps behind a package's name.

    Raises:
        UnsupportedFormatError: the file has no calls of the model.
    """
    restored = load(folder)
    if not isinstance(restored, CallableRestoredObject):
        raise UnsupportedFormatError(
            folder, "the model has no config (a subclassed model without get_config), and its calls were not saved",
            hint="build the model in code and call model.load_weights on this folder",
        )  # fmt: skip
    base: Any = registry.builtin("model", "Model")
    function = restored._parts["__call__"]
    parameters = getattr(function._call_signature, "parameters", {})

    def __init__(self: Any) -> None:
        base.__init__(self, name=name)
        self.__dict__["restored"] = restored
        self._restored_variables = list(restored.variables)
        self.built = True

    def call(self: Any, inputs: Any, training: bool = False) -> Any:
        arguments = {"training": bool(training)} if "training" in parameters else {}
        return restored(inputs, **arguments)

    own = class_name.rpartition(">")[2]
    return type(
        own if own.isidentifier() else "Revived",
        (base,),
        {"__init__": __init__, "call": call, "__doc__": revive.__doc__},
    )()
