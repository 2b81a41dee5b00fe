"""What a layer holds: variables, losses, metrics, and the layers inside."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core.module import Module
from addax.core.variable import Variable
from addax.keras.layers.tracking import Tracked, _open, fixed_of, trainable_of, unique, weights_of
from addax.keras.metrics import Metric


class _Listing(threading.local):
    """What only Keras counts among the weights, by layer, while this thread lists them; otherwise None."""

    found: dict[int, list[Any]] | None = None


_listing = _Listing()


class _Trainability:
    """How often `trainable` of any layer was set."""

    changes = 0


trainability = _Trainability()


class Contents(Tracked):
    """The part of a layer that looks after what it holds."""

    name: str
    built: bool
    _trainable: bool
    _own_weights: list[Variable]
    _own_losses: list[Any]
    _loss_functions: list[Any]  # functions, and variables with a regularizer in their place
    _own_metrics: list[Metric]

    def _own_variables(self) -> list[Variable]:
        """Variables of this layer itself, in order of creation, those in attributes included."""
        listed = _listing.found
        if listed is not None:
            others = listed.setdefault(id(self), [])
            if not others:
                others += self._other_weights()
            return [*self._variables_found(), *others]
        return self._variables_found()

    def _variables_found(self) -> list[Variable]:
        own = self._own_weights
        places = self.__dict__.get("_places")
        if not places:
            return unique([*own, *[member for member in self._members() if isinstance(member, Variable)]])
        known = {id(variable) for variable in own}
        found = [(i + 1, variable) for i, variable in enumerate(own)]
        seen: set[int] = set()
        for name, value in list(self._noted.items()):
            members = [each for each in _open(value, seen) if isinstance(each, Variable) and id(each) not in known]
            found += [(places.get(name, len(own)) + 0.5, each) for each in members]
        return unique([variable for _, variable in sorted(found, key=lambda pair: pair[0])])

    def _children(self) -> list[Any]:
        """Layers directly inside."""
        return [member for member in self._members() if isinstance(member, Contents)]

    def _inner_modules(self) -> list[Any]:
        """Layers and other modules directly inside."""
        return [member for member in self._members() if isinstance(member, Module) and not isinstance(member, Metric)]

    def _flatten_layers(self, include_self: bool = True) -> Iterator[Any]:
        """This layer and all below it, outer ones first."""
        seen: set[int] = set()
        stack: list[Any] = [self]
        while stack:
            layer = stack.pop()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            if include_self or layer is not self:
                yield layer
            stack.extend(reversed(layer._children()))

    def _flatten_metrics(self) -> list[Metric]:
        """Metrics in attributes or made by add_metric, of this layer."""
        return unique([*[m for m in self._members() if isinstance(m, Metric)], *self._own_metrics])

    @property
    def trainable_weights(self) -> list[Variable]:
        """Variables that training updates."""
        if not self.trainable:
            return []
        own = [variable for variable in self._own_variables() if variable.trainable]
        return unique([*own, *[v for part in self._inner_modules() for v in trainable_of(part)]])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Variables that training does not update by gradients."""
        own, parts = self._own_variables(), self._inner_modules()
        if self.trainable:
            mine = [variable for variable in own if not variable.trainable]
            return unique([*mine, *[v for part in parts for v in fixed_of(part)]])
        mine = [v for v in own if v.trainable] + [v for v in own if not v.trainable]
        return unique([*mine, *[v for part in parts for v in weights_of(part)]])

    @property
    def weights(self) -> list[Variable]:
        """All variables, trainable ones first."""
        return unique([*self.trainable_weights, *self.non_trainable_weights])

    @property
    def trainable_variables(self) -> list[Variable]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """`non_trainable_weights`, and the states of generators of random numbers (`keras.random.SeedGenerator`)."""
        return unique([*self.non_trainable_weights, *self._seed_states()])

    @property
    def variables(self) -> list[Variable]:
        """`weights`, and the states of generators of random numbers (`keras.random.SeedGenerator`)."""
        return unique([*self.weights, *self._seed_states()])

    def _seed_states(self) -> list[Variable]:
        found = []
        for layer in self._flatten_layers():
            for value in vars(layer).values():
                state = getattr(value, "__seed_state__", None)
                if state is not None:
                    found.append(state)
        return found

    @property
    def trainable(self) -> bool:
        """Whether training updates the layer; setting it sets all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        trainability.changes += 1
        for layer in self._flatten_layers():
            object.__setattr__(layer, "_trainable", bool(value))

    @property
    def losses(self) -> list[Any]:
        """Scalars that the last call added, and those of regularizers."""
        found: list[Any] = []
        for layer in self._flatten_layers():
            found.extend(self._symbolic_losses_of(layer))
            found.extend(loss() for loss in layer._penalties())
        return found

    def _penalties(self) -> list[Callable[[], Any]]:
        """The losses given as functions and those of regularizers, in the order in which they were added."""
        own = self._own_variables()
        kept, made = {id(variable) for variable in own}, {id(each) for each in self._loss_functions}
        entries = [each for each in self._loss_functions if not isinstance(each, Variable) or id(each) in kept]
        entries += [variable for variable in own if id(variable) not in made]
        found = []
        for each in entries:
            regularizer = getattr(each, "_regularizer", None) if isinstance(each, Variable) else None
            if regularizer is not None:
                found.append(functools.partial(regularizer, each))
            elif not isinstance(each, Variable):
                found.append(each)
        return found

    def _symbolic_losses_of(self, layer: Any) -> list[Any]:
        """What the last call of a layer added."""
        return layer._own_losses

    @property
    def metrics(self) -> list[Metric]:
        """Metrics of this layer and the layers inside."""
        return unique([metric for layer in self._flatten_layers() for metric in layer._flatten_metrics()])

    @property
    def submodules(self) -> tuple[Any, ...]:
        """All layers and other modules inside."""
        found: list[Any] = [self]
        seen = {id(self)}
        for module in found:  # grows while it is read: those directly inside come first, as in TensorFlow
            for child in _modules_in(module):
                if id(child) not in seen:
                    seen.add(id(child))
                    found.append(child)
        return tuple(found[1:])

    def _searched(self) -> list[Any]:
        """What a module around this layer looks into, in the order of the attributes that Keras 2 keeps it in."""
        noted, own = self.__dict__.get("_noted", {}), self._own_variables()
        found = {
            **{name: value for name, value in noted.items() if name not in _OF_GRAPHS},
            "_non_trainable_weights": [variable for variable in own if not variable.trainable],
            "_self_tracked_trackables": self._tracked_parts(),
            "_trainable_weights": [variable for variable in own if variable.trainable],
        }
        return [found[name] for name in sorted(found)]

    def _tracked_parts(self) -> list[Any]:
        """Layers, metrics and other modules, and the containers they may be in, in the order of attributes."""
        return [value for value in self.__dict__.get("_noted", {}).values() if not isinstance(value, Variable)]

    def _modules(self) -> list[Any]:
        """Layers and other modules directly inside, those without a part in the weights included."""
        return self._inner_modules()

    @property
    def updates(self) -> list[Any]:
        """Empty: variables are updated as the layer runs."""
        return []

    def add_update(self, updates: Any) -> None:
        """Run an update, or several, given as functions; variables are updated where assignments stand.

        Args:
            updates: functions without arguments, or results of assignments (nothing is left to do for those).
        """
        for update in updates if isinstance(updates, list | tuple) else [updates]:
            if callable(update) and not hasattr(update, "dtype"):
                update()

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """`add_weight` by its older name."""
        return self.add_weight(*args, **kwargs)  # type: ignore[attr-defined]

    def finalize_state(self) -> None:
        """Called when a layer's state is whole, after `adapt` or a load; layers that keep tables override it."""

    def get_weight_paths(self) -> dict[str, Variable]:
        """The weights by the attributes that lead to them, e.g. "encoder.blocks.0.kernel"."""
        found: dict[str, Variable] = {}
        parts = self._named_parts() if hasattr(self, "_named_parts") else [("", self)]
        for name, part in parts:
            _collect(part, name, found, set())
        return {path: weight for path, weight in found.items() if any(weight is own for own in self.weights)}

    def count_params(self) -> int:
        """The number of scalars in the variables.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name}, but the layer isn't built. "
                f"Build it by calling it on data, or with `{self.name}.build(batch_input_shape)`."
            )
        return sum(weight.shape.num_elements() or 0 for weight in self._listed_weights())  # open sizes: nothing

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights` as NumPy arrays; vocabularies that lookup layers learned are among them."""
        return [weight.numpy() for weight in self._listed_weights()]

    def _listed_weights(self) -> list[Any]:
        """`weights`, with what Keras lists there though it is no variable."""
        if not any(getattr(layer, "_weighs_in_keras", False) for layer in self._flatten_layers()):
            return self.weights
        _listing.found = {}
        try:
            return self.weights
        finally:
            _listing.found = None

    def _other_weights(self) -> list[Any]:
        """What Keras lists among the layer's own weights behind the variables."""
        return []

    def set_weights(self, weights: Any) -> None:
        """Set the values of `weights`, in their order; nothing changes unless all fit.

        Raises:
            ValueError: another number of arrays, or a shape that does not fit.
        """
        own, given = self._listed_weights(), list(weights)
        if len(own) != len(given):
            raise ValueError(
                f"You called `set_weights(weights)` on layer {self.name!r} with a weight list of length {len(given)}, "
                f"but the layer was expecting {len(own)} weights: "
                f"{[(w.name, tuple(w.shape)) for w in own]!s:.300}."
            )
        arrays = []
        for variable, value in zip(own, given, strict=True):
            array = np.asarray(value)
            if not variable.shape.is_compatible_with(array.shape):
                raise ValueError(
                    f"Layer weight shape {tuple(variable.shape)} not compatible with provided weight shape "
                    f"{array.shape} (layer {self.name!r}, weight {variable.name!r})."
                )
            if isinstance(variable, Variable):
                array = array.astype(variable.dtype.np)
            elif hasattr(variable, "check"):
                variable.check(array)
            arrays.append(array)
        for variable, array in zip(own, arrays, strict=True):
            variable.assign(array)


# Where a model keeps the layers of its graph: `_tracked_parts` has them in Keras's order.
_OF_GRAPHS = {"_graph_layers", "_input_layer", "_stack"}


def _modules_in(module: Any) -> list[Any]:
    """Modules directly inside a layer or another module."""
    if isinstance(module, Contents):
        return module._modules()
    return list(module._flatten(recursive=False, predicate=lambda leaf: isinstance(leaf, Module)))


def _collect(item: Any, path: str, found: dict[str, Variable], seen: set[int]) -> None:
    """Note the variables in an object, list or dict, by path."""
    if isinstance(item, Variable):
        found.setdefault(path, item)
        return
    if id(item) in seen:
        return
    seen.add(id(item))
    if isinstance(item, Tracked):
        inside = dict(item.__dict__.get("_noted", {}))
    elif isinstance(item, Module):
        inside = vars(item)
    elif isinstance(item, dict):
        inside = item
    else:
        inside = dict(enumerate(item)) if isinstance(item, list | tuple) else {}
    for name, value in inside.items():
        _collect(value, f"{path}.{name}" if path else str(name), found, seen)
