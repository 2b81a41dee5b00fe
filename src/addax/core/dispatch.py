"""One op is one function over jax.numpy under one decorator; here is the decorator.

An op's body takes and returns JAX arrays. Its annotations say which arguments are arrays: `TensorLike` arguments share
one dtype, `FreeLike` ones have their own, `TensorList` is a list of arrays that share the dtype. Everything else is
static: hashable, and compiled in. From that the decorator makes the public function, which

- converts arguments by TensorFlow's rules (Python numbers take the dtype of the tensors beside them),
- eagerly, calls one `jax.jit` per op and static arguments, so that a call is one C++ dispatch,
- in a traced function, calls the body; with only constants as inputs it computes the constant,
- tells the tapes,
- hands symbolic arguments (Keras) over to their `__symbolic_call__`, ragged ones to their `__composite_call__`.

Checks belong in the body: it runs once per dtype and shape, so they cost nothing afterwards.
"""

from __future__ import annotations

import functools
import threading
import types
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import numpy as np

from addax.core import context, convert, errors, small_tensors, whole_numbers
from addax.core.convert import TensorList
from addax.core.failures import UnfitError, explained
from addax.core.jax_programs import arrays_of, gives_arrays
from addax.core.linearization import linearize, zero_safe
from addax.core.operands import prepare
from addax.core.plans import Op, Plan
from addax.core.static_arguments import hashable
from addax.core.tensor import NotCompilable, Tensor, Tracer

F = TypeVar("F", bound=Callable[..., Any])
_state = context.state
_JaxArray: Any = None  # the concrete array class, which jit returns; known once an op has run (see `wrap`)
_GROUPS = {"TensorLike": "T", "FreeLike": "free", "TensorList": "list", "FreeList": "freelist"}


# ---------------------------------------------------------------------------- calling


# The class of variables; variable.py, which imports this file, puts it here.
Variable: Any = None


def call(op: Op, arrays: tuple[Any, ...], static: tuple[Any, ...]) -> Any:
    """What every public op function does: eager and unwatched on the short path, everything else on the long one."""
    if not _state.quiet:
        out = _put_off(op, arrays, static)
        if out is not None:
            return out
    elif op.small is not None and not _state.devices:
        first = arrays[0] if arrays else None
        if type(first) is float and op.pair:  # 2.0 * x
            first = arrays[1]
        if type(first) is not Tensor or first._host is not None:
            out = small_tensors.compute(op, arrays, static)
            if out is not None:
                return out
    values = []
    for array in arrays:
        kind = type(array)
        if kind is Tensor:
            values.append(array._value if array._jax is None else array._jax)
        elif kind is Variable and _state.trace is None:
            array._handed_out = True  # an op may hand its input on as its output
            values.append(array._array)
        elif kind is float and values and op.alike and values[0].dtype.kind == "f":  # x * 2.0, the usual number
            value = convert.scalar(array, values[0].dtype)
            values.append(value)
            if not _state.quiet:
                arrays = (*arrays[: len(values) - 1], Tensor(value), *arrays[len(values) :])
        elif (
            kind is float and op.pair and not values and type(arrays[1]) is Tensor and arrays[1]._form.dtype.kind == "f"
        ):
            other = arrays[1]._value  # 2.0 * x
            values = [convert.scalar(array, other.dtype), other]
            if not _state.quiet:
                arrays = (Tensor(values[0]), arrays[1])
            break
        else:
            found = _short(op, arrays)
            if found is None:
                return _call_general(op, arrays, static)
            arrays, values = found
            break
    try:
        plan = op.plans[static]
    except (KeyError, TypeError):
        plan = _plan_of(op, static)
        if plan is None:
            return _call_general(op, arrays, static)
    if _state.quiet:
        try:
            out = plan.run(*values)
        except Exception as error:
            return _failed(op, plan, arrays, values, static, error)
        return Tensor(out) if type(out) is _JaxArray else wrap(out)
    return _call_watched(op, plan, arrays, values, static)


