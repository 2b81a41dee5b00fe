"""The names of TensorFlow 2.21, Keras 2 and Keras 3, and how the package compares with them.

`names.txt` lists them, a line each: name, kind, parameters (a `=` behind those with a default), or `-> other name` for
an alias. `absent.txt` says which names Addax does not have and why, `differs.txt` where parameters differ and why.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import inspect
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

FOLDER = os.path.dirname(os.path.abspath(__file__))
NAMES, ABSENT, DIFFERS = (os.path.join(FOLDER, name) for name in ("names.txt", "absent.txt", "differs.txt"))

KERAS_3 = os.path.join(FOLDER, "keras3_names.txt")
KERAS_3_DIFFERS = os.path.join(FOLDER, "keras3_differs.txt")

NOT_YET = "not yet"  # the reason of what is still to be built: it may turn up at any time


class Name(NamedTuple):
    """A name of TensorFlow: what it is, and its parameters (None where they are not known)."""

    name: str
    kind: str
    parameters: tuple[str, ...] | None


def lines(path: str) -> Iterator[str]:
    """The lines of a list that are neither empty nor comments."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                yield line.rstrip("\n")


def names(path: str = NAMES) -> list[Name]:
    """The names of TensorFlow, or those of another list."""
    found = []
    for line in lines(path):
        name, kind, *rest = line.split(" ", 2)
        known = None
        if rest and rest[0].startswith("("):
            known = tuple(part for part in rest[0][1:-1].split(", ") if part)
        found.append(Name(name, kind, known))
    return found


def reasons(path: str) -> dict[str, str]:
    """Patterns of names, and what is said of them."""
    return dict(line.split(None, 1) for line in lines(path))


def reason(name: str, known: dict[str, str]) -> str | None:
    """What is said of a name, or of what it is a part of."""
    best = [pattern for pattern in known if fnmatch.fnmatchcase(name, pattern) or name.startswith(pattern + ".")]
    return known[max(best, key=len)] if best else None


def find(name: str) -> Any:
    """The thing that the package has under a name; AttributeError where it has none."""
    found: Any = importlib.import_module("addax")
    for part in name.split(".")[1:]:
        if isinstance(found, type) and not hasattr(found, part) and part in attributes(found):
            return None  # only objects of the class have it
        found = getattr(found, part)
    return found


class _All(frozenset):
    """The attributes of a class whose objects look them up by a rule of their own."""

    def __contains__(self, name: object) -> bool:
        return True


@functools.cache
def attributes(kind: type) -> frozenset[str]:
    """What objects of a class get when they are made: annotated, in `__slots__`, fields, or set as `self.name`."""
    found: set[str] = set()
    for each in kind.__mro__:
        slots = vars(each).get("__slots__", ())
        found.update(vars(each).get("__annotations__", ()), (slots,) if isinstance(slots, str) else slots)
        found.update(vars(each).get("_fields", ()))
        if each.__module__.startswith("addax"):
            if "__getattr__" in vars(each):
                return _All()
            found.update(re.findall(r"self\.(\w+)", _source(each)))
    try:
        found.update(dir(kind()))
    except Exception:  # it takes arguments, or is not to be made
        return frozenset(found)
    return frozenset(found)


def _source(kind: type) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return ""


def parameters(thing: Any) -> list[str] | None:
    """The parameters of a function or class as `Name.parameters` writes them, None where Python does not know them."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return None
    shown = []
    for each in signature.parameters.values():
        if each.name in ("self", "cls"):
            continue
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        shown.append(f"{stars}{each.name}{'=' if each.default is not each.empty else ''}")
    return shown


def difference(wanted: Iterable[str], have: list[str]) -> str | None:
    """Why a call written for TensorFlow's parameters would fail with ours; None where it would not.

    Ours may have more parameters behind TensorFlow's, and more defaults.
    """
    wanted = [each for each in wanted if each not in ("self", "cls", "/", "*")]
    plain = [each.rstrip("=") for each in have]
    for place, each in enumerate(wanted):
        name = each.rstrip("=")
        if each.startswith("*"):  # what it stands for may well have names here
            continue
        if name not in plain and "**kwargs" not in plain:
            return f"no parameter {name}"
        if name in plain and plain.index(name) != place and not any(w.startswith("*") for w in wanted[:place]):
            return f"{name} is parameter {plain.index(name)}, not {place}"
        if each.endswith("=") and name in plain and have[plain.index(name)] == name:
            return f"{name} has no default"
    extra = [each for each in have[len(wanted) :] if not each.endswith("=") and not each.startswith("*")]
    return f"needs {extra[0]} too" if extra and "*args" not in wanted and "**kwargs" not in wanted else None


def problem(wanted: Name, absent: dict[str, str], differs: dict[str, str]) -> str | None:
    """What is wrong with a name: missing without a reason, there although listed as absent, or called otherwise."""
    why = reason(wanted.name, absent)
    try:
        thing = find(wanted.name)
    except (AttributeError, ImportError):
        return None if why or not is_there(wanted.name.rpartition(".")[0]) else "is missing"
    if why and thing is not None and why != NOT_YET and not _below_absent(wanted.name, absent):
        return f"is there, but listed as absent: {why}"
    if wanted.parameters is None or wanted.kind == "constant" or reason(wanted.name, differs):
        return None
    have = parameters(thing)
    return None if have is None else difference(wanted.parameters, have)


def refused(wanted: Name, absent: dict[str, str], differs: dict[str, str]) -> list[str]:
    """What is wrong with a name of Keras 3: it is missing without a reason, or parameters are not taken by name."""
    try:
        thing = find(wanted.name)
    except (AttributeError, ImportError):
        return [] if reason(wanted.name, absent) else [f"{wanted.name} is missing"]
    if absent.get(wanted.name, NOT_YET) != NOT_YET:
        return [f"{wanted.name} is there, but listed as absent"]
    have = parameters(thing)
    if wanted.parameters is None or have is None or any(each.startswith("**") for each in have):
        return []
    plain = {each.rstrip("=") for each in have}
    without = [each for each in wanted.parameters if each not in plain]
    return [
        f"{wanted.name}:{each} is not a parameter"
        for each in without
        if not (reason(wanted.name, differs) or reason(f"{wanted.name}:{each}", differs))
    ]


def is_there(name: str) -> bool:
    """Whether the package has a name."""
    try:
        find(name)
    except (AttributeError, ImportError):
        return False
    return True


def _below_absent(name: str, absent: dict[str, str]) -> bool:
    """Whether only a pattern speaks of the name: what a class inherits from Python may well be there."""
    return name not in absent
