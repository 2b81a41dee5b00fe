"""Changing the element type of tensors: `cast`, `saturate_cast`, `complex` and its parts."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import dtypes, errors, quantized
from addax.core.convert import TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.row_gradients import of_first, passed
from addax.core.tensor import Tensor
from addax.ops import small_twins

__all__ = ["angle", "cast", "complex", "conj", "imag", "real", "saturate_cast"]


def _refuse_text(*arguments: Any, **options: Any) -> Any:
    want = options.get("dtype", arguments[-1] if arguments else None)
    raise errors.UnimplementedError(
        errors.message(
            "tf.cast",
            expected="numbers or bools (there is no cast between string and numbers)",
            received=f"a tensor of dtype string, to be cast to {dtypes.as_dtype(want).name}",
            hint="use tf.strings.to_number(x) to read numbers, tf.strings.as_string(x) to write them",
        )
    )


@op(name="cast", host=_refuse_text, small=small_twins.cast)
def _cast(x: TensorLike, dtype):
    want = dtypes.as_dtype(dtype)
    if want.np is None or want.np.kind == "O":
        raise errors.UnimplementedError(
            errors.message(
                "tf.cast",
                expected="a numeric or bool dtype",
                received=f"dtype {want.name}, for a tensor of {dtypes.from_numpy(x.dtype).name}",
                hint="use tf.strings.as_string(x) to write numbers as strings",
            )
        )
    if x.dtype.kind == "c" and want.np.kind != "c":
        x = jnp.real(x)
    if want.np.kind == "b":
        return x != 0
    if want.is_integer and dtypes.from_numpy(x.dtype).is_floating:
        return _integers(x, want.np)
    return x.astype(want.np)


def cast_body(x: Any, dtype: np.dtype) -> Any:
    """Arrays as another dtype by `cast`'s rules, for the bodies of other ops."""
    return _cast.body(x, dtypes.from_numpy(dtype))


def _integers(x: Any, dtype: np.dtype) -> Any:
    """Floats as integers: what does not fit (and NaN) becomes the lowest number, as on the processors that
    TensorFlow runs on; narrow and unsigned dtypes take the low bits of a wide signed one (300.0 as uint8 is 44)."""
    wide = np.dtype(np.int64) if dtype.itemsize == 8 or dtype == np.uint32 else np.dtype(np.int32)
    limit = np.asarray(np.inf if x.dtype == np.float16 else 2.0 ** (wide.itemsize * 8 - 1), x.dtype)
    made = jnp.where(x < limit, x.astype(wide), np.iinfo(wide).min).astype(dtype)
    if dtype != np.uint64:
        return made
    return jnp.where((x >= limit) & (x < 2 * limit), x.astype(np.uint64), made)


_cast.op.rows = of_first(passed)


def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """The values of `x` as another dtype: floats become integers towards zero, complex numbers their real parts.

    Args:
        x: a tensor or what can be one, of numbers or bools.
        dtype: the dtype wanted.
        name: ignored, as everywhere.

    Returns:
        A tensor of x's shape; `x` itself where it has the dtype already.

    Raises:
        UnimplementedError: strings.

    >>> import addax as tf
    >>> tf.cast([1.8, -2.2], tf.int32).numpy().tolist()
    [1, -2]
    """
    want = dtypes.as_dtype(dtype)
    if type(x) is Tensor and x._form.dtype == want.np:
        return x
    if not isinstance(x, Tensor) and not hasattr(x, "__symbolic_call__") and not hasattr(x, "__composite_call__"):
        x = convert_to_tensor(x)
        if type(x) is Tensor and x._form.dtype == want.np:
            return x
    if want.is_quantized:
        return quantized.make(_cast(x, dtypes.as_dtype(quantized.integers(want))), want)
    return _cast(x, want)


@op(name="saturate_cast")
def _saturate_cast(value: TensorLike, dtype):
    want = dtypes.as_dtype(dtype)
    if value.dtype.kind == "c" and not want.is_complex:
        value = jnp.real(value)
    have = dtypes.from_numpy(value.dtype)
    if want.is_bool or have.is_bool or want.is_complex and not have.is_floating:
        return _cast.body(value, want)
    if have.is_integer:
        # A limit of a floating dtype counts where the integers reach beyond it, as they do beyond float16's.
        low, high = (int(float(limit) if want.is_floating else limit) for limit in (want.min, want.max))
        exact_low, exact_high = max(int(have.min), low), min(int(have.max), high)
        clipped = jnp.clip(value, np.asarray(exact_low, have.np), np.asarray(exact_high, have.np))
        return clipped.astype(want.np)
    limits = want.real_dtype
    low, high = max(float(have.min), float(limits.min)), min(float(have.max), float(limits.max))
    low, high = _inside(low, have.np, up=True), _inside(high, have.np, up=False)
    # The gradient goes through where the value is the limit, or NaN.
    return _cast.body(jnp.where(value < low, low, jnp.where(value > high, high, value)), want)


