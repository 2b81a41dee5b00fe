"""What a layer's `call` takes, looked up once."""

from __future__ import annotations

import inspect
from typing import Any


class CallSignature:
    """What a layer's `call` takes."""

    __slots__ = (
        "first", "mask_position", "needs_first", "takes_keywords", "takes_mask", "takes_training", "training_default",
        "training_position",
    )  # fmt: skip

    def __init__(self, layer: Any) -> None:
        parameters = list(inspect.signature(layer.call).parameters.values())
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        keywords = names + [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        self.first = names[0] if names else None
        self.needs_first = bool(names) and parameters[0].default is inspect.Parameter.empty
        self.takes_keywords = any(p.kind is p.VAR_KEYWORD for p in parameters)
        # A bare **kwargs takes neither: Keras looks at names.
        self.takes_training = "training" in keywords
        self.takes_mask = "mask" in keywords
        self.training_position = names.index("training") if "training" in names else 10**6
        self.mask_position = names.index("mask") if "mask" in names else 10**6
        default = next((p.default for p in parameters if p.name == "training"), None)
        self.training_default = None if default is inspect.Parameter.empty else default
        if self.training_default is None and str(layer.call.__module__).startswith("addax.keras.layers."):
            self.training_default = False  # nobody said; a user's own `call` is told so

    def training_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The `training` argument of a call, None if it has none."""
        return args[self.training_position] if self.training_position < len(args) else kwargs.get("training")

    def pass_training_on(self, kwargs: dict[str, Any], outer: Any) -> tuple[Any, dict[str, Any]]:
        """`training` given to a `call` without such an argument is for the layers inside: (it, the other arguments)."""
        inner = kwargs["training"] if kwargs["training"] is not None else outer
        if self.takes_keywords:
            return inner, kwargs
        return inner, {key: value for key, value in kwargs.items() if key != "training"}

    def mask_free(self, args: tuple[Any, ...]) -> bool:
        """Whether `mask` was not given by position."""
        return self.mask_position >= len(args)

    def first_from(self, kwargs: dict[str, Any], layer: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The first argument given by its own name."""
        if self.first in kwargs:
            return (kwargs[self.first],), {k: v for k, v in kwargs.items() if k != self.first}
        raise ValueError(
            f"Layer {layer.name}: The first argument to `Layer.call` must always be passed "
            f"(expected {self.first!r}, received {sorted(kwargs)})."
        )
