"""What a `tf.function` takes and gives, as an object: `function.function_type`, `concrete.function_type`."""

from __future__ import annotations

import collections
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from addax.core import dtypes, function_text, trees
from addax.core.spec import TensorSpec, TypeSpec
from addax.core.variable import Variable


class Shown:
    """Something that prints as a text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shown) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


_DEFAULT = Shown("<captured_default_value>")


class Parameter(inspect.Parameter):
    """A parameter, with what is known of its values.

    Args:
        name: its name.
        kind: how it is passed, as in `inspect`.
        optional: whether it may be left out.
        type_constraint: a `tf.TensorSpec`, or what prints as the type; None if everything is accepted.
    """

    def __init__(self, name: str, kind: Any, optional: bool, type_constraint: Any) -> None:
        self._optional, self._constraint = optional, type_constraint
        empty = inspect.Parameter.empty
        super().__init__(
            name,
            kind,
            default=_DEFAULT if optional else empty,
            annotation=empty if type_constraint is None else type_constraint,
        )

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return self._optional

    @property
    def type_constraint(self) -> Any:
        """What values must be; None if everything is accepted."""
        return self._constraint

    def __repr__(self) -> str:
        return (
            f"Parameter(name={self.name}, kind={self.kind.name}, optional={self._optional!r}, "
            f"type_constraint={self._constraint!r})"
        )


class FunctionType(inspect.Signature):
    """The parameters of a function with their types, its result, and what it takes from outside.

    Args:
        parameters: the parameters.
        captures: specs of what is taken from outside, by the identities of the variables.
        output: the type of the result; None if it is not known.
        specs: (of tensors among the arguments, of tensors in the result).

    >>> import addax as tf
    >>> tf.function(lambda x, n=2: x * n).get_concrete_function(tf.TensorSpec([3])).function_type
    Input Parameters:
      x (POSITIONAL_OR_KEYWORD): TensorSpec(shape=(3,), dtype=tf.float32, name=None)
      n (POSITIONAL_OR_KEYWORD): Literal[2]
    Output Type:
      TensorSpec(shape=(3,), dtype=tf.float32, name=None)
    Captures:
      None
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        captures: Mapping[int, TensorSpec] | None = None,
        output: Any = None,
        specs: tuple[Sequence[TensorSpec], Sequence[TensorSpec]] = ((), ()),
    ) -> None:
        self._captures, self._specs = collections.OrderedDict(captures or {}), specs
        empty = inspect.Signature.empty
        super().__init__(parameters, return_annotation=empty if output is None else output)

    @property
    def captures(self) -> collections.OrderedDict[int, TensorSpec]:
        """Specs of what is taken from outside."""
        return self._captures

    @property
    def output(self) -> Any:
        """The type of the result; None if it is not known."""
        return None if self.return_annotation is inspect.Signature.empty else self.return_annotation

    @property
    def flat_inputs(self) -> list[TensorSpec]:
        """Specs of the tensors among the arguments."""
        return list(self._specs[0])

    @property
    def flat_outputs(self) -> list[TensorSpec]:
        """Specs of the tensors in the result."""
        return list(self._specs[1])

    @property
    def flat_captures(self) -> list[TensorSpec]:
        """Specs of what is taken from outside."""
        return list(self._captures.values())

    def __repr__(self) -> str:
        lines = ["Input Parameters:"]
        known: Any = self.parameters.values()
        lines += [f"  {each.name} ({each.kind.name}): {each.type_constraint!r}" for each in known]
        lines += ["Output Type:", f"  {self.output!r}", "Captures:"]
        return "\n".join(lines + ([f"  {key}: {spec!r}" for key, spec in self._captures.items()] or ["  None"]))


# ---------------------------------------------------------------------------- of functions


def declared(function: Callable[..., Any], bound: bool, signature: Sequence[Any] | None) -> FunctionType:
    """What is known of a function before it is called.

    Args:
        function: the plain function.
        bound: whether it is a method of some object.
        signature: its input_signature, if it has one.
    """
    specs = list(signature or ())
    made = []
    for place, each in enumerate(_parameters(function)[int(bound) :]):
        spec = specs[place] if place < len(specs) and each.kind is each.POSITIONAL_OR_KEYWORD else None
        constraint = spec if spec is None or isinstance(spec, TypeSpec) else Shown(function_text.type_text(spec, True))
        made.append(Parameter(each.name, each.kind, each.default is not each.empty, constraint))
    return FunctionType(made)


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a builtin
        return []


def traced(
    function: Callable[..., Any], bound: bool, arguments: tuple[Sequence[Any], Mapping[str, Any]], output: Any,
    variables: Sequence[Variable], signature: Sequence[Any] | None = None,
) -> FunctionType:  # fmt: skip
    """What a traced function takes and gives.

    Args:
        function: the plain function.
        bound: whether it is a method of some object.
        arguments: positional and keyword arguments, tensors as `tf.TensorSpec`s; without `self`.
        output: what it returns, likewise.
        variables: those that it reads.
        signature: the function's input_signature, whose names are the user's.
    """
    args, kwargs = arguments
    given = dict(zip(_names(function)[int(bound) :], signature or (), strict=False))
    made = []
    for name, kind, item in _bound(function, bound, args, kwargs):
        shown = given.get(name, item)
        named = name in given or (isinstance(item, TensorSpec) and item.name != name)
        made.append(Parameter(name, kind, False, _constraint(shown, named)))
    captures = {id(each): TensorSpec([], dtypes.resource) for each in variables}
    specs = [[each for each in trees.flatten(part) if isinstance(each, TensorSpec)] for part in (arguments, output)]
    return FunctionType(made, captures, _constraint(output, False), (specs[0], [_nameless(each) for each in specs[1]]))


