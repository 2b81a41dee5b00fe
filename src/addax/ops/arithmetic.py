"""Arithmetic, comparison and logic of two tensors, by TensorFlow's rules of dtypes, signs and ties."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import dtypes, errors
from addax.core.context import state as _state
from addax.core.convert import TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.indexed_slices import IndexedSlices
from addax.core.operands import alone
from addax.core.tensor import Tensor
from addax.ops import small_twins
from addax.ops.division import divided, remainder

__all__ = [
    "add",
    "atan2",
    "divide",
    "divide_no_nan",
    "floordiv",
    "floormod",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "multiply_no_nan",
    "nextafter",
    "pow",
    "scalar_mul",
    "squared_difference",
    "subtract",
    "truediv",
    "truncatediv",
    "truncatemod",
    "xdivy",
    "xlog1py",
    "xlogy",
]

# ---------------------------------------------------------------------------- sums and products


def _join_text(x: Any, y: Any, name: Any = None) -> np.ndarray:
    if x.dtype != y.dtype:
        number = y.dtype if x.dtype == object else x.dtype
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.add",
                expected="two strings or two numbers",
                received=f"a string and a tensor of {dtypes.from_numpy(number).name}",
                hint="use tf.strings.as_string on the number, or tf.strings.to_number on the string",
            )
        )
    return np.add(x, y)


@op(kinds="fciu", host=_join_text, small=np.add)
def add(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x + y, element by element with broadcasting; strings are joined.

    >>> import addax as tf
    >>> tf.add([1, 2], 3).numpy().tolist()
    [4, 5]
    """
    return jnp.add(x, y)


add.op.first_decides = True


