"""Which calls of a function are written into a SavedModel: those it was traced for, or those its signature allows."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from addax.checkpoint.saved_model import values
from addax.core import trees
from addax.core.concrete_function import ConcreteFunction
from addax.core.exported import Program, write_program
from addax.core.function import Function
from addax.core.open_function import OpenConcreteFunction
from addax.core.spec import TensorSpec
from addax.core.staging import read_variables
from addax.core.trace import reachable


@dataclasses.dataclass
class Trace:
    """One way of calling a function.

    `args` and `kwargs` have TensorSpecs in the places of tensors; `call` takes them with tensors.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    call: Callable[..., Any]
    refers_to: Any
    key: Any

    @property
    def structure(self) -> tuple[Any, Any]:
        """(args, kwargs), as SavedModels write them."""
        return self.args, self.kwargs

    def program(self) -> Program:
        """The function compiled for this call.

        Raises:
            NotCompilable: no program can do what it does.
        """

        def flat(*tensors: Any) -> Any:
            given = iter(tensors)
            args, kwargs = trees.map_structure(
                lambda leaf: next(given) if isinstance(leaf, TensorSpec) else leaf, self.structure
            )
            return read_variables(self.call(*args, **kwargs))

        specs = values.specs_in(self.structure)
        return write_program(flat, specs, reachable([self.refers_to, self.structure]), self.name)


def is_function(item: Any) -> bool:
    """Whether something is a tf.function, one of its concrete functions, or one of those loaded from a SavedModel."""
    return isinstance(item, Function | ConcreteFunction | OpenConcreteFunction) or hasattr(type(item), "_saved_traces")


def traces_of(function: Any) -> list[Trace]:
    """The calls of a function that a SavedModel keeps."""
    own = getattr(type(function), "_saved_traces", None)
    if own is not None:
        return own(function)
    if isinstance(function, ConcreteFunction | OpenConcreteFunction):
        return [_trace(function._owner, function._args, function._kwargs)]
    if function.input_signature is not None:
        return [_trace(function, function.input_signature, {})]
    found = [each for each in (*function._cache.values(), *function._open.values()) if each is not None]
    different = {repr((each._args, each._kwargs)): each for each in found}  # programs of one trace have one signature
    return [_trace(function, each._args, each._kwargs) for each in different.values()]


def has_eager_calls(function: Any) -> bool:
    """Whether a function was called with what no program could be made for, and nothing of that can be kept."""
    return isinstance(function, Function) and None in function._cache.values()


def by_rank(trace: Trace) -> list[Trace]:
    """A call with tensors of any rank as one call for each rank up to 4, since programs have a rank."""

    def of_rank(rank: int) -> Trace:
        args, kwargs = trees.map_structure(
            lambda leaf: TensorSpec([None] * rank, leaf.dtype, leaf.name) if _any_rank(leaf) else leaf, trace.structure
        )
        return dataclasses.replace(trace, args=args, kwargs=kwargs)

    return [of_rank(rank) for rank in range(5)] if has_any_rank(trace) else [trace]


def has_any_rank(trace: Trace) -> bool:
    """Whether a call takes tensors of any rank."""
    return any(_any_rank(leaf) for leaf in trees.flatten(trace.structure))


def _any_rank(leaf: Any) -> bool:
    return type(leaf) is TensorSpec and leaf.shape.rank is None


def single_trace(function: Any) -> Trace | None:
    """The one call of a function that can be a signature; None where there is not exactly one."""
    polymorphic = isinstance(function, Function) and function.input_signature is None
    found = [] if polymorphic else traces_of(function)
    return found[0] if len(found) == 1 else None


def parameters_of(function: Any) -> inspect.Signature | None:
    """The parameters under which a function's callers know its arguments."""
    if not isinstance(function, Function):
        return getattr(function, "_call_signature", None) or getattr(
            getattr(function, "_owner", None), "_call_signature", None
        )
    try:
        signature = inspect.signature(function._function)
    except (TypeError, ValueError):
        return None
    parameters = list(signature.parameters.values())
    if function._bound is not None:
        parameters = parameters[1:]
    return inspect.Signature(parameters)


def _trace(owner: Function, args: Any, kwargs: Any) -> Trace:
    parameters = parameters_of(owner)
    args, kwargs = tuple(args), dict(kwargs)
    if parameters is not None:
        try:
            bound = parameters.bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        except TypeError:  # a signature that says less than the function takes
            pass
    args, kwargs = _named(args, kwargs, parameters)

    def call(*given: Any, **named: Any) -> Any:
        return owner._traceable(*owner._bind_self(given), **named)

    name = owner.__name__ if owner.__name__.isidentifier() else "lambda"
    return Trace(name, args, kwargs, call, [owner._function, owner._bound], (id(owner._function), id(owner._bound)))


def _named(args: tuple[Any, ...], kwargs: dict[str, Any], parameters: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Specs named like their parameters, where they have no name yet."""
    names: list[str | None] = [None] * len(args)
    if parameters is not None:
        plain = [
            p.name for p in parameters.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        names[: len(plain)] = plain[: len(args)]

    def one(item: Any, name: str | None) -> Any:
        leaves = [leaf for leaf in trees.flatten(item) if isinstance(leaf, TensorSpec)]
        counted = iter([name] if len(leaves) == 1 else [name and f"{name}_{i}" for i in range(len(leaves))])

        def spec(leaf: Any) -> Any:
            if not isinstance(leaf, TensorSpec):
                return leaf
            other = next(counted)
            return TensorSpec(leaf.shape, leaf.dtype, leaf.name or other)

        return trees.map_structure(spec, item)

    return (
        tuple(one(arg, name) for arg, name in zip(args, names, strict=True)),
        {key: one(value, key) for key, value in kwargs.items()},
    )
