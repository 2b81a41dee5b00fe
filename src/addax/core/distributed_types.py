"""`tf.types.experimental.distributed`: what values of replicas are, for isinstance and annotations."""

from __future__ import annotations

from typing import Any

from addax.core.names import missing_name
from addax.core.variable import Variable


class _OrVariable(type):
    """Variables that were made in the scope of a strategy are distributed values too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        if not isinstance(instance, Variable) or instance._strategy is None:
            return False
        return cls.__name__ == "DistributedValues" or cls.__name__ == "Mirrored" and instance._copies is None


class DistributedValues(metaclass=_OrVariable):
    """A value that every replica of a strategy has one of.

    >>> import addax as tf
    >>> with tf.distribute.MirroredStrategy(["/CPU:0"]).scope():
    ...     v = tf.Variable(1.0)
    >>> isinstance(v, tf.types.experimental.distributed.Mirrored)
    True
    """


class PerReplica(DistributedValues):
    """A value that may differ between replicas."""


class Mirrored(DistributedValues):
    """A value that is the same in all replicas."""


__getattr__ = missing_name(__name__, globals())
