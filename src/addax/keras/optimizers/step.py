"""Reading variables into an optimizer's step and writing the results back; eagerly the step is one compiled call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors
from addax.core.failures import UnfitError
from addax.core.tensor import Tensor
from addax.core.variable import _COPY, Variable
from addax.ops import optimizers as rules

_state = context.state
_NUMBERS = (int, float, bool)


def run_step(
    spec: rules.StepSpec,
    variables: Sequence[Any],
    grads: Sequence[Any],
    slots: Sequence[tuple[Variable, ...]],
    rate: Any,
    iterations: Variable,
    dynamic: Mapping[str, Any],
    *,
    shared: Variable | None = None,
    averages: Sequence[Variable] = (),
    sums: Sequence[Variable] = (),
    count: bool = True,
) -> None:
    """Make the step of `spec` on variables; see `addax.ops.optimizers.step`.

    Args:
        spec: what to do.
        variables: the model's.
        grads: a gradient for each.
        slots: the slot variables of each.
        rate: the learning rate, an array.
        iterations: the counter.
        dynamic: hyperparameters that are arrays.
        shared: the variable that the rule keeps once.
        averages: moving averages of the variables, where spec.ema.
        sums: sums of gradients, where spec.accumulate.
        count: whether the counter and the shared variable go on.
    """
    traced = _state.trace is not None
    take = read if traced else _take
    state = (
        [tuple([take(slot) for slot in own]) for own in slots],
        [take(average) for average in averages],
        [take(total) for total in sums],
    )
    arguments = (
        state,
        [read(variable) for variable in variables],
        [
            grad._value if type(grad) is Tensor else gradient_array(grad, v)
            for grad, v in zip(grads, variables, strict=True)
        ],
        rate,
        read(iterations),
        None if shared is None else read(shared),
        dict(dynamic),
    )
    out = rules.step(spec, *arguments) if traced else rules.compiled(spec)(*arguments)
    (new_slots, new_averages, new_sums), params, iteration, new_shared = out
    for own, values in zip(slots, new_slots, strict=True):
        _put(own, values)
    _put(averages, new_averages)
    _put(sums, new_sums)
    _put(variables, params)
    if count:
        _put((iterations,), (iteration,))
        if shared is not None:
            _put((shared,), (new_shared,))


def split(hyper: Mapping[str, Any]) -> tuple[tuple[tuple[str, Any], ...], dict[str, Any]]:
    """Hyperparameters as (numbers, which are compiled in; arrays of tensors and variables, which are not)."""
    static, dynamic = [], {}
    for name, value in hyper.items():
        if type(value) in _NUMBERS:
            static.append((name, value))
        elif isinstance(value, Variable):
            dynamic[name] = read(value)
        elif isinstance(value, Tensor):
            dynamic[name] = value._value
        else:
            static.append((name, float(value() if callable(value) else value)))
    return tuple(static), dynamic


def rate_of(learning_rate: Any) -> Any:
    """A learning rate, whatever it is, as an array."""
    return read(learning_rate) if isinstance(learning_rate, Variable) else convert.value_of(learning_rate)


def gradient_array(grad: Any, variable: Any = None) -> Any:
    """A gradient as what rules take: an array, or Slices."""
    if type(grad) is Tensor:
        return grad._value
    if hasattr(grad, "indices") and hasattr(grad, "values"):
        return rules.Slices(convert.value_of(grad.values), convert.value_of(grad.indices))
    return convert.value_of(grad, None, None if variable is None else true_dtype(variable).np)


def like(grad: Any, value: Any) -> Any:
    """What `gradient_array` of `grad` became, as a gradient again."""
    if not isinstance(value, rules.Slices):
        return Tensor(value)
    return type(grad)(Tensor(value.values), Tensor(value.indices), getattr(grad, "dense_shape", None))


def true_dtype(variable: Any) -> dtypes.DType:
    """The dtype of what a variable holds; under mixed precision `dtype` may say what it is read as."""
    return getattr(variable, "true_dtype", None) or variable.dtype


def refuse_whole_numbers(who: str, variables: Sequence[Any]) -> None:
    """Refuse variables of integers or bools, with the several types of TensorFlow's errors."""
    for variable in variables:
        dtype = true_dtype(variable)
        if dtype.is_integer or dtype == dtypes.bool:
            raise UnfitError(
                errors.message(
                    f"{who}: variable {variable.name}", expected="a floating dtype", received=dtype.name,
                    hint="make the variable of floats, or leave it out of the step",
                )
            )  # fmt: skip


def filled(variable: Any, value: float) -> np.ndarray:
    """A slot's initial value: the variable's shape, filled."""
    return np.full(tuple(variable.shape), value, true_dtype(variable).np)


def read(variable: Any) -> Any:
    """A variable's array, for a call that keeps nothing of it."""
    if _state.trace is not None:
        _state.trace.read(variable)
    return variable._value


def _take(variable: Variable) -> Any:
    """A variable's array to be donated: a copy, if somebody else may hold it."""
    return _COPY.run(variable._value) if variable._handed_out else variable._value


def _put(variables: Sequence[Any], values: Sequence[Any]) -> None:
    if _state.trace is not None:
        for variable, value in zip(variables, values, strict=True):
            variable.set_value(value)
        return
    for variable, value in zip(variables, values, strict=True):
        variable._value = value
        variable._handed_out = False
