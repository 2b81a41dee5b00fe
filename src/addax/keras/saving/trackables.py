"""The parts of a model that hold state, and the places in a weights file where they keep it.

Keras walks over the attributes of a model in reverse alphabetical order; what it meets first names the place. Members
of lists are named by their class and numbered: `layers/dense_1/vars/0`. The same walk is made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addax.keras.layers.base import Layer
from addax.keras.layers.saved_state import NOT_PARTS, SavedState
from addax.keras.losses import Loss
from addax.keras.metrics import Metric
from addax.keras.naming import to_snake_case
from addax.keras.optimizers import LossScaleOptimizer, Optimizer, legacy

_CONTAINERS = (list, tuple, dict, set)
_KINDS = (Layer, Metric, Optimizer, Loss, legacy.Optimizer)
# Other names of a place: what Keras 3 calls it, where Keras 2 has another.
KERAS3_NAMES = {
    "_query_dense": "query_dense",
    "_key_dense": "key_dense",
    "_value_dense": "value_dense",
    "_output_dense": "output_dense",
}


def is_trackable(item: Any) -> bool:
    """Whether something has a place of its own in a weights file."""
    return isinstance(item, _KINDS)


def walk(root: Any) -> Iterator[tuple[str, Any]]:
    """(place, object) of a model and everything in it, each object once, in Keras' order.

    >>> import addax as tf
    >>> from addax.keras.saving.trackables import walk
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,)), tf.keras.layers.Dense(1)])
    >>> [place for place, _ in walk(model)]
    ['', 'layers/dense', 'layers/dense_1']
    """
    visited: set[int] = set()
    pending: list[Iterator[tuple[str, Any]]] = [iter([("", root)])]
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
            continue
        place, item = entry
        if id(item) in visited:
            continue
        visited.add(id(item))
        yield place, item
        pending.append(_parts(place, item, visited))


def _parts(place: str, item: Any, visited: set[int]) -> Iterator[tuple[str, Any]]:
    """The parts directly inside, those of containers named by class."""
    for name in sorted(_attribute_names(item), reverse=True):
        try:
            value = getattr(item, name)
        except Exception:  # a property of the user's that cannot be read now has nothing to save
            continue
        path = f"{place}/{name}" if place else name
        if is_trackable(value):
            yield path, value
        elif isinstance(value, _CONTAINERS):
            yield from _members(path, value, visited)


def _members(path: str, container: Any, visited: set[int]) -> Iterator[tuple[str, Any]]:
    used: dict[str, int] = {}
    for member in list(container.values()) if isinstance(container, dict) else list(container):
        if not is_trackable(member) or id(member) in visited:
            continue
        name = to_snake_case(vars(type(member)).get("_name_in_archives", type(member).__name__))
        count = used.get(name, 0)
        used[name] = count + 1
        yield f"{path}/{name}_{count}" if count else f"{path}/{name}", member


def _attribute_names(item: Any) -> set[str]:
    found = {
        name for name, value in vars(item).items()
        if name not in NOT_PARTS and not name.startswith("__") and isinstance(value, (*_CONTAINERS, *_KINDS))
    }  # fmt: skip
    for cls in type(item).__mro__:
        if cls.__module__.partition(".")[0] not in ("addax", "builtins", "abc"):
            found.update(name for name, value in vars(cls).items() if isinstance(value, property) and name[:2] != "__")
    if isinstance(item, Layer):
        found.add("metrics")
        if hasattr(item, "layers"):
            found.add("layers")
        found.discard("loss")
    if isinstance(item, LossScaleOptimizer):
        found.add("inner_optimizer")
    return found


def own_variables(item: Any) -> list[Any]:
    """The variables that an object keeps itself, in the order of files."""
    if isinstance(item, Layer):
        return item._saved_variables()
    if isinstance(item, Metric):
        inner = {id(variable) for metric in item.metrics[1:] for variable in metric.variables}
        return [variable for variable in item.variables if id(variable) not in inner]
    if isinstance(item, Optimizer):
        return list(item.variables)
    if isinstance(item, legacy.Optimizer):  # Keras does not save these in this layout, and passes them over
        return list(item.weights)
    return []


def written_variables(item: Any) -> list[Any]:
    """`own_variables` as they are written: optimizers that only Keras 3 has keep the learning rate among them."""
    own = own_variables(item)
    rate = getattr(item, "_learning_rate", None)
    if getattr(item, "_in_keras3_alone", False) and hasattr(rate, "assign"):
        own.insert(1, rate)
    return own


def has_own_way(item: Any, method: str) -> bool:
    """Whether an object has another `save_own_variables` or `load_own_variables` than all of its kind."""
    if hasattr(item, "_has_own_way"):
        return item._has_own_way(method)
    found = getattr(type(item), method, None)
    standard = (
        getattr(SavedState, method),
        getattr(Optimizer, method, None),
        getattr(LossScaleOptimizer, method, None),
    )
    return found is not None and found not in standard


def written_values(item: Any) -> dict[str, Any]:
    """What a part writes by the names that it has in a file: variables, or what its own `save_own_variables` gives."""
    if not has_own_way(item, "save_own_variables"):
        return {str(index): variable for index, variable in enumerate(written_variables(item))}
    store: dict[str, Any] = {}
    item.save_own_variables(store)
    return store
