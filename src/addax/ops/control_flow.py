"""Loops and order: tf.while_loop; and Assert, group, no_op.

Run eagerly a loop is Python's. In a traced function it is XLA's; variables that its body writes are carried through.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, effects, errors, trees
from addax.core.dispatch import run_plan
from addax.core.graph_calls import call_in_graph
from addax.core.plans import Plan
from addax.core.staging import Shared, Staged, read_variables
from addax.core.structures import flatten_result, holds_text, rebuild, tensors_of
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops.differentiable_while import while_loop as repeat_while
from addax.ops.symbolic import takes_symbolic

_state = context.state


# ---------------------------------------------------------------------------- loops


@call_in_graph("while_loop")
@takes_symbolic("while_loop")
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Repeat `body` while `cond` holds.

    Args:
        cond: from the loop variables to a scalar bool.
        body: from the loop variables to new ones of the same structure, dtypes and shapes.
        loop_vars: a list, tuple or other structure of tensors.
        shape_invariants: accepted; while a function is traced shapes are fixed, and a loop that changes them runs
            eagerly.
        parallel_iterations: has no effect; XLA schedules.
        back_prop: False stops gradients at the loop.
        swap_memory: has no effect.
        maximum_iterations: a limit.
        name: ignored.

    Returns:
        The loop variables after the last iteration.

    >>> import addax as tf
    >>> tf.while_loop(lambda i: i < 10, lambda i: [i + 3], [tf.constant(0)])[0].numpy()
    np.int32(12)
    """
    if not callable(cond):
        raise TypeError("tf.while_loop: 'cond' must be callable.")
    if not callable(body):
        raise TypeError("tf.while_loop: 'body' must be callable.")
    if not trees.flatten(loop_vars):
        raise ValueError("tf.while_loop: 'loop_vars' must be provided (No loop variables provided).")
    if not isinstance(parallel_iterations, int) or parallel_iterations < 1:
        raise TypeError("tf.while_loop: 'parallel_iterations' must be a positive integer.")
    limit = None if maximum_iterations is None else convert.value_of(maximum_iterations)
    if limit is not None and limit.dtype.kind not in "iu":
        raise TypeError(f"tf.while_loop: expected maximum_iterations of int32, received {maximum_iterations!r}.")
    if isinstance(limit, Tracer):
        raise NotCompilable("tf.while_loop with a maximum_iterations that is only known when the function runs")
    limit = None if limit is None else int(np.asarray(limit))
    if _state.trace is None:
        out = _while_python(cond, body, loop_vars, limit)
    else:
        out = _While(cond, body, loop_vars, limit).run()
    if not back_prop:
        from addax.ops.shaping import stop_gradient  # the one op of another file that loops need

        out = trees.map_structure(stop_gradient, out)
    return out


def _as_arguments(loop_vars: Any) -> Any:
    return loop_vars if isinstance(loop_vars, list | tuple) else (loop_vars,)


def _packed(result: Any, loop_vars: Any) -> Any:
    """What a body returned, in the structure of the loop variables (one variable may come without its list)."""
    if isinstance(loop_vars, list | tuple) and len(loop_vars) == 1 and not isinstance(result, list | tuple):
        return type(loop_vars)([result]) if isinstance(loop_vars, list) else (result,)
    if not isinstance(loop_vars, list | tuple) and isinstance(result, list | tuple) and len(result) == 1:
        return result[0]
    return result


def _to_tensors(structure: Any) -> Any:
    def one(leaf: Any) -> Any:
        if hasattr(leaf, "__tf_flatten__"):
            return leaf
        return convert.convert_to_tensor(leaf)

    return trees.map_structure(one, structure)


def _while_python(cond: Any, body: Any, loop_vars: Any, limit: int | None) -> Any:
    count = 0
    loop_vars = _to_tensors(loop_vars)
    while (limit is None or count < limit) and bool(cond(*_as_arguments(loop_vars))):
        result = _packed(body(*_as_arguments(loop_vars)), loop_vars)
        _same_structure(loop_vars, result)
        loop_vars = _to_tensors(result)
        count += 1
    return loop_vars


