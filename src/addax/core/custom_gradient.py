"""Gradients of the user's own: tf.custom_gradient, recompute_grad, grad_pass_through.

Run eagerly, the user's gradient function is called by the tape, with the op's record. In a traced function, function
and gradient are staged and become one `jax.custom_vjp`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, errors, trees
from addax.core.dispatch import run_plan
from addax.core.links import inexact
from addax.core.plans import Plan
from addax.core.staging import Staged
from addax.core.tape import GradientTape
from addax.core.tensor import Tensor
from addax.core.variable import Variable

_state = context.state

_SAME = Plan("identity", lambda a: a)


class _Watcher:
    """A tape that records nothing and notes which trainable variables are read."""

    forward = False
    _deferral = None

    def __init__(self) -> None:
        self.variables: dict[int, Variable] = {}

    def inputs_of(self, leaves: Any) -> None:
        for leaf in leaves:
            if isinstance(leaf, Variable) and leaf.trainable:
                self.variables[id(leaf)] = leaf

    def knows(self, tensor: Any) -> bool:
        """No tensor is watched by this."""
        return False

    def left(self, each: Any) -> None:
        """What is read as NumPy has no gradient."""

    def __enter__(self) -> _Watcher:
        context.set_tapes((*_state.tapes, self))  # type: ignore[arg-type]
        return self

    def __exit__(self, *exc: object) -> None:
        context.set_tapes(tuple(tape for tape in _state.tapes if tape is not self))


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """A decorator: the function brings its own gradient.

    Args:
        f: a function that returns (result, grad_fn). `grad_fn(*upstream)` takes one gradient per result and returns one
            per tensor argument. If `f` uses variables, `grad_fn` must take `variables=` and return (gradients of the
            arguments, gradients of the variables).

    Returns:
        A function that returns the result alone.

    >>> import addax as tf
    >>> @tf.custom_gradient
    ... def clipped(x):
    ...     return x, lambda upstream: tf.clip_by_norm(upstream, 0.5)
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = clipped(x) * 2.0
    >>> tape.gradient(y, x).numpy()
    np.float32(0.5)
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if _state.trace is None or any(tape.forward for tape in _state.tapes):
            return _eager(f, args, kwargs)
        return _traced(f, args, kwargs)

    return decorated


def _tensor_leaves(args: Any) -> list[Any]:
    return [leaf for leaf in trees.flatten(args) if isinstance(leaf, Tensor | Variable)]


def _name(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _split(f: Any, returned: Any) -> tuple[Any, Callable[..., Any]]:
    if not isinstance(returned, tuple) or len(returned) != 2 or not callable(returned[1]):
        raise TypeError(
            errors.message(
                f"tf.custom_gradient of {_name(f)}",
                expected="the function to return (result, grad_fn)",
                received=returned,
            )
        )
    return returned


def _takes_variables(grad_fn: Any) -> bool:
    try:
        parameters = inspect.signature(grad_fn).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.name == "variables" or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)


def _without_variables(f: Any, variables: list[Variable]) -> TypeError:
    return TypeError(
        errors.message(
            f"tf.custom_gradient of {_name(f)}",
            expected="grad_fn to accept the keyword argument 'variables', because the function uses variables",
            received=", ".join(variable.name for variable in variables),
            hint="write `def grad_fn(upstream, variables=None): return input_gradients, variable_gradients`",
        )
    )


def _call_gradient(
    f: Any, grad_fn: Any, upstream: list[Any], inputs: list[Any], variables: list[Variable], args: tuple[Any, ...] = ()
) -> list[Any]:
    """The user's gradients, one per input leaf and then one per variable; `args`: the inputs, numbers too."""
    if variables:
        if not _takes_variables(grad_fn):
            raise _without_variables(f, variables)
        given, of_variables = grad_fn(*upstream, variables=variables)
        of_variables = list(trees.flatten(of_variables))
    else:
        given, of_variables = grad_fn(*upstream), []
    of_inputs = list(trees.flatten(given)) if isinstance(given, list | tuple | dict) else [given]
    if len(of_variables) != len(variables):
        raise ValueError(
            f"tf.custom_gradient of {_name(f)}: Must return gradient for each variable from @custom_gradient grad_fn: "
            f"expected {len(variables)}, received {len(of_variables)}."
        )
    every = trees.flatten(args)
    if len(of_inputs) == len(every) != len(inputs):  # one per argument, numbers included, as TensorFlow has it
        of_inputs = [grad for grad, each in zip(of_inputs, every, strict=True) if isinstance(each, Tensor | Variable)]
    if len(of_inputs) != len(inputs):
        raise ValueError(
            f"tf.custom_gradient of {_name(f)}: expected grad_fn to return {len(inputs)} gradients, one per tensor "
            f"argument, received {len(of_inputs)}."
        )
    return [None if grad is None else convert.convert_to_tensor(grad) for grad in (*of_inputs, *of_variables)]


