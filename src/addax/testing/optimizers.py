"""Checks of optimizers."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np

from addax.core.function import Function
from addax.core.indexed_slices import IndexedSlices
from addax.core.variable import Variable
from addax.keras import optimizers
from addax.testing.checks import Checks, as_tensor, require, require_close
from addax.testing.tracing import trace_count


def check_optimizer(
    optimizer_class: type,
    config: dict[str, Any] | None = None,
    steps: int = 60,
    sparse: bool = True,
) -> list[str]:
    """Check an optimizer: that it gets down a valley, eagerly and compiled alike, and survives being saved.

    Args:
        optimizer_class: the class, of `tf.keras.optimizers.Optimizer` (not a legacy one).
        config: its constructor's arguments; choose a learning rate that gets on in `steps` steps.
        steps: how many it has for lowering a bowl's height to less than half.
        sparse: it takes `tf.IndexedSlices` as gradients.

    Returns:
        The names of the checks.

    Raises:
        AssertionError: one or more failed; all are listed.

    >>> import addax as tf
    >>> from addax.testing import check_optimizer
    >>> check_optimizer(tf.keras.optimizers.SGD, {"learning_rate": 0.05, "momentum": 0.9})[:3]
    ['config', 'lowers a bowl', 'compiled as eager']
    """
    config = config or {}
    make = lambda: optimizer_class(**config)  # noqa: E731
    checks = Checks(f"{optimizer_class.__name__}({', '.join(f'{k}={v!r}' for k, v in config.items())})")
    with checks("config", essential=True):
        _check_config(optimizer_class, make)
    with checks("lowers a bowl"):
        heights = _Bowl(make()).descend(steps)
        require(np.isfinite(heights).all(), f"heights are not finite: {heights[-3:]}.")
        require(heights[-1] < 0.5 * heights[0], f"from {heights[0]:.4g} to {heights[-1]:.4g} only in {steps} steps.")
    with checks("compiled as eager"):
        require_close(_Bowl(make(), compiled=True).descend(10), _Bowl(make()).descend(10), "heights", 1e-4, 1e-5)
    with checks("compiles once"):
        bowl = _Bowl(make(), compiled=True)
        bowl.descend(3)
        with trace_count(at_most=0):
            bowl.descend(3)
    with checks("iterations and variables"):
        _check_variables(make)
    with checks("goes on from saved variables"):
        _check_restored(make)
    with checks("copied"):
        bowl = _Bowl(make())
        bowl.descend(3)
        twin = copy.deepcopy(bowl.optimizer)
        require_close([v.numpy() for v in twin.variables], [v.numpy() for v in bowl.optimizer.variables], "variables")
    with checks("learning rate can be set"):
        bowl = _Bowl(make())
        bowl.optimizer.learning_rate = 0.125
        require(float(bowl.optimizer.learning_rate) == 0.125, f"set to 0.125 it is {bowl.optimizer.learning_rate}.")
    if sparse:
        with checks("sparse gradients as dense ones"):
            _check_sparse(make)
    return checks.finish()


class _Bowl:
    """A bowl, steeper one way than the other, over two variables of different shapes."""

    def __init__(self, optimizer: Any, compiled: bool = False) -> None:
        self.optimizer = optimizer
        self.a = Variable(np.array([1.0, -2.0, 0.5], "float32"), name="a")
        self.b = Variable(np.array([[0.5], [1.5]], "float32"), name="b")
        self.step = Function(self._step) if compiled else self._step

    def _step(self) -> Any:
        weights = as_tensor(np.array([1.0, 3.0, 0.3], "float32"))
        gradients = [self.a * weights, 2.0 * self.b.value()]
        self.optimizer.apply_gradients(list(zip(gradients, [self.a, self.b], strict=True)))
        return self.a.value(), self.b.value()

    def descend(self, steps: int) -> np.ndarray:
        """Heights before and after the steps."""
        heights = [self.height()]
        for _ in range(steps):
            self.step()
            heights.append(self.height())
        return np.array(heights)

    def height(self) -> float:
        a, b = self.a.numpy().astype("float64"), self.b.numpy().astype("float64")
        return float(0.5 * (np.array([1.0, 3.0, 0.3]) * a * a).sum() + (b * b).sum())


def _check_config(optimizer_class: type, make: Any) -> None:
    config = make().get_config()
    json.dumps(config, default=str)
    again = optimizer_class.from_config(copy.deepcopy(config)).get_config()
    require(again == config, f"from_config(get_config()) says {again} instead of {config}.")
    found = optimizers.deserialize(
        optimizers.serialize(make()), custom_objects={optimizer_class.__name__: optimizer_class}
    )
    require(type(found) is optimizer_class, f"deserialize(serialize()) gives {type(found).__name__}.")


def _check_variables(make: Any) -> None:
    bowl = _Bowl(make())
    bowl.descend(2)
    count = len(bowl.optimizer.variables)
    bowl.descend(3)
    require(int(bowl.optimizer.iterations) == 5, f"after 5 steps, iterations is {int(bowl.optimizer.iterations)}.")
    now = len(bowl.optimizer.variables)
    require(now == count, f"there were {count} variables after 2 steps, and {now} after 5.")
    names = [variable.name for variable in bowl.optimizer.variables]
    require(len(set(names)) == len(names), f"names of variables come twice: {sorted(names)}.")


def _check_restored(make: Any) -> None:
    bowl, other = _Bowl(make()), _Bowl(make())
    bowl.descend(4)
    other.optimizer.build([other.a, other.b])
    for mine, theirs in zip(other.optimizer.variables, bowl.optimizer.variables, strict=True):
        mine.assign(theirs.value())
    other.a.assign(bowl.a.value())
    other.b.assign(bowl.b.value())
    require_close(other.descend(4), bowl.descend(4), "heights", rtol=1e-6, atol=1e-7)


def _check_sparse(make: Any) -> None:
    rows, values = np.array([2, 0], "int32"), np.array([[0.3, -0.1], [0.5, 0.2]], "float32")
    dense = np.zeros((4, 2), "float32")
    dense[rows] = values
    start = np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2)
    ends = []
    for gradient in (IndexedSlices(as_tensor(values), as_tensor(rows), as_tensor(np.array([4, 2]))), as_tensor(dense)):
        optimizer, variable = make(), Variable(start)
        for _ in range(3):
            optimizer.apply_gradients([(gradient, variable)])
        ends.append(variable.numpy())
    require_close(ends[0], ends[1], "the variable after three steps")
