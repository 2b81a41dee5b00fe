"""tf.function: a Python function compiled by XLA, once per signature of its arguments."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import time
import weakref
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from addax.core import autograph, context, convert, dispatch, effects, errors, trees
from addax.core.spec import TensorSpec
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.trace import Executable, MustRunOnce, lift, reachable
from addax.core.variable import Variable

_state = context.state
_run_eagerly = False
_RETRACES_BEFORE_WARNING = 5
_MOST_SIGNATURES = 256


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
    """Whether every `tf.function` runs as plain Python."""
    return _run_eagerly


# ---------------------------------------------------------------------------- structures of results


def flatten_result(result: Any) -> tuple[list[Any], Any]:
    """A function's result as (arrays, a description that rebuilds it)."""
    arrays: list[Any] = []
    return arrays, _describe(result, arrays)


def _describe(result: Any, arrays: list[Any]) -> Any:
    if isinstance(result, Tensor):
        if isinstance(result._value, np.ndarray):
            return ("constant", result)
        arrays.append(result._value)
        return ("tensor", len(arrays) - 1)
    if isinstance(result, Variable):
        return ("constant", result)
    if isinstance(result, jax.Array | np.ndarray | np.generic | float | int | bool | complex) and result is not None:
        arrays.append(convert.value_of(result))
        return ("tensor", len(arrays) - 1)
    if isinstance(result, dict):
        return ("dict", type(result), [(key, _describe(value, arrays)) for key, value in result.items()])
    if isinstance(result, list | tuple):
        return ("sequence", type(result), [_describe(value, arrays) for value in result])
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        fields = [(f.name, _describe(getattr(result, f.name), arrays)) for f in dataclasses.fields(result)]
        return ("dataclass", type(result), fields)
    if hasattr(result, "__tf_flatten__"):
        metadata, parts = result.__tf_flatten__()
        return ("flatten", type(result), metadata, [_describe(part, arrays) for part in parts])
    return ("constant", result)


def rebuild(description: Any, tensors: list[Any]) -> Any:
    """The structure that `flatten_result` took apart, around other tensors."""
    kind = description[0]
    if kind == "tensor":
        return tensors[description[1]]
    if kind == "constant":
        return description[1]
    parts = [
        (part[0], rebuild(part[1], tensors)) if kind in ("dict", "dataclass") else rebuild(part, tensors)
        for part in description[-1]
    ]
    cls = description[1]
    if kind == "dict":
        return dict(parts) if cls is dict else _as_mapping(cls, parts)
    if kind == "dataclass":
        return cls(**dict(parts))
    if kind == "flatten":
        return cls.__tf_unflatten__(description[2], tuple(parts))
    return cls(*parts) if hasattr(cls, "_fields") else cls(parts)


def _as_mapping(cls: type, parts: list[Any]) -> Any:
    try:
        return cls(parts)
    except TypeError:  # a defaultdict, say
        return dict(parts)


# ---------------------------------------------------------------------------- arguments


class _Signature:
    """How a call looks: a hashable key, and the tensors among the arguments."""

    __slots__ = ("key", "rebuild", "tensors")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.tensors: list[Any] = []
        self.key = (self._walk(args), self._walk(kwargs) if kwargs else None)

    def _walk(self, item: Any) -> Any:
        kind = type(item)
        if kind is Tensor or isinstance(item, Tensor):
            if isinstance(item._value, np.ndarray):  # strings are not compiled; each value is its own signature
                return ("text", item._value.shape, tuple(item._value.reshape(-1).tolist()))
            self.tensors.append(item)
            return (item._value.shape, item._value.dtype)
        if kind in (int, float, bool, str, bytes, type(None), complex):
            return (kind, item)
        if kind is tuple or kind is list:
            return (kind, *[self._walk(part) for part in item])
        if isinstance(item, dict):
            return (kind, *[(key, self._walk(item[key])) for key in item])
        if isinstance(item, tuple):
            return (kind, *[self._walk(part) for part in item])
        if isinstance(item, np.ndarray | np.generic):
            if item.dtype.kind in "OSU":
                return ("text", item.shape, tuple(np.asarray(item).reshape(-1).tolist()))
            tensor = Tensor(convert.to_device(item))
            self.tensors.append(tensor)
            return (item.shape, item.dtype)
        if isinstance(item, jax.Array):
            self.tensors.append(Tensor(item))
            return (item.shape, item.dtype)
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return (kind, *[self._walk(getattr(item, f.name)) for f in dataclasses.fields(item)])
        if hasattr(item, "__tf_flatten__"):
            metadata, parts = item.__tf_flatten__()
            return (kind, _hashed(metadata), *[self._walk(part) for part in parts])
        return _identity(item)


def _hashed(item: Any) -> Any:
    try:
        hash(item)
    except TypeError:
        return _identity(item)
    return item


