"""Where programs over several devices (`tf.distribute`) find their arrays: whole on each, or spread over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
from jax.sharding import NamedSharding, PartitionSpec


def place(mesh: Any, variables: Iterable[Any]) -> None:
    """Put variables on all devices of a mesh, unless they are there; those of replicas one part on each."""
    for variable in variables:
        axes = mesh.axis_names if variable._spread else ()
        wanted = NamedSharding(mesh, PartitionSpec(*axes))
        array = variable._array
        if not array.sharding.is_equivalent_to(wanted, array.ndim):
            variable._array = jax.device_put(array, wanted)
            variable._handed_out = True  # a device may show the same memory


class OnMesh:
    """Arrays that a program reads again and again, on all devices of its mesh.

    Args:
        mesh: the mesh.
    """

    def __init__(self, mesh: Any) -> None:
        self._whole = NamedSharding(mesh, PartitionSpec())
        self._last: list[tuple[Any, Any]] = []

    def __call__(self, arrays: list[Any]) -> list[Any]:
        """The arrays, brought there once for as long as they are the same."""
        if len(self._last) != len(arrays) or any(a is not b for a, (b, _) in zip(arrays, self._last, strict=True)):
            self._last = [(array, jax.device_put(array, self._whole)) for array in arrays]
        return [there for _, there in self._last]
