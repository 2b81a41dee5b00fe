"""Assertions about tensors: what is known now is checked now, what a compiled function computes when it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.control_flow import check

# ---------------------------------------------------------------------------- two tensors


def _pair(who: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Two tensors of one dtype, as arrays."""
    if isinstance(y, Tensor) and not isinstance(x, Tensor):
        y = convert.value_of(y)
        return convert.value_of(x, None, y.dtype), y
    x = convert.value_of(x)
    y = convert.value_of(y, None, x.dtype)
    if x.dtype != y.dtype:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="tensors of one dtype", received={"x": Tensor(x), "y": Tensor(y)})
        )
    return x, y


def _first(array: np.ndarray, most: int | None) -> str:
    flat = np.asarray(array).reshape(-1)
    count = flat.size if most is not None and most < 0 else min(flat.size, 3 if most is None else most)
    return str(flat[:count]).replace("b'", "'")


def _flat(x: Any, y: Any) -> tuple[Any, Any]:
    """Ragged operands as their values."""
    ragged = next((each for each in (x, y) if hasattr(each, "__ragged_call__")), None)
    if ragged is None:
        return x, y
    from addax.ops.ragged_ops import fitted_to  # ragged tensors are made of these ops

    return fitted_to(x, ragged), fitted_to(y, ragged)


def _compare(
    who: str, sign: str, x: Any, y: Any, message: str | None, summarize: int | None, equality: bool = False
) -> None:
    x, y = _flat(x, y)
    x, y = _pair(who, x, y)
    compare: Callable[..., Any] = {
        "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    }[sign]  # fmt: skip
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: Incompatible shapes: {list(x.shape)} vs. {list(y.shape)}",
                received={"x": Tensor(x), "y": Tensor(y)},
            )
        ) from None
    library = np if isinstance(x, np.ndarray) else jnp

    def text(x: Any, y: Any) -> str:
        x, y = np.asarray(x), np.asarray(y)
        lines = [message] if message else []
        lines.append(f"Condition x {sign} y did not hold.")
        if equality:
            wide_x, wide_y = np.broadcast_arrays(x, y)
            spots = np.argwhere(~compare(wide_x, wide_y))
            spots = spots if summarize is not None and summarize < 0 else spots[: 3 if summarize is None else summarize]
            lines.append(f"Indices of first {len(spots)} different values:\n{spots}")
            picked = tuple(spots.T)
            lines.append(f"Corresponding x values:\n{_first(wide_x[picked], -1)}")
            lines.append(f"Corresponding y values:\n{_first(wide_y[picked], -1)}")
        for label, value in (("x", x), ("y", y)):
            most = value.size if summarize is not None and summarize < 0 else min(value.size, summarize or 3)
            lines.append(f"First {most} elements of {label}:\n{_first(value, summarize)}")
        return "\n".join(lines)

    held = compare(x, y)
    check(library.all(held), text, x, y)