def of_output(found: FunctionType, output: Any) -> FunctionType:
    """A function's type with another result."""
    parameters: Any = list(found.parameters.values())
    return FunctionType(parameters, found.captures, _constraint(output, False))


def _constraint(item: Any, named: bool) -> Any:
    if type(item) is TensorSpec:
        return item if named else _nameless(item)
    return Shown(function_text.type_text(item, named))


def _nameless(spec: TensorSpec) -> TensorSpec:
    return TensorSpec(spec.shape, spec.dtype)


def _names(function: Callable[..., Any]) -> list[str]:
    return [each.name for each in _parameters(function)]


def _bound(function: Any, bound: bool, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, kind, value) of each parameter that has a value."""
    try:
        called = inspect.signature(function).bind_partial(*((None,) * bound), *args, **kwargs)
    except (TypeError, ValueError):  # no signature of its own
        return [(f"arg{i}", inspect.Parameter.POSITIONAL_ONLY, item) for i, item in enumerate(args)]
    called.apply_defaults()
    known = list(called.signature.parameters.values())
    several = any(each.kind is each.VAR_POSITIONAL for each in known)
    made: list[tuple[str, Any, Any]] = []
    for each in known[int(bound) :]:
        if each.name not in called.arguments:
            continue
        item = called.arguments[each.name]
        if each.kind is each.VAR_POSITIONAL:
            made += [(f"{each.name}_{i}", each.POSITIONAL_ONLY, part) for i, part in enumerate(item)]
        elif each.kind is each.VAR_KEYWORD:
            made += [(name, each.KEYWORD_ONLY, part) for name, part in item.items()]
        else:
            positional = several and each.kind is each.POSITIONAL_OR_KEYWORD
            made.append((each.name, each.POSITIONAL_ONLY if positional else each.kind, item))
    return made


class FunctionSpec:
    """What is known of a `tf.function` before it is called: `function.function_spec`.

    Args:
        function_type: its parameters.
        default_values: of parameters that may be left out.
        is_pure: whether variables are read as values.
        name: the function's name.
        jit_compile: the option of `tf.function`.
        arguments: (fullargspec, input_signature).
    """

    def __init__(
        self,
        function_type: FunctionType,
        default_values: Mapping[str, Any],
        is_pure: bool = False,
        name: str | None = None,
        jit_compile: bool | None = None,
        arguments: tuple[inspect.FullArgSpec | None, Any] = (None, None),
    ) -> None:
        self.function_type = function_type
        self.default_values = dict(default_values)
        self.is_pure, self.jit_compile = is_pure, jit_compile
        self.fullargspec, self.input_signature = arguments
        self._name = name or "f"

    @classmethod
    def from_function_and_signature(
        cls,
        python_function: Callable[..., Any],
        input_signature: Any,
        is_pure: bool = False,
        jit_compile: bool | None = None,
        bound: bool = False,
    ) -> FunctionSpec:
        """That of a plain function.

        Args:
            python_function: the function.
            input_signature: a sequence of specs, or None.
            is_pure: see the class.
            jit_compile: see the class.
            bound: whether it is a method of some object, whose first parameter callers do not see.
        """
        known = _parameters(python_function)[int(bound) :]
        defaults = {each.name: each.default for each in known if each.default is not each.empty}
        signature = None if input_signature is None else tuple(input_signature)
        found = declared(python_function, bound, signature)
        name = getattr(python_function, "__name__", None)
        return cls(found, defaults, is_pure, name, jit_compile, (_full(known), signature))

    @property
    def arg_names(self) -> list[str]:
        """The names of the parameters that may be given by position."""
        places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return [each.name for each in self.function_type.parameters.values() if each.kind in places]

    @property
    def flat_input_signature(self) -> tuple[Any, ...]:
        """The specs of the input_signature, one by one; (None,) without one."""
        return tuple(trees.flatten(self.input_signature))

    def signature_summary(self, default_values: bool = False) -> str:
        """The parameters as text; with `default_values`, those too."""
        text = repr(self.function_type)
        if not default_values:
            return text
        shown = [f"  {name}: {value}" for name, value in self.default_values.items()] or ["  None"]
        return "\n".join([text, "Defaults:", *shown])


def _full(known: Sequence[inspect.Parameter]) -> inspect.FullArgSpec:
    def named(*kinds: Any) -> list[inspect.Parameter]:
        return [each for each in known if each.kind in kinds]

    places = named(inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    words = named(inspect.Parameter.KEYWORD_ONLY)
    defaults = tuple(each.default for each in places if each.default is not each.empty)
    by_word = {each.name: each.default for each in words if each.default is not each.empty}
    several, more = named(inspect.Parameter.VAR_POSITIONAL), named(inspect.Parameter.VAR_KEYWORD)
    return inspect.FullArgSpec(
        [each.name for each in places], several[0].name if several else None, more[0].name if more else None,
        defaults or None, [each.name for each in words], by_word or None, {},
    )  # fmt: skip
