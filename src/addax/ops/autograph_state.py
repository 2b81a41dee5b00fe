"""The names that a staged block of user code reads and writes: their values as arrays, and back."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.autograph import Undefined, UndefinedReturnValue
from addax.core.staging import read_variables
from addax.core.structures import flatten_result, rebuild, tensors_of
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.variable import Variable

_NUMBERS = (bool, int, float, complex, np.ndarray, np.generic)


def is_null(value: Any) -> bool:
    """Whether a name has no value: None, not assigned yet, not returned yet."""
    return value is None or isinstance(value, Undefined | UndefinedReturnValue)


def is_symbolic(value: Any) -> bool:
    """Whether a value is a tensor that is only known when the function runs."""
    return isinstance(value, Tensor) and isinstance(value._form, Tracer)


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor or a variable."""
    return isinstance(value, Tensor | Variable)


def as_tensors(value: Any) -> Any:
    """A value in which numbers and variables are tensors; anything else stays."""

    return with_tensors(read_variables(value))


def with_tensors(value: Any) -> Any:
    """A value in which Python's numbers are tensors; anything else stays, variables too."""

    def one(leaf: Any) -> Any:
        return convert.convert_to_tensor(leaf) if isinstance(leaf, _NUMBERS) else leaf

    return trees.map_structure(one, value)


class Part:
    """The value of one name: its tensors, and a description of what is around them."""

    def __init__(self, value: Any) -> None:
        self.value = as_tensors(value)
        self.arrays, self.description = flatten_result(self.value)
        self.tensors = tensors_of(self.value)

    def around(self, tensors: list[Any]) -> Any:
        """The value again, around other tensors."""
        return rebuild(self.description, tensors)


def shape_of(description: Any) -> Any:
    """A description of a structure, comparable: kinds, types and keys, without the tensors and options inside."""
    kind = description[0]
    if kind == "dict":
        return (kind, [(key, shape_of(part)) for key, part in description[2]])
    if kind == "sequence":
        return (kind, description[1], [shape_of(part) for part in description[2]])
    if kind == "dataclass":
        return (kind, description[1], [(key, shape_of(part)) for key, part in description[2]])
    if kind == "flatten":
        return (kind, description[1], [shape_of(part) for part in description[3]])
    if kind == "constant":
        value = description[1]
        return (kind, value if isinstance(value, str | bytes | type(None)) else id(value))
    return (kind,)


def words(part: Part) -> str:
    """What a name holds, for messages."""
    if len(part.tensors) == 1 and part.description[0] == "tensor":
        return errors.describe(part.tensors[0])
    return errors.describe(part.value) if not part.tensors else f"{type(part.value).__name__} of tensors"


def condition(value: Any, what: str) -> Any:
    """A condition as a bool, or as a symbolic bool scalar array.

    Raises:
        ValueError: it is not a bool scalar.
    """
    if not is_tensor(value):
        return bool(value)
    array = convert.value_of(value)
    if not isinstance(array, Tracer):
        return bool(np.asarray(array))
    if array.dtype != np.bool_ or array.size != 1:
        hint = "reduce it: tf.reduce_all(x)" if array.size != 1 else "use tf.cast(x, tf.bool), or compare it: x != 0"
        raise ValueError(
            errors.message(
                f"condition of {what}",
                expected="a `tf.bool` scalar",
                received=errors.describe(Tensor(array)),
                hint=f"{hint}; to check for None, use `is not None`",
            )
        )
    return array.reshape(()) if array.ndim else array


# ---------------------------------------------------------------------------- what blocks do to lists of the user's


class _Journals(threading.local):
    open: tuple[dict[int, tuple[Any, Any]], ...] = ()


_journals = _Journals()


def on_mutation(container: Any) -> None:
    """A list, dict or set is about to change: remember how it was, if a block is being staged."""
    for journal in _journals.open:
        if id(container) not in journal:
            journal[id(container)] = (container, container.copy())


@contextlib.contextmanager
def journal(exempt: list[Any]) -> Iterator[None]:
    """While a block is staged: tensors of the block must not escape in lists that live longer.

    Args:
        exempt: values at the end of the block, filled in by the caller; what they hold is passed on properly.

    Raises:
        NotCompilable: a list outside of the block would keep a tensor of it.
    """
    changed: dict[int, tuple[Any, Any]] = {}
    outer = _journals.open
    _journals.open = (*outer, changed)
    try:
        yield
    except BaseException:
        for container, before in changed.values():
            _restore(container, before)
        raise
    finally:
        _journals.open = outer
    passed_on = _containers(exempt)
    escaped = None
    for key in list(changed):
        container, before = changed[key]
        kept_elsewhere = sys.getrefcount(container) > 3  # the entry, this name, the argument
        if kept_elsewhere and key not in passed_on and _holds_new_tensors(container, before):
            escaped = container
        del container
    if escaped is not None:
        for container, before in changed.values():
            _restore(container, before)
        raise NotCompilable(
            f"a {type(escaped).__name__} that outlives a loop or branch over tensors collects tensors in it "
            "(its length would depend on their values; a tf.TensorArray is compiled)"
        )


def _containers(values: Any) -> set[int]:
    found: set[int] = set()

    def walk(item: Any) -> None:
        if isinstance(item, list | tuple | dict | set) and id(item) not in found:
            found.add(id(item))
            for part in item.values() if isinstance(item, dict) else item:
                walk(part)

    walk(values)
    return found


def _holds_new_tensors(container: Any, before: Any) -> bool:
    old = {id(each) for each in _elements(before)}
    return any(id(each) not in old and _symbolic_inside(each) for each in _elements(container))


def _elements(container: Any) -> list[Any]:
    return list(container.values()) if isinstance(container, dict) else list(container)


def _symbolic_inside(value: Any) -> bool:
    if isinstance(value, list | tuple | dict):
        return any(_symbolic_inside(each) for each in _elements(value))
    return is_symbolic(value)


def _restore(container: Any, before: Any) -> None:
    container.clear()
    if isinstance(container, list):
        container.extend(before)
    else:
        container.update(before)