@op(kinds="fciu", small=np.subtract)
def subtract(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x - y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.subtract([1, 2], 3).numpy().tolist()
    [-2, -1]
    """
    return jnp.subtract(x, y)


@op(kinds="fciub", small=np.multiply)
def multiply(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x * y, element by element with broadcasting; `and` of bools, as their `*` is in TensorFlow.

    >>> import addax as tf
    >>> tf.multiply([1.0, 2.0], 3).numpy().tolist()
    [3.0, 6.0]
    """
    return jnp.multiply(x, y)


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A scalar times a tensor.

    Args:
        scalar: a number or a tensor of rank 0; it takes x's dtype.
        x: a tensor, or `tf.IndexedSlices`, which stay slices.
        name: ignored.

    Raises:
        ValueError: `scalar` is not a scalar.

    >>> import addax as tf
    >>> tf.math.scalar_mul(2.0, [1.0, 2.0]).numpy().tolist()
    [2.0, 4.0]
    """
    rows = isinstance(x, IndexedSlices)
    if not rows and not hasattr(x, "__symbolic_call__"):
        x = convert_to_tensor(x)
    scalar = convert_to_tensor(scalar, dtype_hint=x.dtype)
    if scalar.shape.rank not in (0, None):
        raise ValueError(f"tf.math.scalar_mul: expected a scalar, received scalar of shape {scalar.shape}.")
    if rows:
        return IndexedSlices(multiply(scalar, x.values), x.indices, x.dense_shape)
    return multiply(scalar, x)


@op(only="bfloat16 float16 float32 float64 int32 int64 complex64 complex128")
def squared_difference(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """(x - y)(x - y), conjugating the first factor of complex numbers.

    >>> import addax as tf
    >>> tf.math.squared_difference([1.0, 5.0], 3.0).numpy().tolist()
    [4.0, 4.0]
    """
    difference = jnp.subtract(x, y)
    return jnp.conj(difference) * difference


# ---------------------------------------------------------------------------- quotients and remainders


@op(kinds="fciu", name="truediv", small=np.true_divide)
def _truediv(x: TensorLike, y: TensorLike):
    x, y = _floating(x, y)
    if x.dtype.kind == "c":  # a quotient by 0 is NaN in both parts, not infinite
        return jnp.where(y == 0, jnp.asarray(complex(np.nan, np.nan), x.dtype), x / y)
    return divided(x, y)


def _floating(x: Any, y: Any) -> tuple[Any, Any]:
    if x.dtype.kind not in "iu":
        return x, y
    wide = np.float32 if x.dtype.itemsize <= 2 else np.float64
    return x.astype(wide), y.astype(wide)


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y; integers of 32 and 64 bits become float64 first, smaller ones float32.

    Data that come first have the dtype that they have alone, unlike those of `x / y` and `tf.divide`.

    Raises:
        TypeError: x and y have not the same dtype.

    >>> import addax as tf
    >>> tf.truediv([7, 8], 2).numpy().tolist()
    [3.5, 4.0]
    """
    return _truediv(x if type(x) is Tensor else alone(x), y)


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python does it: the same as `tf.truediv`.

    >>> import addax as tf
    >>> tf.divide([6.0], 4.0).numpy().tolist()
    [1.5]
    """
    return _truediv(x, y)


def _check_divisor(who: str, y: Any, out: Any) -> None:
    """Integer division by zero is an error where the divisor is known (XLA itself would return -1)."""
    if type(out) is not Tensor or out._form.dtype.kind not in "iu" or _state.trace is not None or not out._form.size:
        return
    if type(y) is int:
        zero = y == 0
    else:
        divisor = convert_to_tensor(y)._value
        zero = not isinstance(divisor, jax.core.Tracer) and not np.all(np.asarray(divisor))
    if zero:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}",
                expected="divisors other than 0 (Integer division by zero)",
                received=f"a 0 in y, of dtype {out.dtype.name}",
                hint="use tf.math.divide_no_nan on floats, or tf.where to replace the zeros",
            )
        )


@op(kinds="fiu", name="floordiv", differentiable=False)
def _floordiv(x: TensorLike, y: TensorLike):
    if x.dtype.kind in "iu":
        return jnp.floor_divide(x, y)
    return jnp.floor(divided(x, y))


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded towards minus infinity, in the dtype of x and y.

    Raises:
        InvalidArgumentError: integers divided by zero.

    >>> import addax as tf
    >>> tf.math.floordiv([-7, 7], 2).numpy().tolist()
    [-4, 3]
    """
    out = _floordiv(x, y)
    _check_divisor("math.floordiv", y, out)
    return out


@op(kinds="fiu", name="floormod")
def _floormod(x: TensorLike, y: TensorLike):
    return remainder(x, y)


def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The remainder of `floordiv`: it has the sign of y.

    Raises:
        InvalidArgumentError: integers divided by zero.

    >>> import addax as tf
    >>> tf.math.floormod([-7, 7], 3).numpy().tolist()
    [2, 1]
    """
    out = _floormod(x, y)
    _check_divisor("math.floormod", y, out)
    return out


mod = floormod


@op(kinds="fciu", name="truncatediv", differentiable=False)
def _truncatediv(x: TensorLike, y: TensorLike):
    x, y = jnp.broadcast_arrays(x, y)
    return lax.div(x, y) if x.dtype.kind in "iuc" else jnp.trunc(divided(x, y))


def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded towards zero, as C divides integers.

    Raises:
        InvalidArgumentError: integers divided by zero.

    >>> import addax as tf
    >>> tf.truncatediv([-7, 7], 2).numpy().tolist()
    [-3, 3]
    """
    out = _truncatediv(x, y)
    _check_divisor("truncatediv", y, out)
    return out


@op(kinds="fiu", name="truncatemod")
def _truncatemod(x: TensorLike, y: TensorLike):
    x, y = jnp.broadcast_arrays(x, y)
    return lax.rem(x, y)


def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The remainder of `truncatediv`: it has the sign of x.

    Raises:
        InvalidArgumentError: integers divided by zero.

    >>> import addax as tf
    >>> tf.truncatemod([-7, 7], 3).numpy().tolist()
    [-1, 1]
    """
    out = _truncatemod(x, y)
    _check_divisor("truncatemod", y, out)
    return out


@op(kinds="fciu")
def divide_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x / y, and 0 where y is 0; integers become floating first, as in `tf.truediv`.

    >>> import addax as tf
    >>> tf.math.divide_no_nan([1.0, 1.0], [0.0, 2.0]).numpy().tolist()
    [0.0, 0.5]
    """
    x, y = _floating(x, y)
    zero = y == 0
    safe = jnp.where(zero, jnp.ones_like(y), y)
    return jnp.where(zero, jnp.zeros((), x.dtype), divided(x, safe))


@op(kinds="fc")
def multiply_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x * y, and 0 where y is 0, even if x is infinite or NaN.

    >>> import addax as tf
    >>> tf.math.multiply_no_nan([float("inf")], [0.0]).numpy().tolist()
    [0.0]
    """
    return unconjugated(_no_nan_product)(*jnp.broadcast_arrays(x, y))


multiply_no_nan.op.first_decides = True


def unconjugated(function: Any) -> Any:
    """A holomorphic function whose gradient is not conjugated, as those of some of TensorFlow's ops are not."""

    def called(*args: Any) -> Any:
        return changed(*args) if args[0].dtype.kind == "c" else function(*args)

    changed = jax.custom_jvp(function)

    @changed.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        value, change = jax.jvp(function, primals, tuple(map(jnp.conj, tangents)))
        return value, jnp.conj(change)

    return called


@jax.custom_jvp
def _no_nan_product(x: Any, y: Any) -> Any:
    return jnp.where(y == 0, jnp.zeros((), x.dtype), x * y)


@_no_nan_product.defjvp
def _no_nan_product_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    return _no_nan_product(x, y), jnp.where(y == 0, jnp.zeros((), x.dtype), dx * y) + x * dy


# ---------------------------------------------------------------------------- powers


@jax.custom_jvp
def _power(x: Any, y: Any) -> Any:
    return jnp.power(x, y)


@_power.defjvp
def _power_jvp(primals: Any, tangents: Any) -> Any:
    # d/dy is x**y log(x), and 0 where x is not positive, as in TensorFlow; jnp.power has NaN there.
    (x, y), (dx, dy) = primals, tangents
    out = _power(x, y)
    by_x = y * _power(x, y - jnp.ones_like(y))
    positive = x != 0 if x.dtype.kind == "c" else x > 0
    log = jnp.where(positive, jnp.log(jnp.where(positive, x, jnp.ones_like(x))), jnp.zeros_like(x))
    return out, by_x * dx + out * log * dy


@op(kinds="fci", name="pow", small=small_twins.power)
def _pow(x: TensorLike, y: TensorLike):
    if x.dtype.kind in "iu":
        return jnp.power(x, y)
    x, y = jnp.broadcast_arrays(x, y)
    return _power(x, y)


@op(kinds="fciu", name="pow")
def _integer_pow(x: TensorLike, exponent):
    return lax.integer_pow(x, exponent)


def pow(x: Any, y: Any, name: str | None = None) -> Tensor:  # noqa: A001
    """x to the power of y, element by element with broadcasting.

    Raises:
        InvalidArgumentError: an integer to a negative power.

    >>> import addax as tf
    >>> tf.pow([2.0, 3.0], 2.0).numpy().tolist()
    [4.0, 9.0]
    """
    if type(y) is int or (type(y) is float and y in (2.0, 3.0, 4.0, -1.0, 1.0)):
        value = getattr(x, "_form", None)
        if y and value is not None and value.dtype.kind in "fVc" and -8 <= y <= 8:
            return _integer_pow(x, int(y))  # products instead of exp(y log x)
    out = _pow(x, y)
    if type(out) is Tensor and out._form.dtype.kind == "i" and _state.trace is None and out._form.size:
        if np.any(np.asarray(convert_to_tensor(y)._value) < 0):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.pow",
                    expected="exponents of 0 and more: Integers to negative integer powers are not allowed",
                    received=f"a negative y, of dtype {out.dtype.name}",
                    hint="cast x and y to a floating dtype",
                )
            )
    return out


