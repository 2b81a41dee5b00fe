"""A function traced and compiled for one signature, and what `get_concrete_function` makes of open dimensions."""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax

from addax.core import context, convert, dispatch, effects, errors, function_type, random, trees
from addax.core.compile_stats import Stats, running
from addax.core.executable import Executable
from addax.core.failures import of_a_loop, of_runtime
from addax.core.function_tensors import FunctionTensor, inputs_of, outputs_of
from addax.core.graph_gradients import NeedsRecord, recording
from addax.core.number_sharing import Shared
from addax.core.relaxation import NoProgram, Relaxation
from addax.core.shapes import TensorShape
from addax.core.signature import Signature, replace_tensors
from addax.core.spec import TensorSpec
from addax.core.structures import flatten_result, rebuild, result_tensors
from addax.core.tensor import NeedsGraph, Tensor, Tracer
from addax.core.trace import Lifted, lift, reachable, tracing
from addax.core.unranked import hide_ranks
from addax.core.variable import Variable

if TYPE_CHECKING:
    from addax.core.function import Function

_state = context.state
_numbers = itertools.count()


# Called with each concrete function before it runs (tf.summary.trace_on).
watching: list[Callable[[ConcreteFunction], None]] = []


def record_in(trace: Any, *about: Any) -> None:
    """Have a trace record its operations."""
    from addax.core.function_graph import record_in  # seldom asked for

    record_in(trace, *about)


class DescribesOutputs:
    """Shapes and dtypes of `structured_outputs`, which subclasses have."""

    @property
    def output_shapes(self: Any) -> Any:
        """The shapes of what it returns."""
        return trees.map_structure(lambda spec: getattr(spec, "shape", None), self.structured_outputs)

    @property
    def output_dtypes(self: Any) -> Any:
        """The dtypes of what it returns."""
        return trees.map_structure(lambda spec: getattr(spec, "dtype", None), self.structured_outputs)


class Described(DescribesOutputs):
    """How a concrete function presents itself."""

    _owner: Function
    _args: tuple[Any, ...]
    _kwargs: dict[str, Any]

    @property
    def function_type(self) -> function_type.FunctionType:
        """Its parameters with their types, its result, and the variables that it reads."""
        owner, output = self._owner, self._output_structure  # type: ignore[attr-defined]
        return function_type.traced(
            owner._function, owner._bound is not None, (self._args, self._kwargs), output,
            self.variables, owner._input_signature,  # type: ignore[attr-defined]
        )  # fmt: skip

    @functools.cached_property
    def name(self) -> bytes:
        """The name of the program: the function's, with a number that no other one has."""
        return f"__inference_{self._owner.__name__}_{next(_numbers)}".encode()

    @property
    def outputs(self) -> list[FunctionTensor]:
        """The tensors it returns, without values, with the names that they have in its graph."""
        return outputs_of(self._output_structure)[1]  # type: ignore[attr-defined]

    @property
    def structured_outputs(self) -> Any:
        """What it returns, tensors by name, shape and dtype."""
        return outputs_of(self._output_structure)[0]  # type: ignore[attr-defined]

    @functools.cached_property
    def graph(self) -> Any:
        """The operations that it consists of (`get_operations`, `inputs`, `outputs`, `as_graph_def`, ...).

        The first time, Python is traced once more to see them.
        """
        from addax.core.function_graph import graph_of  # seldom asked for

        with tracing:
            return graph_of(self._owner, self._args, self._kwargs)

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """The signature as text: inputs and result, and with `verbose`, on several lines, the variables it reads."""
        found = self.function_type
        return repr(found) if verbose else str(found)

    @property
    def structured_input_signature(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """(positional, keyword) arguments with their defaults, tensors as `tf.TensorSpec`s."""
        return self._owner._spelled_out(self._args, self._kwargs)

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.pretty_printed_signature(verbose=False)} at 0x{id(self):X}>"

    def __str__(self) -> str:
        return f"ConcreteFunction {self.pretty_printed_signature()}"


