"""What belongs to a layer: variables, layers, modules and metrics found in its attributes, containers included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addax.core.module import Module
from addax.core.variable import Variable
from addax.keras.metrics import Metric

_SKIPPED = (str, bytes, int, float, bool, type(None), type)


def interesting(value: Any) -> bool:
    """Whether an attribute may hold something to track, now or (containers) later."""
    return isinstance(value, Variable | Tracked | Module | list | dict | tuple | set)


class Tracked:
    """A base class of objects with variables: layers, models, metrics kept by layers.

    Attributes are noted as they are set; containers are looked into when somebody asks, so that what is appended later
    is found too. `_changes` counts how often attributes were set, for those who keep what follows from them.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(self.__dict__.get(name), Variable) and value is not self.__dict__[name]:
            self._let_go(name)
        if not isinstance(value, _SKIPPED) and interesting(value) and name[:2] != "__":
            noted = self.__dict__.get("_noted")
            if noted is None:
                noted = {}
                object.__setattr__(self, "_noted", noted)
            if name not in _UNTRACKED:
                noted[name] = value
                if not isinstance(value, Tracked | Module):  # variables stand among the weights made before and after
                    attributes = self.__dict__
                    attributes.setdefault("_places", {})[name] = len(attributes.get("_own_weights", ()))
        elif "_noted" in self.__dict__:
            self._noted.pop(name, None)
        object.__setattr__(self, name, value)
        attributes = self.__dict__
        attributes["_changes"] = attributes.get("_changes", 0) + 1

    def __delattr__(self, name: str) -> None:
        if isinstance(self.__dict__.get(name), Variable):
            self._let_go(name)
        if "_noted" in self.__dict__:
            self._noted.pop(name, None)
        object.__delattr__(self, name)

    def _let_go(self, name: str) -> None:
        """A weight whose one attribute gets another value, or goes, is the layer's no longer, as in Keras."""
        own, old = self.__dict__.get("_own_weights"), self.__dict__[name]
        if own and not any(value is old for key, value in self.__dict__.items() if key != name):
            own[:] = [weight for weight in own if weight is not old]

    def _members(self) -> Iterator[Any]:
        """Tracked objects and variables among the attributes, in the order in which they were first set."""
        seen: set[int] = set()
        for value in list(self.__dict__.get("_noted", {}).values()):
            yield from _open(value, seen)


# Attributes of Keras's own that refer to the graph around a layer, not to its parts.
_UNTRACKED = {
    "_inbound_nodes", "_outbound_nodes", "_own_weights", "_own_losses", "_own_metrics", "_inputs", "_outputs",
    "_nodes", "inputs", "outputs", "_layer_call", "_loss_tensors", "_metric_tensors", "_init_arguments", "history",
    "_loss_functions", "_compile_arguments", "loss", "_symbolic_metrics", "_places", "_met_nodes",
}  # fmt: skip


def _open(value: Any, seen: set[int]) -> Iterator[Any]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        for part in _by_key(value):
            if not isinstance(part, _SKIPPED):
                yield from _open(part, seen)
    elif isinstance(value, list | tuple | set):
        for part in value:
            if not isinstance(part, _SKIPPED):
                yield from _open(part, seen)
    elif isinstance(value, Variable | Tracked | Module):
        yield value


def _by_key(entries: dict[Any, Any]) -> list[Any]:
    """The values of a dict by sorted key, as Keras lists them; as they stand where keys have no order."""
    try:
        return [entries[key] for key in sorted(entries)]
    except TypeError:
        return list(entries.values())


class Container:
    """A list, tuple or dict in an attribute of a model: one part of it, whose variables follow those of its layers."""

    def __init__(self, value: Any) -> None:
        self._parts: list[Any] = []
        self._own: list[Variable] = []
        for part in _by_key(value) if isinstance(value, dict) else value:
            if isinstance(part, list | tuple | dict):
                self._parts.append(Container(part))
            elif isinstance(part, Variable):
                self._own.append(part)
            elif isinstance(part, Tracked | Module):
                self._parts.append(part)

    @property
    def trainable_weights(self) -> list[Variable]:
        """Those of the layers, then variables that stand in the container itself."""
        inside = [variable for part in self._parts for variable in trainable_of(part)]
        return [*inside, *[variable for variable in self._own if variable.trainable]]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The others, in the same order."""
        inside = [variable for part in self._parts for variable in fixed_of(part)]
        return [*inside, *[variable for variable in self._own if not variable.trainable]]

    @property
    def weights(self) -> list[Variable]:
        """All, trainable ones first."""
        return [*self.trainable_weights, *self.non_trainable_weights]


def parts_of(owner: Tracked) -> list[Any]:
    """The layers, modules, metrics and containers among an object's attributes."""
    found = []
    for value in list(owner.__dict__.get("_noted", {}).values()):
        if isinstance(value, list | tuple | dict):
            found.append(Container(value))
        elif not isinstance(value, Variable):
            found.extend(_open(value, set()))
    return found


def trainable_of(part: Any) -> list[Any]:
    """The variables of a layer, module, metric or container that training updates."""
    return part.trainable_weights if isinstance(part, _WEIGHED) else list(part.trainable_variables)


def fixed_of(part: Any) -> list[Any]:
    """The other variables of a layer, module, metric or container."""
    return part.non_trainable_weights if isinstance(part, _WEIGHED) else list(part.non_trainable_variables)


def weights_of(part: Any) -> list[Any]:
    """All variables of a layer, module, metric or container."""
    return part.weights if isinstance(part, _WEIGHED) else list(part.variables)


_WEIGHED = (Tracked, Metric, Container)  # plain modules may have anything under the name `weights`


def unique(items: Any) -> list[Any]:
    """The items without repetitions (by identity), in order."""
    return list({id(item): item for item in items}.values())
