"""`+ - * @ [] == ...` of tensors and variables, in one table.

The ops live in the room above, which hands them over by `bind`; Tensor and Variable get the same methods.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import convert
from addax.core.tensor import Tensor

# Python's method -> the op's name; each with a reflected twin.
BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "truediv", "floordiv": "floordiv",
    "mod": "floormod", "pow": "pow", "matmul": "matmul", "and": "bitwise_or_logical_and",
    "or": "bitwise_or_logical_or", "xor": "bitwise_or_logical_xor",
}  # fmt: skip
COMPARE = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}
UNARY = {"neg": "negative", "abs": "abs", "invert": "bitwise_or_logical_not"}

_classes: list[type] = [Tensor]
_table: dict[str, Callable[..., Any]] = {}


def bind(ops: dict[str, Callable[..., Any]]) -> None:
    """Give every operand class its operators.

    Args:
        ops: functions by the names on the right side of the tables above, and `getitem`, `equal`, `not_equal`; and
            `product_of_bools`, what `*` is where one side is bools and the other is not.
    """
    for python, name in BINARY.items():
        function = ops[name]
        _table[f"__{python}__"] = _binary(function)
        op = getattr(function, "op", None)
        own = op is not None and op.public is function and op.first_decides
        _table[f"__r{python}__"] = (_reflected_as_mine if own else _reflected)(function)
    if "product_of_bools" in ops:
        _table["__mul__"] = _product(ops["multiply"], ops["product_of_bools"])
    for python, name in COMPARE.items():
        _table[f"__{python}__"] = _binary(ops[name])
    for python, name in UNARY.items():
        _table[f"__{python}__"] = _unary(ops[name])
    _table["__eq__"] = _equality(ops["equal"], False)
    _table["__ne__"] = _equality(ops["not_equal"], True)
    _table["__getitem__"] = ops["getitem"]
    for cls in _classes:
        _install(cls)


def operand(cls: type) -> type:
    """A class decorator: instances are operands like tensors (variables, KerasTensors)."""
    _classes.append(cls)
    if _table:
        _install(cls)
    return cls


def _install(cls: type) -> None:
    own_hash = cls.__dict__.get("__hash__")
    wrap = getattr(cls, "__operator__", None)  # a class may want to know which operator called
    for method, function in _table.items():
        setattr(cls, method, function if wrap is None else wrap(method, function))
    if own_hash is not None:
        cls.__hash__ = own_hash  # type: ignore[method-assign]


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any) -> Any:
        return function(self)

    return method


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is not Tensor and kind is not float and kind is not int and _defers(self, other):
            return NotImplemented
        return function(self, other)

    return method


def _product(function: Callable[..., Any], of_bools: Callable[..., Any]) -> Callable[..., Any]:
    """`x * y`: in TensorFlow `and` where one of them is bools, whatever the other is."""

    def method(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is not Tensor and kind is not float and kind is not int and _defers(self, other):
            return NotImplemented
        try:
            return function(self, other)
        except TypeError:
            if "bool" not in (getattr(self.dtype, "name", None), getattr(getattr(other, "dtype", None), "name", None)):
                raise
            return of_bools(self, other)

    return method


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        return function(other, self)

    return method


def _reflected_as_mine(function: Callable[..., Any]) -> Callable[..., Any]:
    """`other + x` where the function lets its first argument decide on the dtype: what comes first takes x's."""

    def method(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is list or kind is tuple or isinstance(other, np.ndarray | np.generic):
            other = _beside(other, self)
        return function(other, self)

    return method


def _holds_symbolic(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_symbolic(item) for item in value)
    return hasattr(value, "__symbolic_call__") or hasattr(value, "__composite_call__")


def _beside(other: Any, mine: Any) -> Any:
    """Data as a tensor of the dtype of what they stand beside, if they can have it."""
    if hasattr(mine, "__composite_call__") or _holds_symbolic(other):
        return other
    return convert.convert_to_tensor(other, dtype_hint=mine.dtype)


def _defers(mine: Any, other: Any) -> bool:
    """Whether the other operand knows better (ragged and sparse tensors, KerasTensors, user classes)."""
    mine_first = getattr(mine, "__array_priority__", 100)
    return getattr(other, "__array_priority__", 0) > mine_first and not isinstance(other, np.ndarray)


def _equality(function: Callable[..., Any], otherwise: bool) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, str) and self.dtype.name != "string":
            return otherwise
        if type(other) is not Tensor and _defers(self, other):
            return NotImplemented
        return function(self, other, incompatible_shape_error=False)

    return method
