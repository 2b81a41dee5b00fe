"""Structures by output: what users give as one object, a list or a dict becomes a list in the order of the outputs."""

from __future__ import annotations

from typing import Any

from addax.core import convert, errors

_NESTS = (list, tuple, dict)


def names_of(structure: Any, declared: list[str] | None) -> list[str]:
    """The outputs' names: the model's own, or made from the structure of what a subclassed model returned."""
    flat = flat_outputs(structure)
    if declared is not None and len(declared) == len(flat):
        return list(declared)
    return [_path_name(path) for path in _paths(structure)]


def _paths(structure: Any) -> list[tuple[Any, ...]]:
    """The way to each tensor of `flat_outputs`: keys, and places counted from 1."""
    if isinstance(structure, dict):
        return [(key, *rest) for key in sorted(structure) for rest in _paths(structure[key])]
    if isinstance(structure, list | tuple):
        return [(place, *rest) for place, part in enumerate(structure, 1) for rest in _paths(part)]
    return [()]


def _path_name(path: tuple[Any, ...]) -> str:
    name = "_".join(map(str, path or (1,)))
    return name if path and isinstance(path[0], str) else f"output_{name}"


def flat_outputs(structure: Any) -> list[Any]:
    """The tensors of a model's output, in order (dicts by sorted key, as TensorFlow flattens them)."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flat_outputs(structure[key])]
    if isinstance(structure, list | tuple):
        return [leaf for part in structure for leaf in flat_outputs(part)]
    return [structure]


def by_output(given: Any, names: list[str], structure: Any, what: str, broadcast: bool = False) -> list[Any]:
    """One entry per output from what the user gave: one object, a list in order, or a dict by name.

    Args:
        given: the user's structure, or None.
        names: the outputs' names, in order.
        structure: the model's output, whose shape `given` may have.
        what: for messages ("loss", "y", ...).
        broadcast: whether one object serves all outputs.

    Raises:
        ValueError: entries that belong to no output, or too few.
    """
    if given is None:
        return [None] * len(names)
    if isinstance(given, dict):
        return _from_dict(given, names, structure, what)
    if isinstance(given, list | tuple):
        entries = list(given)
        nested = isinstance(structure, list | tuple) and any(isinstance(part, _NESTS) for part in structure)
        if nested and len(entries) == len(structure):
            return _like(entries, structure)
        if len(entries) != len(names):
            raise ValueError(_mismatch(what, given, names))
        return entries
    if len(names) == 1 or broadcast:
        return [given] * len(names)
    raise ValueError(_mismatch(what, given, names))


def _like(given: Any, structure: Any) -> list[Any]:
    """One entry per tensor of a structure of outputs, from something of that structure; one object serves all."""
    if not isinstance(structure, _NESTS):
        return [given]
    leaves = len(flat_outputs(structure))
    if isinstance(structure, dict):
        if isinstance(given, dict) and set(given) <= set(structure):
            return [leaf for key in sorted(structure) for leaf in _like(given.get(key), structure[key])]
    elif isinstance(given, list | tuple) and len(given) == len(structure):
        return [leaf for each, part in zip(given, structure, strict=True) for leaf in _like(each, part)]
    return list(given) if isinstance(given, list | tuple) and len(given) == leaves else [given] * leaves


def _from_dict(given: dict[str, Any], names: list[str], structure: Any, what: str) -> list[Any]:
    if isinstance(structure, dict) and set(given) <= set(structure):
        found: list[Any] = []
        for key in sorted(structure):
            found.extend(_like(given.get(key), structure[key]))
        return found
    if isinstance(structure, dict) and not any(isinstance(part, list | tuple | dict) for part in structure.values()):
        names = sorted(structure)
    unknown = [key for key in given if key not in names]
    if unknown:
        raise ValueError(
            errors.message(
                f"compile/fit, {what}",
                expected=f"a dict with keys among the model's outputs {names}",
                received=f"the key {unknown[0]!r}",
                hint=errors.suggest(unknown[0], names) or "name the output layers, or pass a list",
            )
        )
    return [given.get(name) for name in names]


def _mismatch(what: str, given: Any, names: list[str]) -> str:
    count = len(given) if isinstance(given, list | tuple) else 1
    kind = type(given).__name__ if not convert.is_tensor(given) else errors.describe(given)
    return errors.message(
        f"compile/fit, {what}",
        expected=f"one entry for each of the {len(names)} outputs {names}",
        received=f"{count} ({kind})",
        hint="pass a list in the order of the outputs, or a dict by their names",
    )
