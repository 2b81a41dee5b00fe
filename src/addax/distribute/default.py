"""The strategy of programs that open no scope."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from addax.distribute.replica_context import ReplicaContext
from addax.distribute.strategy import Strategy, StrategyExtended


class DefaultStrategy(Strategy):
    """One replica on the default device; variables and datasets stay what they are."""

    def __init__(self) -> None:
        super().__init__(StrategyExtended(self))
        self._context = ReplicaContext(self, 0)

    def scope(self) -> Any:
        """A block in which nothing changes."""
        return nullcontext(self)

    def _new_variable(self, make: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return make(*args, **options)

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """The dataset itself."""
        return dataset

    def distribute_datasets_from_function(self, dataset_fn: Any, options: Any = None) -> Any:
        """What `dataset_fn` returns for an `InputContext` of one replica."""
        from addax.distribute.input import InputContext

        return dataset_fn(InputContext())
