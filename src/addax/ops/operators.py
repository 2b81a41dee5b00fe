"""Hands the functions behind `+ - * / @ [] ...` over to the operator table of the room below."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, operators
from addax.core.convert import convert_to_tensor
from addax.core.numpy_attributes import offer_numpy_attributes
from addax.core.tensor import Tensor
from addax.ops import arithmetic, bitwise, casting, comparison, elementwise
from addax.ops.indexing import getitem
from addax.ops.products import matmul_operator

#: What the operators do, by the names of core.operators; NumPy's behavior wraps each.
STANDARD = {
    "add": arithmetic.add,
    "subtract": arithmetic.subtract,
    "multiply": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "floordiv": arithmetic.floordiv,
    "floormod": arithmetic.floormod,
    "pow": arithmetic.pow,
    "matmul": matmul_operator,
    "bitwise_or_logical_and": bitwise.bitwise_or_logical_and,
    "bitwise_or_logical_or": bitwise.bitwise_or_logical_or,
    "bitwise_or_logical_xor": bitwise.bitwise_or_logical_xor,
    "bitwise_or_logical_not": bitwise.bitwise_or_logical_not,
    "less": comparison.less,
    "less_equal": comparison.less_equal,
    "greater": comparison.greater,
    "greater_equal": comparison.greater_equal,
    "negative": elementwise.negative,
    "abs": elementwise.abs,
    "equal": comparison.equal_or_false,
    "not_equal": comparison.not_equal_or_true,
    "getitem": getitem,
}


def _product_of_bools(x: Any, y: Any) -> Tensor:
    x, y = (each if each.dtype.is_bool else casting.cast(each, dtypes.bool) for each in map(convert_to_tensor, (x, y)))
    return bitwise.bitwise_or_logical_and(x, y)


STANDARD["product_of_bools"] = _product_of_bools

operators.bind(STANDARD)
offer_numpy_attributes(Tensor)
