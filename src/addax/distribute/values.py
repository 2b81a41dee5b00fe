"""Values that replicas have one each of: as one object outside of replicas, taken apart inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, distributed_types, trees
from addax.core.tensor import Tensor, Tracer
from addax.core.variable import Variable


class _Kind:
    """How the values of an object are taken out and put together again (`tf.nest` with expand_composites)."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def _to_components(self, value: DistributedValues) -> list[Any]:
        return list(value.values)

    def _from_components(self, parts: Sequence[Any]) -> Any:
        return self._cls(parts)


class DistributedValues(distributed_types.DistributedValues, trees.CompositeTensor):
    """One value per replica. `strategy.run` gives each replica its own; see `PerReplica`.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    >>> strategy.experimental_local_results(strategy.run(lambda: tf.constant(1.0)))[0].numpy()
    np.float32(1.0)
    """

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = tuple(values)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, in the order of the replicas."""
        return self._values

    def __repr__(self) -> str:
        return self._lines(repr)

    def __str__(self) -> str:
        return self._lines(str)

    @property
    def _type_spec(self) -> Any:
        return _Kind(type(self))

    def _lines(self, text: Callable[[Any], str]) -> str:
        inner = ",\n".join(f"  {i}: {text(value)}" for i, value in enumerate(self.values))
        return f"{type(self).__name__}:{{\n{inner}\n}}"

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        return (), tuple(self.values)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> Any:
        return cls(parts)


class PerReplica(DistributedValues, distributed_types.PerReplica):
    """Values that may differ between replicas: a batch's parts, or what `strategy.run` returns.

    Args:
        values: one for each replica.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
    >>> value = strategy.experimental_distribute_values_from_function(lambda c: c.replica_id_in_sync_group + 5)
    >>> value
    PerReplica:{
      0: 5
    }
    """

    _stacked: Tensor | None = None

    @classmethod
    def of(cls, stacked: Tensor) -> PerReplica:
        """The values that are one below the other on the first axis of a tensor."""
        made = object.__new__(cls)
        made._stacked, made._values = stacked, None
        return made

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, in the order of the replicas."""
        if self._values is None:
            array = self._stacked._value
            if isinstance(array, Tracer):
                self._values = tuple(Tensor(array[i]) for i in range(array.shape[0]))
            else:  # on the host, as eager replicas compute on the default device
                self._values = tuple(Tensor(convert.to_device(each)) for each in np.asarray(array))
        return self._values

    @property
    def is_stacked(self) -> bool:
        """Whether they are kept one below the other."""
        return self._stacked is not None

    def stacked(self) -> Tensor | None:
        """The values one below the other; None where they are no tensors of one shape and dtype."""
        if self._stacked is None:
            values = self._values
            if not all(type(value) is Tensor and not isinstance(value._value, np.ndarray) for value in values):
                return None
            if len({(value._value.shape, value._value.dtype) for value in values}) > 1:
                return None
            stacked = Tensor(jnp.stack([value._value for value in values]))
            if context.state.trace is not None:
                return stacked
            self._stacked = stacked
        return self._stacked

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        if self._stacked is not None:
            return True, (self._stacked,)
        return False, tuple(self.values)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> Any:
        return cls.of(parts[0]) if metadata else cls(parts)


class Mirrored(DistributedValues, distributed_types.Mirrored):
    """Values that are the same in all replicas."""


def regroup(values: Sequence[Any], wrap: Callable[[Any], Any] = PerReplica, always_wrap: bool = False) -> Any:
    """Structures of replicas as one structure; what is the same object in all of them stays as it is.

    Args:
        values: what each replica has, all of one structure.
        wrap: makes one value of those of all replicas.
        always_wrap: wrap what is the same object, too.
    """
    first = values[0]
    if isinstance(first, dict):
        if any(set(value) != set(first) for value in values):
            raise ValueError(f"The replicas' dicts differ in their keys: {[sorted(map(str, v)) for v in values]}.")
        return _like(first, {key: regroup([value[key] for value in values], wrap, always_wrap) for key in first})
    if isinstance(first, list | tuple):
        if any(len(value) != len(first) for value in values):
            raise ValueError(f"The replicas' {type(first).__name__}s differ in length: {[len(v) for v in values]}.")
        parts = [regroup(each, wrap, always_wrap) for each in zip(*values, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    if not always_wrap and all(value is first for value in values):
        return first
    return wrap(values)


def _like(mapping: Any, made: dict[Any, Any]) -> Any:
    if type(mapping) is dict:
        return made
    try:
        return type(mapping)(made)
    except TypeError:
        return made


def select(replica: int, structure: Any) -> Any:
    """What one replica has of a structure with distributed values in it."""
    return trees.map_structure(lambda leaf: leaf.values[replica] if is_distributed(leaf) else leaf, structure)


def is_distributed(value: Any) -> bool:
    """Whether a leaf is an object that holds a value for each replica (variables are none: they stay whole)."""
    return isinstance(value, DistributedValues) and not isinstance(value, Variable)


def holds_distributed(structure: Any) -> bool:
    """Whether there is a distributed value in a structure."""
    for leaf in structure if isinstance(structure, tuple | list) else (structure,):
        kind = type(leaf)
        if kind is Tensor or kind is Variable:
            continue
        if is_distributed(leaf):
            return True
        if isinstance(leaf, dict | list | tuple) and any(is_distributed(part) for part in trees.flatten(leaf)):
            return True
    return False


def _refused(value: DistributedValues, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Any:
    raise ValueError(
        f"It looks like you are using a {type(value).__name__} object while not inside a replica context, which is not "
        "supported. Try running your op or function inside a replica context by using `strategy.run`"
    )


convert.register_conversion(DistributedValues, _refused)