def _identity(item: Any) -> Any:
    """Other Python objects: by identity where the object lives, so that a dead one is not mistaken for another."""
    if isinstance(item, Variable):
        return ("variable", id(item))  # the function that is kept under this key holds it
    try:
        hash(item)
        return item
    except TypeError:
        return ("object", id(item))


def replace_tensors(item: Any, tensors: Any) -> Any:
    """The arguments again, with the tensors of a signature replaced, in its order."""
    kind = type(item)
    if kind is Tensor or isinstance(item, Tensor):
        return item if isinstance(item._value, np.ndarray) else next(tensors)
    if kind is tuple or kind is list:
        return kind(replace_tensors(part, tensors) for part in item)
    if isinstance(item, dict):
        made = {key: replace_tensors(item[key], tensors) for key in item}
        return made if kind is dict else _as_mapping(kind, list(made.items()))
    if isinstance(item, tuple):
        return kind(*[replace_tensors(part, tensors) for part in item])
    if isinstance(item, np.ndarray | np.generic):
        return item if item.dtype.kind in "OSU" else next(tensors)
    if isinstance(item, jax.Array):
        return next(tensors)
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return kind(**{f.name: replace_tensors(getattr(item, f.name), tensors) for f in dataclasses.fields(item)})
    if hasattr(item, "__tf_flatten__"):
        metadata, parts = item.__tf_flatten__()
        return kind.__tf_unflatten__(metadata, tuple(replace_tensors(part, tensors) for part in parts))
    return item


# ---------------------------------------------------------------------------- one signature


class ConcreteFunction:
    """A function traced and compiled for one signature."""

    def __init__(self, owner: Function, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor]) -> None:
        self._owner = owner
        self._args, self._kwargs = _skeleton(args), _skeleton(kwargs)
        begun = time.perf_counter()

        def traced(*inputs: Tensor) -> tuple[list[Any], Any]:
            filled = iter(inputs)
            new_args = replace_tensors(args, filled)
            new_kwargs = replace_tensors(kwargs, filled)
            return flatten_result(owner._traceable(*new_args, **new_kwargs))

        guess = reachable([owner._function, args, kwargs, owner._bound])
        specs = [jax.ShapeDtypeStruct(t._value.shape, t._value.dtype) for t in tensors]
        self.lifted = lift(traced, specs, guess)
        self.trace_seconds = time.perf_counter() - begun
        self._executable = Executable(self.lifted)
        self._description = self.lifted.out_tree
        self._held = [leaf for leaf in trees.flatten((args, kwargs)) if isinstance(leaf, Variable)]
        self.input_specs = [TensorSpec(tuple(t._value.shape), t.dtype) for t in tensors]

    def call(self, tensors: list[Tensor]) -> Any:
        """Run on the tensors of a call with this signature."""
        if not _state.tapes:
            out = self._executable([tensor._value for tensor in tensors])
            return rebuild(self._description, [Tensor(value) for value in out])
        variables = self.lifted.variables
        values = [variable._value for variable in variables]
        for variable in variables:
            variable._handed_out = True
        plan = self._executable.plan
        arrays = (list(variables), list(tensors))
        out, written = dispatch.run_plan(plan, arrays, [values, [tensor._value for tensor in tensors]])
        for variable, value in zip(self.lifted.written, written, strict=True):
            variable._value = value._value
            variable._handed_out = True
        if self._executable.effects:
            effects.finish()
        return rebuild(self._description, out)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call with tensors (Python values must be those it was traced with)."""
        args = self._owner._bind_self(args)
        args, kwargs = self._owner._canonical(args, kwargs)
        signature = _Signature(args, kwargs)
        if len(signature.tensors) != len(self.input_specs):
            raise TypeError(
                f"{self._owner.__name__}: expected {len(self.input_specs)} tensors for the signature "
                f"{self.input_specs}, received {len(signature.tensors)}."
            )
        for spec, tensor in zip(self.input_specs, signature.tensors, strict=True):
            if not spec.is_compatible_with(tensor):
                raise TypeError(
                    errors.message(
                        f"the concrete function {self._owner.__name__}", expected=spec, received=errors.describe(tensor)
                    )
                )
        return self.call(signature.tensors)

    @property
    def name(self) -> str:
        """The function's name."""
        return self._owner.__name__

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables it uses."""
        return tuple(self.lifted.variables)

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The trainable variables it uses."""
        return tuple(variable for variable in self.lifted.variables if variable.trainable)

    @property
    def structured_input_signature(self) -> tuple[Any, Any]:
        """(positional, keyword) arguments, tensors as `tf.TensorSpec`s."""
        return self._args, self._kwargs

    @property
    def inputs(self) -> list[TensorSpec]:
        """The specs of the tensors it takes."""
        return list(self.input_specs)

    @property
    def outputs(self) -> list[TensorSpec]:
        """The specs of the tensors it returns."""
        count = len(self.lifted.closed.out_avals) - len(self.lifted.written)
        return [TensorSpec(aval.shape, aval.dtype) for aval in self.lifted.closed.out_avals[:count]]

    @property
    def structured_outputs(self) -> Any:
        """What it returns, tensors as `tf.TensorSpec`s."""
        return rebuild(self._description, self.outputs)

    @property
    def output_shapes(self) -> Any:
        """The shapes of what it returns."""
        return trees.map_structure(lambda spec: spec.shape, self.structured_outputs)

    @property
    def output_dtypes(self) -> Any:
        """The dtypes of what it returns."""
        return trees.map_structure(lambda spec: spec.dtype, self.structured_outputs)


