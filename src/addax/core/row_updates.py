"""What a variable does to some of its rows or entries, and what it refuses to do to itself."""

from __future__ import annotations

from typing import Any, NoReturn

import jax
import numpy as np

from addax.core import context, convert, errors, unknown_shapes
from addax.core.plans import Plan
from addax.core.tensor import Tensor, Tracer

_state = context.state


class RowUpdates:
    """The part of `tf.Variable` that updates rows and entries; used through it alone."""

    name: Any

    def __tf_value__(self) -> Any:
        """The array."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Replace the array."""
        raise NotImplementedError

    def _operand(self, value: Any, what: str) -> Any:
        raise NotImplementedError

    def _scatter_rows(self, how: str, sparse_delta: Any) -> Any:
        if not (hasattr(sparse_delta, "indices") and hasattr(sparse_delta, "values")):
            raise TypeError(
                f"Variable '{self.name}', scatter_{how}: argument `sparse_delta` must be a `tf.IndexedSlices`, "
                f"received {sparse_delta!r:.80}."
            )
        data = getattr(sparse_delta, "_data", None) if _state.aggregator is None else None
        return self._scatter(how, sparse_delta.indices, sparse_delta.values if data is None else data)

    def _picked(self, plan: Plan, indices: Any) -> Tensor:
        """Some rows or entries, by the plan for either."""
        from addax.core.dispatch import run_plan  # which imports what variables are made of

        where = convert.convert_to_tensor(indices)
        if self.__tf_value__().dtype.kind == "O":
            return _picked_text(self, where, plan.name == "gather_nd")
        self._check_picked(where._value, plan.name == "gather_nd")
        return run_plan(plan, (self, where))

    def _check_picked(self, where: Any, entries: bool) -> None:
        """Refuse to read what does not exist, where indices are known; TensorFlow looks on a CPU only."""
        if isinstance(where, Tracer) or unknown_shapes.probed() is not None or jax.default_backend() != "cpu":
            return
        known, shape = np.asarray(where), self.__tf_value__().shape
        depth = known.shape[-1] if entries and known.ndim else 1
        if not known.size or known.dtype.kind not in "iu" or depth > len(shape):
            return
        outside = (known < 0) | (known >= np.asarray(shape[:depth]))
        if outside.any():
            raise errors.InvalidArgumentError(
                errors.message(
                    f"Variable '{self.name}', {'gather_nd' if entries else 'sparse_read'}",
                    expected=f"indices into its shape {tuple(shape)}",
                    received=f"indices {known.tolist()!r:.80}, of which some are out of range",
                )
            )

    def _check_rows(self, how: str, where: Any, shape: tuple[int, ...]) -> None:
        """Refuse rows that do not exist, where their numbers are known."""
        if isinstance(where, Tracer):
            return
        known = np.asarray(where)
        sizes = (
            shape[: known.shape[-1]] if how.startswith("nd_") else shape[how.startswith("batch_") and len(shape) > 1]
        )
        if known.size and ((known < 0) | (known >= np.asarray(sizes))).any():
            raise errors.InvalidArgumentError(
                errors.message(
                    f"Variable '{self.name}', scatter_{how}",
                    expected=f"indices into its shape {tuple(shape)}",
                    received=f"indices {known.tolist()!r:.80}, which are out of range",
                )
            )

    def _scatter(self, how: str, indices: Any, updates: Any) -> Any:
        aggregator = _state.aggregator
        if aggregator is not None and aggregator.takes(self):
            return aggregator.scatter(self, how, indices, updates)
        array = self.__tf_value__()
        where = convert.value_of(indices)
        values = self._operand(updates, f"scatter_{how}")
        self._check_rows(how, where, array.shape)
        if array.dtype.kind == "O":
            self.set_value(_scattered_text(how, array, where, values))
            return self
        plan = _scatter_plan(how)
        self.set_value(plan.run(array, where, values) if _state.trace is None else plan.body(array, where, values))
        return self

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Replace rows: `sparse_delta` is a `tf.IndexedSlices`."""
        return self._scatter_rows("set", sparse_delta)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Add to rows: `sparse_delta` is a `tf.IndexedSlices`."""
        return self._scatter_rows("add", sparse_delta)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Subtract from rows: `sparse_delta` is a `tf.IndexedSlices`."""
        return self._scatter_rows("subtract", sparse_delta)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Multiply rows."""
        return self._scatter_rows("multiply", sparse_delta)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Divide rows."""
        return self._scatter_rows("divide", sparse_delta)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Take the larger, row by row."""
        return self._scatter_rows("max", sparse_delta)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Take the smaller, row by row."""
        return self._scatter_rows("min", sparse_delta)

    def batch_scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Replace entries of each row of a batch."""
        return self._scatter_rows("batch_set", sparse_delta)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Replace entries; the last axis of `indices` (int) is an index into the variable."""
        return self._scatter("nd_set", indices, updates)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Add to entries; see `scatter_nd_update`."""
        return self._scatter("nd_add", indices, updates)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtract from entries; see `scatter_nd_update`."""
        return self._scatter("nd_subtract", indices, updates)

    def scatter_nd_max(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Take the larger, entry by entry; see `scatter_nd_update`."""
        return self._scatter("nd_max", indices, updates)

    def scatter_nd_min(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Take the smaller, entry by entry; see `scatter_nd_update`."""
        return self._scatter("nd_min", indices, updates)

    # ------------------------------------------------------------------ what looks like an update and is none

    def _refuse(self, sign: str, method: str | None) -> NoReturn:
        instead = f"`variable.{method}(value)` to modify the variable" if method else "`variable.assign(...)`"
        raise RuntimeError(
            f"`variable {sign}= value` with `tf.Variable`s is not supported. Use {instead}, or "
            f"`out = variable {sign} value` if you need a new tensor."
        )

    def __iadd__(self, other: Any) -> NoReturn:
        self._refuse("+", "assign_add")

    def __isub__(self, other: Any) -> NoReturn:
        self._refuse("-", "assign_sub")

    def __imul__(self, other: Any) -> NoReturn:
        self._refuse("*", None)

    def __itruediv__(self, other: Any) -> NoReturn:
        self._refuse("/", None)

    def __ipow__(self, other: Any) -> NoReturn:
        self._refuse("**", None)


def _scattered_text(how: str, array: Any, where: Any, values: Any) -> np.ndarray:
    """The same for strings, which live on the host."""
    if not how.endswith("set"):
        raise errors.InvalidArgumentError(
            errors.message(f"scatter_{how}", expected="numbers", received="a variable of strings")
        )
    made = np.array(array, object)
    where = np.asarray(where)
    if how == "batch_set" and where.ndim > 1:
        rows = np.arange(where.shape[0]).reshape((-1,) + (1,) * (where.ndim - 1))
        made[rows, where] = values
    else:
        made[tuple(np.moveaxis(where, -1, 0)) if how.startswith("nd_") else where] = values
    return made


def _picked_text(variable: Any, indices: Any, entries: bool) -> Tensor:
    """Strings of a variable: rows by number, or entries by the index vectors of the last axis."""
    array, where = variable.__tf_value__(), np.asarray(indices._value)
    index = tuple(np.moveaxis(where, -1, 0)) if entries else where
    for numbers, size in zip(index if entries else (index,), array.shape, strict=False):
        if ((numbers < 0) | (numbers >= size)).any():
            raise errors.InvalidArgumentError(
                errors.message(
                    f"Variable '{variable.name}', rows of strings",
                    expected=f"indices into its shape {array.shape}",
                    received=f"{where.tolist()!r:.80}, which is out of range",
                )
            )
    return Tensor(np.array(array[index], object))


_scatter_plans: dict[str, Plan] = {}


def _scatter_plan(how: str) -> Plan:
    plan = _scatter_plans.get(how)
    if plan is None:
        _, _, method = how.rpartition("_")

        def body(array: Any, where: Any, values: Any) -> Any:
            if how.startswith("nd_"):
                index: Any = tuple(jax.numpy.moveaxis(where, -1, 0))
            elif how.startswith("batch_") and where.ndim > 1:
                rows = jax.numpy.arange(where.shape[0]).reshape((-1,) + (1,) * (where.ndim - 1))
                index = (rows, where)
            else:
                index = where
            if method in ("max", "min") and jax.numpy.issubdtype(values.dtype, jax.numpy.floating):
                limit = -np.inf if method == "max" else np.inf  # NaN is neither greater nor less
                values = jax.numpy.where(values != values, jax.numpy.asarray(limit, values.dtype), values)
            if array.dtype == bool and method in ("add", "subtract"):
                values = array[index] | values if method == "add" else array[index] ^ values
                return array.at[index].set(values)
            if method == "divide" and array.dtype.kind in "iu":  # towards zero, by all that meet there
                by = jax.numpy.ones_like(array).at[index].multiply(values)
                return jax.lax.div(array, by)
            return getattr(array.at[index], method)(values)

        plan = _scatter_plans[how] = Plan(f"scatter_{how}", body)
    return plan