def assert_equal(
    x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x == y everywhere.

    Args:
        x: a tensor.
        y: a tensor that broadcasts with x.
        message: stands at the head of the error.
        summarize: how many elements the error shows.
        name: ignored.

    Raises:
        InvalidArgumentError: they differ (in a compiled function, when it runs).

    >>> import addax as tf
    >>> tf.debugging.assert_equal([1, 2], [1, 2])
    """
    _compare("tf.debugging.assert_equal", "==", x, y, message, summarize, True)


def assert_none_equal(
    x: Any, y: Any, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> None:
    """Check that x != y everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_none_equal([1, 2], [2, 3])
    """
    _compare("tf.debugging.assert_none_equal", "!=", x, y, message, summarize, True)


def assert_less(
    x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x < y everywhere; see `assert_equal`.

    Raises:
        InvalidArgumentError: it does not hold.

    >>> import addax as tf
    >>> tf.debugging.assert_less([1, 2], 3)
    """
    _compare("tf.debugging.assert_less", "<", x, y, message, summarize)


def assert_less_equal(
    x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x <= y everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_less_equal([1, 3], 3)
    """
    _compare("tf.debugging.assert_less_equal", "<=", x, y, message, summarize)


def assert_greater(
    x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x > y everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_greater([4, 5], 3)
    """
    _compare("tf.debugging.assert_greater", ">", x, y, message, summarize)


def assert_greater_equal(
    x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x >= y everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_greater_equal([3, 5], 3)
    """
    _compare("tf.debugging.assert_greater_equal", ">=", x, y, message, summarize)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Check that |x - y| <= atol + rtol * |y| everywhere.

    Args:
        x: a float tensor.
        y: a float tensor of the same dtype.
        rtol: relative tolerance; ten times the dtype's epsilon by default.
        atol: absolute tolerance; the same default.
        message: stands at the head of the error.
        summarize: how many elements the error shows.
        name: ignored.

    >>> import addax as tf
    >>> tf.debugging.assert_near(1.0, 1.0 + 1e-7)
    """
    x, y = _pair("tf.debugging.assert_near", x, y)
    epsilon = 10 * float(jnp.finfo(x.dtype).eps) if dtypes.from_numpy(x.dtype).is_floating else 0.0
    relative = epsilon if rtol is None else float(convert.value_of(rtol))
    absolute = epsilon if atol is None else float(convert.value_of(atol))

    def text(x: Any, y: Any) -> str:
        head = f"{message}\n" if message else ""
        return (
            f"{head}x and y not equal to tolerance rtol = {relative}, atol = {absolute}\n"
            f"x (shape={np.shape(x)} dtype={np.asarray(x).dtype}) =\n{_first(x, summarize)}\n"
            f"y (shape={np.shape(y)} dtype={np.asarray(y).dtype}) =\n{_first(y, summarize)}"
        )

    check(jnp.all(jnp.abs(x - y) <= absolute + relative * jnp.abs(y)), text, x, y)


# ---------------------------------------------------------------------------- one tensor


def _sign(who: str, sign: str, x: Any, message: str | None, summarize: int | None) -> None:
    value = convert.value_of(x)
    held = {">": value > 0, "<": value < 0, ">=": value >= 0, "<=": value <= 0}[sign]

    def text(value: Any) -> str:
        head = f"{message}\n" if message else f"{who}: "
        shown = _first(value, summarize)
        return (
            f"{head}Condition x {sign} 0 did not hold element-wise:\n"
            f"x (shape={np.shape(value)} dtype={np.asarray(value).dtype}) =\n{shown}"
        )

    check(jnp.all(held), text, value)


def assert_positive(x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
    """Check that x > 0 everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_positive([1, 2])
    """
    _sign("tf.debugging.assert_positive", ">", x, message, summarize)


def assert_negative(x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
    """Check that x < 0 everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_negative([-1, -2])
    """
    _sign("tf.debugging.assert_negative", "<", x, message, summarize)


def assert_non_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x >= 0 everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_non_negative([0, 2])
    """
    _sign("tf.debugging.assert_non_negative", ">=", x, message, summarize)


def assert_non_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Check that x <= 0 everywhere; see `assert_equal`.

    >>> import addax as tf
    >>> tf.debugging.assert_non_positive([0, -2])
    """
    _sign("tf.debugging.assert_non_positive", "<=", x, message, summarize)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor`, after checking that none of it is NaN or infinite.

    Args:
        tensor: a float tensor.
        message: stands at the head of the error.
        name: ignored.

    Raises:
        InvalidArgumentError: "<message> : Tensor had NaN values" (or Inf).

    >>> import addax as tf
    >>> tf.debugging.check_numerics([1.0], "weights").numpy().tolist()
    [1.0]
    """
    if hasattr(tensor, "with_flat_values"):
        return tensor.with_flat_values(check_numerics(tensor.flat_values, message))
    made = tensor if hasattr(tensor, "__tf_value__") else convert.convert_to_tensor(tensor)
    value = convert.value_of(made)
    if not dtypes.from_numpy(value.dtype).is_floating:
        raise errors.InvalidArgumentError(
            errors.message("tf.debugging.check_numerics", expected="a float tensor", received={"tensor": made})
        )

    def text(nan: Any, inf: Any) -> str:
        words = [word for word, there in (("Inf", bool(inf)), ("NaN", bool(nan))) if there]
        return f"{message} : Tensor had {' and '.join(words)} values"

    nan, inf = jnp.any(jnp.isnan(value)), jnp.any(jnp.isinf(value))
    check(~(nan | inf), text, nan, inf)
    return made if isinstance(made, Tensor) else made.read_value()


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Tensor:
    """`x`, after checking that none of it is NaN or infinite; see `check_numerics`.

    >>> import addax as tf
    >>> tf.debugging.assert_all_finite([1.0, 2.0], "no number").numpy().tolist()
    [1.0, 2.0]
    """
    return check_numerics(x, message)


# ---------------------------------------------------------------------------- shapes and dtypes, known at once


def _shape(x: Any) -> TensorShape:
    return x.shape if hasattr(x, "shape") and isinstance(x.shape, TensorShape) else convert.convert_to_tensor(x).shape


def _rank_number(rank: Any) -> int:
    value = concrete(convert.convert_to_tensor(rank), "debugging.assert_rank")
    if value.ndim:
        raise ValueError("tf.debugging.assert_rank: Rank must be a scalar.")
    if value.dtype.kind not in "iu":
        raise TypeError(f"tf.debugging.assert_rank: Rank must be of integer dtype, received {rank!r}.")
    return int(value)


def _rank_error(message: str | None, wanted: str, shape: TensorShape) -> ValueError:
    head = f"{message} " if message else ""
    return ValueError(f"{head}Tensor must have rank {wanted}.  Received rank {shape.rank}, shape {shape}")


def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """Check the number of dimensions.

    Args:
        x: a tensor.
        rank: an int.
        message: stands at the head of the error.
        name: ignored.

    Raises:
        ValueError: x has another rank.

    >>> import addax as tf
    >>> tf.debugging.assert_rank([[1]], 2)
    """
    shape = _shape(x)
    if shape.rank is not None and shape.rank != _rank_number(rank):
        raise _rank_error(message, str(_rank_number(rank)), shape)


def assert_rank_at_least(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """Check that there are at least `rank` dimensions; see `assert_rank`.

    >>> import addax as tf
    >>> tf.debugging.assert_rank_at_least([[1, 2]], 1)
    """
    shape = _shape(x)
    if shape.rank is not None and shape.rank < _rank_number(rank):
        raise _rank_error(message, f"at least {_rank_number(rank)}", shape)


def assert_rank_in(x: Any, ranks: Iterable[Any], message: str | None = None, name: str | None = None) -> None:
    """Check that the number of dimensions is one of `ranks`; see `assert_rank`.

    >>> import addax as tf
    >>> tf.debugging.assert_rank_in([[1, 2]], [0, 2])
    """
    shape, wanted = _shape(x), tuple(_rank_number(rank) for rank in ranks)
    if shape.rank is not None and shape.rank not in wanted:
        raise _rank_error(message, f"in {wanted}", shape)


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> None:
    """Check that there are no dimensions (ValueError otherwise).

    >>> import addax as tf
    >>> tf.debugging.assert_scalar(3)
    """
    made = tensor if hasattr(tensor, "shape") else convert.convert_to_tensor(tensor)
    if _shape(made).rank not in (0, None):
        head = f"{message} " if message else ""
        raise ValueError(f"{head}Expected scalar shape, saw shape: {_shape(made)}.")


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> None:
    """Check the dtype (TypeError otherwise).

    >>> import addax as tf
    >>> tf.debugging.assert_type(tf.constant(1), tf.int32)
    """
    wanted = dtypes.as_dtype(tf_type)
    have = tensor.dtype if hasattr(tensor, "dtype") else convert.convert_to_tensor(tensor).dtype
    if dtypes.as_dtype(have) != wanted:
        head = f"{message} " if message else ""
        raise TypeError(f"{head}tensor must be of type {wanted!r}; got {dtypes.as_dtype(have)!r}")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> None:
    """Check that the dtype is an integer one (TypeError otherwise).

    >>> import addax as tf
    >>> tf.debugging.assert_integer([1, 2])
    """
    have = dtypes.as_dtype(x.dtype) if hasattr(x, "dtype") else convert.convert_to_tensor(x).dtype
    if not have.is_integer:
        head = f"{message} " if message else ""
        raise TypeError(f'{head}Expected "x" to be integer type.  Found: tensor of dtype {have!r}')


def assert_proper_iterable(values: Any) -> None:
    """Check that `values` is an iterable of tensors, and not itself a tensor, array or string (TypeError otherwise).

    >>> import addax as tf
    >>> tf.debugging.assert_proper_iterable([tf.constant(1)])
    """
    if isinstance(values, Tensor | np.ndarray | bytes | str) or hasattr(values, "__tf_value__"):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {type(values).__name__}: wrap it in a list.'
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The floating dtype that all of `tensors` (and `dtype`) have; ValueError where they differ or are not floating.

    >>> import addax as tf
    >>> tf.debugging.assert_same_float_dtype([tf.ones(1)], tf.float32)
    tf.float32
    """
    found = None if dtype is None else dtypes.as_dtype(dtype)
    for tensor in tensors or ():
        have = dtypes.as_dtype(tensor.dtype)
        if found is not None and have != found:
            raise ValueError(f"{errors.describe(tensor)} must be of the same type ({found!r}) as the others.")
        found = have
    found = dtypes.float32 if found is None else found
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found!r}.")
    return found


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a tensor of numbers.

    >>> import addax as tf
    >>> tf.debugging.is_numeric_tensor(tf.constant(1)), tf.debugging.is_numeric_tensor(tf.constant("a"))
    (True, False)
    """
    if not convert.is_tensor(tensor):
        return False
    kind = dtypes.as_dtype(tensor.dtype)
    return kind.is_floating or kind.is_integer or kind.is_complex


def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """Check shapes that may share named dimensions.

    Args:
        shapes: pairs (tensor, shape) or a dict; a shape is a sequence of ints, names (equal names, equal sizes) and
            None (any size), and may begin or end with `...`; a single name is a vector's.
        data: ignored; shapes are known, so the error shows them.
        summarize: ignored.
        message: stands at the head of the error.
        name: ignored.

    Raises:
        ValueError: a shape differs.

    >>> import addax as tf
    >>> tf.debugging.assert_shapes([(tf.ones((2, 3)), ("a", "b")), (tf.ones((3,)), ("b",))])
    """
    head = f"{message}.  " if message else ""
    sizes: dict[Any, tuple[int, str]] = {}
    for tensor, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        tensor = tensor.deref() if hasattr(tensor, "deref") else tensor
        have = _shape(tensor)
        if have.rank is None:
            continue
        for spot, symbol in _symbols(have, wanted, head):
            size = have[spot]
            if symbol is None or size is None:
                continue
            what = f"Tensor {errors.describe(tensor)} dimension {spot}"
            if isinstance(symbol, int):
                known: tuple[int, str] | None = (symbol, "explicitly")
            else:
                known = sizes.setdefault(symbol, (size, f"by {what}"))
            if known[0] != size:
                raise ValueError(
                    f"{head}Specified {known[1]}.  {what} must have size {known[0]}.  "
                    f"Received size {size}, shape {have}"
                )


def _symbols(have: TensorShape, wanted: Any, head: str) -> list[tuple[int, Any]]:
    """(axis, what is said about it) for each axis that a wanted shape speaks of."""
    symbols = [wanted] if isinstance(wanted, str | int) and wanted not in ("...", "*") else list(wanted)
    rank = have.rank or 0

    def is_open(symbol: Any) -> bool:
        return symbol is Ellipsis or symbol in ("...", "*") and isinstance(symbol, str)

    first_open = bool(symbols) and is_open(symbols[0])
    last_open = len(symbols) > 1 and is_open(symbols[-1])
    core = symbols[int(first_open) : len(symbols) - int(last_open)]
    if any(is_open(symbol) for symbol in core):
        raise ValueError(
            f"{head}tf.debugging.assert_shapes: `...` may stand at the beginning or the end only: {wanted}"
        )
    core = [None if isinstance(symbol, str) and symbol in (".",) else symbol for symbol in core]
    core = [int(s) if isinstance(s, str) and s.isdigit() else s for s in core]
    if (rank < len(core)) if (first_open or last_open) else (rank != len(core)):
        least = "at least " if first_open or last_open else ""
        raise ValueError(f"{head}Tensor must have rank {least}{len(core)}.  Received rank {rank}, shape {have}")
    offset = rank - len(core) if first_open else 0
    return [(offset + i, symbol) for i, symbol in enumerate(core)]