def _put_off(op: Op, arrays: tuple[Any, ...], static: tuple[Any, ...]) -> Tensor | None:
    """The result of an op whose tape has it computed later (see deferral.py); None usually."""
    deferral = _deferral()
    if deferral is None or not op.differentiable:
        return None
    try:
        plan = op.plans[static]
    except (KeyError, TypeError):
        plan = _plan_of(op, static)
    return None if plan is None else deferral.call(plan, arrays, op.alike)


def _deferral() -> Any:
    """What the open tape puts its ops off with; None where they run at once."""
    tapes = _state.tapes
    return tapes[0]._deferral if len(tapes) == 1 and not _state.devices and _state.observer is None else None


def _short(op: Op, arrays: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any]] | None:
    """The short path of `0.01 * x` and `tf.stack([x, y])`: numbers beside tensors, and lists of tensors.

    Returns (what tapes know the arguments by, their arrays); None where something else is among them.
    """
    dtype, numbers, values, place = None, None, [], 0
    for array in arrays:
        kind = type(array)
        group = op.groups[place][1]
        if kind is Tensor:
            value = array._value
            if dtype is None and group == "T":
                dtype = value.dtype
        elif (kind is float or kind is int) and group == "T":
            value = None  # it takes the dtype of the tensors beside it
            numbers = [place] if numbers is None else [*numbers, place]
        elif kind is Variable and _state.trace is None:
            array._handed_out = True
            value = array._array
            if dtype is None and group == "T":
                dtype = value.dtype
        elif kind is list and array and (group == "list" or group == "freelist"):
            value = []
            for item in array:
                if type(item) is not Tensor:
                    return None
                value.append(item._value)
        else:
            return None
        values.append(value)
        place += 1
    if numbers is None:
        return arrays, values
    if dtype is None:
        return None
    floating, whole = dtype.kind in "fV", dtype.kind in "iu"
    for place in numbers:
        number = arrays[place]
        if not (floating or whole and type(number) is int):
            return None
        values[place] = convert.scalar(number, dtype)
    if _state.quiet:  # nobody asks for tensors
        return arrays, values
    return tuple([Tensor(values[i]) if i in numbers else array for i, array in enumerate(arrays)]), values


def _plan_of(op: Op, static: tuple[Any, ...]) -> Plan | None:
    """The plan of static arguments that were not looked up at once: lists, or new ones. None if they are symbolic."""
    try:
        return op.plans[tuple([_frozen(value) for value in static])]
    except (KeyError, TypeError):
        return op.plan(static) if _symbolic_static(static) is None else None


_UNWHOLE = (float, bool, np.generic)


def _frozen_list(value: list[Any]) -> Any:
    """A (nested) list of whole numbers as a tuple; other lists as they are."""
    for item in value:
        if type(item) is not int:
            break
    else:
        return tuple(value)
    items = []
    for item in value:
        if type(item) is list:
            item = _frozen_list(item)
            if type(item) is list:
                return value
        elif type(item) is not int:
            return value
        items.append(item)
    return tuple(items)


def _frozen(value: Any) -> Any:
    if type(value) is not list:
        return value
    items = []
    for item in value:
        if type(item) is list:
            item = _frozen(item)
        elif isinstance(item, _UNWHOLE):  # [1.0] is no [1], but is found for it
            raise TypeError
        items.append(item)
    return tuple(items)


def run_plan(plan: Plan, arrays: tuple[Any, ...], values: list[Any] | None = None) -> Any:
    """Call a plan on tensors (lists and None allowed), with tapes and tracing as for an op.

    `values` are given where the arrays are variables that may have changed since they were read.
    """
    if values is None:
        deferral = _deferral()
        out = None if deferral is None else deferral.call(plan, arrays, False)
        if out is not None:
            return out
        values = [_plain(array) for array in arrays]
    if _state.quiet:
        try:
            return wrap(plan.run(*values))
        except Exception as error:
            return _failed(None, plan, arrays, values, (), error)
    return _call_watched(None, plan, arrays, values, ())


