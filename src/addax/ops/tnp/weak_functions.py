"""The functions that know weak tensors, in the dtype conversion modes "safe" and "all"."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from addax.core import interception, weak
from addax.core.tensor import Tensor
from addax.ops.casting import cast
from addax.ops.tnp.promotion import as_tensor

# Functions whose operands come to a common dtype, by module of addax.ops.
_BINARY = {
    "arithmetic": (
        "add", "subtract", "multiply", "multiply_no_nan", "divide", "divide_no_nan", "truediv", "truncatediv",
        "floordiv", "truncatemod", "floormod", "pow", "maximum", "minimum",
    ),
    "comparison": ("equal", "not_equal"),
    "products": ("matmul",),
}  # fmt: skip

# Functions whose result is weak where their first argument is.
_UNARY = {
    "elementwise": (
        "abs", "negative", "sign", "square", "sqrt", "rsqrt", "reciprocal", "reciprocal_no_nan", "exp", "expm1", "log",
        "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
        "sigmoid", "log_sigmoid", "floor", "ceil", "round", "rint", "erf", "erfc", "erfinv", "erfcinv", "ndtri",
        "lgamma", "digamma",
    ),
    "casting": ("real", "imag", "angle", "conj"),
    "special": (
        "dawsn", "expint", "fresnel_cos", "fresnel_sin", "spence", "bessel_i0", "bessel_i0e", "bessel_i1",
        "bessel_i1e", "bessel_j0", "bessel_j1", "bessel_k0", "bessel_k0e", "bessel_k1", "bessel_k1e", "bessel_y0",
        "bessel_y1",
    ),
    "reductions": (
        "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod",
        "reduce_std", "reduce_sum", "reduce_variance",
    ),
    "activations": ("softplus", "relu6", "leaky_relu", "gelu", "silu", "elu", "selu", "softsign"),
    "shaping": ("reshape", "expand_dims", "squeeze", "transpose", "identity", "stop_gradient"),
    "creation": ("zeros_like", "ones_like"),
    "clip": ("clip_by_value",),
    "bitwise": ("invert",),
    "tnp.elementwise": (
        "abs", "absolute", "around", "cbrt", "ceil", "exp", "exp2", "expm1", "fabs", "fix", "floor", "log", "log10",
        "log1p", "log2", "negative", "positive", "reciprocal", "round", "sqrt", "square",
    ),
    "tnp.trigonometry": (
        "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cos", "cosh", "deg2rad", "rad2deg", "sin",
        "sinc", "sinh", "tan", "tanh",
    ),
    "tnp.integers": ("bitwise_not",),
    "tnp.complex_numbers": ("angle", "conj", "conjugate", "imag", "real"),
    "tnp.reductions": (
        "amax", "amin", "average", "cumprod", "cumsum", "max", "mean", "min", "nanmean", "prod", "std", "sum", "var",
    ),
    "tnp.linear_algebra": ("diag", "diagflat", "diagonal", "diff", "trace", "triu"),
    "tnp.manipulation": (
        "expand_dims", "flatten", "flip", "fliplr", "flipud", "moveaxis", "ravel", "repeat", "reshape", "rot90",
        "squeeze", "swapaxes", "transpose",
    ),
    "tnp.creation": (
        "arange", "array", "asanyarray", "asarray", "ascontiguousarray", "copy", "empty_like", "full_like", "ones_like",
        "vander", "zeros_like",
    ),
    "tnp.selection": ("sort",),
}  # fmt: skip
_STRONG = ("maximum", "minimum")  # whose results are not weak in TensorFlow
_installed: list[tuple[Any, Any]] = []


def _functions(table: dict[str, tuple[str, ...]]) -> list[Any]:
    made = []
    for module, names in table.items():
        room = importlib.import_module(f"addax.ops.{module}")
        made += [getattr(room, name) for name in names]
    return made


def install() -> None:
    """Let the functions of the tables above know weak tensors."""
    if _installed:
        return
    from addax.core import convert  # only here: the one function of the core that makes weak tensors

    pairs = [(function, _binary) for function in _functions(_BINARY)]
    pairs += [(function, _unary) for function in _functions(_UNARY)]
    for function, interceptor in [*pairs, (convert.constant, _constant)]:
        interception.intercept(function, interceptor)
        _installed.append((function, interceptor))


def uninstall() -> None:
    """Undo `install`."""
    while _installed:
        interception.leave_alone(*_installed.pop())


def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    code = interception.original(function).__code__
    return code.co_varnames[: code.co_argcount]


def _binary(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    names = _names(function)
    given = dict(zip(names, args, strict=False)) | kwargs
    x, y = given.get(names[0]), given.get(names[1])
    if x is None or y is None or any(hasattr(each, "__composite_call__") for each in (x, y)):
        return NotImplemented
    try:
        found = weak.common(f"tf.{function.__name__}", x, y)
    except TypeError:
        if weak.mode.name == "safe":
            raise
        return NotImplemented  # strings: the function knows what it does with them
    if not found.dtype.is_numeric and not found.dtype.is_bool:
        return NotImplemented
    given[names[0]], given[names[1]] = _as(x, found.dtype), _as(y, found.dtype)
    out = function(**given)
    return weak.weakened(out) if found.weak and function.__name__ not in _STRONG else out


def _as(value: Any, dtype: Any) -> Any:
    if isinstance(value, Tensor) or hasattr(value, "__tf_value__") or hasattr(value, "__symbolic_call__"):
        return value if value.dtype is dtype else cast(value, dtype)
    return as_tensor(value, dtype.np)


def _unary(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    names = _names(function)
    first = args[0] if args else kwargs.get(names[0]) if names else None
    typed = kwargs.get("dtype") is not None or (names[1:2] == ("dtype",) and len(args) > 1 and args[1] is not None)
    if typed or not weak.is_weak(first):
        return NotImplemented
    out = function(*args, **kwargs)
    return weak.weakened(out)


def _constant(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    value = args[0] if args else kwargs.get("value")
    typed = args[1] if len(args) > 1 else kwargs.get("dtype")
    if typed is not None or not weak.is_weak(value) or _holds_tensors(value):
        return NotImplemented
    return weak.weakened(function(*args, **kwargs))


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_tensors(item) for item in value)
    return isinstance(value, Tensor)


def operators_of(table: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The operators' functions, with operands of those that promote brought to a common dtype."""
    promoted = {name: functools.partial(_operator, function) for name, function in table.items() if name in _OPERATORS}
    return table | promoted


_OPERATORS = (
    "add", "subtract", "multiply", "truediv", "floordiv", "floormod", "pow", "matmul", "equal", "not_equal",
)  # fmt: skip


def _operator(function: Callable[..., Any], x: Any, y: Any, **options: Any) -> Any:
    if any(hasattr(each, "__composite_call__") for each in (x, y)):
        return function(x, y, **options)
    found = weak.common(f"tf.{function.__name__}", x, y)
    if not found.dtype.is_numeric and not found.dtype.is_bool:
        return function(x, y, **options)
    out = function(_as(x, found.dtype), _as(y, found.dtype), **options)
    return weak.weakened(out) if found.weak else out
