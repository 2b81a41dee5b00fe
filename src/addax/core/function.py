"""tf.function: a Python function compiled by XLA, once per signature of its arguments."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import weakref
from collections.abc import Callable
from typing import Any

from addax.core import autograph, compiler_ir, context, errors, trees
from addax.core.concrete_function import ConcreteFunction, signatures_of
from addax.core.function_options import check_options
from addax.core.function_type import FunctionSpec, FunctionType
from addax.core.inlined_calls import sharing_sources
from addax.core.input_signatures import fitted, sample_of
from addax.core.number_sharing import NumberSharing
from addax.core.open_function import OpenConcreteFunction, is_open
from addax.core.relaxation import Relaxation, declared, without_sizes
from addax.core.signature import Signature, difference
from addax.core.structures import result_tensors
from addax.core.tensor import GoesThroughData, NotCompilable, Tracer
from addax.core.text_arguments import Watch
from addax.core.trace import MustRunOnce, reachable, tracing
from addax.core.tracebacks import filtered, is_hidden, line_of, place_of
from addax.core.variable import Variable

_state = context.state
_run_eagerly = False
_RETRACES_BEFORE_WARNING = 5
_MOST_SIGNATURES = 256
_numbers = itertools.count()
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Make every `tf.function` run as plain Python (True), for debugging, or compiled (False).

    >>> import addax as tf
    >>> tf.config.run_functions_eagerly(True)
    >>> tf.config.functions_run_eagerly()
    True
    >>> tf.config.run_functions_eagerly(False)
    """
    global _run_eagerly
    _run_eagerly = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    """Whether every `tf.function` runs as plain Python.

    >>> import addax as tf
    >>> tf.config.functions_run_eagerly()
    False
    """
    return _run_eagerly