def _inside(limit: float, dtype: np.dtype, up: bool) -> Any:
    """The nearest value of a floating dtype that does not lie outside the limit (2**31 - 1 is no float32)."""
    near = np.asarray(limit, dtype)
    if (float(near) < limit) if up else (float(near) > limit):
        near = np.nextafter(near, np.asarray(0, dtype))
    return near


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Like `cast`, but values outside the range of `dtype` become its nearest limit.

    Args:
        value: a tensor of numbers.
        dtype: the dtype wanted.
        name: ignored.

    Returns:
        A tensor of value's shape.

    >>> import addax as tf
    >>> tf.saturate_cast([-5.0, 300.0], tf.uint8).numpy().tolist()
    [0, 255]
    """
    return _saturate_cast(value, dtypes.as_dtype(dtype))


@op(kinds="f")
def complex(real: TensorLike, imag: TensorLike, name: str | None = None) -> Tensor:  # noqa: A001
    """The complex tensor `real + i imag`; float32 parts give complex64, float64 parts complex128.

    >>> import addax as tf
    >>> tf.complex([1.0], [2.0]).numpy()
    array([1.+2.j], dtype=complex64)
    """
    if real.dtype not in (np.float32, np.float64):
        raise TypeError(
            errors.message(
                "tf.complex",
                expected="real and imag of float32 or float64",
                received=f"{dtypes.from_numpy(real.dtype).name}",
            )
        )
    real, imag = jnp.broadcast_arrays(real, imag)
    return lax.complex(real, imag)


@op(kinds="fciu")
def real(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The real part of each element; a real tensor comes back as it is.

    >>> import addax as tf
    >>> tf.math.real([1 + 2j]).numpy()
    array([1.])
    """
    return jnp.real(input)


@op(kinds="c", name="imag")
def _imag(input: TensorLike) -> Any:  # noqa: A002
    return jnp.imag(input)


@op(kinds="fiub", name="imag", differentiable=False)
def _no_imag(input: TensorLike) -> Any:  # noqa: A002
    return jnp.zeros_like(input)


def _as_parts(value: Any, of_complex: Any, of_real: Any) -> Tensor:
    """One op for complex tensors and one for real ones, which has no gradient."""
    if not hasattr(value, "dtype"):
        value = convert_to_tensor(value)
    return (of_complex if dtypes.as_dtype(value.dtype).is_complex else of_real)(value)


def imag(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The imaginary part of each element; zeros for a real tensor, without a gradient.

    >>> import addax as tf
    >>> tf.math.imag([1 + 2j]).numpy()
    array([2.])
    """
    return _as_parts(input, _imag, _no_imag)


@op
def conj(x: TensorLike, name: str | None = None) -> Tensor:
    """The complex conjugate of each element; a real tensor comes back as it is.

    >>> import addax as tf
    >>> tf.math.conj([1 + 2j]).numpy()
    array([1.-2.j])
    """
    if _kind(x) not in "fciu":
        raise TypeError(f"tf.math.conj: expected a numeric tensor, received {dtypes.from_numpy(x.dtype).name}.")
    return jnp.conj(x)


@op(kinds="c", name="angle")
def _angle(input: TensorLike) -> Any:  # noqa: A002
    return jnp.arctan2(jnp.imag(input), jnp.real(input))


def angle(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The argument of each element in radians: atan2(imag, real) of complex, 0 or pi of real numbers.

    There is no gradient of real numbers.

    >>> import addax as tf
    >>> tf.math.angle([1j]).numpy().round(4)
    array([1.5708])
    """
    return _as_parts(input, _angle, _side)


@op(kinds="f", name="angle", differentiable=False)
def _side(input: TensorLike) -> Any:  # noqa: A002
    return jnp.where(input < 0, jnp.asarray(np.pi, input.dtype), jnp.asarray(0, input.dtype))


def _kind(x: Any) -> str:
    return "f" if x.dtype.kind == "V" else x.dtype.kind
