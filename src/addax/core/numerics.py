"""tf.debugging.enable_check_numerics: every op's result is searched for NaN and infinity."""

from __future__ import annotations

import os
import traceback
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, dtypes, effects, errors
from addax.core.tensor import Tensor, Tracer

# Ops that only hand values on: what they got was looked at where it was made.
_HANDING_ON = frozenset(
    "TensorArray.read TensorArray.write boolean_mask broadcast_to concat ensure_shape expand_dims fill gather "
    "gather_nd identity pad repeat reshape reverse roll scatter_nd slice split squeeze stack stack_values "
    "stop_gradient strided_slice tensor_scatter_nd tf.function tile transpose unstack where".split()
)
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def enable_check_numerics(stack_height_limit: int = 30, path_length_limit: int = 50) -> None:
    """Check the result of every op for NaN and infinity, eagerly and in functions that are traced from now on.

    It holds for the thread that calls it. Functions traced before are traced again.

    Args:
        stack_height_limit: how many frames of the program the error shows, for an op of a compiled function.
        path_length_limit: how many characters of their files' names.

    Raises:
        InvalidArgumentError: later, by the op or function that gives such a number; it names the op, its inputs, and
            how many elements are NaN, +Inf and -Inf.

    >>> import addax as tf
    >>> tf.debugging.enable_check_numerics()
    >>> try:
    ...     tf.math.log(-1.0)
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(error.message.splitlines()[0])
    ... finally:
    ...     tf.debugging.disable_check_numerics()
    !!! Detected Infinity or NaN in output 0 of eagerly-executing op "log" (# of outputs: 1) !!!
    """

    def observe(name: str, values: Any, out: Any) -> None:
        if name not in _HANDING_ON:
            _look(name, values, out, stack_height_limit, path_length_limit)

    context.set_observer(observe)


def disable_check_numerics() -> None:
    """End what `enable_check_numerics` began, on this thread.

    >>> import addax as tf
    >>> tf.debugging.disable_check_numerics()
    """
    context.set_observer(None)


def _look(name: str, values: Any, out: Any, height: int, length: int) -> None:
    outputs = jax.tree.leaves(out)
    for place, leaf in enumerate(outputs):
        if not hasattr(leaf, "dtype") or not jnp.issubdtype(leaf.dtype, np.inexact) or not leaf.size:
            continue
        inputs = [value for value in jax.tree.leaves(values) if hasattr(value, "dtype")]
        if isinstance(leaf, Tracer):
            _look_later(name, inputs, leaf, place, len(outputs), _stack(height, length))
        elif not bool(jnp.all(jnp.isfinite(leaf))):
            kind = f'eagerly-executing op "{name}"'
            shown = [repr(Tensor(value)) for value in inputs]
            raise errors.InvalidArgumentError(None, None, _text(kind, np.asarray(leaf), place, len(outputs), shown, ""))


def _look_later(name: str, inputs: Any, leaf: Any, place: int, count: int, stack: str) -> None:
    """Have compiled code look at a result; only the answer goes to the host."""
    shown = [errors.describe(Tensor(value)) for value in inputs]
    counts = [jnp.sum(jnp.isnan(leaf)), jnp.sum(_infinite(leaf, 1)), jnp.sum(_infinite(leaf, -1))]
    like = jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)

    def on_host(nan: Any, up: Any, down: Any) -> None:
        if nan or up or down:
            kind = f'graph op "{name}"'
            text = _text(kind, like, place, count, shown, stack, (int(nan), int(up), int(down)))
            raise errors.InvalidArgumentError(None, None, text)

    effects.on_host(on_host, *counts)


def _infinite(leaf: Any, sign: int) -> Any:
    if leaf.dtype.kind == "c":
        return _infinite(leaf.real, sign) | _infinite(leaf.imag, sign)
    return jnp.isinf(leaf) & ((leaf > 0) if sign > 0 else (leaf < 0))


def _text(kind: str, leaf: Any, place: int, count: int, inputs: list[str], stack: str, counts: Any = None) -> str:
    nan, up, down = counts or (
        int(np.sum(np.isnan(leaf))), int(np.sum(_infinite(leaf, 1))), int(np.sum(_infinite(leaf, -1)))
    )  # fmt: skip
    lines = [
        f"!!! Detected Infinity or NaN in output {place} of {kind} (# of outputs: {count}) !!!",
        f"  dtype: {dtypes.from_numpy(leaf.dtype)}",
        f"  shape: {tuple(leaf.shape)}",
    ]
    for word, number in (("NaN", nan), ("+Inf", up), ("-Inf", down)):
        if number:
            lines.append(f"  # of {word} elements: {number}")
    lines.append("")
    if len(inputs) == 1:
        lines.append(f"  Input tensor: {inputs[0]}")
    elif inputs:
        lines.append(f"  Input tensors ({len(inputs)}):")
        lines += [f"    {i}: {each}" for i, each in enumerate(inputs)]
    words = " and ".join(word for word, there in (("Inf", up or down), ("NaN", nan)) if there)
    return (
        "\n".join(lines) + (f"\n\n  The op was made at:\n{stack}" if stack else "") + f"\n : Tensor had {words} values"
    )


def _stack(height: int, length: int) -> str:
    """The frames of the program (not of this package or JAX) that lead here, the innermost last."""
    ours = (_PACKAGE, os.path.dirname(jax.__file__) + os.sep)
    frames = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(ours)]
    lines = []
    for frame in frames[-height:] if height else []:
        path = frame.filename if len(frame.filename) <= length else "..." + frame.filename[-length:]
        lines.append(f"    {path}:{frame.lineno} in {frame.name}: {frame.line}")
    return "\n".join(lines)