def _plain(array: Any) -> Any:
    if isinstance(array, list | tuple):
        return [_plain(item) for item in array]
    if array is None or type(array) is np.int32:  # where a slice begins
        return array
    return array._value if type(array) is Tensor else array.__tf_value__()


def wrap(out: Any) -> Any:
    """Arrays of an op's result as tensors."""
    if isinstance(out, list):
        return [wrap(item) for item in out]
    if isinstance(out, tuple):
        wrapped = [wrap(item) for item in out]
        return type(out)(*wrapped) if hasattr(out, "_fields") else tuple(wrapped)
    if out is None:
        return None
    if _JaxArray is None and not isinstance(out, Tracer):
        globals()["_JaxArray"] = type(out)
    return Tensor(out)


def _call_general(op: Op, arrays: tuple[Any, ...], static: tuple[Any, ...]) -> Any:
    """Arguments that are not all tensors: variables, numbers, arrays, lists, symbolic tensors."""
    if any(hasattr(array, "__tf_operand__") for array in leaves_of(arrays)):
        arrays = tuple([_operand(array) for array in arrays])
    for array in arrays:
        parts = array if isinstance(array, list | tuple) else (array,)
        for part in parts:
            # Keras's symbolic tensors; ragged tensors.
            handler = getattr(part, "__symbolic_call__", None) or getattr(part, "__composite_call__", None)
            if handler is not None:
                return handler(op.public, arrays, static, op)
    for value in static:
        symbolic = _symbolic_static(value)
        if symbolic is not None:
            handler = getattr(symbolic, "__symbolic_call__", None) or symbolic.__static_call__
            return handler(op.public, arrays, static, op)
    bare = gives_arrays(arrays)
    arrays, values = prepare(op, arrays)
    plan = op.plan(static)
    if _state.quiet:
        try:
            out = wrap(plan.run(*values))
        except Exception as error:
            return _failed(op, plan, arrays, values, static, error)
    else:
        out = _call_watched(op, plan, arrays, values, static)
    return arrays_of(out) if bare else out


def _operand(array: Any) -> Any:
    """What stands for an argument that is seen as something else here (a mixed-precision layer's variable)."""
    if isinstance(array, list | tuple):
        return [_operand(item) for item in array]
    return array.__tf_operand__() if hasattr(array, "__tf_operand__") else array


def _symbolic_static(value: Any) -> Any:
    """The first part of a static argument that takes the call over: a symbolic one, or a ragged shape."""
    if hasattr(value, "__symbolic_call__") or hasattr(value, "__static_call__"):
        return value
    if isinstance(value, list | tuple):
        return next((found for item in value if (found := _symbolic_static(item)) is not None), None)
    return None


