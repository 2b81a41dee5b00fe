"""Functions that users give to datasets: traced once per shape and compiled, or, where that is impossible, called."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeGuard

import numpy as np

from addax.core import convert, dtypes, errors, mapped, unknown_shapes
from addax.core.shapes import TensorShape
from addax.core.spec import NoneTensorSpec, TensorSpec
from addax.core.tensor import NotCompilable, Tensor
from addax.data import elements
from addax.data.seeds import Made, Pass, Seeds

_debug = False


def set_debug_mode(on: bool) -> None:
    """Call functions with values, one element at a time, so that they can be stepped through."""
    global _debug
    _debug = on


_PROBES = (3, 5)  # sizes tried for an unknown dimension: a result that differs between them has it unknown too


class _Slot:
    """The place of output number `index` in a function's result."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class _Struct:
    """A shape and a NumPy dtype."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape = shape
        self.dtype = dtype


class _Compiled:
    """A traced function and where its outputs go."""

    def __init__(self, function: mapped.Mapped) -> None:
        self.function = function
        slots = [_Slot(index) for index in range(len(function.outputs))]
        self.template = _template(function.result(slots))
        self.spec = _spec(self.template, function.outputs)

    @property
    def pure(self) -> bool:
        """Whether the result depends on the arguments alone."""
        return self.function.batched and not self.function.streams and not self.function.others


def _template(result: Any) -> Any:
    if isinstance(result, _Slot) or result is None:
        return result
    if isinstance(result, list) or type(result) is tuple:
        return tuple([_template(item) for item in result])
    if isinstance(result, tuple):
        return type(result)(*[_template(item) for item in result])
    if isinstance(result, dict):
        return type(result)((key, _template(item)) for key, item in result.items())
    return elements.from_result(result)


def _fill(template: Any, outputs: Sequence[Any], count: int | None) -> Any:
    """Outputs in their places; constants are repeated `count` times where rows are stacked."""
    kind = type(template)
    if kind is _Slot:
        return outputs[template.index]
    if kind is tuple:
        return tuple([_fill(item, outputs, count) for item in template])
    if isinstance(template, dict):
        return kind((key, _fill(item, outputs, count)) for key, item in template.items())
    if isinstance(template, tuple):
        return kind(*[_fill(item, outputs, count) for item in template])
    if count is not None and kind is np.ndarray:
        return np.broadcast_to(template, (count, *template.shape))
    return template


def _spec(template: Any, outputs: Sequence[Any]) -> Any:
    if isinstance(template, _Slot):
        output = outputs[template.index]
        return TensorSpec(TensorShape.of(tuple(output.shape)), dtypes.from_numpy(output.dtype))
    if isinstance(template, dict):
        return type(template)((key, _spec(item, outputs)) for key, item in template.items())
    if isinstance(template, tuple):
        parts = [_spec(item, outputs) for item in template]
        return type(template)(*parts) if hasattr(template, "_fields") else tuple(parts)
    return elements.spec_of(template)


class Streams:
    """The random streams of one pass over a node whose function draws random numbers."""

    def __init__(self, key: list[int]) -> None:
        self._key = key
        self._values: list[Any] = []

    def take(self, count: int) -> list[Any]:
        """The state of the first `count` streams."""
        while len(self._values) < count:
            seed = (
                int(np.random.SeedSequence([*self._key, len(self._values)]).generate_state(1, np.uint64)[0])
                & 0x7FFFFFFFFFFFFFFF
            )
            self._values.append(np.array([seed, 0], np.int64))
        return self._values[:count]

    def put(self, values: Sequence[Any]) -> None:
        """The state after a call."""
        self._values[: len(values)] = values

    def state(self) -> Any:
        """For the iterator's state."""
        return [np.asarray(value) for value in self._values]

    def restore(self, state: Any) -> None:
        """Back to a state."""
        self._values = [np.asarray(value) for value in state]


