"""Weights in Keras' v3 layout: an HDF5 file with a group `PLACE/vars` of arrays 0, 1, ... for each part of a model.

The file `model.weights.h5` in a `.keras` archive has this layout, and so have files named `*.weights.h5`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from addax.formats.errors import CorruptFileError
from addax.formats.hdf5 import HDF5Dataset, HDF5Group
from addax.formats.hdf5_writer import HDF5Writer
from addax.keras.layers.base import Layer
from addax.keras.losses import Loss
from addax.keras.metrics import Metric
from addax.keras.optimizers import LossScaleOptimizer, Optimizer, legacy
from addax.keras.saving import trackables
from addax.keras.saving.assignments import Assignments, as_it_was, finalize

# Keras 2.12 and 2.13 walked over this attribute before `layers`.
_OLD_LAYERS = "_layer_checkpoint_dependencies"
# Attributes that are one layer, of which a file has the name that its writer met first.
_SAME = {"layer": "forward_layer", "forward_layer": "layer"}


# ---------------------------------------------------------------------------- writing


def write(
    model: Any, out: HDF5Writer, include_optimizer: bool = True, without: Callable[[Any], bool] = lambda item: False
) -> None:
    """Write the state of a model, its optimizer and metrics.

    Args:
        model: the model.
        out: an HDF5 file that is being written.
        include_optimizer: write the optimizer's state too.
        without: says of a part whether its state is kept elsewhere.
    """
    for place, item in trackables.walk(model):
        if isinstance(item, Loss) or isinstance(item, Optimizer | legacy.Optimizer) and not include_optimizer:
            continue
        group = f"{place}/vars" if place else "vars"
        out.group(group)
        if without(item):
            continue
        for name, value in trackables.written_values(item).items():
            out.dataset(f"{group}/{name}", value.for_reading() if hasattr(value, "for_reading") else np.asarray(value))
        if isinstance(item, LossScaleOptimizer):
            for index, variable in enumerate(_scale_variables(item)):
                out.dataset(f"{place}/_loss_scale/vars/{index}", variable.for_reading())
        head, _, tail = place.rpartition("/")
        if tail in trackables.KERAS3_NAMES:
            out.link(f"{head}/{trackables.KERAS3_NAMES[tail]}", place)


def _scale_variables(optimizer: LossScaleOptimizer) -> list[Any]:
    """The scale and counter of dynamic loss scaling; Keras does not save them, and ignores their group."""
    return [optimizer._current_loss_scale, optimizer._good_steps] if optimizer.dynamic else []


# ---------------------------------------------------------------------------- reading


class Vars(Mapping):
    """The group of one part's arrays, as the dict that `load_own_variables` takes; arrays are read when asked for."""

    def __init__(self, group: HDF5Group | None) -> None:
        self._group = group
        self.names = [] if group is None else sorted(group.keys(), key=_number)

    def __getitem__(self, name: str) -> np.ndarray:
        if self._group is None or name not in self.names:
            raise KeyError(name)
        return self.dataset(name).read()

    def dataset(self, name: str) -> HDF5Dataset:
        """An array that is not read yet."""
        found = self._group[name]  # type: ignore[index]
        if not isinstance(found, HDF5Dataset):
            raise CorruptFileError(found._file, "is a group where an array is expected", member=found.path)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _number(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() and len(name) < 10 else (1 << 40, name)


@dataclasses.dataclass
class Reader:
    """Finds the state of each part of a model in a file, checks all of it, and only then sets it.

    Args:
        model: the model, built.
        root: the file's root group.
        file: its path, for messages.
        skip_mismatch: leave parts that do not fit as they are, with a warning.
    """

    model: Any
    root: HDF5Group
    file: str
    skip_mismatch: bool = False

    def load(self) -> None:
        """Set the variables of the model, its optimizer and metrics.

        Raises:
            CorruptFileError: something is missing or does not fit; the model is as it was.
        """
        optimizer = getattr(self.model, "optimizer", None)
        with as_it_was(*([] if optimizer is None else [optimizer])):  # it gets variables if the file has its state
            self._set_all()
        finalize(self.model)

    def _set_all(self) -> None:
        plan = Assignments(self.file)
        custom: list[tuple[Any, Vars]] = []
        for place, item in trackables.walk(self.model):
            if isinstance(item, Loss):
                continue
            found = Vars(self._group(place, bool(trackables.own_variables(item))))
            if trackables.has_own_way(item, "load_own_variables"):
                custom.append((item, found))
            elif isinstance(item, Optimizer | legacy.Optimizer):
                self._optimizer(item, place, found, plan)
            elif isinstance(item, Metric):
                self._metric(item, found, plan)
            else:
                self._layer(item, place, found, plan)
        plan.finish(custom, self.skip_mismatch)

    def _group(self, place: str, has_variables: bool = True) -> HDF5Group | None:
        """The `vars` of a place, under any of the names that versions of Keras gave it."""
        here: Any = self.root
        for index, name in enumerate(place.split("/") if place else []):
            names = [name, trackables.KERAS3_NAMES.get(name, name), name.lstrip("_"), "_" + name]
            names += [_SAME[name]] if name in _SAME and has_variables else []
            if index == 0 and name == "layers":
                names.append(_OLD_LAYERS)
            name = next((each for each in names if each in here), None)
            if name is None:
                return None
            here = here[name]
            if not isinstance(here, HDF5Group):
                raise CorruptFileError(self.file, "is an array where a group is expected", member=here.path)
        if "vars" not in here:
            return None
        found = here["vars"]
        if not isinstance(found, HDF5Group):
            raise CorruptFileError(self.file, "is an array where a group is expected", member=found.path)
        return found

    def _layer(self, layer: Layer, place: str, found: Vars, plan: Assignments) -> None:
        own = layer._saved_variables()
        if len(own) == len(found):
            for name, variable in zip(found.names, own, strict=True):
                plan.add(variable, found.dataset(name), f"{place}/vars/{name}")
            return
        if not own and not layer.built:
            problem = (
                f"lists {len(found)} variables for layer '{layer.name}', which was never built and thus has none. "
                "To do: override build_from_config(), or build the layer in the constructor"
            )
        else:
            problem = (
                f"Layer '{layer.name}' expected {len(own)} variables, but received {len(found)} variables during "
                f"loading. Expected: {[f'{v.name} {tuple(v.shape)}' for v in own]!s:.300}"
            )
        plan.problem(f"{place}/vars", problem)

    def _metric(self, metric: Metric, found: Vars, plan: Assignments) -> None:
        """Metrics start anew where the file says nothing (fitting) about them."""
        own = trackables.own_variables(metric)
        if len(own) != len(found):
            return
        pairs = [(variable, found.dataset(name)) for name, variable in zip(found.names, own, strict=True)]
        if all(tuple(variable.shape) == dataset.shape for variable, dataset in pairs):
            for variable, dataset in pairs:
                plan.add(variable, dataset, dataset.path)

    def _optimizer(self, optimizer: Any, place: str, found: Vars, plan: Assignments) -> None:
        if isinstance(optimizer, legacy.Optimizer) and len(found) > 1:
            optimizer._create_all_weights(self.model.trainable_variables)
        elif len(found) > 1 and len(trackables.own_variables(optimizer)) == 1 and self.model.built:
            if isinstance(optimizer, LossScaleOptimizer):  # compiled, but no step was made yet
                optimizer.build(self.model.trainable_variables)
            else:
                optimizer._build_scoped(self.model.trainable_variables, None)
        own, names = trackables.own_variables(optimizer), list(found.names)
        if place.endswith("/inner_optimizer") or place.endswith("/_optimizer"):
            if not names:
                return
        rate = None
        if len(names) == len(own) + 1 and found.dataset(names[1]).shape == ():
            rate = names.pop(1)  # Keras 3 keeps the learning rate among the variables
        if len(names) == 1:
            own = own[:1]  # saved before its first step: the counter alone
        if len(names) != len(own):
            if names or len(own) > 1:
                plan.warn(
                    f"Skipping loading state for optimizer '{optimizer.name}', because it has {len(own)} variables "
                    f"whereas the saved optimizer has {len(names)} variables."
                )
            return
        for name, variable in zip(names, own, strict=True):
            plan.add(variable, found.dataset(name), f"{place}/vars/{name}")
        if rate is not None and hasattr(optimizer._learning_rate, "assign"):
            plan.add(optimizer._learning_rate, found.dataset(rate), f"{place}/vars/{rate}")
        if isinstance(optimizer, LossScaleOptimizer):
            scale = Vars(self._group(f"{place}/_loss_scale"))
            for name, variable in zip(scale.names, _scale_variables(optimizer), strict=False):
                plan.add(variable, scale.dataset(name), f"{place}/_loss_scale/vars/{name}")