# ---------------------------------------------------------------------------- the larger and the smaller


def _pick(primal: Any, first: Any) -> Any:
    """lax.max or lax.min whose gradient goes to x where `first(x, y)` holds, to y elsewhere; never halved at ties."""

    @jax.custom_jvp
    def pick(x: Any, y: Any) -> Any:
        return primal(x, y)

    @pick.defjvp
    def pick_jvp(primals: Any, tangents: Any) -> Any:
        return primal(*primals), jnp.where(first(*primals), *tangents)

    return pick


_larger = _pick(lax.max, lambda x, y: x >= y)
_smaller = _pick(lax.min, lambda x, y: x <= y)


@op(kinds="fiu", small=np.maximum)
def maximum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The larger of x and y, element by element with broadcasting; at ties the gradient goes to x.

    >>> import addax as tf
    >>> tf.maximum([1.0, 5.0], 3.0).numpy().tolist()
    [3.0, 5.0]
    """
    return _larger(*jnp.broadcast_arrays(x, y))


@op(kinds="fiu", small=np.minimum)
def minimum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The smaller of x and y, element by element with broadcasting; at ties the gradient goes to x.

    >>> import addax as tf
    >>> tf.minimum([1.0, 5.0], 3.0).numpy().tolist()
    [1.0, 3.0]
    """
    return _smaller(*jnp.broadcast_arrays(x, y))


