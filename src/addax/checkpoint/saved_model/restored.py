"""Objects and functions that come from a SavedModel."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from addax.checkpoint.saved_model import values
from addax.checkpoint.saved_model.graph_run import GraphFunction
from addax.checkpoint.saved_model.traces import Trace
from addax.core import convert, errors, trees
from addax.core.concrete_function import DescribesOutputs
from addax.core.function import Function
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.core.variable import Variable

_NO_MATCH = "Could not find matching concrete function to call loaded from the SavedModel"


class RestoredConcreteFunction(DescribesOutputs):
    """One call of a function, or a signature, from a SavedModel.

    Args:
        graph: its body.
        captured: the variables and constants that it uses, after its arguments.
        inputs: (args, kwargs) with specs in the places of tensors.
        outputs: what it returns, with specs for tensors.
        keywords: names of its arguments, where they may be given by name.
    """

    def __init__(
        self, graph: GraphFunction, captured: Sequence[Any], inputs: tuple[Any, Any], outputs: Any,
        keywords: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.name = graph.name
        self.graph = graph
        self.captured_inputs = list(captured)
        self.structured_input_signature = inputs
        self.structured_outputs = outputs
        self._keywords = keywords
        self._specs = values.specs_in(inputs)
        captures = self.captured_inputs

        def body(*tensors: Any) -> list[Any]:
            return graph([*tensors, *captures])

        self._compiled = Function(body, graph.name, None, False)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables it uses."""
        return tuple(item for item in self.captured_inputs if isinstance(item, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The trainable variables it uses."""
        return tuple(variable for variable in self.variables if variable.trainable)

    @property
    def inputs(self) -> list[TensorSpec]:
        """The specs of the tensors it takes."""
        return list(self._specs)

    @property
    def outputs(self) -> list[TensorSpec]:
        """The specs of the tensors it returns."""
        return values.specs_in(self.structured_outputs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call with tensors, by name or in order."""
        if self._keywords is None:
            found = fitting(self, args, kwargs, convertible=True)
            if found is None:
                raise TypeError(self._refusal(args, kwargs))
            return self.run(found)
        if len(args) > len(self._keywords) or set(kwargs) - set(self._keywords[len(args) :]):
            raise TypeError(self._refusal(args, kwargs))
        given = {**dict(zip(self._keywords, args, strict=False)), **kwargs}
        if set(given) != set(self._keywords):
            raise TypeError(self._refusal(args, kwargs))
        named = {spec.name: spec for spec in self._specs}
        tensors = [_checked(self, spec, given[spec.name]) for spec in named.values()]
        return self.run(tensors)

    def _refusal(self, args: Any, kwargs: Any) -> str:
        missing = [spec.name for spec in self._specs if spec.name not in kwargs]
        first = missing[0] if missing else ""
        return (
            f"Binding inputs to tf.function failed due to `missing a required argument: {first!r}`."
            f" Received args: {args!r:.200} and kwargs: {kwargs!r:.200} for signature: {self!r}."
        )

    def run(self, tensors: Sequence[Tensor]) -> Any:
        """Call with one tensor for each spec."""
        flat = iter(self._compiled(*tensors))
        return trees.map_structure(
            lambda leaf: next(flat) if isinstance(leaf, TensorSpec) else leaf, self.structured_outputs
        )

    def __repr__(self) -> str:
        arguments = ", ".join(f"{spec.name or '_'}: {spec}" for spec in self._specs)
        return f"<ConcreteFunction ({arguments}) -> {self.structured_outputs!r} at {id(self):#X}>"

    def _saved_traces(self) -> list[Trace]:
        args, kwargs = self.structured_input_signature

        def call(*given: Any, **named: Any) -> Any:
            tensors = [
                leaf for leaf, like in zip(trees.flatten((given, named)), trees.flatten((args, kwargs)), strict=True)
                if isinstance(like, TensorSpec)
            ]  # fmt: skip
            flat = iter(self.graph([*tensors, *self.captured_inputs]))
            return trees.map_structure(
                lambda leaf: next(flat) if isinstance(leaf, TensorSpec) else leaf, self.structured_outputs
            )

        name = self.name.removeprefix("__inference_").rstrip("0123456789_") or "function"
        return [Trace(name, args, kwargs, call, self.captured_inputs, id(self))]


def _checked(function: RestoredConcreteFunction, spec: TensorSpec, value: Any) -> Tensor:
    """An argument as a tensor of the spec's dtype and shape."""
    try:
        tensor = convert.convert_to_tensor(value, None if isinstance(value, Tensor) else spec.dtype)
    except (TypeError, ValueError):
        tensor = convert.convert_to_tensor(value)
    if tensor.dtype != spec.dtype or not TensorShape(tensor.shape).is_compatible_with(spec.shape):
        raise errors.InvalidArgumentError(
            errors.message(
                f"the signature {function.name}", expected=f"{spec} for {spec.name}",
                received=errors.describe(tensor), hint="cast or reshape the argument",
            )
        )  # fmt: skip
    return tensor


def fitting(
    function: RestoredConcreteFunction, args: Any, kwargs: Any, convertible: bool
) -> list[Tensor] | None:  # fmt: skip
    """The tensors of a call, if it fits a function's arguments: Python values equal, tensors of its specs."""
    expected = trees.flatten(function.structured_input_signature)
    try:  # a list of numbers may stand for a tensor
        given = trees.flatten_up_to(function.structured_input_signature, (args, kwargs), check_types=False)
    except (TypeError, ValueError, KeyError):
        return None
    found = []
    for want, have in zip(expected, given, strict=True):
        if isinstance(want, TensorSpec):
            if isinstance(have, Variable):
                have = have.read_value()
            if not isinstance(have, Tensor):
                if not convertible or have is None:
                    return None
                try:
                    have = convert.convert_to_tensor(have, want.dtype)
                except (TypeError, ValueError):
                    return None
            if have.dtype != want.dtype or not TensorShape(have.shape).is_compatible_with(want.shape):
                return None
            found.append(have)
        elif isinstance(have, Tensor) or type(want) is not type(have) or want != have:
            return None
    return found


class RestoredFunction:
    """A tf.function from a SavedModel: it takes the calls that it was saved with.

    Args:
        concrete_functions: these calls.
        signature: the parameters of the Python function.
        input_signature: the one it was declared with.
    """

    def __init__(
        self, concrete_functions: Sequence[RestoredConcreteFunction], signature: inspect.Signature | None,
        input_signature: Any = None,
    ) -> None:  # fmt: skip
        self.concrete_functions = list(concrete_functions)
        self.input_signature = input_signature
        self._call_signature = signature
        self.__name__ = self.concrete_functions[0].name if self.concrete_functions else "function"

    def _canonical(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if self._call_signature is None:
            return args, kwargs
        bound = self._call_signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call with arguments like those of one of `concrete_functions`."""
        if not self.concrete_functions:
            raise ValueError(
                "Found zero restored functions for caller function: before it was saved it was never called or given "
                "an input_signature, or it does what no compiled program can (strings, Python code)."
            )
        args, kwargs = self._canonical(args, kwargs)
        for convertible in (False, True):
            for function in self.concrete_functions:
                tensors = fitting(function, args, kwargs, convertible)
                if tensors is not None:
                    return function.run(tensors)
        options = "\n\n".join(
            f"Option {i}:\n{_listed(*function.structured_input_signature)}"
            for i, function in enumerate(self.concrete_functions, 1)
        )
        raise ValueError(
            f"{_NO_MATCH}. Got:\n{_listed(args, kwargs)}"
            f"\n\n Expected these arguments to match one of the following {len(self.concrete_functions)} option(s):\n\n"
            f"{options}"
        )

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> RestoredConcreteFunction:
        """The call that fits the arguments, tensors given as `tf.TensorSpec`s.

        Raises:
            ValueError: there is none.
        """
        if not args and not kwargs and len(self.concrete_functions) == 1:
            return self.concrete_functions[0]
        args, kwargs = self._canonical(args, kwargs)
        for function in self.concrete_functions:
            want, have = function.structured_input_signature, (args, kwargs)
            try:
                trees.assert_same_structure(want, have, check_types=False)
            except (TypeError, ValueError):
                continue
            if all(_covers(w, h) for w, h in zip(trees.flatten(want), trees.flatten(have), strict=True)):
                return function
        raise ValueError(f"{_NO_MATCH}. Got:\n{_listed(args, kwargs)}")

    def _saved_traces(self) -> list[Trace]:
        return [trace for function in self.concrete_functions for trace in function._saved_traces()]


def _covers(want: Any, have: Any) -> bool:
    if not isinstance(want, TensorSpec):
        return type(want) is type(have) and want == have
    if isinstance(have, TensorSpec | Tensor | Variable):
        return want.dtype == have.dtype and TensorShape(have.shape).is_compatible_with(want.shape)
    return False


def _listed(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    lines = [f"  Positional arguments ({len(args)} total):"]
    lines += [f"    * {_brief(arg)}" for arg in args]
    return "\n".join([*lines, f"  Keyword arguments: { {key: _brief(value) for key, value in kwargs.items()} }"])


def _brief(value: Any) -> str:
    return f"<tf.Tensor {errors.describe(value)}>" if isinstance(value, Tensor) else f"{value!r:.200}"


class SignatureMap(Mapping):
    """The signatures of a SavedModel by name; it cannot be changed."""

    def __init__(self, functions: Mapping[str, RestoredConcreteFunction]) -> None:
        self._signatures = dict(functions)

    def __getitem__(self, key: str) -> RestoredConcreteFunction:
        return self._signatures[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._signatures)

    def __len__(self) -> int:
        return len(self._signatures)

    def __repr__(self) -> str:
        return f"_SignatureMap({self._signatures!r})"


class RestoredObject:
    """An object of a SavedModel: its parts are attributes, as they were where it was saved."""

    def __init__(self, identifier: str) -> None:
        self._identifier = identifier
        self._parts: dict[str, Any] = {}
        self._slots: list[tuple[Variable, str, Variable]] = []

    def _set(self, name: str, part: Any) -> None:
        self._parts[name] = part
        object.__setattr__(self, name, part)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if not name.startswith("_") or name in self.__dict__.get("_parts", ()):
            self._parts[name] = value

    def __getattr__(self, name: str) -> Any:
        if name in ("variables", "trainable_variables"):  # where the saved object had no list of its own
            found = _variables_in(self)
            return tuple(each for each in found if each.trainable or name == "variables")
        known = ", ".join(sorted(self.__dict__.get("_parts", ()))[:12])
        raise AttributeError(
            f"'_UserObject' object has no attribute {name!r}. The SavedModel has: {known or 'nothing'}."
        )

    def _checkpoint_children(self) -> dict[str, Any]:
        return dict(self._parts)

    def _checkpoint_slots(self) -> list[tuple[Variable, str, Variable]]:
        return self._slots

    def _saved_model_parts(self) -> dict[str, Any]:
        return {name: part for name, part in self._parts.items() if name != "signatures"}

    def _saved_model_identifier(self) -> str:
        return self._identifier


class CallableRestoredObject(RestoredObject):
    """An object that was saved with a `__call__`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it as the saved object was called."""
        return self._parts["__call__"](*args, **kwargs)


def _variables_in(root: Any) -> list[Variable]:
    found: dict[int, Variable] = {}
    seen: set[int] = set()
    pending: list[Any] = [root]
    while pending:
        item = pending.pop(0)
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Variable):
            found[id(item)] = item
        elif isinstance(item, RestoredObject):
            pending.extend(item._parts.values())
        elif isinstance(item, Mapping) and not isinstance(item, SignatureMap):
            pending.extend(item.values())
        elif isinstance(item, list | tuple):
            pending.extend(item)
    return list(found.values())
