"""CentralStorageStrategy: replicas on several devices, whose variables are described as being on one."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import printing
from addax.core.tensor import Tracer
from addax.core.variable import Variable
from addax.distribute.mirrored import MirroredStrategy
from addax.distribute.strategy import resolve


class CentralStorageStrategy(MirroredStrategy):
    """Replicas that share variables; XLA keeps them where the replicas compute.

    Args:
        compute_devices: names of the devices of replicas, by default all GPUs (without any, the CPUs).
        parameter_device: the device that variables are said to be on, by default the first.

    >>> import addax as tf
    >>> strategy = tf.distribute.experimental.CentralStorageStrategy(["/CPU:0"])
    >>> with strategy.scope():
    ...     tf.Variable(1.0)
    <tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.0>
    """

    def __init__(self, compute_devices: Any = None, parameter_device: Any = None) -> None:
        super().__init__(compute_devices)
        first = self._extended._names[:1]
        self._extended._parameters = first if parameter_device is None else (resolve([parameter_device])[0][0],)

    def _describe(self, variable: Variable) -> str:
        value = variable._value
        if isinstance(value, Tracer):
            return f"<tf.Variable '{variable.name}' shape={variable.shape} dtype={variable.dtype.name}>"
        return printing.variable_repr(variable.name, variable.shape, variable.dtype, np.asarray(value))
