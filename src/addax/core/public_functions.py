"""Functions as the public sees them: what Python, NumPy or JAX raise in them about arguments is explained.

Ops explain by themselves. Functions made of ops, and those on the host, are wrapped where a namespace exports them, so
that the name in the message is a public one; so are the methods of classes (`public_methods.py`).
"""

from __future__ import annotations

import sys
import types
from typing import Any

from addax.core.failures import refusing
from addax.core.public_methods import explain_methods

#: Called at each step, often with nothing to compute; they check their arguments themselves.
_BARE = frozenset(
    "as_dtype cast constant convert_to_tensor executing_eagerly function get_static_value identity init_scope "
    "inside_function is_tensor linear shape stop_gradient".split()
)
_ROOMS = ("addax.core.", "addax.ops.", "addax.keras.", "addax.data.", "addax.io.", "addax.testing.", "addax.summary.")
_made: dict[types.FunctionType, Any] = {}  # a function exported under several names stays one function


def explained(module_name: str, name: str, value: Any) -> Any:
    """What a module exports as `name`: a plain function of Addax in a wrapper, everything else as it is.

    A class stays itself; its methods are wrapped.

    Args:
        module_name: e.g. "addax.strings".
        name: e.g. "join".
        value: what the module has.

    >>> from addax.core.public_functions import explained
    >>> explained("addax.strings", "join", 3)
    3
    """
    if isinstance(value, type):
        if value.__module__.startswith(_ROOMS):
            explain_methods(value, f"tf{module_name[5:]}.{name}".rstrip("_"))
        return value
    if type(value) is not types.FunctionType or not value.__module__.startswith(_ROOMS) or name in _BARE:
        return value
    own = value.__dict__
    if "op" in own or "explains" in own or value.__module__ == "addax.core.names":
        return value
    found = _made.get(value)
    if found is None:
        found = _made[value] = refusing(f"tf{module_name[5:]}.{name}".rstrip("_"))(value)
        home = vars(sys.modules[value.__module__])
        if home.get(value.__name__) is value:
            home[value.__name__] = found  # pickle looks there
    return found


def plain(function: Any) -> Any:
    """A function as its module has it, for one that a namespace exports."""
    inner = getattr(function, "__wrapped__", None)
    return inner if inner in _made and _made[inner] is function else function


def explain_all(module_name: str, names: dict[str, Any]) -> None:
    """Replace the public functions of a module that exports by ones that explain.

    Args:
        module_name: its name.
        names: what it has, which is changed.
    """
    for name, value in list(names.items()):
        if isinstance(value, types.FunctionType | type) and not name.startswith("_"):
            names[name] = explained(module_name, name, value)