def _skeleton(item: Any) -> Any:
    """Arguments with specs in the places of tensors, so that a concrete function does not keep them alive."""
    return trees.map_structure(lambda leaf: TensorSpec.from_tensor(leaf) if isinstance(leaf, Tensor) else leaf, item)


# ---------------------------------------------------------------------------- the function


class Function:
    """What `tf.function` returns; see there."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None = None,
        input_signature: Any = None,
        autograph_on: bool = True,
        reduce_retracing: bool = False,
        features: Any = None,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self.__name__ = name or getattr(function, "__name__", type(function).__name__)
        self._autograph = autograph_on
        self._features = features
        self._input_signature = None if input_signature is None else tuple(input_signature)
        self._reduce_retracing = reduce_retracing
        self._cache: dict[Any, ConcreteFunction | None] = {}
        self._bound: Any = None
        self._parent: Function | None = None
        self._methods: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()
        self._created = False
        self._retraces = 0
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
                self._function,
                self.__name__,
                self._input_signature,
                self._autograph,
                self._reduce_retracing,
                self._features,
            )
            bound._bound = weakref.ref(instance)
            self._methods[instance] = bound
        return bound

    def _bind_self(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if self._bound is None:
            return args
        return (self._bound(), *args)

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
            return self._traceable(*args, **kwargs)
        args, kwargs = self._canonical(args, kwargs)
        signature = _Signature(args, kwargs)
        try:
            concrete = self._cache[signature.key]
        except KeyError:
            if any(isinstance(tensor._value, Tracer) for tensor in signature.tensors):
                return self._traceable(*args, **kwargs)  # inside somebody's jax.jit
            return self._first_call(signature, args, kwargs)
        if concrete is None:
            return self._eagerly(args, kwargs)
        return concrete.call(signature.tensors)

    def _eagerly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run as plain Python; numbers in the result become tensors, as they would compiled."""

        def one(leaf: Any) -> Any:
            numbers = isinstance(leaf, bool | int | float | complex | np.ndarray | np.generic)
            return convert.convert_to_tensor(leaf) if numbers else leaf

        return trees.map_structure(one, self._function(*args, **kwargs))

    def _first_call(self, signature: _Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            concrete = self._trace(signature, args, kwargs)
        except MustRunOnce:
            self._created = True
            return self._eagerly(args, kwargs)
        except NotCompilable as error:
            self._store(signature.key, None)
            errors.warn_once(
                ("not compiled", id(self)),
                f"tf.function {self.__name__!r} runs eagerly, because XLA cannot compile it: {error}",
                stacklevel=4,
            )
            return self._eagerly(args, kwargs)
        return concrete.call(signature.tensors)

    def _trace(self, signature: _Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ConcreteFunction:
        self._note_retrace(signature.key)
        concrete = ConcreteFunction(self, args, kwargs, signature.tensors)
        if concrete.lifted.new and (self._created or self._cache):
            raise ValueError(
                f"tf.function-decorated function {self.__name__!r} tried to create variables on a call after the first "
                f"one: {concrete.lifted.new[0].name}.\n  To do: create variables once (in __init__, in build, or behind "
                "`if self.v is None`) and use them in every call."
            )
        self._created = self._created or bool(concrete.lifted.new)
        self._store(signature.key, concrete)
        return concrete

    def _store(self, key: Any, concrete: ConcreteFunction | None) -> None:
        if len(self._cache) >= _MOST_SIGNATURES:
            self._cache.pop(next(iter(self._cache)))
        self._cache[key] = concrete

    def _note_retrace(self, key: Any) -> None:
        self._retraces += 1
        if self._retraces > _RETRACES_BEFORE_WARNING and self._cache:
            last = next(reversed(self._cache))
            errors.warn_once(
                ("retracing", id(self)),
                f"tf.function {self.__name__!r} was traced {self._retraces} times, and each time costs a compilation.\n"
                f"  Changed since the last trace: {_difference(last, key)}.\n"
                "  To do: pass tensors instead of Python numbers, pad to fixed shapes, or define the function outside "
                "of the loop.",
                stacklevel=5,
            )

    def _canonical(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Keyword arguments in their places, defaults left out; with a declared signature, tensors of its dtypes."""
        if kwargs or self._input_signature is not None:
            if self._call_signature is None:
                self._call_signature = inspect.signature(self._function)
            try:
                bound = self._call_signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"tf.function {self.__name__!r}: {error}") from None
            args, kwargs = bound.args, bound.kwargs
        if self._input_signature is not None:
            args = self._to_signature(args)
        return args, kwargs

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
            made.append(self._fit(spec, arg))
        return (*args[:first], *made)

    def _fit(self, spec: Any, arg: Any) -> Any:
        if isinstance(spec, TensorSpec):
            try:
                tensor = convert.convert_to_tensor(arg, spec.dtype)
            except (ValueError, TypeError):
                tensor = None
            if tensor is None or not tensor.shape.is_compatible_with(spec.shape):
                raise TypeError(
                    errors.message(
                        f"tf.function {self.__name__!r}",
                        expected=f"{spec} by its input_signature",
                        received=errors.describe(arg),
                        hint="cast or reshape the argument, or loosen the input_signature (None for a free dimension)",
                    )
                )
            return tensor
        if isinstance(spec, list | tuple):
            return type(spec)([self._fit(s, a) for s, a in zip(spec, arg, strict=True)])
        if isinstance(spec, dict):
            return {key: self._fit(spec[key], arg[key]) for key in spec}
        return arg

    # ------------------------------------------------------------------ looking inside

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The compiled function for a signature; tensors may be given as `tf.TensorSpec`s.

        Dimensions that a spec leaves open are compiled when the function is called; here they count as 1.
        """
        if not args and not kwargs and self._input_signature is not None:
            args = self._input_signature
        args = self._bind_self(args)
        args, kwargs = trees.map_structure(_from_spec, (args, kwargs))
        args, kwargs = self._canonical(args, kwargs)
        signature = _Signature(args, kwargs)
        found = self._cache.get(signature.key)
        return found if found is not None else self._trace(signature, args, kwargs)

    def experimental_get_tracing_count(self) -> int:
        """How often the function was traced."""
        return self._retraces + sum(bound._retraces for bound in self._methods.values())

    def experimental_compile_stats(self) -> list[dict[str, Any]]:
        """One entry per signature: its tensors, and the seconds that tracing took (ours, not TensorFlow's)."""
        return [
            {"signature": concrete.input_specs, "trace_seconds": concrete.trace_seconds}
            for concrete in self._cache.values()
            if concrete is not None
        ]

    def pretty_printed_concrete_signatures(self) -> str:
        """The signatures that were traced, a line each."""
        return "\n".join(f"{self.__name__}({c.input_specs})" for c in self._cache.values() if c is not None)


def _from_spec(leaf: Any) -> Any:
    if isinstance(leaf, TensorSpec):
        shape = tuple(1 if size is None else size for size in leaf.shape.as_list())
        return Tensor(convert.to_device(np.zeros(shape, leaf.dtype.np)))
    return leaf


def _difference(old: Any, new: Any) -> str:
    """Where two signature keys differ, in words."""
    if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            if before != after:
                return _difference(before, after)
    return f"{old!r:.100} became {new!r:.100}"


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

    What XLA cannot compile (data-dependent shapes, strings, arbitrary Python) runs eagerly, with one warning.

    Args:
        func: the function; without it, a decorator is returned.
        input_signature: a sequence of `tf.TensorSpec`s that calls must fit.
        autograph: turn `if`, `while` and `for` over tensors into conditionals and loops.
        jit_compile: accepted; everything is compiled by XLA.
        reduce_retracing: accepted; XLA compiles one program per shape.
        experimental_implements: must be None; there are no graph rewrites to name.
        experimental_autograph_options: a `tf.autograph.experimental.Feature` or several.
        experimental_attributes: accepted, has no effect on results.
        experimental_relax_shapes: the older name of `reduce_retracing`.
        experimental_compile: the older name of `jit_compile`.
        experimental_follow_type_hints: accepted; Python numbers stay Python numbers.

    Returns:
        A callable with the function's signature.

    Raises:
        ValueError: variables are created on a call after the first.

    >>> import addax as tf
    >>> @tf.function
    ... def double(x):
    ...     return x + x
    >>> int(double(tf.constant(2)))
    4
    """
    if func is not None and not callable(func):
        raise TypeError(f"tf.function: expected a function, received {func!r:.80}.")

    def decorate(inner: Callable[..., Any]) -> Function:
        relax = reduce_retracing or bool(experimental_relax_shapes)
        return Function(inner, None, input_signature, autograph, relax, experimental_autograph_options)

    return decorate if func is None else decorate(func)
