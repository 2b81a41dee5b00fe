"""Meshes of devices, and how arrays are laid out over them: `jax.sharding` with the names of Keras 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, Sharding

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.core.variable import Variable


def list_devices(device_type: str | None = None) -> list[str]:
    """The devices of all processes, as "cpu:0", "gpu:1".

    Args:
        device_type: "cpu", "gpu" or "tpu"; by default the best there is.

    Raises:
        RuntimeError: there are none of this type.

    >>> from addax import keras
    >>> keras.distribution.list_devices("cpu")[0]
    'cpu:0'
    """
    found = jax.devices(None if device_type is None else device_type.lower())
    return [f"{device.platform}:{device.id}" for device in found]


def get_device_count(device_type: str | None = None) -> int:
    """How many devices there are; see `list_devices`.

    >>> import addax as tf
    >>> from addax import keras
    >>> keras.distribution.get_device_count() >= 1
    True
    """
    return len(list_devices(device_type))


class DeviceMesh:
    """Devices in a grid whose axes have names.

    Args:
        shape: the sizes of the grid.
        axis_names: a name for each axis.
        devices: their names, as `list_devices` gives them; by default all.

    Raises:
        ValueError: an empty shape, or numbers of axes or devices that do not fit.

    >>> from addax import keras
    >>> keras.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
    <DeviceMesh shape=(1,), axis_names=['batch']>
    """

    def __init__(self, shape: Sequence[int], axis_names: Sequence[str], devices: Any = None) -> None:
        if not shape or not axis_names:
            raise ValueError(f"DeviceMesh: shape and axis_names must not be empty, received {shape} and {axis_names}.")
        if len(shape) != len(axis_names):
            raise ValueError(
                f"DeviceMesh: expected a name for each axis, received shape {shape} and axis_names {axis_names}."
            )
        flat = np.array(list_devices() if devices is None else devices).flatten()
        if int(np.prod(shape)) != flat.size:
            raise ValueError(
                f"DeviceMesh: a shape of {tuple(shape)} takes {int(np.prod(shape))} devices, received {flat.size}.\n"
                "  To do: pass devices, as many of keras.distribution.list_devices() as the shape takes."
            )
        self._shape, self._axis_names = shape, axis_names
        self._devices = flat.reshape(tuple(shape))
        self._mesh: Mesh | None = None

    @property
    def shape(self) -> Sequence[int]:
        """The sizes of the axes."""
        return self._shape

    @property
    def axis_names(self) -> Sequence[str]:
        """The names of the axes."""
        return self._axis_names

    @property
    def devices(self) -> np.ndarray:
        """The names of the devices, in the mesh's shape."""
        return self._devices

    @property
    def backend_mesh(self) -> Mesh:
        """The `jax.sharding.Mesh`."""
        if self._mesh is None:
            platforms = {str(name).partition(":")[0] for name in self._devices.flat}
            known = {f"{each.platform}:{each.id}": each for kind in platforms for each in jax.devices(kind)}
            if missing := [str(name) for name in self._devices.flat if name not in known]:
                raise ValueError(f"DeviceMesh: there is no device {missing[0]!r}; there are {sorted(known)}.")
            grid = np.empty(self._devices.shape, object)
            grid.flat = [known[str(name)] for name in self._devices.flat]
            self._mesh = Mesh(grid, tuple(self._axis_names))
        return self._mesh

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """Along which axes of a mesh the axes of a tensor are divided.

    Args:
        axes: for each axis of the tensor the name of a mesh's axis, or None where it stays whole.
        device_mesh: the mesh; it can be set later, once.

    Raises:
        ValueError: a name that the mesh does not have.

    >>> from addax import keras
    >>> mesh = keras.distribution.DeviceMesh((1,), ["model"], ["cpu:0"])
    >>> keras.distribution.TensorLayout((None, "model"), mesh)
    <TensorLayout axes=(None, 'model'), device_mesh=<DeviceMesh shape=(1,), axis_names=['model']>>
    """

    def __init__(self, axes: Sequence[str | None], device_mesh: DeviceMesh | None = None) -> None:
        self._axes = tuple(axes)
        self._device_mesh = device_mesh
        self._check()

    @property
    def axes(self) -> tuple[str | None, ...]:
        """The mesh's axis of each axis of the tensor."""
        return self._axes

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh; it can be set while there is none."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh: DeviceMesh) -> None:
        if self._device_mesh is not None:
            raise ValueError(f"TensorLayout: the device mesh cannot be replaced; it is {self._device_mesh}.")
        self._device_mesh = device_mesh
        self._check()

    @property
    def backend_layout(self) -> NamedSharding:
        """The `jax.sharding.NamedSharding`."""
        if self._device_mesh is None:
            raise ValueError("TensorLayout: there is no sharding without a device mesh.")
        return NamedSharding(self._device_mesh.backend_mesh, PartitionSpec(*self._axes))

    def _check(self) -> None:
        if self._device_mesh is None:
            return
        known = set(self._device_mesh.axis_names)
        if unknown := {axis for axis in self._axes if axis} - known:
            raise ValueError(f"TensorLayout: the mesh has the axes {sorted(known)}, received {sorted(unknown)}.")

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


@op
def _constrained(x: TensorLike, sharding: Any, name: str | None = None) -> Tensor:
    """The same values, laid out as told."""
    return jax.lax.with_sharding_constraint(x, sharding)  # type: ignore[return-value]


def distribute_tensor(tensor: Any, layout: TensorLayout | Sharding) -> Any:
    """A tensor with its values on the devices that a layout names; works in compiled functions too.

    Args:
        tensor: a tensor or an array.
        layout: a `TensorLayout`, or a `jax.sharding.Sharding`.

    Raises:
        ValueError: a size that the mesh's axis does not divide.

    >>> from addax import keras
    >>> mesh = keras.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
    >>> keras.distribution.distribute_tensor([1.0, 2.0], keras.distribution.TensorLayout(("batch",), mesh)).numpy()
    array([1., 2.], dtype=float32)
    """
    return _constrained(tensor, layout.backend_layout if isinstance(layout, TensorLayout) else layout)


def fits(shape: Sequence[int | None], layout: TensorLayout) -> bool:
    """Whether the mesh divides a tensor of this shape evenly."""
    assert layout.device_mesh is not None
    sizes = dict(zip(layout.device_mesh.axis_names, layout.device_mesh.shape, strict=True))
    pairs = zip(shape, layout.axes, strict=False)
    return len(layout.axes) <= len(shape) and all(
        axis is None or isinstance(size, int) and size % sizes[axis] == 0 for size, axis in pairs
    )


def place(variable: Variable, layout: TensorLayout) -> None:
    """Keep a variable laid out like this, now and after assignments.

    Raises:
        ValueError: the layout does not fit the variable's shape.
    """
    if not fits(tuple(variable.shape), layout):
        raise ValueError(
            errors.message(
                f"the layout of {variable.path}",
                expected="an axis of the tensor for each of the layout, of a size that the mesh's axis divides",
                received=f"shape {tuple(variable.shape)} and {layout}",
                hint="change the layout map, or the layer's size",
            )
        )
    _put(variable, layout.backend_layout)


def place_like(variable: Variable, model: Variable) -> None:
    """Lay a variable out as another of its shape is."""
    if model._layout is not None and variable.shape == model.shape:
        _put(variable, model._layout)


def _put(variable: Variable, sharding: Sharding) -> None:
    variable._layout = sharding
    variable.set_value(jax.device_put(variable._value, sharding))
