"""Which strategy is in charge, and whether the program is in one of its replicas or speaks for all of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from addax.core import context

if TYPE_CHECKING:
    from addax.distribute.replica_context import ReplicaContext
    from addax.distribute.strategy import Strategy

_state = context.state
CROSS_REPLICA_ONLY = "Method requires being in cross-replica context, use get_replica_context().merge_call()"


@functools.cache
def default_strategy() -> Strategy:
    """The strategy where nobody opened the scope of another: one replica, on the default device."""
    from addax.distribute.default import DefaultStrategy  # which is a Strategy, and those ask here

    return DefaultStrategy()


def get_strategy() -> Strategy:
    """The strategy whose scope is open, or the default one.

    >>> import addax as tf
    >>> tf.distribute.get_strategy().num_replicas_in_sync
    1
    """
    return default_strategy() if _state.strategy is None else _state.strategy


def has_strategy() -> bool:
    """Whether the scope of a strategy is open.

    >>> import addax as tf
    >>> with tf.distribute.OneDeviceStrategy("/CPU:0").scope():
    ...     tf.distribute.has_strategy()
    True
    """
    return _state.strategy is not None


def get_replica_context() -> ReplicaContext | None:
    """The context of the replica that runs; None in a strategy's scope outside of `run`.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
    >>> strategy.run(lambda: tf.distribute.get_replica_context().num_replicas_in_sync)
    1
    """
    if _state.replica is not None:
        return _state.replica
    return default_strategy()._context if _state.strategy is None else None  # type: ignore[attr-defined]


def in_cross_replica_context() -> bool:
    """Whether the program speaks for all replicas of a strategy: in its scope, outside of `run`.

    >>> import addax as tf
    >>> with tf.distribute.MirroredStrategy(["/CPU:0"]).scope():
    ...     tf.distribute.in_cross_replica_context()
    True
    """
    return _state.strategy is not None and _state.replica is None


def experimental_set_strategy(strategy: Strategy | None) -> None:
    """Put a strategy in charge for good, without a `with`.

    Args:
        strategy: the strategy, None for the default one.

    Raises:
        RuntimeError: inside of the scope of a strategy, or in a replica.

    >>> import addax as tf
    >>> tf.distribute.experimental_set_strategy(tf.distribute.OneDeviceStrategy("/cpu:0"))
    >>> tf.distribute.get_strategy().num_replicas_in_sync
    1
    >>> tf.distribute.experimental_set_strategy(None)
    """
    if _state.replica is not None or _state.open_scopes:
        raise RuntimeError("Must not be called inside a `tf.distribute.Strategy` scope.")
    _state.strategy = None if strategy is default_strategy() else strategy


@contextmanager
def in_replica(strategy: Any, replica: Any) -> Iterator[None]:
    """A block that is one replica's."""
    outer = _state.strategy, _state.replica
    _state.strategy, _state.replica = strategy, replica
    try:
        yield
    finally:
        _state.strategy, _state.replica = outer


@contextmanager
def for_all(strategy: Any) -> Iterator[None]:
    """A block that speaks for all replicas."""
    outer = _state.strategy, _state.replica, _state.aggregator
    _state.strategy, _state.replica, _state.aggregator = strategy, None, None
    try:
        yield
    finally:
        _state.strategy, _state.replica, _state.aggregator = outer


class Scope:
    """What `strategy.scope()` returns: a block in which variables are the strategy's.

    Args:
        strategy: the strategy; None opens nothing (the default strategy's scope).
    """

    def __init__(self, strategy: Any) -> None:
        self._strategy = strategy
        self._outer: list[Any] = []

    def __enter__(self) -> Any:
        strategy = self._strategy
        if _state.replica is not None:
            raise RuntimeError(CROSS_REPLICA_ONLY)
        outer = _state.strategy
        if outer is not None and outer is not strategy:
            raise RuntimeError(f"Mixing different tf.distribute.Strategy objects: {outer} is not {strategy}")
        device = strategy._enter_device()
        self._outer.append((outer, device))
        _state.strategy = strategy
        _state.open_scopes = _state.open_scopes + 1
        return strategy

    def __exit__(self, *exc: object) -> None:
        outer, device = self._outer.pop()
        _state.strategy = outer
        _state.open_scopes = _state.open_scopes - 1
        if device is not None:
            device.__exit__(*exc)


def require_cross_replica() -> None:
    """Refuse to go on inside of a replica.

    Raises:
        RuntimeError: this is one.
    """
    if _state.replica is not None:
        raise RuntimeError(CROSS_REPLICA_ONLY)
