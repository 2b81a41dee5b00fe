"""What belongs to a layer: variables, layers and metrics found in its attributes, containers included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addax.core.variable import Variable
from addax.keras.metrics import Metric

_SKIPPED = (str, bytes, int, float, bool, type(None), type)


def interesting(value: Any) -> bool:
    """Whether an attribute may hold something to track, now or (containers) later."""
    return isinstance(value, Variable | Tracked | Metric | list | dict | tuple | set)


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
                if not isinstance(value, Tracked | Metric):  # variables stand among the weights made before and after
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
    elif isinstance(value, Variable | Tracked | Metric):
        yield value


def _by_key(entries: dict[Any, Any]) -> list[Any]:
    """The values of a dict by sorted key, as Keras lists them; as they stand where keys have no order."""
    try:
        return [entries[key] for key in sorted(entries)]
    except TypeError:
        return list(entries.values())


def members_in_containers(owner: Tracked) -> Iterator[tuple[int, Any]]:
    """What lists, tuples and dicts among an object's attributes hold, each with a number of its container."""
    for value in list(owner.__dict__.get("_noted", {}).values()):
        if isinstance(value, list | tuple | dict):
            yield from ((id(value), member) for member in _open(value, set()))


def unique(items: Any) -> list[Any]:
    """The items without repetitions (by identity), in order."""
    return list({id(item): item for item in items}.values())
