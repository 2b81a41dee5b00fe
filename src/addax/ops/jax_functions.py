"""Functions of JAX called on tensors: with tapes, tracing and compilation as for an op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from addax.core import convert
from addax.core.dispatch import Plan, run_plan
from addax.core.tensor import Tensor


def _is_leaf(item: Any) -> bool:
    return isinstance(item, Tensor) or hasattr(item, "__tf_value__")


def flatten(structure: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The leaves of a structure of any kind that JAX knows, and what makes it again of others."""
    leaves, tree = jax.tree.flatten(structure, is_leaf=_is_leaf)
    return leaves, lambda others: jax.tree.unflatten(tree, others)


def as_arrays(structure: Any) -> Any:
    """The structure with NumPy arrays for its leaves."""
    return jax.tree.map(np.asarray, structure)


class JaxFunction:
    """A function over JAX arrays, in structures that JAX knows, as a function over tensors.

    Args:
        function: pure, as `jax.jit` needs it; other arguments than arrays go in as keyword arguments of a call.
        name: of its records on tapes.

    >>> import addax as tf
    >>> from addax.ops.jax_functions import JaxFunction
    >>> double = JaxFunction(lambda x: {"twice": x["a"] * 2}, "double")
    >>> double({"a": tf.constant(3.0)})["twice"].numpy()
    np.float32(6.0)
    """

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self._function, self._name = function, name
        self._plans: dict[Any, tuple[Plan, list[Any]]] = {}

    def __call__(self, *args: Any, **settings: Any) -> Any:
        leaves, tree = jax.tree.flatten(args, is_leaf=_is_leaf)
        key = (tree, tuple(sorted(settings.items())))
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._plan(tree, settings)
        plan, made = found
        tensors = [leaf if _is_leaf(leaf) else convert.convert_to_tensor(leaf) for leaf in leaves]
        results = run_plan(plan, tuple(tensors))
        return jax.tree.unflatten(made[0], results)

    def _plan(self, tree: Any, settings: dict[str, Any]) -> tuple[Plan, list[Any]]:
        made: list[Any] = []  # the structure of the results, known as soon as the function has run

        def body(*arrays: Any) -> tuple[Any, ...]:
            results, structure = jax.tree.flatten(self._function(*jax.tree.unflatten(tree, arrays), **settings))
            made[:] = [structure]
            return tuple(results)

        return Plan(self._name, body), made