class UserFunction:
    """A function over elements.

    Args:
        function: the user's; it gets the components of a tuple as separate arguments.
        spec: the spec of the elements it will get; None where only the elements themselves can tell.
        who: the transformation, for messages.
        unpack: whether tuples are unpacked into arguments.
        compile: False for functions that are only ever called (their result is a dataset, say).
    """

    def __init__(
        self, function: Callable[..., Any], spec: Any, who: str, unpack: bool = True, compile: bool = True
    ) -> None:
        if not callable(function):
            raise ValueError(f"Argument `func` must be a callable. {who}: received func={function!r:.80}.")
        self.user = function
        self.who = who
        self._spec = spec
        self._may_unpack = unpack
        self._by_shape: dict[Any, _Compiled] = {}
        self._only: _Compiled | None = None
        self.output_spec: Any = None
        self.seeds: Seeds | None = None
        self.eager = _debug or not compile
        self.compiles = not self.eager
        if spec is not None:
            self._know(spec)
        elif not self.eager:
            self.seeds = Seeds()

    def _know(self, spec: Any) -> None:
        """Learn what elements are like."""
        self._spec = spec
        self._unpack = self._may_unpack and type(spec) is tuple
        self.eager = self.eager or not all(_numeric(leaf) for leaf in elements.flatten_specs(spec))
        if not self.eager:
            self._source = mapped.converted(self.user)
            self._trace_spec()
        if self._only is None and not self.eager and self.seeds is None:
            self.seeds = Seeds()  # it may turn out to draw numbers

    # ------------------------------------------------------------------ tracing

    def _trace_spec(self) -> None:
        """Trace for the declared shapes; unknown dimensions are probed with two sizes."""
        leaves = [leaf for leaf in elements.flatten_specs(self._spec) if not isinstance(leaf, NoneTensorSpec)]
        if any(leaf.shape.rank is None for leaf in leaves):
            return
        if all(leaf.shape.is_fully_defined() for leaf in leaves):
            self._only = self._traced([_Struct(tuple(leaf.shape.as_list()), leaf.dtype.np) for leaf in leaves])
            self.output_spec = self._only.spec if self._only is not None else None
            return
        found = []
        for size in _PROBES:
            shapes = [tuple(size if d is None else d for d in leaf.shape.as_list()) for leaf in leaves]
            try:
                compiled = self._traced([_Struct(s, leaf.dtype.np) for s, leaf in zip(shapes, leaves, strict=True)])
            except Exception:
                return  # this size does not suit the function; the real ones will tell
            if compiled is None:
                return
            found.append(compiled.spec)
        try:
            self.output_spec = elements.merge_specs(*found)
        except (TypeError, ValueError):
            self.output_spec = None

    def _traced(self, structs: list[_Struct]) -> _Compiled | None:
        key = tuple([(struct.shape, struct.dtype) for struct in structs])
        found = self._by_shape.get(key)
        if found is not None:
            return found
        template = _numbered(self._spec, iter(range(len(structs))))

        def call(*tensors: Any) -> Any:
            return self._invoke(self._source, _place(template, tensors))

        try:
            found = _Compiled(mapped.Mapped(call, structs, self.user))
        except NotCompilable:
            self.eager = True
            return None
        except Exception as error:
            error.add_note(f"  while tracing the function given to {self.who} ({self.place})")
            raise
        if found.function.effects:
            self.eager = True  # what prints or checks has to do so at its element
        if found.function.random and self.seeds is None and not self.eager:
            self.seeds = Seeds()
        self._by_shape[key] = found
        return found

    def _invoke(self, function: Callable[..., Any], element: Any) -> Any:
        return _normal(function(*element) if self._unpack else function(element))

    # ------------------------------------------------------------------ what is known of it

    @property
    def vectorised(self) -> bool:
        """Whether many elements can be computed in one call."""
        return self._only is not None and self._only.function.batched and not self.eager

    @property
    def pure(self) -> bool:
        """Whether the result depends on the element alone."""
        return self.vectorised and self._only.pure  # type: ignore[union-attr]

    @property
    def lookahead(self) -> bool:
        """Whether nobody can tell when it is called: it reads no variables of the program's."""
        return self.vectorised and not self._only.function.others  # type: ignore[union-attr]

    @property
    def by_blocks(self) -> bool:
        """Whether it takes batches many at a time: it depends on nothing else, and every result has rows."""
        if self.eager or self.output_spec is None:
            return False
        results = elements.flatten_specs(self.output_spec)
        return all(compiled.pure for compiled in self._by_shape.values()) and all(
            type(leaf) is TensorSpec and bool(leaf.shape.rank) for leaf in results
        )

    @property
    def may_run_in_parallel(self) -> bool:
        """Whether calls are independent of each other, as far as is known: eager functions are the user's affair."""
        return self.eager or not any(compiled.function.writes for compiled in self._by_shape.values())

    @functools.cached_property
    def place(self) -> str:
        """The file and line where the user's function is defined."""
        return place_of(self.user)

    # ------------------------------------------------------------------ calling

    def __call__(self, element: Any, streams: Streams | None = None) -> Any:
        """The result for one element, as an element."""
        if self._spec is None:
            # Shapes of later elements may differ, so nothing is fixed but structure and dtypes.
            self._know(elements.map_specs(_of_any_shape, elements.spec_of(element)))
        if self.eager:
            return self.call_eagerly(element)
        leaves = [leaf for leaf in elements.flatten(element) if leaf is not None]
        compiled = self._only
        if compiled is None:
            compiled = self._traced([_Struct(tuple(leaf.shape), leaf.dtype) for leaf in leaves])
            if compiled is None or self.eager:
                return self.call_eagerly(element)
        function = compiled.function
        if not function.streams:
            return _fill(compiled.template, function.one(leaves, ())[0], None)
        if streams is None:
            streams = Streams([*self.seeds.entropy, self.seeds.begin()])  # type: ignore[union-attr]
        out, after = function.one(leaves, streams.take(len(function.streams)))
        streams.put(after)
        return _fill(compiled.template, out, None)

    def many(self, count: int, rows: Any, streams: Streams | None = None) -> Any:
        """The results for `count` stacked elements, stacked."""
        compiled = self._only
        assert compiled is not None
        leaves = [leaf for leaf in elements.flatten(rows) if leaf is not None]
        function = compiled.function
        if not function.streams:
            return _fill(compiled.template, function.many(count, leaves, ())[0], count)
        assert streams is not None
        out, after = function.many(count, leaves, streams.take(len(function.streams)))
        streams.put(after)
        return _fill(compiled.template, out, count)

    def blocks(self, count: int, rows: Any) -> Any:
        """The results for `count` batches of one size, their rows behind each other; so are the results'."""
        leaves = [leaf for leaf in elements.flatten(rows) if leaf is not None]
        shapes = [(leaf.shape[0] // count, *leaf.shape[1:]) for leaf in leaves]
        compiled = self._traced([_Struct(shape, leaf.dtype) for shape, leaf in zip(shapes, leaves, strict=True)])
        if compiled is None or self.eager or not compiled.pure:
            size = shapes[0][0]
            return elements.join([self(elements.slice_rows(rows, at * size, (at + 1) * size)) for at in range(count)])
        stacked = [leaf.reshape(count, *shape) for leaf, shape in zip(leaves, shapes, strict=True)]
        found = _fill(compiled.template, compiled.function.many(count, stacked, ())[0], count)
        return elements.apply(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), found)

    def call_raw(self, element: Any) -> Any:
        """Call the user's function with tensors and return what it returns."""
        if self._spec is None:
            self._know(elements.map_specs(_of_any_shape, elements.spec_of(element)))
        return mapped.eagerly(self._invoke, self.user, elements.to_tensors(element))

    def probed(self, spec: Any) -> tuple[list[Any], Exception | None]:
        """What the user's function returns for made-up elements, and the first error of a call that failed.

        Python functions inside it are not called: their results are made up as well.
        """
        found: list[Any] = []
        failure: Exception | None = None
        for probe in (*elements.PROBES, *elements.SPARE_PROBES):
            if len(found) == len(elements.PROBES):
                break
            try:
                element = elements.of_open_shapes(elements.made_up(spec, probe), spec)
            except TypeError:
                return [], None
            try:
                with unknown_shapes.probing(probe.shape), Made(self, None).number(0):
                    found.append(self.call_raw(element))
            except Exception as error:
                failure = failure or error
        return found, failure

    def call_eagerly(self, element: Any) -> Any:
        """Call the user's function with tensors; its result as an element."""
        return elements.from_result(self.call_raw(element))


def _of_any_shape(spec: Any) -> Any:
    return TensorSpec(None, spec.dtype) if type(spec) is TensorSpec else spec


class Composed:
    """A user's function with a Python function of its result after it; takes the function's place in `Calls`."""

    def __init__(self, first: UserFunction, then: Callable[[Any], Any]) -> None:
        self._first, self._then = first, then
        self.who, self.place = first.who, first.place

    @property
    def seeds(self) -> Seeds | None:
        """The random state of the function."""
        return self._first.seeds

    @seeds.setter
    def seeds(self, value: Seeds | None) -> None:
        self._first.seeds = value

    @property
    def eager(self) -> bool:
        """Whether the function runs in Python."""
        return self._first.eager

    def __call__(self, element: Any, streams: Streams | None = None) -> Any:
        """The result for one element."""
        return self._then(self._first(element, streams))


class Calls:
    """Calls of a function in one pass: counts them, keeps the random streams, words the errors."""

    def __init__(self, function: Any, run: Pass) -> None:
        self._function, self._run = function, run
        self._streams: Streams | None = None
        self._number = 0

    def __call__(self, element: Any) -> Any:
        if self._streams is None and self._function.seeds is not None:
            self._streams = Streams(self._run.key(self._function))
        self._number += 1
        try:
            if not self._function.eager:
                return self._function(element, self._streams)
            with Made(self._function, self._run).number(self._number):
                return self._function(element, self._streams)
        except Exception as error:
            raise explained(error, self._function.who, self._number - 1, self._function.place) from error

    def many(self, count: int, rows: Any) -> Any:
        """Call it on `count` stacked elements."""
        if self._streams is None and self._function.seeds is not None:
            self._streams = Streams(self._run.key(self._function))
        self._number += count
        return self._function.many(count, rows, self._streams)

    def blocks(self, count: int, rows: Any) -> Any:
        """Call it on `count` batches behind each other."""
        self._number += count
        return self._function.blocks(count, rows)

    def state(self) -> Any:
        """For the iterator's state."""
        return {"number": self._number, "streams": None if self._streams is None else self._streams.state()}

    def restore(self, state: Any) -> None:
        """Back to a state."""
        self._number, self._streams = int(state["number"]), None
        if state["streams"] is not None and self._function.seeds is not None:
            self._streams = Streams(self._run.key(self._function))
            self._streams.restore(state["streams"])


def place_of(function: Any) -> str:
    """The name, file and line of a user's function."""
    function = getattr(function, "func", function)  # functools.partial
    code = getattr(function, "__code__", None) or getattr(vars(type(function)).get("__call__"), "__code__", None)
    name = getattr(function, "__name__", type(function).__name__)
    return f"{name}, {code.co_filename}:{code.co_firstlineno}" if code is not None else name


def _normal(result: Any) -> Any:
    """A function's result as TensorFlow takes it: a list is a tuple, and lists inside are tensors."""
    if isinstance(result, list | tuple) and type(result) in (list, tuple):
        return tuple([_lists_as_tensors(item) for item in result])
    return _lists_as_tensors(result)


def _lists_as_tensors(result: Any) -> Any:
    if isinstance(result, list):
        return convert.convert_to_tensor(result)
    if type(result) is dict:
        return {key: _lists_as_tensors(item) for key, item in result.items()}
    if isinstance(result, tuple):
        parts = [_lists_as_tensors(item) for item in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    return result


def _numeric(leaf: Any) -> bool:
    return isinstance(leaf, NoneTensorSpec) or (type(leaf) is TensorSpec and leaf.dtype != dtypes.string)


def _numbered(spec: Any, numbers: Any) -> Any:
    """The structure of a spec with a slot per leaf, numbered in the order of `flatten`."""
    if isinstance(spec, NoneTensorSpec):
        return None
    if isinstance(spec, TensorSpec):
        return _Slot(next(numbers))
    if isinstance(spec, dict):
        made = {key: _numbered(spec[key], numbers) for key in sorted(spec)}
        return type(spec)((key, made[key]) for key in spec)
    parts = [_numbered(item, numbers) for item in spec]
    return type(spec)(*parts) if hasattr(spec, "_fields") else type(spec)(parts)


def _place(template: Any, tensors: Sequence[Tensor]) -> Any:
    return _fill(template, tensors, None)


# ---------------------------------------------------------------------------- errors


def explained(error: Exception, who: str, number: int, place: str) -> Exception:
    """An error of a user's function or generator: which node, which element, which line."""
    where = f"{who}: element {number}: {place}"
    if isinstance(error, errors.OpError):
        if not any("element" in note for note in getattr(error, "__notes__", ())):
            error.add_note(f"  raised in {where}")
        return error
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/addax/" not in f.filename.replace("\\", "/")]
    line = f"\n  at {frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}" if frames else ""
    text = f"{type(error).__name__}: {error}\n  raised in {where}{line}"
    return _type_for(error)(None, None, text)


def of_tracing(error: BaseException | None) -> TypeGuard[Exception]:
    """Whether an error is what TensorFlow raises where it traces a function: one of the program, not of the data."""
    kinds = (TypeError, ValueError, AttributeError, LookupError, NameError)
    return isinstance(error, kinds) and not isinstance(error, errors.OpError)


def raise_as_traced(failure: Exception) -> NoReturn:
    """Raise an error of an element as what TensorFlow would have raised while it traced the function."""
    cause = failure.__cause__
    raise cause if of_tracing(cause) else failure


def _type_for(error: Exception) -> type[errors.OpError]:
    """TensorFlow's type for an error in Python code of a pipeline."""
    if isinstance(error, StopIteration):
        return errors.OutOfRangeError
    if isinstance(error, TypeError | ValueError):
        return errors.InvalidArgumentError
    if isinstance(error, MemoryError):
        return errors.ResourceExhaustedError
    return errors.UnimplementedError if isinstance(error, NotImplementedError) else errors.UnknownError