class ConcreteFunction(Described):
    """A function traced and compiled for one signature."""

    def __init__(
        self,
        owner: Function,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        relaxation: Relaxation | None = None,
    ) -> None:
        self._owner = owner
        names = argument_names(owner._function, args, kwargs)
        names.update({id(tensor): tensor._name for tensor in tensors if getattr(tensor, "_name", None)})
        self._open = relaxation is not None
        shapes = dict(zip(map(id, tensors), relaxation.shapes, strict=True)) if relaxation is not None else {}
        self._args = _skeleton(owner._without_self(args), names, shapes)
        self._kwargs = _skeleton(kwargs, names, shapes)
        self.stats = Stats()
        self._captured: list[Tensor] = []  # tensors from outside that some tape watched: inputs of their own
        self._names = [names.get(id(tensor)) for tensor in tensors]
        self._trace(args, kwargs, tensors, relaxation)
        self._held = [leaf for leaf in trees.flatten((self._args, kwargs)) if isinstance(leaf, Variable)]
        self.input_specs = [TensorSpec(tuple(t._value.shape), t.dtype) for t in tensors]

    @classmethod
    def relaxed(
        cls,
        owner: Function,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        relaxation: Relaxation,
    ) -> ConcreteFunction | None:
        """One program out of a trace with open sizes; None where there cannot be one."""
        try:
            return cls(owner, args, kwargs, tensors, relaxation)
        except NoProgram:
            return None

    def _trace(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        relaxation: Relaxation | None = None,
    ) -> None:
        owner, captured, traces = self._owner, self._captured, []
        unranked = owner._unranked(len(tensors))

        def traced(*inputs: Tensor) -> tuple[list[Any], Any]:
            trace = _state.trace
            assert trace is not None
            traces.append(trace)
            for tensor, given in zip(captured, inputs[len(tensors) :], strict=True):
                trace.captured[id(tensor)] = given._value
            for tensor, name in zip(inputs, self._names, strict=False):
                tensor._name = name
            trace.offers_graph = not owner._shows_graph
            if owner._shows_graph:
                record_in(trace, owner.__name__, (self._args, self._kwargs), inputs[: len(tensors)], self._names)
            filled = iter(hide_ranks(inputs, unranked) if unranked else inputs)
            new_args = replace_tensors(args, filled)
            new_kwargs = replace_tensors(kwargs, filled)
            before = _outlines(new_args, new_kwargs)
            with recording(owner, inputs):
                result = owner._traceable(*new_args, **new_kwargs)
            if before != _outlines(new_args, new_kwargs):
                raise _modified(owner, before, _outlines(new_args, new_kwargs))
            return flatten_result(result_tensors(result))

        guess = reachable([owner._function, args, kwargs, owner._bound])
        specs = [jax.ShapeDtypeStruct(t._value.shape, t._value.dtype) for t in (*tensors, *captured)]

        def lifted(specs: list[Any]) -> tuple[Lifted, list[Any]]:
            with self.stats.tracing():
                try:
                    made = lift(traced, specs, guess)
                except jax.errors.UnexpectedTracerError:
                    raise of_a_loop(f"tf.function {owner.__name__!r}") from None
                except (NeedsRecord, NeedsGraph) as error:  # it calls tf.gradients; it asks for names of tensors
                    kind = "_recorded" if isinstance(error, NeedsRecord) else "_shows_graph"
                    if getattr(owner, kind) or _state.trace is not None:
                        raise
                    setattr(owner, kind, True)
                    made = lift(traced, specs, guess)
            if _state.trace is None and any(isinstance(each, Tracer) for each in made.closed.consts):
                raise of_a_loop(f"tf.function {owner.__name__!r}")
            return made, list(traces[-1].constants.values())

        if relaxation is None:
            self.lifted, self._constants = lifted(specs)
        else:
            found = relaxation.program(specs, lifted)
            if found is None:
                raise NoProgram
            self.lifted, self._constants = found
        self._executable = Executable(self.lifted, self.stats)
        self._shared: Shared | None = None
        self._numbers: list[Tensor] = []
        self._description = self.lifted.out_tree

    def run_as(self, shared: Shared | None) -> None:
        """Run by a program for several traces, if given; it takes the numbers that differ in them last."""
        if shared is not None:
            self._shared = shared._replace(program=shared.program.rebound(self.lifted.variables, self.stats))
            self._numbers = [Tensor(number) for number in shared.numbers]

    def takes_others(self, owner: Function, arguments: Sequence[Variable]) -> bool:
        """Whether the program may run on other variables in the places of `arguments`, which it was traced with.

        It may if it touches no further ones: a function that finds them by the argument (an optimizer's slots, an
        average) would find others. TensorFlow shares a trace in any case.
        """
        if self._captured or self.lifted.new or self.lifted.mesh is not None or _state.strategy is not None:
            return False
        if any(each._copies is not None for each in arguments):
            return False
        own = {id(each) for each in arguments}
        elsewhere = reachable([owner._function, owner._bound])
        known = own | {id(each) for each in random.variables()}
        return own.isdisjoint(map(id, elsewhere)) and all(id(each) in known for each in self.lifted.variables)

    def rebound(self, before: Sequence[Variable], after: Sequence[Variable]) -> ConcreteFunction:
        """The same program for other variables in the places of its arguments."""
        others = {id(old): new for old, new in zip(before, after, strict=True)}

        def swap(item: Any) -> Any:
            return others.get(id(item), item) if isinstance(item, Variable) else item

        made, old = copy.copy(self), self.lifted
        for each in ("graph", "name"):
            made.__dict__.pop(each, None)
        variables, written = list(map(swap, old.variables)), list(map(swap, old.written))
        made.lifted = Lifted(old.closed, variables, written, old.out_tree, [])
        made.stats = Stats()
        made._executable = self._executable.rebound(variables, made.stats)
        made.run_as(self._shared)
        made._args, made._kwargs = trees.map_structure(swap, (self._args, self._kwargs))
        made._held = list(map(swap, self._held))
        return made

    def watched(self, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor]) -> None:
        """Before a call under tapes: tensors that the function has from outside become inputs where a tape watches.

        TensorFlow makes inputs of all of them; as constants they cost nothing, until somebody wants their gradient.
        """
        alive = [tensor for each in self._constants if (tensor := each()) is not None]
        found = [tensor for tensor in alive if any(tape.knows(tensor) for tape in _state.tapes)]
        if found:
            self._captured = [*self._captured, *found]
            with tracing:
                self._trace(args, kwargs, tensors)

    def call(self, tensors: list[Tensor]) -> Any:
        """Run on the tensors of a call with this signature."""
        if watching:
            for see in watching:
                see(self)
        if self._captured:
            tensors = [*tensors, *self._captured]
        executable, shared = self._executable, self._shared
        if shared is not None and (shared.derivatives or not _differentiates(tensors)):
            executable, tensors = shared.program, [*tensors, *self._numbers]
        if not _state.tapes:
            try:
                out = executable([tensor._value for tensor in tensors])
            except jax.errors.JaxRuntimeError as error:
                raise of_runtime(error, f"tf.function {self._owner.__name__!r}") from None
            return rebuild(self._description, [Tensor(value) for value in out])
        variables = self.lifted.variables
        values = [variable._value for variable in variables]
        for variable in variables:
            variable._handed_out = True
        plan = executable.linked_plan()
        arrays = (list(variables), list(tensors))
        running.stats = self.stats
        try:
            out, written = dispatch.run_plan(plan, arrays, [values, [tensor._value for tensor in tensors]])
        finally:
            running.stats = None
        for variable, value in zip(self.lifted.written, written, strict=True):
            variable._value = value._value
            variable._handed_out = True
        if executable.effects:
            effects.finish()
        return rebuild(self._description, out)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call with tensors (Python values, which may be left out, must be those it was traced with)."""
        args, kwargs = completed(self._owner, (self._args, self._kwargs), args, kwargs)
        args = self._owner._bind_self(args)
        args, kwargs = self._owner._canonical(args, kwargs)
        signature = Signature(self._owner._without_self(args), kwargs)
        if len(signature.tensors) != len(self.input_specs):
            raise TypeError(
                f"{self._owner.__name__}: expected {len(self.input_specs)} tensors for the signature "
                f"{self.input_specs}, received {len(signature.tensors)}."
            )
        for spec, tensor in zip(self.input_specs, signature.tensors, strict=True):
            if not spec.is_compatible_with(tensor):
                if self._open and spec.dtype is tensor.dtype:
                    return self._owner(*self._owner._without_self(args), **kwargs)
                raise unfit(self._owner, spec, tensor)
        if _state.tapes:
            self.watched(args, kwargs, signature.tensors)
        return self.call(signature.tensors)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables it uses."""
        return tuple(self.lifted.variables)

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The trainable variables it uses."""
        return tuple(variable for variable in self.lifted.variables if variable.trainable)

    @property
    def inputs(self) -> list[FunctionTensor]:
        """The tensors it takes, without values; behind them what it has from outside (see `captured_inputs`)."""
        return inputs_of(self.input_specs, self._names, self.captured_inputs)

    @property
    def captured_inputs(self) -> list[Any]:
        """What it has from outside: tensors of the scopes around it, and variables."""
        try:
            around = inspect.getclosurevars(inspect.unwrap(self._owner._function))
        except TypeError:  # no Python function
            known = set()
        else:
            known = {
                id(leaf) for leaf in trees.flatten([list(around.nonlocals.values()), list(around.globals.values())])
            }
        alive = [found for each in self._constants if (found := each()) is not None and id(found) in known]
        return [*{id(each): each for each in (*self._captured, *alive)}.values(), *self.variables]

    @property
    def output_specs(self) -> list[TensorSpec]:
        """The specs of the tensors it returns."""
        count = len(self.lifted.closed.out_avals) - len(self.lifted.written)
        return [TensorSpec(aval.shape, aval.dtype) for aval in self.lifted.closed.out_avals[:count]]

    @property
    def _output_structure(self) -> Any:
        """What it returns, tensors as `tf.TensorSpec`s."""
        return rebuild(self._description, self.output_specs)


def _differentiates(tensors: Sequence[Tensor]) -> bool:
    """Whether somebody may ask for the gradient of a call: a tape, or a program of JAX around it."""
    return bool(_state.tapes) or any(isinstance(tensor._value, Tracer) for tensor in tensors)


def _outlines(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """What each argument consists of: lists, dicts and tuples by their parts, everything else by identity."""
    return [_outline(each) for each in args] + [(name, _outline(each)) for name, each in kwargs.items()]


def _outline(item: Any) -> Any:
    if type(item) in (list, tuple):
        return [_outline(part) for part in item]
    if type(item) is dict:
        return [(key, _outline(part)) for key, part in item.items()]
    return id(item)


def _modified(owner: Function, before: list[Any], after: list[Any]) -> ValueError:
    changed = [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    names = dict(enumerate(owner._parameter_names(), start=owner._bound is not None))
    found = [before[i][0] if isinstance(before[i], tuple) else names.get(i, f"argument {i}") for i in changed]
    return ValueError(
        f"tf.function {owner.__name__!r} should not modify its Python input arguments. Modifying a copy is allowed.\n"
        f"  Modified: {', '.join(found)}."
    )


def _skeleton(item: Any, names: dict[int, str], shapes: dict[int, Any]) -> Any:
    """Arguments with specs in the places of tensors, so that a concrete function does not keep them alive.

    Args:
        item: the arguments.
        names: of parameters, by the identity of their tensors.
        shapes: with open sizes, likewise.
    """

    def one(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        return TensorSpec(shapes.get(id(leaf), leaf._value.shape), leaf.dtype, names.get(id(leaf)))

    return trees.map_structure(one, item)


def argument_names(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[int, str]:
    """The names of parameters, by the identity of their arguments."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):  # no signature, or another one
        return {}
    return {id(value): name for name, value in bound.items()}


