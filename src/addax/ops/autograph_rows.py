"""What a `for` over tensors goes through: rows of tensors, ranges of symbolic length, and both counted and zipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, operators
from addax.core.sizes import SizesTensor
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.variable import Variable
from addax.ops import casting, creation
from addax.ops.autograph_state import is_symbolic, is_tensor

_state = context.state


class Rows:
    """Rows of tensors, a known number of them.

    Args:
        tensors: gone through along axis 0.
        count: how many rows.
        target: from the row of each tensor to what the loop's variable becomes.
    """

    def __init__(self, tensors: list[Any], count: int, target: Callable[[list[Any]], Any]) -> None:
        self.tensors = tensors
        self.count = count
        self.target = target

    def __iter__(self) -> Iterator[Any]:
        return (self.target([tensor[k] for tensor in self.tensors]) for k in range(self.count))

    def __len__(self) -> int:
        return self.count

    def rest(self, first: int) -> Rows:
        """Without the first rows."""
        return Rows([tensor[first:] for tensor in self.tensors], self.count - first, self.target)

    def at(self, index: Any) -> Any:
        """The target of a symbolic row number."""
        return self.target([tensor[index] for tensor in self.tensors])


@operators.operand
class SymbolicRows:
    """So many rows as a symbolic number says; as anything but what a loop goes through, it cannot be compiled.

    Args:
        count: the number of rows, a symbolic int32 array.
        at: from a symbolic row number (a tensor) to what the loop's variable becomes.
    """

    def __init__(self, count: Any, at: Callable[[Any], Any]) -> None:
        self.count = count
        self.at = at

    def __getattr__(self, name: str) -> Any:
        raise _not_a_tensor()

    def __iter__(self) -> Iterator[Any]:
        raise _not_a_tensor()

    def __len__(self) -> int:
        raise _not_a_tensor()


def _not_a_tensor() -> NotCompilable:
    return NotCompilable("a range whose end is only known when the function runs has no known shape")


def staged(value: Any) -> bool:
    """Whether a loop over it is one of XLA's: rows, or a tensor while a function is traced."""
    if isinstance(value, Rows | SymbolicRows):
        return True
    if not is_tensor(value) or isinstance(value, Tensor) and isinstance(value._value, np.ndarray):
        return False
    return _state.trace is not None or is_symbolic(value)


def rows_of(value: Any) -> Rows | SymbolicRows:
    """The rows of what `staged` accepts.

    Raises:
        TypeError: a scalar has no rows.
    """
    if isinstance(value, Rows | SymbolicRows):
        return value
    tensor = value.read_value() if isinstance(value, Variable) else value
    if not tensor._value.ndim:
        raise TypeError("A scalar tensor cannot be iterated over.")
    return Rows([tensor], tensor._value.shape[0], lambda rows: rows[0])


# ---------------------------------------------------------------------------- range, enumerate, zip


def tensor_range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Any:
    """`tf.range`; with a symbolic end, for loops only."""
    values = [each for each in (start, limit, delta) if each is not None]
    if not any(is_tensor(each) and isinstance(convert.value_of(each), Tracer) for each in values) or isinstance(
        start if limit is None else limit, SizesTensor
    ):
        return creation.range(start, limit, delta, dtype, name)
    if limit is None:
        start, limit = 0, start
    hint = next(convert.value_of(each).dtype for each in values if is_tensor(each))
    make = [convert.convert_to_tensor(each, dtype_hint=hint) for each in (start, limit, delta)]
    if dtype is not None:
        make = [casting.cast(each, dtype) for each in make]
    first, end, step = make
    a, b, d = (each._value for each in make)
    length = -((a - b) // d) if a.dtype.kind in "iu" else jnp.ceil((b - a) / d)
    count = jnp.maximum(length, 0).astype(np.int32).reshape(())
    return SymbolicRows(count, lambda index: first + casting.cast(index, first.dtype) * step)


_Nothing = object()


def range_(start: Any, stop: Any = _Nothing, step: Any = _Nothing) -> Any:
    """`range`; of tensors while a function is traced, `tf.range`."""
    given = [each for each in (start, stop, step) if each is not _Nothing]
    if not any(is_tensor(each) for each in given) or (
        _state.trace is None and not any(is_symbolic(each) for each in given)
    ):
        return range(*given)
    return tensor_range(*given)


def enumerate_(iterable: Any, start: Any = 0) -> Any:
    """`enumerate`; rows of tensors are numbered by tensors."""
    if not staged(iterable):
        return enumerate(iterable, start)
    rows = rows_of(iterable)
    if isinstance(rows, SymbolicRows):
        return SymbolicRows(rows.count, lambda index: (index + start, rows.at(index)))
    numbers = creation.range(rows.count) + start
    return Rows([numbers, *rows.tensors], rows.count, lambda row: (row[0], rows.target(row[1:])))


def zip_(*iterables: Any, strict: bool = False) -> Any:
    """`zip`; of tensors only, row by row."""
    if not iterables or not all(staged(each) for each in iterables):
        return zip(*iterables, strict=strict)
    many = [rows_of(each) for each in iterables]
    known = [each.count for each in many if isinstance(each, Rows)]
    if len(known) < len(many):
        counts = [jnp.asarray(each.count).astype(np.int32) for each in many]
        least = counts[0]
        for each in counts[1:]:
            least = jnp.minimum(least, each)
        return SymbolicRows(least, lambda index: tuple(each.at(index) for each in many))
    if strict and len(set(known)) > 1:
        raise ValueError(f"zip: expected tensors with the same number of rows (strict=True), received {known}.")
    return _zip_rows(many, min(known))


def _zip_rows(many: list[Any], count: int) -> Rows:
    tensors = [tensor[:count] if each.count > count else tensor for each in many for tensor in each.tensors]
    sizes = [len(each.tensors) for each in many]

    def target(row: list[Any]) -> tuple[Any, ...]:
        made, used = [], 0
        for each, size in zip(many, sizes, strict=True):
            made.append(each.target(row[used : used + size]))
            used += size
        return tuple(made)

    return Rows(tensors, count, target)
