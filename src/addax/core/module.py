"""tf.Module: an object that finds the variables and modules among its attributes."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from addax.core import context
from addax.core.variable import Variable

_NAME = re.compile(r"^[A-Za-z_]\w*$")


def snake_case(name: str) -> str:
    """`MyDense2D` as `my_dense2d`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()


class Module:
    """A base class for things that hold variables.

    Args:
        name: the name, a Python identifier; the class's in snake case by default.

    Raises:
        ValueError: the name is no identifier.

    >>> import addax as tf
    >>> class Linear(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.w = tf.Variable(tf.ones([2, 1]), name="w")
    >>> [v.name for v in Linear().trainable_variables]
    ['w:0']
    """

    # Attributes in which no variables are looked for.
    _TF_MODULE_IGNORED_PROPERTIES: frozenset[str] = frozenset()

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = snake_case(type(self).__name__)
        elif not isinstance(name, str) or not _NAME.match(name):
            raise ValueError(f"{name!r} is not a valid module name. Module names must be valid Python identifiers.")
        self._name = name
        with context.name_scope(name) as scope:
            self._scope_name = scope

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if "_when_parts_come" in self.__dict__:  # a checkpoint that was read before may have a value for it
            for call in self.__dict__.pop("_when_parts_come"):
                call()

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """The name scope of the module, to be entered by `with`."""
        return context.name_scope(self._scope_name)

    @property
    def variables(self) -> tuple[Any, ...]:
        """All variables of this module and its submodules."""
        return tuple(self._flatten(predicate=_is_variable))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The trainable ones."""
        return tuple(self._flatten(predicate=lambda leaf: _is_variable(leaf) and leaf.trainable))

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """The ones that are not trainable."""
        return tuple(self._flatten(predicate=lambda leaf: _is_variable(leaf) and not leaf.trainable))

    @property
    def submodules(self) -> tuple[Module, ...]:
        """All modules inside this one."""
        return tuple(self._flatten(predicate=lambda leaf: isinstance(leaf, Module)))

    def _searched(self) -> list[Any]:
        """The attributes in which variables and modules are looked for, in the order of their names."""
        ignored = type(self)._TF_MODULE_IGNORED_PROPERTIES
        return [value for key, value in sorted(vars(self).items()) if key not in ignored]

    def _flatten(self, recursive: bool = True, predicate: Callable[[Any], bool] | None = None) -> Iterator[Any]:
        """What `predicate` accepts among the attributes: own ones first, then those of submodules."""
        return _walk(self, recursive, predicate or (lambda leaf: True), {id(self)})

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """A decorator: the method runs in the module's name scope.

        >>> import addax as tf
        >>> class Scale(tf.Module):
        ...     @tf.Module.with_name_scope
        ...     def __call__(self, x):
        ...         if not hasattr(self, "w"):
        ...             self.w = tf.Variable(2.0, name="w")
        ...         return x * self.w
        >>> s = Scale()
        >>> s(3.0).numpy(), s.w.name
        (np.float32(6.0), 'scale/w:0')
        """

        @functools.wraps(method)
        def scoped(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped


def _is_variable(leaf: Any) -> bool:
    return isinstance(leaf, Variable)


def _leaves(item: Any) -> Iterator[Any]:
    if isinstance(item, Mapping):
        for key in sorted(item, key=str):
            yield from _leaves(item[key])
    elif isinstance(item, list | tuple | set | frozenset):
        for part in item:
            yield from _leaves(part)
    else:
        yield item


def _walk(module: Any, recursive: bool, predicate: Callable[[Any], bool], seen: set[int]) -> Iterator[Any]:
    below = []
    for value in module._searched():
        for leaf in _leaves(value):
            if id(leaf) in seen:
                continue
            if predicate(leaf):
                seen.add(id(leaf))
                yield leaf
            if recursive and isinstance(leaf, Module):
                below.append(leaf)
    for each in below:
        seen.add(id(each))
        yield from _walk(each, recursive, predicate, seen)