def unfit(owner: Function, spec: TensorSpec, tensor: Tensor) -> Exception:
    """The error for a tensor of another dtype or shape than the function was traced with."""
    kind = TypeError if tensor.dtype == spec.dtype else errors.InvalidArgumentError
    return kind(
        errors.message(
            f"the concrete function {owner.__name__}",
            expected=f"{spec}, as it was traced",
            received=errors.describe(tensor),
            hint="call the tf.function itself, which is traced for each signature",
        )
    )


_FIXED = (bool, int, float, complex, str, bytes, type(None))


def completed(
    owner: Function, traced: tuple[tuple[Any, ...], dict[str, Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a concrete function's call, with the Python values that it was traced with.

    Raises:
        TypeError: an argument that it does not have, one that is missing, or another Python value.
    """
    names = owner._parameter_names()
    if len(traced[0]) > len(names) or len(args) > len(names):  # *args: no names to go by
        return args, kwargs
    wanted = {**dict(zip(names, traced[0], strict=False)), **traced[1]}
    called = {leaf.name: name for name, leaf in wanted.items() if isinstance(leaf, TensorSpec) and leaf.name}
    kwargs = {name if name in wanted else called.get(name, name): value for name, value in kwargs.items()}
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    who = f"the concrete function {owner.__name__}"
    if len(given) < len(args) + len(kwargs) or not given.keys() <= wanted.keys() | set(names):
        raise TypeError(errors.message(who, expected=f"arguments named {list(wanted)}", received=list(kwargs)))
    made = {}
    for name, leaf in wanted.items():
        if name in given:
            made[name] = given[name]
            if isinstance(leaf, TensorSpec) and isinstance(given[name], bool | int | float | complex):
                made[name] = convert.convert_to_tensor(given[name], leaf.dtype)
            if isinstance(leaf, _FIXED) and isinstance(given[name], _FIXED) and leaf != given[name]:
                hint = "call the tf.function itself, which is traced for each value"
                raise TypeError(
                    errors.message(who, expected=f"{name}={leaf!r}, as it was traced", received=given[name], hint=hint)
                )
        elif any(isinstance(part, TensorSpec) for part in trees.flatten(leaf)):
            raise TypeError(errors.message(who, expected=f"a tensor for {name!r}", received=f"arguments {list(given)}"))
        else:
            made[name] = leaf
    made.update({name: value for name, value in given.items() if name not in wanted})
    count = 0
    while count < len(names) and names[count] in made:
        count += 1
    rest = {name: value for name, value in made.items() if name not in names[:count]}
    return tuple(made[name] for name in names[:count]), rest


def signatures_of(functions: Sequence[ConcreteFunction]) -> list[str]:
    """The signatures of traced functions as text; those of one trace for many shapes are one."""
    found: dict[str, str] = {}
    outputs: dict[str, list[TensorSpec]] = {}
    for each in functions:
        described = each.function_type
        key = repr((list(described.parameters.values()), each._owner._bound if each._open else id(each)))
        if key in outputs:
            pairs = zip(outputs[key], each.output_specs, strict=True)
            outputs[key] = [TensorSpec(common(a.shape, b.shape), a.dtype) for a, b in pairs]
        else:
            outputs[key] = each.output_specs
        found[key] = repr(function_type.of_output(described, rebuild(each._description, outputs[key])))
    return list(found.values())


def common(first: TensorShape, second: TensorShape) -> TensorShape:
    """A shape with None where two differ."""
    if first.rank != second.rank:
        return TensorShape(None)
    pairs = zip(first.as_list(), second.as_list(), strict=True)
    return TensorShape([a if a == b else None for a, b in pairs])