# ---------------------------------------------------------------------------- functions of two arguments


@op(kinds="f")
def atan2(y: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The angle of the point (x, y), in radians between -pi and pi.

    >>> import addax as tf
    >>> tf.atan2([1.0], [1.0]).numpy().round(4).tolist()
    [0.7853999733924866]
    """
    return jnp.arctan2(y, x)


@op(only="float32 float64")
def nextafter(x1: TensorLike, x2: TensorLike, name: str | None = None) -> Tensor:
    """The next floating number after x1 in the direction of x2 (float32 and float64).

    >>> import addax as tf
    >>> bool(tf.math.nextafter(1.0, 2.0) > 1.0)
    True
    """
    return _nextafter(*jnp.broadcast_arrays(x1, x2))


@jax.custom_jvp
def _nextafter(x1: Any, x2: Any) -> Any:
    return jnp.nextafter(x1, x2)


@_nextafter.defjvp
def _nextafter_jvp(primals: Any, tangents: Any) -> Any:
    return _nextafter(*primals), tangents[0]


def _zero_where_x_is(x: Any, value: Any) -> Any:
    return jnp.where(x == 0, jnp.zeros((), value.dtype), value)


@op(kinds="fc")
def xlogy(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x log(y), and 0 where x is 0, whatever y is.

    >>> import addax as tf
    >>> tf.math.xlogy([0.0], [0.0]).numpy().tolist()
    [0.0]
    """
    return unconjugated(_x_log)(x, y)


def _x_log(x: Any, y: Any) -> Any:
    safe = jnp.where(x == 0, jnp.ones((), y.dtype), y)
    return _zero_where_x_is(x, x * jnp.log(safe))


@op(kinds="fc")
def xlog1py(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x log(1 + y), and 0 where x is 0, whatever y is.

    >>> import addax as tf
    >>> tf.math.xlog1py([0.0], [-1.0]).numpy().tolist()
    [0.0]
    """
    return unconjugated(_x_log1p)(x, y)


def _x_log1p(x: Any, y: Any) -> Any:
    safe = jnp.where(x == 0, jnp.zeros((), y.dtype), y)
    return _zero_where_x_is(x, x * jnp.log1p(safe))


@op(kinds="fc")
def xdivy(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x / y, and 0 where x is 0, whatever y is.

    >>> import addax as tf
    >>> tf.math.xdivy([0.0, 3.0], [0.0, 2.0]).numpy().tolist()
    [0.0, 1.5]
    """
    return unconjugated(_x_over)(x, y)


def _x_over(x: Any, y: Any) -> Any:
    safe = jnp.where(x == 0, jnp.ones((), y.dtype), y)
    return _zero_where_x_is(x, _truediv.body(x, safe))
