"""What to say about a name that Addax does not have."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from opcode import opmap
from types import ModuleType
from typing import Any

from addax.core import garbage
from addax.core.public_functions import explain_all, explained

_IMPORT_FROM = opmap["IMPORT_FROM"]


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The public name in ``names`` that most resembles ``name``.

    Args:
        name: the name that was asked for.
        names: the names there are; those with a leading underscore are left out.

    Returns:
        The nearest name, or None when nothing resembles it.

    Example:

    >>> from addax.core.names import nearest_name
    >>> nearest_name("relux", ["relu", "elu", "softmax"])
    'relu'
    >>> nearest_name("RELU", ["relu", "elu"])
    'relu'
    """
    import difflib  # only needed to word an error

    public = [known for known in names if not known.startswith("_")]
    folded = {known.lower().replace("_", ""): known for known in reversed(public)}
    plain = name.lower().replace("_", "")
    if plain in folded:
        return folded[plain]
    close = difflib.get_close_matches(name, public, n=1) or [
        folded[match] for match in difflib.get_close_matches(plain, folded, n=1)
    ]
    return close[0] if close else None


def tensorflow_name(module_name: str) -> str:
    """The name under which a program written for TensorFlow knows a module of Addax.

    Example:

    >>> from addax.core.names import tensorflow_name
    >>> tensorflow_name("addax.keras.layers")
    'tensorflow.keras.layers'
    """
    first, dot, rest = module_name.partition(".")
    return "tensorflow" + dot + rest if first == "addax" else module_name


def missing_text(name: str, names: Iterable[str]) -> str:
    """The sentence on a name that Addax lacks, with the nearest name where there is one.

    A name that one of the public modules among ``names`` (a mapping) has is found there, as in
    ``tf.log``, which is ``tf.math.log``.

    Example:

    >>> from addax.core.names import missing_text
    >>> missing_text("relux", ["relu"])
    "Addax does not have it; did you mean 'relu'?"
    >>> missing_text("relux", ["Dense"])
    'Addax does not have it.'
    """
    suggestion = _in_submodule(name, names) or nearest_name(name, names)
    if suggestion is None:
        return "Addax does not have it."
    return f"Addax does not have it; did you mean {suggestion!r}?"


def _in_submodule(name: str, names: Iterable[str]) -> str | None:
    if not isinstance(names, Mapping):
        return None
    for owner, value in list(names.items()):
        public = isinstance(value, ModuleType) and value.__name__.startswith("addax.") and not owner.startswith("_")
        if public and name in vars(value) and not isinstance(vars(value)[name], ModuleType):
            return f"{owner}.{name}"
    return None


def _import(where: str) -> Any:
    """A module, or with a colon a thing of one."""
    module, _, attribute = where.partition(":")
    with garbage.kept():
        found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found


def missing_name(
    module_name: str, names: Iterable[str], later: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """A module-level ``__getattr__`` that explains which name is missing.

    Where `names` is the module's own dict, its functions explain what is raised in them (`public_functions`).

    Args:
        module_name: the ``__name__`` of the module.
        names: the names the module has; pass ``globals()`` so that it is always up to date.
        later: names that are imported when they are first used: a module ("addax.keras"), or a thing of one
            ("addax.ops.ragged_tensor:RaggedTensor").

    Returns:
        A function for the module to bind to ``__getattr__``. It raises AttributeError, or
        ImportError with the same explanation where the name was asked for by
        ``from module import name`` (Python would word that error itself and drop ours).
        With `later`, ``dir(module)`` and ``from module import *`` know those names too.

    Example (at the end of a module):

    >>> from addax.core.names import missing_name
    >>> __getattr__ = missing_name("addax.nn", ["relu", "elu"])
    >>> __getattr__("relux")
    Traceback (most recent call last):
    ...
    AttributeError: module 'addax.nn' (as tensorflow.nn) has no attribute 'relux'. Addax does not have it; did you mean 'relu'?
    """  # noqa: E501
    known_as = tensorflow_name(module_name)
    label = f"'{module_name}' (as {known_as})" if known_as != module_name else f"'{module_name}'"

    # Code that probes with hasattr asks for the same few names again and again.
    @lru_cache(maxsize=256)
    def explain(name: str) -> str:
        if later is not None and isinstance(names, Mapping):
            return missing_text(name, {**dict.fromkeys(later), **names})
        return missing_text(name, names)

    if isinstance(names, dict):
        explain_all(module_name, names)
    if later is not None and isinstance(names, dict):
        names.setdefault("__dir__", lambda: sorted({*names, *later}))

    def __getattr__(name: str) -> Any:
        if later is not None:
            if name in later:
                found = explained(module_name, name, _import(later[name]))
                setattr(sys.modules[module_name], name, found)
                return found
            if name == "__all__":  # asked for by `from module import *`
                return sorted(each for each in {*names, *later} if not each.startswith("_"))
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"module '{module_name}' has no attribute '{name}'", name=name)
        caller = sys._getframe(1)
        if caller.f_lasti >= 0 and caller.f_code.co_code[caller.f_lasti] == _IMPORT_FROM:
            # A submodule that is being imported is found by Python itself once this name is absent.
            if f"{module_name}.{name}" not in sys.modules:
                path = getattr(sys.modules.get(module_name), "__file__", None)
                raise ImportError(
                    f"cannot import name '{name}' from {label}. {explain(name)}", name=module_name, path=path
                )
        # Only `name` is given: with `obj` too, Python would print a second suggestion of its own.
        raise AttributeError(f"module {label} has no attribute '{name}'. {explain(name)}", name=name)

    return __getattr__
