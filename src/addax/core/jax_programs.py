"""Tensors and variables in JAX programs of the user's own: `jax.jit`, `jax.grad`, `jax.numpy` and their like.

JAX takes tensors and variables as it takes lists: as structures, of one array each. The program's functions get the
array, and where they return a tensor, an array comes out. Only arrays will do for what is differentiated or carried
through a loop of JAX's; therefore an op that is given arrays of a program returns arrays, unless it is given traced
tensors or variables too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax

from addax.core import context
from addax.core.tensor import Tensor, Tracer

_state = context.state


def _leaves(structure: Any) -> list[Any]:
    if isinstance(structure, list | tuple):
        return [leaf for part in structure for leaf in _leaves(part)]
    if isinstance(structure, dict):
        return [leaf for part in structure.values() for leaf in _leaves(part)]
    return [structure]


def gives_arrays(given: Any) -> bool:
    """Whether arguments (a structure) are arrays of a JAX program: traced ones are among them, and no traced tensors.

    Tensors with known values are constants of the program, whoever made them.
    """
    if _state.trace is not None and _state.trace.ours:
        return False
    found = False
    for leaf in _leaves(given):
        if isinstance(leaf, Tensor):
            if isinstance(leaf._form, Tracer):
                return False
        elif hasattr(leaf, "__tf_value__"):
            return False
        found = found or isinstance(leaf, Tracer)
    return found


def _mapped(of_leaf: Callable[[Any], Any], structure: Any) -> Any:
    if isinstance(structure, list | tuple):
        made = [_mapped(of_leaf, part) for part in structure]
        return type(structure)(*made) if hasattr(structure, "_fields") else type(structure)(made)
    if isinstance(structure, dict):
        return type(structure)((key, _mapped(of_leaf, part)) for key, part in structure.items())
    return of_leaf(structure)


def _array_of(leaf: Any) -> Any:
    if isinstance(leaf, Tensor):
        return leaf._value
    return leaf.__tf_value__() if hasattr(leaf, "__tf_value__") else leaf


def arrays_of(structure: Any) -> Any:
    """A structure with arrays in place of tensors and variables."""
    return _mapped(_array_of, structure)


def tensors_of(structure: Any) -> Any:
    """A structure with tensors in place of arrays of JAX's."""
    return _mapped(lambda leaf: Tensor(leaf) if isinstance(leaf, jax.Array) else leaf, structure)


def known_to_jax(cls: type) -> type:
    """A decorator: JAX takes the objects of this class of tensors or variables, and of those below it, as arrays."""

    def known(below: type) -> None:
        jax.tree_util.register_pytree_node(below, lambda each: ((arrays_of(each),), None), lambda _, arrays: arrays[0])

    def subclassed(below: type, **kwargs: Any) -> None:
        super(cls, below).__init_subclass__(**kwargs)
        known(below)

    cls.__init_subclass__ = classmethod(subclassed)  # type: ignore[method-assign,assignment]
    known(cls)
    return cls


def in_kind(function: Any) -> Any:
    """A decorator: called with arrays of a JAX program and no tensors, the function returns arrays too."""

    @functools.wraps(function)
    def public(*args: Any, **kwargs: Any) -> Any:
        if not gives_arrays((args, kwargs)):
            return function(*args, **kwargs)
        return arrays_of(function(*tensors_of(args), **tensors_of(kwargs)))

    return public


def list_for_jax(cls: type) -> type:
    """A decorator: JAX takes the objects of this class of lists as lists."""
    jax.tree_util.register_pytree_node(cls, lambda each: (list(each), None), lambda _, parts: list(parts))
    return cls


known_to_jax(Tensor)
