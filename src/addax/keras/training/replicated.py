"""Steps of a model that was made in a strategy's scope: once per replica, on its share of the batch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from addax.core import context, trees
from addax.distribute.input import divided
from addax.distribute.scopes import get_strategy
from addax.distribute.values import holds_distributed, is_distributed
from addax.ops import array, math

F = TypeVar("F", bound=Callable[..., Any])


class Distributed:
    """The part of a model that knows the strategy it was made under."""

    _strategy: Any = None

    @property
    def distribute_strategy(self) -> Any:
        """The `tf.distribute.Strategy` in whose scope the model was made.

        >>> import addax as tf
        >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
        >>> with strategy.scope():
        ...     model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.distribute_strategy is strategy
        True
        """
        return get_strategy() if self._strategy is None else self._strategy

    @property
    def distribute_reduction_method(self) -> str:
        """How values that replicas return from a step come together: "auto", "first", "sum" or "concat"."""
        return self.__dict__.get("_distribute_reduction_method") or "auto"

    @distribute_reduction_method.setter
    def distribute_reduction_method(self, value: str) -> None:
        self.__dict__["_distribute_reduction_method"] = value

    def _strategy_scope(self) -> AbstractContextManager[Any]:
        """The scope of the model's strategy, in which its optimizer and metrics make their variables."""
        strategy = self._strategy
        return nullcontext() if strategy is None or context.state.strategy is strategy else strategy.scope()

    def _check_scopes(self, metrics: Any) -> None:
        """Refuse to compile what was made under another strategy.

        Raises:
            ValueError: variables of the model, or a metric.
        """
        opened = context.state.strategy
        if opened is not None and opened.marks_variables:
            for variable in self._made_weights():  # type: ignore[attr-defined]
                if variable._strategy is not opened:
                    raise ValueError(
                        f"Variable ({variable}) was not created in the distribution strategy scope of ({opened}). It "
                        "is most likely because some layers, model, or optimizer was being created outside the "
                        "distribution strategy scope.\n  To do: make the model inside of `with strategy.scope():`."
                    )
        own = self._strategy if self._strategy is not None and self._strategy.marks_variables else None
        for metric in trees.flatten(metrics):
            for variable in getattr(metric, "weights", ()) if hasattr(metric, "update_state") else ():
                if variable._strategy is not own:
                    raise ValueError(
                        f"Metric ({metric}) passed to `model.compile` was created inside a different distribution "
                        "strategy scope than the model. All metrics must be created in the same distribution strategy "
                        f"scope as the model (in this case {self.distribute_strategy}).\n  To do: pass its name, and "
                        "the metric is made in the right scope."
                    )


def in_scope(method: F) -> F:
    """A decorator of methods of models: they run in the scope of the model's strategy."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._strategy is None:
            return method(self, *args, **kwargs)
        with self._strategy_scope():
            return method(self, *args, **kwargs)

    return call  # type: ignore[return-value]


def replicated(model: Any, kind: str, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step that runs in all replicas of the model's strategy; without a strategy, the step itself.

    Args:
        model: the model.
        kind: "train", "test" or "predict".
        step: takes a batch.
    """
    strategy = model._strategy
    if strategy is None:
        return step
    count = strategy.num_replicas_in_sync
    how = "concat" if kind == "predict" else model.distribute_reduction_method

    def run(data: Any) -> Any:
        if count > 1 and not holds_distributed((data,)):
            data = divided(data, strategy)
        result = strategy.run(step, args=(data,))
        return result if count == 1 else trees.map_structure(lambda leaf: _one(leaf, how), result)

    return run


def _one(value: Any, how: str) -> Any:
    """What replicas returned as one value."""
    if not is_distributed(value):
        return value
    parts = value.values
    if how == "concat":
        return array.concat(parts, 0) if parts[0].shape.rank else array.stack(parts)
    if how == "first":
        return parts[0]
    if how in ("sum", "auto"):
        return math.add_n(parts)
    raise ValueError(f'`distribute_reduction_method` must be "first", "concat", "sum" or "auto". Received: {how}.')
