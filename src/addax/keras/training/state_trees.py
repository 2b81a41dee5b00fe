"""The variables of a model, its optimizer and its metrics as nested dicts by their paths, as Keras 3 has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addax.core.variable import Variable

_FORMATS = ("backend_tensor", "numpy_array")
_KINDS = ("trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables")


class StateTrees:
    """The part of a model that hands its state out as a tree, and takes it back."""

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """The values of all variables: nested dicts by the parts of the variables' paths, by kind.

        Args:
            value_format: "backend_tensor" or "numpy_array", what values are.

        Returns:
            A dict of "trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables".

        Raises:
            ValueError: another format, or two variables with one path.

        >>> from addax import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="d")], name="m")
        >>> tree = model.get_state_tree("numpy_array")
        >>> tree["trainable_variables"]["d"]["kernel"].shape
        (2, 1)
        """
        if value_format not in _FORMATS:
            raise ValueError(f"get_state_tree: value_format must be one of {_FORMATS}. Received: {value_format!r}")
        tree: dict[str, Any] = {}
        for kind in _KINDS:
            tree[kind] = {}
            for path, variable in self._state_of(kind):
                value = variable.numpy() if value_format == "numpy_array" else variable.read_value()
                _put(tree[kind], path, value)
        return tree

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Give variables the values of a tree of `get_state_tree`; what it does not name stays.

        Raises:
            ValueError: a name that no variable has, or another shape; then nothing is changed.
        """
        found: list[tuple[Variable, Any]] = []
        for kind, values in state_tree.items():
            if kind not in _KINDS:
                raise ValueError(f"set_state_tree: expected keys among {_KINDS}. Received: {kind!r}")
            known = {path: variable for path, variable in self._state_of(kind)}
            for path, value in _flat(values, ()):
                variable = known.get(path)
                if variable is None:
                    raise ValueError(f"set_state_tree: there is no variable {'/'.join(path)!r} among {kind}.")
                if tuple(variable.shape) != tuple(getattr(value, "shape", ())):
                    raise ValueError(
                        f"set_state_tree: {'/'.join(path)!r} has shape {tuple(variable.shape)}. Received: a value of "
                        f"shape {tuple(getattr(value, 'shape', ()))}"
                    )
                found.append((variable, value))
        for variable, value in found:
            variable.assign(value)

    def jax_state_sync(self) -> None:
        """Bring variables up to date in a callback; here they are at any time."""

    def _state_of(self, kind: str) -> Iterable[tuple[tuple[str, ...], Variable]]:
        """The variables of a kind with their paths."""
        if kind == "optimizer_variables":
            optimizer = getattr(self, "optimizer", None)
            own = () if optimizer is None else optimizer.variables
            return [((optimizer.name, *_path(each)), each) for each in (own() if callable(own) else own)]
        if kind == "metrics_variables":
            metrics = self.metrics  # type: ignore[attr-defined]
            return [((metric.name, *_path(each)[-1:]), each) for metric in metrics for each in metric.variables]
        return [(_path(each), each) for each in getattr(self, kind)]


def _path(variable: Any) -> tuple[str, ...]:
    return tuple((getattr(variable, "path", None) or variable.name).split(":")[0].split("/"))


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            break
    if not isinstance(tree, dict) or path[-1] in tree:
        raise ValueError(
            f"get_state_tree: the path {'/'.join(path)!r} is that of two variables. To do: name the layers apart."
        )
    tree[path[-1]] = value


def _flat(values: Any, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, (*path, key))
        else:
            yield (*path, key), value
