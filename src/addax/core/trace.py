"""The one room where variable state is lifted: a Python function becomes a pure function of arrays and variables.

`trace` runs the function once, with the variables it may touch (a guess) as inputs of the jaxpr. It notes which of them
were read and written; unread ones are dropped from the result. If the function touched a variable that was not guessed,
it is traced again with a better guess. tf.function, fit, and the bodies of loops and branches all trace here.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.core import ShapedArray

from addax.core import context, convert, random
from addax.core.primitives import Primitive
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.tracing_lock import TracingLock
from addax.core.variable import Variable

_state = context.state
# Layers build themselves and metrics are made while a function is traced, so one thread traces at a time.
tracing = TracingLock()


class MustRunOnce(NotCompilable):
    """The function makes variables from values it computes: its first call has to run eagerly."""


class Trace:
    """What a function did to variables while it was traced, and what stands for their values meanwhile.

    The variables themselves keep their arrays: other threads, and what leaves the trace (`init_scope`), see those.
    """

    mesh: Any = None  # the devices that a part of the function runs on, if they are several
    graph: Any = None  # the tf.Graph that ops are recorded in instead of traced
    recorder: Any = None  # who is told of each op, if somebody wants to see the graph
    offers_graph = False  # whether NeedsGraph has it traced again with a recorder
    ours = True  # whether what is computed belongs to a function of ours; no: to a JAX program of the user's

    def __init__(self, lifted: Sequence[Variable], outer: Trace | None = None, adopts: bool = False) -> None:
        self.outer = outer
        if outer is not None and outer.recorder is not None:
            self.recorder = outer.recorder.inside()
        self.adopts = adopts
        self.adopted: list[Variable] = []  # those that were not guessed, and became inputs when they were touched
        self.lifted = {id(variable): variable for variable in lifted}
        self.values: dict[int, Any] = {}
        self.origins: dict[int, Any] = {}  # what stands for the values at the beginning
        self.written: dict[int, Variable] = {}
        self.constants: dict[int, weakref.ref[Tensor]] = {}  # tensors that are not computed here, by id
        self.captured: dict[int, Any] = {}  # arrays that stand for some of them
        self._reread: dict[int, tuple[Any, Any]] = {}
        self.missed: dict[int, Variable] = {}
        self.new: list[Variable] = []

    def value_of(self, variable: Variable) -> Any:
        """What a variable holds at this point of the function."""
        trace: Trace | None = self
        while trace is not None:
            found = trace.values.get(id(variable))
            if found is not None:
                return found
            trace = trace.outer
        return variable._array

    def read(self, variable: Variable) -> Any:
        """A variable's value is used; gradients of a use go to the variable, never into what was assigned to it."""
        key = id(variable)
        if key not in self.lifted:
            self._miss(variable)
        value = self.value_of(variable)
        origin = self.origins.get(key)
        if key not in self.written or origin is None or not jax.numpy.issubdtype(value.dtype, np.inexact):
            return value
        known = self._reread.get(key)
        if known is None or known[0] is not value:
            read = _stands_for(value, origin) if value.shape == origin.shape else jax.lax.stop_gradient(value)
            known = self._reread[key] = (value, read)
        return known[1]

    def constant(self, tensor: Tensor) -> Any:
        """What stands for a tensor that was computed outside; None while it is a constant here."""
        key = id(tensor)
        trace: Trace | None = self
        while trace is not None:
            found = trace.captured.get(key)
            if found is not None:
                return found
            trace.constants[key] = weakref.ref(tensor)
            trace = trace.outer
        return None

    def write(self, variable: Variable, value: Any) -> None:
        """A variable changes."""
        key = id(variable)
        if self.recorder is not None:
            self.recorder.wrote(variable, value)
        if key not in self.lifted:
            self._miss(variable)
        self.written[key] = variable
        self.values[key] = value

    def _miss(self, variable: Variable) -> None:
        """A variable is touched that was not guessed: it becomes an input now, or in the next trace."""
        array = variable._array
        if not self.adopts or isinstance(array, np.ndarray | Tracer):
            self.missed[id(variable)] = variable
            return
        stand_in = _adopted_p.bind(shape=array.shape, dtype=np.dtype(array.dtype), number=len(self.adopted))
        self.adopted.append(variable)
        key = id(variable)
        self.lifted[key] = variable
        self.values[key] = self.origins[key] = stand_in

    def created(self, variable: Variable) -> None:
        """A variable is being made inside the function."""
        trace: Trace | None = self
        while trace is not None:
            trace.new.append(variable)
            trace = trace.outer

    def must_run_once(self) -> MustRunOnce:
        """The error for a variable whose initial value is computed by the function."""
        return MustRunOnce("a variable made inside a traced function starts from a value that the function computes")