def _call_watched(op: Op | None, plan: Plan, arrays: Any, values: list[Any], static: Any) -> Any:
    """An op while a tape records or a function is traced."""
    open_tapes = _state.tapes
    usual = _state.trace is None and _state.observer is None
    if usual and len(open_tapes) == 1 and op is not None and op.differentiable:
        tape = open_tapes[0]
        inputs = tape.inputs_of(arrays)
        try:
            out = plan.run(*values)
        except Exception as error:
            return _failed(op, plan, arrays, values, static, error)
        result = Tensor(out) if type(out) is _JaxArray else wrap(out)
        if inputs is not None:
            tape.record(plan, inputs, arrays, values, result, None)
        return result
    if _state.trace is not None:
        if _state.trace.graph is not None:
            return _state.trace.call(op, plan, arrays, values, static)
        values = [_captured(array, value) for array, value in zip(arrays, values, strict=True)]
    tapes: list[Any] = []
    if _state.tapes:
        leaves = leaves_of(arrays)
        for tape in _state.tapes:
            inputs = tape.inputs_of(leaves)
            if inputs is not None:
                tapes.append((tape, inputs))
        if op is not None and not op.differentiable:
            for tape, inputs in tapes:
                tape.cut(op.name, inputs)
            tapes = []
    pull, trace = None, _state.trace
    try:
        if trace is None:
            out = plan.run(*values)
        elif not any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(values)):
            out = _constant_or_staged(plan, values)
        elif len(tapes) == 1 and plan.custom is None and not _state.tapes[1:]:
            # The usual traced training step: keep the residuals of the forward pass.
            mask = tuple([slot >= 0 for slot in tapes[0][1]])
            out, pull = linearize(plan.body, mask, tuple(values))
        else:
            out = (zero_safe(plan.body) if op is not None and op.zero_stays_zero else plan.body)(*values)
        if trace is not None and op is not None and not op.differentiable:
            out = jax.tree.map(jax.lax.stop_gradient, out)  # so that `links` can tell None from zeros
    except Exception as error:
        return _failed(op, plan, arrays, values, static, error)
    if _state.observer is not None:
        _state.observer(plan.name, values, out)
    result = Tensor(out) if type(out) is _JaxArray else wrap(out)
    for tape, inputs in tapes:
        tape.record(plan, inputs, arrays, values, result, pull)
    if trace is not None:
        if op is not None and op.sought is not None:
            op.remember(result, arrays, static)
        if trace.recorder is not None:
            trace.recorder.note(op, plan, arrays, static, result)
    return result


def _captured(array: Any, value: Any) -> Any:
    """An argument's value in a traced function, where tensors from outside may be inputs rather than constants."""
    if type(array) is Tensor:
        if isinstance(value, Tracer) or isinstance(value, np.ndarray) or value.dtype.kind in "biu":
            return value
        found = _state.trace.constant(array)  # type: ignore[union-attr]
        return value if found is None else found
    if isinstance(array, list | tuple) and isinstance(value, list | tuple):
        return type(value)(_captured(item, part) for item, part in zip(array, value, strict=True))
    return value


def leaves_of(arrays: Any) -> Any:
    """The tensors and variables among an op's inputs or outputs, lists opened, None left out (as JAX's trees do)."""
    for array in arrays:
        if array is None or isinstance(array, list | tuple):
            break
    else:
        return arrays
    found: list[Any] = []
    for array in arrays:
        if isinstance(array, list | tuple):
            found.extend(leaves_of(array))
        elif array is not None:
            found.append(array)
    return found


def _constant_or_staged(plan: Plan, values: list[Any]) -> Any:
    """Constants meet in a traced function: small results are computed now, large ones when the function runs."""
    size = sum(leaf.size for leaf in jax.tree.leaves(values))
    if values and size <= 4096:
        try:
            with jax.ensure_compile_time_eval():
                return plan.run(*values)
        except Exception:
            if not (_state.portable or _state.relaxed):
                raise
            return plan.body(*values)  # a shape with open dimensions decides it
    shapes = jax.eval_shape(plan.body, *values)
    if not (_state.portable or _state.relaxed) and sum(leaf.size for leaf in jax.tree.leaves(shapes)) <= 4096:
        with jax.ensure_compile_time_eval():
            return plan.run(*values)
    return plan.body(*values)


def _failed(op: Op | None, plan: Plan, arrays: Any, values: list[Any], static: Any, error: Exception) -> Any:
    """An op raised: strings run on the host, Addax's own errors pass, JAX's are explained."""
    if op is not None and any(_is_text(leaf) for leaf in _leaves(values)):
        try:
            return _on_host(op, values, static)
        except Exception as another:
            error = another
    if op is None:
        raise explained(error, plan.name)
    if any(type(value) is float for value in static):  # made for 2.0, it would be found for 2
        op.forget(plan)
    options = [f"{name}={value!r:.60}" for name, value in zip(op.statics, static, strict=False) if value is not None]
    optional = {name for name, text in op.function.__annotations__.items() if "None" in str(text)}
    raise explained(error, plan.name, [name for name, _ in op.groups], arrays, options, optional)


