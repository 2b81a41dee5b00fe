"""Which layers train is settled when a model is compiled; `trainable` set later waits for the next `compile`.

Adversarial networks rely on it: a discriminator is compiled, then frozen inside the generator's model, and goes on
learning when it is trained itself.
"""

from __future__ import annotations

from typing import Any

from addax.keras.layers.contents import trainability

States = list[tuple[Any, bool]]  # layers, and whether they train


class CompiledTrainability:
    """Puts `trainable` of a model's layers back to what it was at `compile`, for as long as the model trains.

    Args:
        model: the model that is compiled.

    >>> import addax as tf
    >>> from addax.keras.training.compiled_trainability import CompiledTrainability
    >>> layer = tf.keras.layers.Dense(1)
    >>> as_compiled = CompiledTrainability(layer)
    >>> layer.trainable = False
    >>> with as_compiled:
    ...     print(layer.trainable)
    True
    >>> layer.trainable
    False
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._compiled = _states(model)
        self._seen = trainability.changes  # how often it was set anywhere when the states were last compared
        self._now: States | None = None

    def __enter__(self) -> None:
        if self._now is not None or self._seen == trainability.changes:
            return
        now, compiled = _states(self._model), {id(layer): value for layer, value in self._compiled}
        if any(compiled.get(id(layer), value) != value for layer, value in now):
            self._now = now
            _restore(self._model, self._compiled)
        else:
            self._seen = trainability.changes

    def __exit__(self, *reason: Any) -> None:
        if self._now is not None:
            now, self._now = self._now, None
            _restore(self._model, now)


def _states(model: Any) -> States:
    return [(layer, layer.trainable) for layer in model._flatten_layers()]


def _restore(model: Any, states: States) -> None:
    wanted = {id(layer): value for layer, value in states}
    for layer in model._flatten_layers():  # outer ones first: what they say reaches the inner ones
        if id(layer) in wanted:
            layer.trainable = wanted[id(layer)]
