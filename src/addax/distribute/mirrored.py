"""MirroredStrategy: replicas on the devices of this process, variables the same on all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from addax.core import autograph, context, devices, errors, printing
from addax.core.function import Function, function
from addax.core.tensor import Tracer
from addax.core.variable import Variable, VariableAggregation, VariableSynchronization
from addax.distribute import lockstep, sharded
from addax.distribute.copies import Copies, separate
from addax.distribute.one_device import on
from addax.distribute.strategy import Strategy, StrategyExtended, resolve

_state = context.state


class MirroredStrategy(Strategy):
    """Replicas on several devices of this machine, which train one model together.

    Each replica computes with its share of a batch; gradients are summed over all, and variables are the same on all
    devices. In traced functions (and Keras' `fit`) the replicas are one program over all devices.

    Args:
        devices: names of devices, e.g. ["/GPU:0", "/GPU:1"]; by default all GPUs (without any, the CPUs).
        cross_device_ops: a `tf.distribute.CrossDeviceOps`; kept, while XLA chooses how devices communicate.

    Raises:
        AssertionError: a device twice.
        ValueError: a device that is not there.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
    >>> with strategy.scope():
    ...     v = tf.Variable(1.0)
    >>> v
    MirroredVariable:{
      0: <tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.0>
    }
    """

    marks_variables = True

    def __init__(self, devices: Any = None, cross_device_ops: Any = None) -> None:
        super().__init__(StrategyExtended(self))
        chosen = resolve([devices] if isinstance(devices, str) else list(devices or _all_devices()))
        names = tuple(name for name, _ in chosen)
        assert len(set(names)) == len(names), f"No duplicates allowed in `devices` argument: {names}"
        self._devices = tuple(device for _, device in chosen)
        self._extended._names = names
        self._cross_device_ops = cross_device_ops

    @cached_property
    def mesh(self) -> Mesh:
        """JAX's mesh of the replicas' devices (ours, not TensorFlow's)."""
        return Mesh(np.asarray(self._devices), ("replica",))

    @cached_property
    def sharding(self) -> NamedSharding:
        """Where arrays are whose first axis counts the replicas (ours, not TensorFlow's)."""
        return NamedSharding(self.mesh, PartitionSpec("replica"))

    def _enter_device(self) -> Any:
        return on(self._devices[0])

    # ------------------------------------------------------------------ variables

    def _new_variable(self, make: Callable[..., Variable], args: tuple[Any, ...], options: dict[str, Any]) -> Variable:
        for name, kind in (("synchronization", VariableSynchronization), ("aggregation", VariableAggregation)):
            if isinstance(options.get(name), int):
                options = {**options, name: kind(options[name])}
        if _state.aggregator is not None:
            return _state.aggregator.new_variable(lambda: self._made(make, args, options))
        return self._made(make, args, options)

    def _made(self, make: Callable[..., Variable], args: tuple[Any, ...], options: dict[str, Any]) -> Variable:
        variable = make(*args, **options)
        variable._strategy = self
        if variable._synchronization == VariableSynchronization.AUTO:
            variable._synchronization = VariableSynchronization.ON_WRITE
        if len(self) > 1 and variable._synchronization == VariableSynchronization.ON_READ:
            separate(variable, len(self))
        return variable

    def _describe(self, variable: Variable) -> str:
        on_read = variable._synchronization == VariableSynchronization.ON_READ
        kind = "SyncOnReadVariable" if on_read else "MirroredVariable"
        parts = variable.local_values() if isinstance(variable, Copies) else (variable,) * len(self)
        name, _, rest = variable.name.rpartition(":")
        names = [f"{name}/replica_{i}:{rest}" if i else variable.name for i in range(len(self))]
        if any(isinstance(part._value, Tracer) for part in parts):
            lines = [f"<tf.Variable '{each}' shape={variable.shape} dtype={variable.dtype.name}>" for each in names]
        else:
            lines = [
                printing.variable_repr(each, variable.shape, variable.dtype, np.asarray(part._value))
                for each, part in zip(names, parts, strict=True)
            ]
        inner = ",\n".join(f"  {i}: {line}" for i, line in enumerate(lines))
        return f"{kind}:{{\n{inner}\n}}"

    # ------------------------------------------------------------------ running

    def _run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(self) == 1:
            return super()._run(fn, args, kwargs)
        if _state.trace is not None:
            fn = fn._traceable if isinstance(fn, Function) else autograph.converted_method(fn)
            try:
                return sharded.run(self, fn, args, kwargs)
            except (sharded.NotSharded, errors.OperatorNotAllowedInGraphError):
                pass  # replicas one after another, in the same program
        elif isinstance(fn, Function):
            return self._whole(fn)(args, kwargs)
        return lockstep.run(self, fn, args, kwargs)

    def _whole(self, fn: Function) -> Callable[..., Any]:
        """The traced function of running a traced function in all replicas; it lives as long as that one."""
        known = fn.__dict__.setdefault("_in_replicas", {})
        if id(self) not in known:
            known[id(self)] = function(lambda args, kwargs: self._run(fn, args, kwargs), autograph=False)
        return known[id(self)]


def _all_devices() -> list[str]:
    for kind in ("GPU", "TPU", "CPU"):
        found = devices.list_logical_devices(kind)
        if found:
            return [device.name for device in found]
    return ["/device:CPU:0"]