def _same_structure(before: Any, after: Any) -> None:
    as_list = list if isinstance(before, list | tuple) else lambda x: x
    try:
        trees.assert_same_structure(
            as_list(before), as_list(after) if isinstance(after, list | tuple) else after, False
        )
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"tf.while_loop: the two structures (loop_vars and what body returned) differ: {error}"
        ) from None


class _While:
    """A while loop being staged."""

    def __init__(self, cond: Any, body: Any, loop_vars: Any, limit: int | None) -> None:
        self.start = _to_tensors(read_variables(loop_vars))
        self.limit = limit
        for _ in range(2):
            self.arrays, self.structure = flatten_result(self.start)
            self.body = Staged(lambda *flat: self._flat_body(body, flat), self.arrays)
            grown = self._grown(self.body.outputs)
            if grown is None:
                break
            self.start = grown  # TensorArrays that learn the shape of their elements in the body
        self.cond = Staged(lambda *flat: (cond(*_as_arguments(rebuild(self.structure, list(flat)))),), self.arrays)
        self._check()
        self.shared = Shared([self.cond, self.body])

    def _flat_body(self, body: Any, flat: Any) -> Any:
        before = rebuild(self.structure, list(flat))
        after = _packed(body(*_as_arguments(before)), before)
        _same_structure(before, after)
        self.after = _to_tensors(read_variables(after))
        flat, description = flatten_result(self.after)
        if holds_text(description):
            raise NotCompilable("tf.while_loop over strings, which XLA does not have")
        return flat

    def _grown(self, outputs: Any) -> Any:
        """The start with storage in TensorArrays that had none, if the body gave them some."""
        if len(outputs) == len(self.arrays):
            return None
        before, after = trees.flatten(self.start), trees.flatten(self.after)
        filled = [
            leaf._with_room(later) if hasattr(leaf, "_with_room") else leaf
            for leaf, later in zip(before, after, strict=True)
        ]
        return trees.pack(self.start, filled)

    def _check(self) -> None:
        if self.cond.written:
            raise NotCompilable("tf.while_loop whose condition assigns to variables")
        if len(self.body.outputs) != len(self.arrays):
            raise NotCompilable("tf.while_loop whose body changes the structure of the loop variables")
        for i, (before, after) in enumerate(zip(self.arrays, self.body.outputs, strict=True)):
            if before.dtype != after.dtype:
                raise TypeError(
                    errors.message(
                        "tf.while_loop",
                        expected=f"loop variable {i} to keep its dtype {np.dtype(before.dtype).name}",
                        received=f"{np.dtype(after.dtype).name} from the body",
                        hint="cast it with tf.cast",
                    )
                )
            if tuple(before.shape) != tuple(after.shape):
                raise NotCompilable(
                    f"tf.while_loop whose body changes the shape of loop variable {i} from {tuple(before.shape)} to "
                    f"{tuple(after.shape)}"
                )

    def _holds(self, variables: Any, carry: Any, captured: Any) -> Any:
        out, _ = self.shared.run(self.cond, variables, carry, captured)
        return out[0].reshape(()).astype(bool)

    def _loop(self, variables: Any, start: Any, captured: Any) -> Any:
        """XLA's loop, of (count, loop variables, variables that are written)."""
        size = len(start)

        def go_on(state: Any) -> Any:
            holds = self._holds(self.shared.merged(variables, state[1 + size :]), state[1 : 1 + size], captured)
            return holds if self.limit is None else holds & (state[0] < self.limit)

        def step(state: Any) -> list[Any]:
            merged = self.shared.merged(variables, state[1 + size :])
            out, after = self.shared.run(self.body, merged, state[1 : 1 + size], captured)
            return [state[0] + 1, *out, *after]

        out = repeat_while(go_on, step, [np.int32(0), *start, *self.shared.written_of(variables)])
        return out[1 : 1 + size], out[1 + size :]

    def run(self) -> Any:
        values = self.shared.values()
        start = tensors_of(self.start)
        caught = [tensor._value for tensor in self.shared.captured]
        arrays = (self.shared.variables, start, self.shared.captured)
        values = [values, [leaf._value for leaf in start], caught]
        out, written = run_plan(Plan("tf.while_loop", self._loop), arrays, values)
        self.shared.store(written)
        return rebuild(self.structure, list(out))