_adopted_p = Primitive("adopted_variable")  # what stands for a variable until it is made an input
_adopted_p.def_abstract_eval(lambda *, shape, dtype, number: ShapedArray(shape, dtype))


@jax.custom_jvp
def _stands_for(value: Any, origin: Any) -> Any:
    """`value`, with the derivatives of `origin`."""
    return value


@_stands_for.defjvp
def _push_origin(primals: Any, tangents: Any) -> Any:
    return primals[0], tangents[1]


class Lifted:
    """A traced function: a jaxpr over (variables it uses, array arguments)."""

    mesh: Any = None  # the devices it runs on, if they are several

    def __init__(self, closed: Any, variables: list[Variable], written: list[Variable], out_tree: Any, new: list[Any]):
        self.closed = closed
        self.variables = variables  # inputs, in order; the written ones are among them
        self.written = written
        self.out_tree = out_tree
        self.new = new

    def pure(self, values: Sequence[Any], arguments: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """(values of `variables`, flat arguments) -> (flat outputs, new values of `written`)."""
        out = jax.core.eval_jaxpr(self.closed.jaxpr, self.closed.consts, *values, *arguments)
        count = len(out) - len(self.written)
        return out[:count], out[count:]

    def running(self, closed: Any) -> Lifted:
        """The same function as another program over the same variables and arguments."""
        made = copy.copy(self)
        made.closed = closed
        return made


def lift(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    variables: Sequence[Variable],
    attempts: int = 4,
    lasting: Callable[[], Sequence[Variable]] | None = None,
) -> Lifted:
    """Trace `function(*flat tensors)` once; the result may be any structure that jax.tree can flatten over Tensors.

    Args:
        function: called with one Tensor per argument; returns (flat list of arrays or None, any description).
        arguments: arrays or `jax.ShapeDtypeStruct`s.
        variables: a guess of the variables it touches.
        attempts: how often to trace anew with a better guess.
        lasting: the variables that somebody holds when the trace is over. If given, one trace does: variables that
            were not guessed become inputs while it runs. Those that it makes must be among `lasting()` afterwards;
            otherwise a second trace tells whether it makes new ones each time.

    Raises:
        NotCompilable: XLA cannot compile what the function does.
        ValueError: it makes new variables each time.
    """
    guess = _unique(variables)
    with tracing:
        new: list[Variable] = []
        if lasting is not None:
            lifted, missed = _lift_adopting(function, arguments, guess, new, lasting)
            if lifted is not None:
                return lifted
            guess, attempts = _unique([*guess, *missed]), attempts - 1
        for attempt in range(1 if lasting is not None else 0, attempts):
            before = len(new)
            lifted, missed = _lift_once(function, arguments, guess, new)
            if attempt and len(new) > before:
                raise ValueError(
                    f"tf.function-decorated function tried to create variables on a call after the first one: "
                    f"{new[before].name}.\n  To do: create variables once (in __init__, in build, or behind "
                    "`if self.v is None`) and use them in every call."
                )
            if lifted is not None:
                return lifted
            guess = _unique([*guess, *missed])
    raise NotCompilable("the function touches other variables each time it is traced")


def _lift_adopting(
    function: Callable[..., Any], arguments: Sequence[Any], guess: list[Variable], new: list[Variable],
    lasting: Callable[[], Sequence[Variable]],
) -> tuple[Lifted | None, list[Variable]]:  # fmt: skip
    """One trace that takes variables as they come; or None, and the variables that the next one should guess."""
    trace = Trace([], _state.trace, adopts=_state.trace is None)
    try:
        lifted, missed = _lift_once(function, arguments, guess, new, trace)
    except (jax.errors.UnexpectedTracerError, _Inside):
        return None, trace.adopted  # some are first read inside of another transformation of JAX's
    if lifted is not None and new:
        held = {id(variable) for variable in lasting()}
        if not all(id(variable) in held for variable in new):
            return None, trace.adopted
    return lifted, [*trace.adopted, *missed]


class _Inside(Exception):
    """A variable's stand-in is not at the top of the program."""


def _unique(variables: Sequence[Variable]) -> list[Variable]:
    apart = not _state.portable  # elsewhere there are no replicas with values of their own
    whole = [variable._copies if apart and variable._copies is not None else variable for variable in variables]
    return list({id(variable): variable for variable in whole}.values())


def _lift_once(
    function: Callable[..., Any], arguments: Sequence[Any], guess: list[Variable], new: list[Variable],
    trace: Trace | None = None,
) -> tuple[Lifted | None, list[Variable]]:  # fmt: skip
    guess = [variable for variable in guess if not isinstance(variable._value, np.ndarray)]  # strings stay on the host
    trace = trace or Trace([], _state.trace)
    trace.lifted.update((id(variable), variable) for variable in guess)
    described: list[Any] = []

    def pure(values: list[Any], arrays: list[Any]) -> tuple[list[Any], list[Any]]:
        trace.values.update(zip(trace.lifted, values, strict=True))
        trace.origins.update(trace.values)
        with context.isolated(trace):
            flat, description = function(*[Tensor(array) for array in arrays])
        described.append(description)
        return flat, [trace.values[key] for key in trace.written]

    closed = jax.make_jaxpr(pure)([_aval(variable._value) for variable in guess], list(arguments))
    new.extend(trace.new)
    missed = [v for v in trace.missed.values() if not isinstance(v._value, np.ndarray)]
    if missed:
        for variable in missed:
            if isinstance(variable._value, Tracer) and _state.trace is None:
                raise NotCompilable(f"variable {variable.name} holds a value of a function that is over")
        return None, missed
    if _state.trace is not None:  # a nested trace: the outer one has to lift what this one uses
        for variable in guess:
            _state.trace.read(variable)
    if trace.adopted:
        closed = _adopt(closed, len(guess), len(trace.adopted))
    lifted = _prune(closed, [*guess, *trace.adopted], trace, described[-1], list(new))
    lifted.mesh = trace.mesh
    if lifted.mesh is not None and trace.outer is None and closed.effects:
        raise NotCompilable("tf.print and assertions beside several replicas: their devices have no common order")
    return lifted, []


def _aval(value: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(value.shape, value.dtype)


def _adopt(closed: Any, guessed: int, adopted: int) -> Any:
    """The program with what stands for adopted variables as inputs, behind those that were guessed."""
    jaxpr = closed.jaxpr
    stands = {eqn.params["number"]: eqn.outvars[0] for eqn in jaxpr.eqns if eqn.primitive is _adopted_p}
    if len(stands) != adopted:
        raise _Inside
    eqns = [eqn for eqn in jaxpr.eqns if eqn.primitive is not _adopted_p]
    invars = [*jaxpr.invars[:guessed], *(stands[i] for i in range(adopted)), *jaxpr.invars[guessed:]]
    info = jaxpr.debug_info._replace(arg_names=None)
    return closed.replace(jaxpr=jaxpr.replace(eqns=eqns, invars=invars, debug_info=info))


def _prune(closed: Any, guess: list[Variable], trace: Trace, description: Any, new: list[Variable]) -> Lifted:
    """Leave out the variables that were only guessed."""
    jaxpr = closed.jaxpr
    used = {id(var) for eqn in jaxpr.eqns for var in eqn.invars}
    used.update(id(var) for var in jaxpr.outvars)
    inputs = jaxpr.invars[: len(guess)]
    keep = [id(var) in used or id(v) in trace.written for var, v in zip(inputs, guess, strict=True)]
    kept = [var for var, take in zip(inputs, keep, strict=True) if take]
    invars = kept + list(jaxpr.invars[len(guess) :])
    # debug_info names the inputs, so it has to go with the ones that are dropped.
    info = jaxpr.debug_info._replace(arg_names=None) if hasattr(jaxpr, "debug_info") else None
    pruned = jaxpr.replace(invars=invars, debug_info=info) if info is not None else jaxpr.replace(invars=invars)
    variables = [variable for variable, take in zip(guess, keep, strict=True) if take]
    return Lifted(closed.replace(jaxpr=pruned), variables, list(trace.written.values()), description, new)


def reachable(root: Any, limit: int = 20_000) -> list[Variable]:
    """Variables that an object, function or structure refers to: the guess for what a function touches."""
    found: dict[int, Variable] = {}
    seen: set[int] = set()
    todo: list[Any] = [root]
    while todo and len(seen) < limit:
        item = todo.pop()
        if id(item) in seen or isinstance(item, _PLAIN):
            continue
        seen.add(id(item))
        if isinstance(item, Variable):
            found[id(item)] = item
        else:
            todo.extend(reversed(_parts(item)))
    return [*found.values(), *random.variables()]


_PLAIN = (str, bytes, int, float, bool, type(None), np.ndarray, Tensor, jax.Array, type)


def _parts(item: Any) -> list[Any]:
    """What an object refers to, as far as variables may hide there."""
    if isinstance(item, dict):
        return list(item.values())
    if isinstance(item, list | tuple | set | frozenset):
        return list(item)
    wrapped = getattr(item, "__wrapped__", None) or getattr(item, "python_function", None)
    parts: list[Any] = [wrapped] if wrapped is not None else []
    if hasattr(item, "__func__"):
        parts += [item.__self__, item.__func__]
    code = getattr(item, "__code__", None)
    if code is not None:
        for cell in item.__closure__ or ():
            try:
                parts.append(cell.cell_contents)
            except ValueError:  # a cell that is not filled yet
                continue
        names = _names(code)
        parts += [item.__globals__[name] for name in names if name in item.__globals__]
        parts += list(item.__defaults__ or ())
        return [part for part in parts if type(part).__name__ != "module"]
    if hasattr(item, "func") and hasattr(item, "args"):  # functools.partial
        parts += [item.func, *item.args, *(getattr(item, "keywords", None) or {}).values()]
    if type(item).__module__ != "builtins" and hasattr(item, "__dict__"):
        parts += [value for key, value in vars(item).items() if key not in ("_inbound_nodes", "_outbound_nodes")]
    return [part for part in parts if type(part).__name__ != "module"]


def _names(code: Any) -> dict[str, None]:
    """Global names a function and the functions inside it use, in an order that is the same in each process."""
    names = dict.fromkeys(code.co_names)
    for const in code.co_consts:
        if hasattr(const, "co_names"):
            names.update(_names(const))
    return names


def abstract(function: Callable[..., Any], arguments: Sequence[Any], variables: Sequence[Variable] = ()) -> Any:
    """Shapes of what `function(*tensors)` returns, without computing it and without changing any variable.

    Args:
        function: called with one Tensor per argument; returns a structure of Tensors.
        arguments: `jax.ShapeDtypeStruct`s, or objects with shape and dtype.
        variables: ignored; variables read are constants here.

    Returns:
        (list of `jax.ShapeDtypeStruct`, structure of the result) as jax.tree sees it, Tensors being leaves.
    """
    trace = Trace(())
    kept: list[Any] = []

    def pure(arrays: list[Any]) -> list[Any]:
        with context.isolated(trace):
            result = function(*[Tensor(array) for array in arrays])
        leaves, structure = jax.tree.flatten(result, is_leaf=lambda leaf: leaf is None)
        kept.append(structure)
        return [None if leaf is None else convert.value_of(leaf) for leaf in leaves]

    with tracing:
        shapes = jax.eval_shape(pure, [jax.ShapeDtypeStruct(tuple(a.shape), _np(a.dtype)) for a in arguments])
    return shapes, kept[-1]


def _np(dtype: Any) -> Any:
    return getattr(dtype, "np", dtype)
