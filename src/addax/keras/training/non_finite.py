"""`fit(..., debug_nans=True)`: which epoch, batch, layer and tensor had the first value that is not finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context, errors
from addax.keras import optimizers
from addax.keras.training import loop
from addax.keras.training.data import unpack


class Watch:
    """Runs steps eagerly and looks at every tensor on the way: data, outputs of layers, loss, gradients, variables.

    Args:
        model: a compiled model; its variables go back to the last whole step when a value is not finite.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.epoch = 0
        self.kind, self.batch = "train", 0
        self._patched: list[tuple[Any, str]] = []

    def step(self, kind: str, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A step that looks; the batches of a pass are counted."""
        count = -1

        def watched(data: Any) -> Any:
            nonlocal count
            count += 1
            self.kind, self.batch = kind, count
            before = [(variable, variable.read_value()) for variable in self.model._all_variables()]
            try:
                for name, part in zip(("x", "y", "sample_weight"), unpack(data), strict=True):
                    self._look(part, "the data", name)
                self._patch()
                logs = step(data)
                self._look(loop.plain_logs(logs), "the logs", "")
            except NonFinite:
                for variable, value in before:
                    variable.assign(value)
                raise
            finally:
                self._restore()
            for variable in self.model.variables:
                self._look(variable.read_value(), "the update of variables", variable.name)
            return logs

        return watched

    def _patch(self) -> None:
        """Put the looking around layers, the loss and the optimizer of this model."""
        for layer in self.model._flatten_layers(include_self=False):
            self._around(layer, "_run", lambda result, args, layer=layer: self._layer(layer, result, args))
        self._around(self.model, "compute_loss", lambda result, args: self._look(result, "the loss", "loss"))
        if self.model.optimizer is not None and not isinstance(self.model.optimizer, optimizers.LossScaleOptimizer):
            self._around(self.model.optimizer, "apply_gradients", None, self._gradients)

    def _around(self, owner: Any, name: str, after: Any, before: Any = None) -> None:
        plain = getattr(owner, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            if before is not None:
                args = (before(args[0]), *args[1:])
            result = plain(*args, **kwargs)
            if after is not None:
                after(result, args)
            return result

        if name not in owner.__dict__:  # what is the user's own on the instance stays as it is
            object.__setattr__(owner, name, run)
            self._patched.append((owner, name))

    def _restore(self) -> None:
        for owner, name in self._patched:
            object.__delattr__(owner, name)
        self._patched.clear()

    def _layer(self, layer: Any, result: Any, args: Any) -> None:
        if context.state.trace is None:
            del args
            self._look(result, f"the layer {layer.name!r} ({type(layer).__name__})", "output")

    def _gradients(self, pairs: Any) -> Any:
        pairs = list(pairs)
        for gradient, variable in pairs:
            self._look(gradient, "the gradient", variable.name)
        return pairs

    def _look(self, value: Any, where: str, name: str) -> None:
        """Refuse a structure with a float that is not finite."""
        if value is None or context.state.trace is not None:
            return
        if isinstance(value, dict):
            for key, part in value.items():
                self._look(part, where, f"{name}[{key!r}]" if name else str(key))
            return
        if isinstance(value, list | tuple):
            for i, part in enumerate(value):
                self._look(part, where, f"{name}[{i}]")
            return
        value = getattr(value, "flat_values", value)
        value = getattr(value, "values", value) if not callable(getattr(value, "values", None)) else value
        if not hasattr(value, "dtype") or not hasattr(value, "shape"):
            return
        host = np.asarray(value)
        if host.dtype.kind not in "fcV" or host.dtype.kind == "V" and not host.size:
            return
        finite = np.isfinite(host.astype(np.float32) if host.dtype.kind == "V" else host)
        if not finite.all():
            self._refuse(host, finite, where, name)

    def _refuse(self, host: np.ndarray, finite: np.ndarray, where: str, name: str) -> None:
        at = tuple(int(i) for i in np.argwhere(~finite)[0])
        what = "training" if self.kind == "train" else "validation"
        raise NonFinite(
            errors.message(
                f"Model {self.model.name!r}, fit(debug_nans=True)",
                expected="finite values",
                received=f"{host[at]} first in epoch {self.epoch + 1}, {what} batch {self.batch} (from 0), {where}, "
                f"tensor {name!r} of shape {host.shape} and dtype {host.dtype} at {at}; {int((~finite).sum())} of "
                f"{host.size} values are not finite",
                hint=_HINTS.get(where, "look at this layer's inputs and weights: a division by zero, the logarithm of "
                "zero, or numbers that grew too large (lower the learning rate, clip gradients)"),
            )
        )  # fmt: skip


class NonFinite(errors.InvalidArgumentError):
    """A value was NaN or infinite."""


_HINTS = {
    "the data": "clean the data: this value was in what fit was given",
    "the loss": "give the loss from_logits=True in place of a softmax or sigmoid, or check its arguments",
    "the gradient": "lower the learning rate, set clipnorm on the optimizer, or guard sqrt, log and divisions at zero",
    "the update of variables": "lower the learning rate",
}
