"""Gradients against differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert
from addax.core.function import Function
from addax.core.tape import GradientTape
from addax.core.tensor import Tensor
from addax.ops import math as ops_math
from addax.testing.checks import Checks, as_tensor, require


def check_gradients(
    function: Callable[..., Any],
    inputs: Sequence[Any],
    order: int = 1,
    directions: int = 2,
    step: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> list[str]:
    """Check that a function's gradients are its derivatives: tapes against central differences.

    In random directions u, with random weights w on the outputs, `(w·f(x + h u) - w·f(x - h u)) / 2h` is compared with
    `u·grad(w·f)(x)`: eagerly, and compiled by `tf.function`. Inputs near a kink (relu at 0) give wrong differences, so
    choose others.

    Args:
        function: takes the inputs as tensors and returns a tensor, or a list of tensors.
        inputs: floating arrays or tensors; float64 ones are compared most strictly.
        order: 2 checks the gradient of the gradient as well.
        directions: how many random directions.
        step: h; None: chosen by the dtype.
        rtol, atol: how much may differ; None: chosen by the dtype.
        seed: of directions and weights.

    Returns:
        The names of the checks.

    Raises:
        AssertionError: a gradient is missing, or is not the derivative.

    >>> import numpy as np
    >>> import addax as tf
    >>> from addax.testing import check_gradients
    >>> check_gradients(lambda x: tf.sin(x) * x, [np.array([0.3, 1.2])], order=2)
    ['order 1, eager', 'order 1, compiled', 'order 2, eager', 'order 2, compiled']
    """
    points = [as_tensor(each) for each in inputs]
    for number, point in enumerate(points):
        if not point.dtype.is_floating:
            raise ValueError(f"check_gradients: expected floating inputs, input {number} has dtype {point.dtype.name}.")
    precise = all(point.dtype.name == "float64" for point in points)
    step = step or (1e-5 if precise else 1e-2)
    rtol = rtol if rtol is not None else (1e-5 if precise else 2e-2)
    atol = atol if atol is not None else (1e-7 if precise else 2e-2)
    rng = np.random.default_rng(seed)
    checks = Checks(f"gradients of {getattr(function, '__name__', function)}")
    scalar = _weighted(function, points, rng)
    for level in range(1, order + 1):
        pushes = [[_direction(point, rng) for point in points] for _ in range(directions)]
        for word, gradient in (("eager", _gradient(scalar)), ("compiled", Function(_gradient(scalar)))):
            with checks(f"order {level}, {word}"):
                for push in pushes:
                    _compare(scalar, gradient, points, push, step, rtol, atol)
        scalar = _slope(scalar, [_direction(point, rng) for point in points])
    return checks.finish()


def _direction(point: Tensor, rng: np.random.Generator) -> Tensor:
    drawn = rng.normal(size=point.shape.as_list())
    return as_tensor((drawn / max(1e-12, np.linalg.norm(drawn))).astype(point.dtype.np))


def _dot(a: Any, b: Any) -> Any:
    return ops_math.reduce_sum(ops_math.multiply(a, b))


def _weighted(function: Callable[..., Any], points: list[Tensor], rng: np.random.Generator) -> Callable[..., Any]:
    """The function as one number: its outputs times fixed random weights."""
    outputs = function(*points)
    outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    weights = [as_tensor(rng.normal(size=out.shape.as_list()).astype(out.dtype.np)) for out in outputs]

    def scalar(*xs: Any) -> Any:
        made = function(*xs)
        made = list(made) if isinstance(made, list | tuple) else [made]
        parts = [_dot(weight, convert.convert_to_tensor(out)) for weight, out in zip(weights, made, strict=True)]
        return sum(parts[1:], start=parts[0])

    return scalar


def _gradient(scalar: Callable[..., Any]) -> Callable[..., Any]:
    def gradient(*xs: Any) -> list[Any]:
        with GradientTape() as tape:
            for x in xs:
                tape.watch(x)
            value = scalar(*xs)
        found = tape.gradient(value, list(xs))
        return [None if each is None else convert.convert_to_tensor(each) for each in found]

    return gradient


def _slope(scalar: Callable[..., Any], push: list[Tensor]) -> Callable[..., Any]:
    """The derivative in a direction, which the next order differentiates."""

    def slope(*xs: Any) -> Any:
        gradients = _gradient(scalar)(*xs)
        parts = [_dot(u, g) for u, g in zip(push, gradients, strict=True) if g is not None]
        return sum(parts[1:], start=parts[0])

    return slope


def _compare(
    scalar: Callable[..., Any],
    gradient: Callable[..., Any],
    points: list[Tensor],
    push: list[Tensor],
    step: float,
    rtol: float,
    atol: float,
) -> None:
    gradients = gradient(*points)
    for number, (x, u, g) in enumerate(zip(points, push, gradients, strict=True)):

        def moved(by: float, number: int = number, x: Tensor = x, u: Tensor = u) -> float:
            xs = list(points)
            xs[number] = as_tensor((x.numpy().astype(np.float64) + by * u.numpy()).astype(x.dtype.np))
            return float(scalar(*xs))

        difference = (moved(step) - moved(-step)) / (2 * step)
        require(
            g is not None or abs(difference) <= atol, f"input {number}: the gradient is None, not {difference:.6g}."
        )
        if g is None:
            continue
        require(g.shape == x.shape, f"input {number}: the gradient has shape {g.shape}, the input {x.shape}.")
        slope = float(np.sum(g.numpy().astype(np.float64) * u.numpy()))
        require(
            bool(np.isclose(slope, difference, rtol=rtol, atol=atol)),
            f"input {number}: the tape says {slope:.8g}, differences say {difference:.8g}.",
        )