# ---------------------------------------------------------------------------- checks and order


def check(condition: Any, text: Callable[..., str], *arrays: Any) -> None:
    """Raise InvalidArgumentError(text(*arrays)) unless the condition holds, now or when compiled code runs."""
    if not any(isinstance(each, Tracer) for each in (condition, *arrays)):
        if not bool(np.all(np.asarray(condition))):
            raise errors.InvalidArgumentError(text(*[np.asarray(each) for each in arrays]))
        return

    def on_host(holds: Any, *values: Any) -> None:
        if not bool(np.all(holds)):
            raise errors.InvalidArgumentError(text(*values))

    effects.on_host(on_host, condition, *arrays)


def Assert(condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None) -> None:  # noqa: N802
    """Check that a condition holds; in a compiled function, when it runs.

    Args:
        condition: a bool tensor, all of which must be true.
        data: what the error shows.
        summarize: how many elements of each; 3 by default, -1 for all.
        name: ignored.

    Raises:
        InvalidArgumentError: it does not hold.

    >>> import addax as tf
    >>> tf.debugging.Assert(tf.constant(1) > 0, ["positive"])
    """
    shown = 3 if summarize is None else summarize
    fixed = [item if isinstance(item, str | bytes) else convert.value_of(item) for item in data]

    def text(*values: Any) -> str:
        rest = iter(values)
        parts = [
            item if isinstance(item, str | bytes) else np.asarray(item if isinstance(item, np.ndarray) else next(rest))
            for item in fixed
        ]
        lines = "\n".join(f"{summary(part, shown)}" for part in parts)
        return f"Expected 'tf.Tensor(False, shape=(), dtype=bool)' to be true. Summarized data: {lines}"

    arrays = [item for item in fixed if not isinstance(item, str | bytes | np.ndarray)]
    check(convert.value_of(condition), text, *arrays)


def summary(value: Any, most: int) -> str:
    """The first `most` elements of an array, as errors show them."""
    if isinstance(value, str):
        return value.encode().__repr__()
    if isinstance(value, bytes):
        return repr(value)
    array = np.asarray(value)
    if array.ndim == 0:
        return str(array[()])
    flat = array.reshape(-1)
    shown = flat if most < 0 else flat[:most]
    tail = ", ..." if shown.size < flat.size else ""
    return "[" + ", ".join(str(item) for item in shown) + tail + "]"


def group(*inputs: Any, **kwargs: Any) -> None:
    """Nothing: the inputs have run already, in the order of the program.

    >>> import addax as tf
    >>> tf.group(tf.constant(1), tf.constant(2))
    """


def no_op(name: str | None = None) -> None:
    """Nothing.

    >>> import addax as tf
    >>> tf.no_op()
    """


def tuple_(tensors: Any, control_inputs: Any = None, name: str | None = None) -> list[Any]:
    """The tensors (None stays None); they are all computed when this is called.

    >>> import addax as tf
    >>> [t.numpy() for t in tf.tuple([tf.constant(1)])]
    [np.int32(1)]
    """
    return [None if each is None else convert.convert_to_tensor(each) for each in tensors]


@contextlib.contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """A block that runs after `control_inputs`, which holds anyway: ops run in the order of the program.

    Args:
        control_inputs: tensors; functions among them are called.

    >>> import addax as tf
    >>> x = tf.Variable(1.0)
    >>> with tf.control_dependencies([x.assign(2.0)]):
    ...     y = x + 1.0
    >>> y.numpy()
    np.float32(3.0)
    """
    for each in control_inputs or ():
        if callable(each) and not isinstance(each, Tensor) and not hasattr(each, "__tf_value__"):
            each()
    yield
