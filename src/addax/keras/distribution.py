"""`keras.distribution`: models whose variables and batches are spread over a mesh of devices, as in Keras 3.

While a distribution is set, layers lay their variables out as it says, and the batches of `fit`, `evaluate` and
`predict` are divided. Nothing else changes: XLA divides the computation by where its inputs are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.names import missing_name
from addax.core.variable import Variable
from addax.distribute.layouts import (
    DeviceMesh,
    TensorLayout,
    distribute_tensor,
    fits,
    get_device_count,
    list_devices,
    place,
)
from addax.keras.path_patterns import PathPatterns

_current: Distribution | None = None


class LayoutMap(PathPatterns):
    """Layouts of variables by patterns of their paths ("dense/kernel").

    Args:
        device_mesh: for layouts that come without one.

    >>> from addax import keras
    >>> layouts = keras.distribution.LayoutMap(keras.distribution.DeviceMesh((1,), ["model"], ["cpu:0"]))
    >>> layouts["dense.*kernel"] = (None, "model")
    >>> layouts["dense_1/kernel"].axes, layouts["dense_1/bias"]
    ((None, 'model'), None)
    """

    def __init__(self, device_mesh: DeviceMesh) -> None:
        self._device_mesh = device_mesh
        self._found: dict[str, TensorLayout] = {}

    @property
    def device_mesh(self) -> DeviceMesh:
        """The mesh of layouts that come without one."""
        return self._device_mesh

    def _value(self, given: Any) -> TensorLayout:
        layout = TensorLayout(given) if isinstance(given, tuple) else given
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"LayoutMap: expected a TensorLayout or a tuple of axes, received {layout!r}.")
        if layout.device_mesh is None:
            layout.device_mesh = self._device_mesh
        return layout

    def _otherwise(self) -> None:
        return None


class Distribution:
    """What spreads a model over a mesh; see `DataParallel` and `ModelParallel`.

    Args:
        device_mesh: the mesh.
        batch_dim_name: the axis along which batches are divided, by default the first.
        auto_shard_dataset: kept; one process reads all of a dataset.
    """

    def __init__(
        self, device_mesh: DeviceMesh, batch_dim_name: str | None = None, auto_shard_dataset: bool = True
    ) -> None:
        self._device_mesh = device_mesh
        self._batch_dim_name = batch_dim_name or device_mesh.axis_names[0]
        self._auto_shard_dataset = auto_shard_dataset

    @property
    def device_mesh(self) -> DeviceMesh:
        """The mesh."""
        return self._device_mesh

    @property
    def batch_dim_name(self) -> str:
        """The mesh's axis along which batches are divided."""
        return self._batch_dim_name

    @property
    def auto_shard_dataset(self) -> bool:
        """As given."""
        return self._auto_shard_dataset

    @property
    def num_model_replicas(self) -> int:
        """How many parts of a batch are computed side by side."""
        return int(self._device_mesh.shape[list(self._device_mesh.axis_names).index(self._batch_dim_name)])

    def get_data_layout(self, data_shape: Sequence[int | None]) -> TensorLayout:
        """The layout of a batch: divided along its first axis."""
        return TensorLayout((self._batch_dim_name, *[None] * (len(data_shape) - 1)), self._device_mesh)

    def get_variable_layout(self, variable: Variable) -> TensorLayout:
        """The layout of a variable."""
        raise NotImplementedError(f"{type(self).__name__} must define get_variable_layout(variable).")

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout of what layers compute at this path; None where it is left to XLA."""
        raise NotImplementedError(f"{type(self).__name__} must define get_tensor_layout(path).")

    def distribute_dataset(self, dataset: Any) -> Any:
        """The part of a dataset that this process reads: all of it, since there is one process."""
        return dataset

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A block in which this distribution is set."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self._device_mesh}>"


class DataParallel(Distribution):
    """Batches are divided among the devices, each of which holds all variables.

    Args:
        device_mesh: a mesh with one axis.
        devices: instead of a mesh, the names of its devices.
        auto_shard_dataset: kept; one process reads all of a dataset.

    >>> from addax import keras
    >>> keras.distribution.DataParallel(devices=["cpu:0"])
    <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
    """

    def __init__(
        self, device_mesh: DeviceMesh | None = None, devices: Sequence[str] | None = None,
        auto_shard_dataset: bool = True,
    ) -> None:  # fmt: skip
        if device_mesh is None:
            names = list(devices) if devices is not None else list_devices()
            device_mesh = DeviceMesh((len(names),), ["batch"], names)
        elif len(device_mesh.shape) != 1:
            warnings.warn(
                f"DataParallel: expected a mesh with one axis, received {device_mesh}; batches are divided along the "
                "first.", stacklevel=2,
            )  # fmt: skip
        super().__init__(device_mesh, auto_shard_dataset=auto_shard_dataset)

    def get_variable_layout(self, variable: Variable) -> TensorLayout:
        """Whole on each device."""
        return TensorLayout([None] * len(variable.shape), self._device_mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """None."""
        return None


class ModelParallel(Distribution):
    """Variables are divided as a map says, and batches along one axis of the mesh.

    Args:
        layout_map: a `LayoutMap`; variables that it does not name are whole on each device.
        batch_dim_name: the mesh's axis for batches, by default the first.
        auto_shard_dataset: kept; one process reads all of a dataset.

    Raises:
        ValueError: no layout map.

    >>> from addax import keras
    >>> layouts = keras.distribution.LayoutMap(keras.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"]))
    >>> layouts["dense.*kernel"] = (None, "model")
    >>> with keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch").scope():
    ...     model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
    >>> model.predict([[1.0, 2.0, 3.0]], verbose=0).shape
    (1, 2)
    """

    def __init__(
        self, *, layout_map: LayoutMap | None = None, batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
    ) -> None:  # fmt: skip
        if layout_map is None:
            raise ValueError("ModelParallel: layout_map is needed, a keras.distribution.LayoutMap.")
        super().__init__(layout_map.device_mesh, batch_dim_name, auto_shard_dataset)
        self._layout_map = layout_map

    def get_variable_layout(self, variable: Variable) -> TensorLayout:
        """What the map has for the variable's path; whole on each device otherwise."""
        found = self._layout_map[getattr(variable, "_layout_path", variable.path)]
        return TensorLayout([None] * len(variable.shape), self._device_mesh) if found is None else found

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """What the map has for the path."""
        return self._layout_map[path]


def distribution() -> Distribution | None:
    """The distribution that is set, if there is one.

    >>> from addax import keras
    >>> keras.distribution.distribution() is None
    True
    """
    return _current


def set_distribution(value: Distribution | None) -> None:
    """Spread what layers make from now on over devices; None ends it.

    Raises:
        TypeError: no distribution.

    >>> from addax import keras
    >>> keras.distribution.set_distribution(keras.distribution.DataParallel(devices=["cpu:0"]))
    >>> keras.distribution.distribution()
    <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
    >>> keras.distribution.set_distribution(None)
    """
    global _current
    if not isinstance(value, Distribution | None):
        raise TypeError(f"set_distribution: expected a Distribution or None, received {value!r:.100}.")
    _current = value


def initialize(
    job_addresses: str | None = None, num_processes: int | None = None, process_id: int | None = None
) -> None:
    """Say which processes take part: this one.

    Args:
        job_addresses: addresses of the processes, joined by commas.
        num_processes: how many there are.
        process_id: which of them this is.

    Raises:
        UnimplementedError: more than one process.
    """
    count = num_processes or len((job_addresses or "").split(","))
    if count > 1 or process_id:
        raise errors.UnimplementedError(
            errors.message(
                "keras.distribution.initialize", expected="one process, which has all of its devices",
                received=f"{count} processes", hint="a process for each machine trains a model of its own",
            )
        )  # fmt: skip


def placed(variable: Variable, owner: str | None = None) -> Variable:
    """A new variable, laid out as the distribution that is set says.

    Args:
        variable: the variable.
        owner: the layer's name, which paths in Keras 3 have in them even where `build` was called by itself.
    """
    if _current is not None:
        if owner is not None and owner not in variable.path.split("/"):
            variable._layout_path = f"{owner}/{variable.path}"
        place(variable, _current.get_variable_layout(variable))
    return variable


def divided(data: Any) -> Any:
    """A batch, divided among devices as the distribution that is set says; one that does not fit stays whole."""
    spread = _current
    if spread is None:
        return data

    def one(leaf: Any) -> Any:
        if not convert.is_tensor(leaf) or isinstance(leaf, np.ndarray) or not len(leaf.shape):
            return leaf
        layout = spread.get_data_layout(tuple(leaf.shape))
        return distribute_tensor(leaf, layout) if fits(tuple(leaf.shape), layout) else leaf

    return trees.map_structure(one, data)


def on_divided(step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step on batches that are divided among devices first."""
    return lambda data: step(divided(data))


__all__ = [
    "DataParallel", "DeviceMesh", "LayoutMap", "ModelParallel", "TensorLayout", "distribute_tensor", "distribution",
    "get_device_count", "initialize", "list_devices", "set_distribution",
]  # fmt: skip
__getattr__ = missing_name(__name__, globals())