class Function:
    """What `tf.function` returns; see there."""

    _cause: Any = None  # what the warning of not being compiled comes once for, if not for this object
    _shows_graph = False  # whether its operations are recorded while it is traced (it asks for names of tensors)
    _recorded = False  # whether all of it is recorded while it is traced (it calls tf.gradients)

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None = None,
        input_signature: Any = None,
        autograph_on: bool = True,
        reduce_retracing: bool = False,
        features: Any = None,
        jit_compile: bool | None = None,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self.__name__ = name or getattr(function, "__name__", type(function).__name__)
        self._autograph = autograph_on
        self._features = features
        self._input_signature = None if input_signature is None else tuple(input_signature)
        self._reduce_retracing = reduce_retracing
        self._jit_compile = jit_compile
        self._cache: dict[Any, ConcreteFunction | None] = {}
        self._open: dict[Any, OpenConcreteFunction] = {}  # asked for with open dimensions; a SavedModel keeps these
        self._bound: Any = None
        self._parent: Function | None = None
        self._relaxations: dict[Any, Relaxation] = {}
        self._complete: dict[Any, ConcreteFunction] = {}  # by signatures with defaults written out
        self._by_kinds: dict[Any, tuple[ConcreteFunction, tuple[Variable, ...]]] = {}  # for other variables
        self._sharing = NumberSharing()
        self._inside: set[Any] = set()  # signatures of calls inside of other functions
        self._programs = 0
        self._steps: dict[Any, Any] | None = None  # bodies of loops over datasets, if it has one
        self._methods: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()
        self._created = False
        self._retraces = 0
        self._had_text = False  # whether it was called with strings, which are not compiled
        self._silent = True  # whether nobody was told so
        self._number = next(_numbers)  # what warnings come once for
        self._call_signature: inspect.Signature | None = None

    # ------------------------------------------------------------------ being a method

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        try:
            bound = self._methods.get(instance)
        except TypeError:  # not hashable or not weakly referable
            return functools.partial(self.__call__, instance)
        if bound is None:
            bound = Function(
                self._function, self.__name__, self._input_signature, self._autograph, self._reduce_retracing,
                self._features, self._jit_compile,
            )  # fmt: skip
            bound._bound, bound._number = weakref.ref(instance), self._number
            self._methods[instance] = bound
        return bound

    def _bind_self(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return args if self._bound is None else (self._bound(), *args)

    def _without_self(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of a method as its callers see them; what is kept by signature must not hold the object."""
        return args if self._bound is None else args[1:]

    # ------------------------------------------------------------------ calling

    @property
    def python_function(self) -> Callable[..., Any]:
        """The undecorated function."""
        return self._function

    @property
    def input_signature(self) -> Any:
        """The declared signature, or None."""
        return self._input_signature

    @functools.cached_property
    def _traceable(self) -> Callable[..., Any]:
        if not self._autograph:
            return autograph.do_not_convert(self._function)
        return autograph.converted(self._function, self._features)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self._bind_self(args)
        if _run_eagerly:
            return self._function(*args, **kwargs)
        if _state.trace is not None:
            if _state.trace.recorder is _state.trace:  # a tf.Graph is the default
                from addax.core.graph_calls import record  # seldom used

                return record(_state.trace.graph, "function", self, args, kwargs)
            self._note_inside(args, kwargs)
            return sharing_sources(self._traceable, args, kwargs)
        args, kwargs = self._canonical(args, kwargs)
        signature = Signature(self._without_self(args), kwargs)
        try:
            concrete = self._cache[signature.key]
        except KeyError:
            if any(isinstance(tensor._value, Tracer) for tensor in signature.tensors):
                return self._traceable(*args, **kwargs)  # inside somebody's jax.jit
            if signature.has_text:
                if self._had_text:  # other strings than before: a program for each would not pay
                    if self._silent:
                        self._say_of_text(None, args, 3)
                    return self._eagerly(args, kwargs)
                self._had_text = True
            return self._first_call(signature, args, kwargs)
        if concrete is None:
            return self._eagerly(args, kwargs)
        if _state.tapes:
            concrete.watched(args, kwargs, signature.tensors)
        return concrete.call(signature.tensors)

    def _note_inside(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A call inside of another function's trace: its trace counts, once per signature."""
        try:
            args, kwargs = self._canonical(args, kwargs)
        except (TypeError, ValueError):  # the call itself says what is wrong
            return
        key = Signature(self._without_self(args), kwargs).key
        if key not in self._inside and key not in self._cache and len(self._inside) < _MOST_SIGNATURES:
            self._inside.add(key)
            self._retraces += 1

    def _eagerly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run as plain Python; numbers and strings in the result become tensors, as they would compiled."""
        before = _state.steps, _state.stands_in
        _state.stands_in = True
        try:
            if self._steps is None:
                return result_tensors(self._function(*args, **kwargs))
            _state.steps = self._steps
            return result_tensors(self._traceable(*args, **kwargs))
        except StopIteration as error:  # of an iterator, which is an error of a program's
            raise errors.OutOfRangeError(f"tf.function {self.__name__!r}: End of sequence") from error
        finally:
            _state.steps, _state.stands_in = before

    @filtered
    def _first_call(self, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        watch = Watch() if signature.has_text else None
        try:
            with tracing, watch or contextlib.nullcontext():
                concrete = self._cache.get(signature.key)  # another thread may have been first
                if concrete is None:
                    concrete = self._trace(signature, args, kwargs)
            if watch is not None and watch.used is not None:
                self._say_of_text(watch.used, args, 5)
        except MustRunOnce:
            self._created = True
            return self._eagerly(args, kwargs)
        except NotCompilable as error:
            self._store(signature.key, None)
            if isinstance(error, GoesThroughData) and self._autograph:
                self._steps = {}
            elif not (isinstance(error, GoesThroughData) and _state.steps is not None):
                self._say_eager(str(error), place_of(error), 5)
            return self._eagerly(args, kwargs)
        if _state.tapes:
            concrete.watched(args, kwargs, signature.tensors)
        return concrete.call(signature.tensors)

    def _say_eager(self, why: str, place: str | None, stacklevel: int) -> None:
        """Warn, once, that the function runs eagerly."""
        self._silent = False
        errors.warn_once(
            ("not compiled", self._cause or self._number),
            f"tf.function {self.__name__!r} runs eagerly, because XLA cannot compile it: {why}"
            + (f"\n  In: {place}" if place else ""),
            stacklevel=stacklevel,
        )

    def _say_of_text(self, used: tuple[str, str] | None, args: tuple[Any, ...], stacklevel: int) -> None:
        """Warn that strings are why: of the op that takes them and its line, or of the argument where none is known."""
        code = getattr(inspect.unwrap(self._function), "__code__", None)
        self._silent = False
        if _state.in_pipeline or code is None or (used is None and is_hidden(code)):
            return  # datasets run functions of strings on the host anyway; not the user's function
        if used is not None:
            why, place = f"{used[0]} of a string argument: XLA has no strings", used[1]
        else:
            names = zip(self._parameter_names(), self._without_self(args), strict=False)
            found = [name for name, value in names if Signature((value,), {}).has_text]
            named = " and ".join(map(repr, found)) or "arguments"
            why, place = f"{named} are strings, which XLA does not have", line_of(code, code.co_firstlineno)
        self._say_eager(why, place, stacklevel + 1)

    def _trace(self, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ConcreteFunction:
        full = self._with_defaults(signature, args, kwargs)
        known = self._complete.get(full)
        if known is not None:
            self._store(signature.key, known)
            return known
        concrete = self._for_other_variables(signature) or self._made(signature, args, kwargs)
        if concrete.lifted.new and (self._created or self._cache):
            raise ValueError(
                f"tf.function-decorated function {self.__name__!r} tried to create variables on a call after the first "
                f"one: {concrete.lifted.new[0].name}.\n  To do: create variables once (in __init__, in build, or "
                "behind `if self.v is None`) and use them in every call."
            )
        self._created = self._created or bool(concrete.lifted.new)
        self._store(signature.key, concrete)
        if signature.variables and concrete.takes_others(self, signature.variables):
            if len(self._by_kinds) >= _MOST_SIGNATURES:
                self._by_kinds.clear()
            self._by_kinds.setdefault(signature.kinds(), (concrete, signature.variables))
        if full is not None:
            if len(self._complete) >= _MOST_SIGNATURES:
                self._complete.clear()
            self._complete[full] = concrete
        return concrete

    def _for_other_variables(self, signature: Signature) -> ConcreteFunction | None:
        """The program of a call that looked like this one but for its variables, with these; None if there is none."""
        if not signature.variables:
            return None
        known = self._by_kinds.get(signature.kinds())
        if known is None:
            return None
        concrete, before = known
        own = {id(each) for each in signature.variables}
        if own.intersection(map(id, reachable([self._function, self._bound]))) or any(
            each._copies is not None for each in signature.variables
        ):
            return None
        return concrete.rebound(before, signature.variables)

    def _with_defaults(self, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The key of a call with its defaults written out; None where that is another list of tensors."""
        try:
            bound = inspect.signature(self._function).bind(*args, **kwargs)
        except (TypeError, ValueError):  # no signature, or arguments that do not fit, which the call says better
            return None
        bound.apply_defaults()
        full = Signature(self._without_self(bound.args), bound.kwargs)
        return full.key if list(map(id, full.tensors)) == list(map(id, signature.tensors)) else None

    def _spelled_out(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments as callers see them, with defaults."""
        try:
            bound = inspect.signature(self._function).bind(*[None] * (self._bound is not None), *args, **kwargs)
        except (TypeError, ValueError):  # no signature
            return args, kwargs
        bound.apply_defaults()
        return self._without_self(bound.args), bound.kwargs

    def _made(self, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ConcreteFunction:
        """A program for the call: out of a trace with open sizes where there can be one, else out of one of its own."""
        relaxation = self._relaxation(signature)
        if relaxation is not None:
            found = ConcreteFunction.relaxed(self, args, kwargs, signature.tensors, relaxation)
            if found is not None:
                self._retraces += found.stats.traces
                return found
        self._note_program(signature.key)
        self._retraces += signature.key not in self._inside
        made = ConcreteFunction(self, args, kwargs, signature.tensors)
        made.run_as(self._sharing.program(made.lifted))
        return made

    def _relaxation(self, signature: Signature) -> Relaxation | None:
        """The signature of a call with what is left open in it; None if that is nothing, or this is its first shape."""
        if self._input_signature is None and not self._reduce_retracing and not self._relaxations:
            return None
        key, shapes = without_sizes(signature.key), [tuple(each._value.shape) for each in signature.tensors]
        known = self._relaxations.get(key)
        if known is not None:
            if self._reduce_retracing:
                known.relax_to(shapes)
            return known if known.covers(shapes) else None
        if self._input_signature is None and not self._reduce_retracing:
            return None
        if len(self._relaxations) >= _MOST_SIGNATURES:
            self._relaxations.clear()
        if self._input_signature is not None:
            specs = declared(self._input_signature)
            if specs is None or len(specs) != len(shapes):
                return None
            unknown = [
                (None,) * len(shape) for shape in shapes
            ]  # where not even the rank is declared: a trace for each
            pairs = zip(specs, unknown, strict=True)
            shapes = [each if spec.shape.rank is None else spec.shape.as_list() for spec, each in pairs]
        made = self._relaxations[key] = Relaxation(shapes)
        return made

    def _unranked(self, count: int) -> frozenset[int]:
        """The places of tensors whose rank the input_signature leaves open, of a call with `count` tensors."""
        specs = declared(self._input_signature) if self._input_signature is not None else None
        if specs is None or len(specs) != count:
            return frozenset()
        return frozenset(place for place, spec in enumerate(specs) if spec.shape.rank is None)

    def _store(self, key: Any, concrete: ConcreteFunction | None) -> None:
        if len(self._cache) >= _MOST_SIGNATURES:
            self._cache.pop(next(iter(self._cache)))
        self._cache[key] = concrete

    def _note_program(self, key: Any) -> None:
        self._programs += 1
        if self._programs > _RETRACES_BEFORE_WARNING and self._cache:
            last = next(reversed(self._cache))
            errors.warn_once(
                ("retracing", self._number),
                f"tf.function {self.__name__!r} was traced {self._programs} times, and each time costs a compilation, "
                "unless only numbers changed.\n"
                f"  Changed since the last trace: {difference(last, key, self._parameter_names())}.\n"
                "  To do: pass tensors instead of Python numbers, pad to fixed shapes, or define the function outside "
                "of the loop.",
                stacklevel=5,
            )

    def _parameter_names(self) -> list[str]:
        """Those of the positional parameters, as callers see them."""
        try:
            parameters = inspect.signature(self._function).parameters.values()
        except (TypeError, ValueError):
            return []
        names = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
        return names if self._bound is None else names[1:]

    def _canonical(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Keyword arguments in their places, defaults left out; with a declared signature, tensors of its dtypes."""
        if kwargs or self._input_signature is not None:
            if self._call_signature is None:
                self._call_signature = inspect.signature(self._function)
                self._check_declared(self._call_signature)
            try:
                bound = self._call_signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"tf.function {self.__name__!r}: {error}") from None
            args, kwargs = bound.args, bound.kwargs
        if self._input_signature is not None:
            args = self._to_signature(args)
        return args, kwargs

    def _check_declared(self, found: inspect.Signature) -> None:
        kinds = [each.kind for each in found.parameters.values()]
        places = sum(kind in _POSITIONAL for kind in kinds) - (self._bound is not None)
        extra = len(self._input_signature or ()) - places
        if extra > 0 and inspect.Parameter.VAR_POSITIONAL not in kinds:
            self._call_signature = None
            raise TypeError(
                f"tf.function {self.__name__!r}: input_signature contains {extra} extra type constraints: the function "
                f"takes {places} arguments by position."
            )

    def _to_signature(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        first = 1 if self._bound is not None else 0
        given = args[first:]
        if len(given) > len(self._input_signature or ()):
            raise TypeError(
                f"tf.function {self.__name__!r}: expected {len(self._input_signature or ())} arguments by its "
                f"input_signature, received {len(given)}."
            )
        made = []
        for spec, arg in zip(self._input_signature or (), given, strict=False):
            made.append(fitted(f"tf.function {self.__name__!r}", spec, arg))
        return (*args[:first], *made)

    # ------------------------------------------------------------------ looking inside

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction | OpenConcreteFunction:
        """The compiled function for a signature; tensors may be given as `tf.TensorSpec`s.

        With open dimensions, it is compiled for each shape that comes; what XLA cannot compile runs eagerly.
        """
        if not args and not kwargs and self._input_signature is not None:
            args = self._input_signature
        if is_open((args, kwargs)):
            return self._opened(args, kwargs)
        try:
            return self._concrete(args, kwargs)
        except NotCompilable:  # it runs eagerly, and tracing it once more would say the same
            return self._opened(args, kwargs, compiles=False)

    def _opened(self, args: tuple[Any, ...], kwargs: dict[str, Any], compiles: bool = True) -> OpenConcreteFunction:
        key = repr((args, kwargs))
        if key not in self._open:
            made = OpenConcreteFunction(self, args, kwargs)
            if compiles:
                made.trace()
            self._open[key] = made
        return self._open[key]

    def _concrete(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ConcreteFunction:
        args, kwargs, signature = self._sampled(args, kwargs)
        with tracing:
            found = self._cache.get(signature.key)
            return found if found is not None else self._trace(signature, args, kwargs)

    def _sampled(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Signature]:
        args = self._bind_self(args)
        args, kwargs = trees.map_structure(sample_of, (args, kwargs))
        args, kwargs = self._canonical(args, kwargs)
        return args, kwargs, Signature(self._without_self(args), kwargs)

    def _relax(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: list[Any]) -> None:
        """Calls that look like this one, up to sizes, leave the sizes open that are None in `shapes`."""
        signature = self._sampled(args, kwargs)[-1]
        if len(signature.tensors) == len(shapes):
            self._relaxations.setdefault(without_sizes(signature.key), Relaxation(shapes))

    def experimental_get_tracing_count(self) -> int:
        """How often the function was traced."""
        return self._retraces + sum(bound._retraces for bound in self._methods.values())

    def experimental_compile_stats(self) -> list[dict[str, Any]]:
        """What compiling cost so far (ours, not TensorFlow's).

        Returns:
            One dict per signature: `signature` (the specs of its tensors), `traces`, `trace_seconds`, `compiles` and
            `compile_seconds` (programs found in the compilation cache count, with the time it took to load them, and
            those that another function made; one that serves many Python numbers counts where it was first used).

        >>> import addax as tf
        >>> double = tf.function(lambda x: x + x)
        >>> _ = double(tf.constant(1.0))
        >>> [(each["traces"], each["compiles"]) for each in double.experimental_compile_stats()]
        [(1, 1)]
        """
        found = [each for each in self._cache.values() if each is not None]
        own = [{"signature": each.input_specs, **each.stats.as_dict()} for each in found]
        for bound in self._methods.values():
            own += bound.experimental_compile_stats()
        return own

    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Callable[..., str | bytes]:
        """What XLA makes of the function for a signature.

        Args:
            *args: tensors or `tf.TensorSpec`s of known shapes, as for a call.
            **kwargs: likewise.

        Returns:
            A function of `stage`: "hlo" (default), "stablehlo" or "optimized_hlo" for text, "hlo_serialized" or
            "optimized_hlo_serialized" for bytes. It takes `device_name` and `platform_name` too, which must be None.

        >>> import addax as tf
        >>> double = tf.function(lambda x: x + x)
        >>> "add" in double.experimental_get_compiler_ir(tf.constant(1.0))(stage="hlo")
        True
        """
        lifted = self._concrete(args, kwargs).lifted

        def program(stage: str = "hlo", device_name: None = None, platform_name: None = None) -> str | bytes:
            if device_name is not None or platform_name is not None:
                raise ValueError("experimental_get_compiler_ir: programs are shown for the device that runs them.")
            return compiler_ir.text_of(lifted, stage)

        return program

    def pretty_printed_concrete_signatures(self) -> str:
        """The signatures that were traced: their inputs, their results, and what else they read."""
        return "\n\n".join(signatures_of([each for each in self._cache.values() if each is not None]))

    @property
    def name(self) -> str:
        """The function's name."""
        return self.__name__

    @property
    def function_type(self) -> FunctionType:
        """Its parameters, with the types that the input_signature declares."""
        return self.function_spec.function_type

    @property
    def function_spec(self) -> FunctionSpec:
        """What is known of it before it is called: parameters, defaults, options."""
        bound = self._bound is not None
        return FunctionSpec.from_function_and_signature(
            self._function, self._input_signature, jit_compile=self._jit_compile, bound=bound
        )


def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """Compile a Python function: it is traced once per signature (shapes, dtypes, Python values) and run by XLA.

    What XLA cannot compile (data-dependent shapes, strings, arbitrary Python) runs eagerly, with one warning. In a loop
    over a dataset, Python takes the elements, and what is done with one is compiled.

    Args:
        func: the function; without it, a decorator is returned.
        input_signature: a sequence of `tf.TensorSpec`s that calls must fit. Sizes that are None in it are None to
            Python too, which is traced once for all of them.
        autograph: turn `if`, `while` and `for` over tensors into conditionals and loops.
        jit_compile: accepted; everything is compiled by XLA.
        reduce_retracing: from the second shape on, sizes that change are left open: Python is traced once for all of
            them and sees None there. XLA compiles one program per shape.
        experimental_implements: must be None; there are no graph rewrites to name.
        experimental_autograph_options: a `tf.autograph.experimental.Feature` or several.
        experimental_attributes: accepted, has no effect on results.
        experimental_relax_shapes: the older name of `reduce_retracing`.
        experimental_compile: the older name of `jit_compile`.
        experimental_follow_type_hints: accepted; Python numbers stay Python numbers.

    Returns:
        A callable with the function's signature.

    Raises:
        ValueError: variables are created on a call after the first, arguments are modified, an unknown attribute.
        TypeError: arguments that do not fit the input_signature, that are not hashable, results that are no tensors.

    >>> import addax as tf
    >>> @tf.function
    ... def double(x):
    ...     return x + x
    >>> int(double(tf.constant(2)))
    4
    """
    if func is not None and not callable(func):
        raise TypeError(f"tf.function: expected a function, received {func!r:.80}.")
    check_options(input_signature, experimental_attributes)

    def decorate(inner: Callable[..., Any]) -> Function:
        relax = reduce_retracing or bool(experimental_relax_shapes)
        jit = experimental_compile if jit_compile is None else jit_compile
        return Function(inner, None, input_signature, autograph, relax, experimental_autograph_options, jit)

    return decorate if func is None else decorate(func)
