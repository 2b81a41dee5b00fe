"""OneDeviceStrategy: everything on one device."""

from __future__ import annotations

from typing import Any

import jax

from addax.core import devices
from addax.distribute.strategy import Strategy, StrategyExtended, resolve


class OneDeviceStrategy(Strategy):
    """Variables and computations on one device that is named: to write programs for strategies, and to try them.

    Args:
        device: its name, e.g. "/GPU:0".

    >>> import addax as tf
    >>> strategy = tf.distribute.OneDeviceStrategy("/CPU:0")
    >>> strategy.run(lambda x: x * 2, args=(tf.constant(3.0),)).numpy()
    np.float32(6.0)
    """

    def __init__(self, device: str) -> None:
        super().__init__(StrategyExtended(self))
        [(name, found)] = resolve([device])
        self._devices = (found,)
        self._extended._names = (name,)

    def _enter_device(self) -> Any:
        return on(self._devices[0])

    def _run(self, fn: Any, args: Any, kwargs: Any) -> Any:
        device = on(self._devices[0])
        try:
            return super()._run(fn, args, kwargs)
        finally:
            if device is not None:
                device.__exit__(None, None, None)


def on(device: Any) -> Any:
    """The open block of computing on a device; None where that is done anyway."""
    usual = jax.config.jax_default_device or jax.devices()[0]
    if device == usual or devices.context.state.trace is not None:  # one compiled program runs on one device
        return None
    block = devices.computing_on(device)
    block.__enter__()
    return block