def _eager(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not _state.tapes:
        return _split(f, f(*args, **kwargs))[0]
    with _Watcher() as watcher:
        result, grad_fn = _split(f, f(*args, **kwargs))
    inputs = _tensor_leaves((args, kwargs))
    known = {id(each) for each in inputs}
    variables = [variable for key, variable in watcher.variables.items() if key not in known]
    leaves = [*inputs, *variables]
    tapes = [(tape, slots) for tape in _state.tapes if (slots := tape.inputs_of(leaves)) is not None]
    if not tapes:
        return result
    if variables and not _takes_variables(grad_fn):
        raise _without_variables(f, variables)
    fresh = [Tensor(convert.value_of(leaf)) for leaf in trees.flatten(result)]

    def pull(record: Any, given: list[Any]) -> list[Any]:
        upstream = [_zeros_of(output) if grad is None else grad for output, grad in zip(fresh, given, strict=True)]
        return _call_gradient(f, grad_fn, upstream, inputs, variables, args)

    plan = Plan(f"custom_gradient {_name(f)}", _unreachable, _unreachable)
    plan.custom = pull
    values = [[convert.value_of(each) for each in inputs], [convert.value_of(each) for each in variables]]
    for tape, slots in tapes:
        tape.record(plan, slots, (inputs, variables), values, list(fresh), None)
        for mine, own in zip(fresh, trees.flatten(result), strict=True):
            tape.follow(mine, own)
    return trees.pack(result, fresh) if trees.is_nested(result) else fresh[0]


def _unreachable(*values: Any) -> Any:
    raise AssertionError("a custom gradient is called through its record")


def _zeros_of(tensor: Tensor) -> Tensor:
    return Tensor(jnp.zeros(tensor._value.shape, tensor._value.dtype))


def _traced(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    inputs = _tensor_leaves((args, kwargs))
    values = [convert.value_of(each) for each in inputs]

    def forward(*tensors: Tensor) -> Any:
        new_args, new_kwargs = _replaced((args, kwargs), tensors)
        return _split(f, f(*new_args, **new_kwargs))[0]

    staged = Staged(forward, values)
    own = [v for v in staged.variables if v.trainable and inexact(v._value.dtype)]  # also where they are arguments
    count = len(values)

    unlinked: set[int] = set()  # inputs, and behind them variables, that the function gives None for

    def backward(*tensors: Tensor) -> Any:
        new_args, new_kwargs = _replaced((args, kwargs), tensors[:count])
        _, grad_fn = _split(f, f(*new_args, **new_kwargs))
        grads = _call_gradient(f, grad_fn, list(tensors[count:]), list(tensors[:count]), own, new_args)
        unlinked.update(i for i, grad in enumerate(grads) if grad is None)
        like = [*tensors[:count], *own]
        return [_zeros_of(Tensor(convert.value_of(x))) if g is None else g for g, x in zip(grads, like, strict=True)]

    pull = Staged(backward, [*values, *staged.outputs])
    outside = {id(v): v for v in (*staged.variables, *pull.variables)}
    variables = list(outside.values())
    order = {key: i for i, key in enumerate(outside)}
    plan = Plan(f"custom_gradient {_name(f)}", _with_gradient(staged, pull, order, own))
    arrays = (variables, inputs, staged.captured, pull.captured)
    every = (1 << sum(map(len, arrays))) - 1
    cut = sum(1 << (len(variables) + i if i < count else order[id(own[i - count])]) for i in unlinked)
    plan.links = (every & ~cut,) * (len(staged.outputs) + len(staged.written))
    states = [variable.__tf_value__() for variable in variables]
    captured = [[t._value for t in staged.captured], [t._value for t in pull.captured]]
    out, written = run_plan(plan, arrays, [states, values, *captured])
    for variable, value in zip(staged.written, written, strict=True):
        variable.set_value(value._value)
    return staged.rebuild(list(out))


def _with_gradient(staged: Staged, pull: Staged, order: dict[int, int], own: list[Variable]) -> Callable[..., Any]:
    """The staged function as a `jax.custom_vjp` whose gradient is `pull`.

    Args:
        staged: the function, of its arguments.
        pull: its gradient: of the arguments and the gradients of the results; to those of the arguments and of `own`.
        order: where the variables' values stand, by their identities.
        own: the variables that `pull` has gradients for.

    Returns:
        A function of all variables' values, the arguments, and what the two functions caught.
    """

    def pick(states: Any, wanted: Any) -> list[Any]:
        return [states[order[id(v)]] for v in wanted]

    @jax.custom_vjp
    def run(states: Any, arguments: Any, caught: Any, caught_back: Any) -> Any:
        return staged.pure(pick(states, staged.variables), arguments, caught)

    def run_forward(states: Any, arguments: Any, caught: Any, caught_back: Any) -> Any:
        return run(states, arguments, caught, caught_back), (states, arguments, caught, caught_back)

    def run_backward(kept: Any, cotangents: Any) -> Any:
        states, arguments, caught, caught_back = kept
        upstream = [
            jnp.zeros(aval.shape, aval.dtype) if grad.dtype == jax.dtypes.float0 else grad
            for aval, grad in zip(staged.outputs, cotangents[0], strict=True)
        ]
        grads, _ = pull.pure(pick(states, pull.variables), [*arguments, *upstream], caught_back)
        of_states = [_no_gradient(value) for value in states]
        for variable, grad in zip(own, grads[len(arguments) :], strict=True):
            of_states[order[id(variable)]] = grad
        of_arguments = [
            grad.astype(x.dtype) if inexact(x.dtype) else _no_gradient(x)
            for x, grad in zip(arguments, grads, strict=False)
        ]
        return of_states, of_arguments, [_no_gradient(x) for x in caught], [_no_gradient(x) for x in caught_back]

    run.defvjp(run_forward, run_backward)
    return run


def _no_gradient(value: Any) -> Any:
    if inexact(value.dtype):
        return jnp.zeros(value.shape, value.dtype)
    return np.zeros(value.shape, jax.dtypes.float0)


def _replaced(structure: Any, tensors: Any) -> Any:
    rest = iter(tensors)
    leaves = [next(rest) if isinstance(leaf, Tensor | Variable) else leaf for leaf in trees.flatten(structure)]
    return trees.pack(structure, leaves)


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose intermediate values are not kept for the gradient but computed again: less memory, more time.

    Args:
        f: a function of tensors; it may use variables.

    Returns:
        A function of the same arguments and results.

    >>> import addax as tf
    >>> x = tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     y = tf.recompute_grad(lambda t: t * t)(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(4.0)
    """

    @functools.wraps(f)
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        if _state.trace is None:
            return _eager(functools.partial(_forgetful, f), args, kwargs)
        inputs = _tensor_leaves((args, kwargs))
        values = [convert.value_of(each) for each in inputs]

        def forward(*tensors: Tensor) -> Any:
            new_args, new_kwargs = _replaced((args, kwargs), tensors)
            return f(*new_args, **new_kwargs)

        staged = Staged(forward, values)
        plan = Plan("recompute_grad", jax.checkpoint(staged.pure))
        states = [variable.__tf_value__() for variable in staged.variables]
        caught = [tensor._value for tensor in staged.captured]
        out, written = run_plan(plan, (staged.variables, inputs, staged.captured), [states, values, caught])
        for variable, value in zip(staged.written, written, strict=True):
            variable.set_value(value._value)
        return staged.rebuild(list(out))

    return recomputed


def _forgetful(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`f` with a gradient function that runs it again under a tape."""
    outer = tuple(tape for tape in _state.tapes if isinstance(tape, _Watcher))
    recording = _state.tapes
    context.set_tapes(outer)
    try:
        result = f(*args, **kwargs)
    finally:
        context.set_tapes(recording)

    def grad(*upstream: Any, variables: Any = None) -> Any:
        inputs = _tensor_leaves((args, kwargs))
        # Not the inputs themselves, whose ways would be followed twice; outer tapes see where these come from.
        again = [each if isinstance(each, Variable) else run_plan(_SAME, (each,)) for each in inputs]
        new_args, new_kwargs = _replaced((args, kwargs), again)
        with GradientTape() as tape:
            for each in again:
                if inexact(each._value.dtype):
                    tape.watch(each)
            out = f(*new_args, **new_kwargs)
        grads = tape.gradient(trees.flatten(out), [*again, *(variables or [])], list(upstream))
        if variables:
            return grads[: len(again)], grads[len(again) :]
        return grads

    return result, grad


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose gradient is that of the identity (a straight-through estimator).

    Args:
        f: a function of one tensor that keeps its shape.

    >>> import addax as tf
    >>> x = tf.Variable(1.6)
    >>> with tf.GradientTape() as tape:
    ...     y = tf.grad_pass_through(tf.round)(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(1.0)
    """

    @custom_gradient
    def through(*args: Any, **kwargs: Any) -> Any:
        def grad(*upstream: Any, variables: Any = None) -> Any:
            given = upstream[0] if len(upstream) == 1 else list(upstream)
            return (given, [None] * len(variables)) if variables is not None else given

        return f(*args, **kwargs), grad

    return through