def _leaves(values: list[Any]) -> list[Any]:
    return [leaf for value in values for leaf in (value if isinstance(value, list) else [value])]


def _is_text(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "O"


def _on_host(op: Op, values: list[Any], static: Any) -> Any:
    """Ops on strings run in NumPy on the host; XLA has no strings."""
    if op.host is None:
        raise UnfitError(
            errors.message(f"tf.{op.name}", expected="numbers or bools", received="tensors of dtype string")
        )
    if any(isinstance(leaf, Tracer) for leaf in _leaves(values)):
        raise NotCompilable(f"tf.{op.name} on strings cannot be compiled: one of its arguments is symbolic.")
    plain = [
        [np.asarray(item) for item in value]
        if isinstance(value, list)
        else value
        if value is None
        else np.asarray(value)
        for value in values
    ]
    out = op.bind(op.host, tuple(hashable(value, op.name) for value in static))(*plain)
    return from_host(out)


def namespace(*arrays: Any) -> Any:
    """The array library that a body of `@op(host=True)` computes with: numpy for strings, else jax.numpy."""
    return np if any(_is_text(leaf) for leaf in _leaves(list(arrays))) else jax.numpy


def from_host(out: Any) -> Any:
    """NumPy results of a host op as tensors."""
    if isinstance(out, list):
        return [from_host(item) for item in out]
    if isinstance(out, tuple):
        made = [from_host(item) for item in out]
        return type(out)(*made) if hasattr(out, "_fields") else tuple(made)
    if isinstance(out, bytes | str):
        out = np.asarray(out, dtype=object)
    return convert.tensor_of(np.asarray(out))


# ---------------------------------------------------------------------------- the decorator


def op(
    function: Any = None,
    *,
    name: str | None = None,
    kinds: str | None = None,
    only: str = "",
    host: Callable[..., Any] | bool | None = None,
    small: Callable[..., Any] | None = None,
    differentiable: bool = True,
    zero_stays_zero: bool = False,
    convolves: bool = False,
) -> Any:
    """Turn a function over JAX arrays into a TensorFlow op (see the head of this file).

    Args:
        function: the body. It may end with a parameter `name`, which is accepted and unused, as everywhere in TF2.
        name: the op's name in messages (by default the function's).
        kinds: allowed dtype kinds of the TensorLike arguments, e.g. "fc" for floating and complex.
        only: the names of the allowed dtypes, where TensorFlow takes a few of a kind.
        host: the same function over NumPy arrays, run when an argument holds strings; True if the body itself takes
            them (it asks `namespace` for its array library).
        small: the same function over NumPy's arrays, with the static arguments as keywords, where it gives the same
            (to the bit, or as exactly); it computes small tensors on a CPU (see `small_tensors`).
        differentiable: False for ops like floor, through which TensorFlow has no gradient (None, not zeros).
        zero_stays_zero: for functions of one tensor, whether a zero gradient goes back as zero even where the slope is
            infinite or NaN, as TensorFlow does it for sqrt, rsqrt and reciprocal (`tf.where(x > 0, tf.sqrt(x), 0.0)`).
        convolves: whether the body computes convolutions (see `compiler_options`).

    Returns:
        The public function; `.op` is its `Op`, `.body` the undecorated function for use inside other bodies.
    """
    if function is None:
        options = {
            "host": host, "small": small, "differentiable": differentiable, "zero_stays_zero": zero_stays_zero,
        }  # fmt: skip
        return functools.partial(op, name=name, kinds=kinds, only=only, convolves=convolves, **options)
    made = Op(function, name or function.__name__, kinds, function if host is True else host or None)
    made.differentiable, made.zero_stays_zero, made.only = differentiable, zero_stays_zero, tuple(only.split())
    made.convolves, made.small = convolves, small
    code, annotations = function.__code__, function.__annotations__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    arrays, statics = [], []
    for each in names:
        group = _GROUPS.get(str(annotations.get(each)).split("|")[0].strip().split(".")[-1])
        if group is not None:
            arrays.append((each, group))
        elif each != "name":
            statics.append(each)
    made.groups = tuple(arrays)
    made.alike = {group for _, group in arrays} == {"T"}
    made.pair = made.alike and len(arrays) == 2
    made.statics = tuple(statics)
    given = {"_op": made, "_call": call, "_compile": _compile, "_look": whole_numbers.look, "_frozen": _frozen_list}
    public = types.FunctionType(_FIRST_CALL, given, function.__name__)
    made.entry = made.public = functools.wraps(function)(public)
    public.op = made
    public.body = function
    return public


def _first_call(*args: Any, **kwargs: Any) -> Any:
    # The code of every public op function until it is called: importing a module of ops compiles none of them.
    return _compile(_op)(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


_FIRST_CALL = _first_call.__code__
_compiling = threading.Lock()


def _compile(made: Op) -> Callable[..., Any]:
    """Give the public function of an op its code, with the parameters and defaults of the body.

    Plans are found by static arguments, and 1.0 == True == 1: whole numbers are looked at before, in passing where they
    are an int, None or the tuple that came last. Lists of whole numbers become tuples; of others `_frozen` takes care.
    """
    public, function = made.entry, made.function
    with _compiling:
        if public.__code__ is not _FIRST_CALL:
            return public
        namespace = public.__globals__
        arrays = "".join(f"{name}, " for name, _ in made.groups)
        statics = "".join(f"{name}, " for name in made.statics)
        looks = "".join(
            f"    if {name}.__class__ is not int and {name} is not None and {name} is not _op.whole:\n"
            f"        {name} = _frozen({name}) if {name}.__class__ is list else _look({name}, {name!r}, _op)\n"
            for name in made.statics
            if name in whole_numbers.NAMES
        )
        call_line = f"    return _call(_op, ({arrays}), ({statics}))\n"
        source = f"def {function.__name__}({_header(function)}):\n{looks}{call_line}"
        exec(compile(source, f"<op {function.__name__}>", "exec"), namespace)
        public.__defaults__, public.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        public.__code__ = namespace[function.__name__].__code__
        return public


def _header(function: Callable[..., Any]) -> str:
    """The parameter list of the public function; defaults are set beside it."""
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    # The values of defaults do not matter here, only that there are some.
    first = code.co_argcount - len(function.__defaults__ or ())
    parts = [name if i < first else f"{name}=None" for i, name in enumerate(positional)]
    if keyword:
        parts += ["*", *(f"{name}=None" if name in (function.__kwdefaults__ or {}) else name for name in keyword)]
    return ", ".join(parts)


@op
def stack_values(values: TensorList, axis: int = 0) -> Any:
    """The packing of a list of tensors along a new axis; `tf.stack` is its public face."""
    return jax.numpy.stack(values, axis=axis)


def pack(values: Any, prefer: Any = None) -> Tensor:
    """A (nested) list with tensors inside as one tensor, seen by tapes."""
    first = next((item for item in values if isinstance(item, Tensor) or hasattr(item, "__tf_value__")), None)
    if first is not None:
        prefer = convert.value_of(first).dtype
    items = [
        pack(item, prefer)
        if isinstance(item, list | tuple) and convert._holds_tensors(item)
        else item
        if isinstance(item, Tensor) or hasattr(item, "__tf_value__")
        else Tensor(convert.value_of(item, None, prefer))
        for item in values
    ]
    if items and _is_text(convert.value_of(items[0])):
        return Tensor(np.stack([convert.value_of(item) for item in items]))
    return stack_values(items)
